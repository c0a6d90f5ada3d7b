"""Brands: the names a team markets."""

from mcc_cli.entities.schema.base import ActiveStatus, Record, choice, text
from mcc_cli.entities.schema.describe import describe


class Brand(Record, table=True):
    """A brand the team works for."""

    __tablename__ = "brands"

    name: str = text("Name shown to customers.", unique=True)
    code: str | None = text("Short code used in reports and file names.", unique=True)
    industry: str | None = text("Trade the brand is in, in plain words.")
    website: str | None = text("Address of the brand's main site.")
    status: ActiveStatus = choice("Inactive brands keep their history.", default="active")


ENTITY = describe(
    Brand,
    name="brands",
    area="master",
    position=2,
    singular="brand",
    help="Names the team markets.",
    label=("name",),
    shown=("name", "code", "industry", "website", "status"),
    example="--name 'Fern & Fjord' --code FF",
    example_key="Northlight",
    groups={"Brand": "name code industry website status"},
)
