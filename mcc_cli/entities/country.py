"""Countries: the markets a team works in."""

from mcc_cli.entities.schema.base import ActiveStatus, Check, Record, boolean, choice, text
from mcc_cli.entities.schema.describe import describe

TWO_CAPITALS = Check("{c} ~ '^[A-Z]{{2}}$'", "must be two capital letters, such as GB")


class Country(Record, table=True):
    """A market, and what the team does there."""

    __tablename__ = "countries"

    code: str = text("Two capital letters of ISO 3166, such as GB.", unique=True, rule=TWO_CAPITALS)
    country_name: str = text("English name, such as United Kingdom.", unique=True)
    region: str | None = text("Larger market it is counted in, such as EMEA.")
    has_backlinks: bool = boolean("Whether the team builds backlinks there.", default=False)
    has_content: bool = boolean("Whether the team publishes content for it.", default=False)
    has_smm: bool = boolean("Whether the team runs social media there.", default=False)
    status: ActiveStatus = choice("Inactive countries keep their history.", default="active")


ENTITY = describe(
    Country,
    name="countries",
    area="master",
    position=1,
    singular="country",
    help="Markets the team works in.",
    label=("code",),
    shown=("code", "country_name", "region", "has_backlinks", "has_content", "has_smm", "status"),
    example="--code NZ --country-name 'New Zealand'",
    example_key="GB",
    groups={
        "Country": "code country_name region status",
        "Activities": "has_backlinks has_content has_smm",
    },
)
