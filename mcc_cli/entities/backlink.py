"""Backlinks: pages elsewhere that link to us, or should."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from mcc_cli.entities.schema.base import (
    Record,
    choice,
    generated,
    moment,
    numeric,
    reference,
    text,
    unique,
)
from mcc_cli.entities.schema.describe import describe

# An optional scheme, optional user and password, then the host: in brackets, or up to a port.
# Written as PostgreSQL shows it, since Alembic compares the two texts.
HOST = (
    'lower("substring"(source_url, '
    "'^[[:space:]]*(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//)?(?:[^/?#]*@)?"
    "(\\[[^]/?#]*\\]|[^/?#:[:space:]]*)'::text))"
)


class Backlink(Record, table=True):
    """A link from a page elsewhere to a page of ours."""

    __tablename__ = "backlinks"
    __table_args__ = (unique("source_url", "target_url", nulls_equal=True),)

    source_url: str = text("Address of the page that links to us.")
    target_url: str | None = text("Address of our page that it links to.")
    domain: str | None = generated(
        "Site that links to us, such as blog.example.com.", HOST, made="the host of source_url"
    )
    anchor_text: str | None = text("Words that carry the link.")
    link_type: Literal["dofollow", "nofollow", "ugc", "sponsored"] | None = choice(
        "How the link is marked for search engines."
    )
    platform_type: str | None = text("Kind of site, such as blog, forum or directory.")
    da_score: Decimal | None = numeric(
        5, 2, "Domain Authority of the linking site, 0 to 100.", ge=0, le=100
    )
    spam_score: Decimal | None = numeric(
        5, 2, "How spammy the linking site looks, 0 to 100.", ge=0, le=100
    )
    country_id: int | None = reference("countries", "Market the linking site serves.")
    pricing: Decimal | None = numeric(12, 2, "What the link cost, in the team's currency.", ge=0)
    first_seen_at: datetime | None = moment("When the link was first found.")
    last_seen_at: datetime | None = moment("When the link was last seen in place.")
    linked_campaign_id: int | None = reference("campaigns", "Campaign that won the link.")
    status: Literal["live", "lost", "broken", "toxic", "disavowed", "planned"] = choice(
        "Whether the link still exists, and is wanted.", default="live"
    )


ENTITY = describe(
    Backlink,
    name="backlinks",
    area="seo",
    position=2,
    singular="backlink",
    help="Pages elsewhere that link to us, or should.",
    label=("source_url",),
    key=("source_url", "target_url"),
    shown=("source_url", "target_url", "link_type", "da_score", "status"),
    example="--source-url https://blog.example/seo --da-score 41.5",
    groups={
        "Link": "source_url target_url domain anchor_text link_type status",
        "Linking site": "platform_type da_score spam_score country_id",
        "Campaign and cost": "linked_campaign_id pricing",
        "Sightings": "first_seen_at last_seen_at",
    },
)
