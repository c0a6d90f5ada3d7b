"""Industry sectors: the industries that services address."""

from mcc_cli.entities.schema.base import ActiveStatus, Record, choice, reference, text, unique
from mcc_cli.entities.schema.describe import describe


class IndustrySector(Record, table=True):
    """A sector within an industry."""

    __tablename__ = "industry_sectors"
    __table_args__ = (unique("industry", "sector"),)

    industry: str = text("The wider trade, such as Healthcare.")
    sector: str = text("Part of that trade, such as Dental clinics.")
    application: str | None = text("What our services are used for there.")
    country_id: int | None = reference("countries", "Market the sector is looked at in.")
    status: ActiveStatus = choice("Inactive sectors keep their history.", default="active")


ENTITY = describe(
    IndustrySector,
    name="industry-sectors",
    area="master",
    position=6,
    singular="industry sector",
    help="Industries that services address.",
    label=("industry", "sector"),
    shown=("industry", "sector", "application", "country_id", "status"),
    example="--industry Energy --sector Geothermal",
    groups={"Sector": "industry sector application country_id status"},
)
