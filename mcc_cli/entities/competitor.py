"""Competitors: sites that rank where we want to."""

from decimal import Decimal

from mcc_cli.entities.schema.base import ActiveStatus, Check, Record, bigint, choice, numeric, text
from mcc_cli.entities.schema.describe import describe

BARE_HOST = Check(
    "{c} = lower({c}) AND {c} ~ '^[^[:space:]/:]+$'",
    "must be a lower-case domain without http:// or path, such as example.com",
)


class Competitor(Record, table=True):
    """A site that competes with ours for the same searches."""

    __tablename__ = "competitors"

    domain: str = text(
        "Their domain in lower case, such as example.com.", unique=True, rule=BARE_HOST
    )
    competitor_name: str = text("Name of the company behind the site.")
    industry: str | None = text("Trade they are in, in plain words.")
    domain_authority: Decimal | None = numeric(
        5, 2, "Domain Authority of their site, 0 to 100.", ge=0, le=100
    )
    monthly_traffic: int | None = bigint("Estimated visits to their site per month.", ge=0)
    total_keywords: int | None = bigint("Number of search terms they rank for.", ge=0)
    total_backlinks: int | None = bigint("Number of links that point to their site.", ge=0)
    notes: str | None = text("What to know about them, such as strengths.")
    status: ActiveStatus = choice("Inactive competitors keep their history.", default="active")


ENTITY = describe(
    Competitor,
    name="competitors",
    area="seo",
    position=3,
    singular="competitor",
    help="Sites that rank where we want to.",
    label=("domain",),
    shown=(
        "domain",
        "competitor_name",
        "domain_authority",
        "monthly_traffic",
        "total_keywords",
        "status",
    ),
    example="--domain rival.example --competitor-name Rival",
    groups={
        "Competitor": "domain competitor_name industry status notes",
        "Strength": "domain_authority monthly_traffic total_keywords total_backlinks",
    },
)
