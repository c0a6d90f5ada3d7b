"""Platforms: the places a team publishes on."""

from typing import Literal

from mcc_cli.entities.schema.base import ActiveStatus, Record, choice, text
from mcc_cli.entities.schema.describe import describe


class Platform(Record, table=True):
    """A network or site that content is published on."""

    __tablename__ = "platforms"

    platform_name: str = text("Name of the network or site, such as LinkedIn.", unique=True)
    recommended_size: str | None = text("Best image size there, such as 1200x627 px.")
    scheduling: Literal["manual", "scheduled", "api"] | None = choice(
        "How posts get there: by hand, planned ahead, or by API."
    )
    status: ActiveStatus = choice("Inactive platforms keep their history.", default="active")


ENTITY = describe(
    Platform,
    name="platforms",
    area="master",
    position=5,
    singular="platform",
    help="Places the team publishes on.",
    label=("platform_name",),
    shown=("platform_name", "recommended_size", "scheduling", "status"),
    example="--platform-name Bluesky --scheduling manual",
    example_key="LinkedIn",
    groups={"Platform": "platform_name recommended_size scheduling status"},
)
