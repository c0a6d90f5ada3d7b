"""Content types: the kinds of content a team produces."""

from typing import Any

from mcc_cli.entities.schema.base import ActiveStatus, Record, choice, json, text
from mcc_cli.entities.schema.describe import describe


class ContentType(Record, table=True):
    """A kind of content, such as a landing page."""

    __tablename__ = "content_types"

    content_type: str = text("Name of the kind, such as Landing page.", unique=True)
    category: str | None = text("Family of kinds, such as web or social.")
    description: str | None = text("When to choose this kind, in a sentence.")
    default_attributes: Any | None = json("What new content of this kind starts with, as JSON.")
    status: ActiveStatus = choice("Inactive kinds keep their history.", default="active")


ENTITY = describe(
    ContentType,
    name="content-types",
    area="master",
    position=3,
    singular="content type",
    help="Kinds of content that the team produces.",
    label=("content_type",),
    shown=("content_type", "category", "description", "status"),
    example="--content-type Podcast",
    groups={"Content type": "content_type category description default_attributes status"},
)
