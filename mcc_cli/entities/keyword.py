"""Keywords: search terms, how they perform and which page should win them."""

from datetime import date
from decimal import Decimal
from typing import Literal

from mcc_cli.entities.schema.base import (
    LANGUAGE,
    Record,
    bigint,
    choice,
    day,
    numeric,
    reference,
    text,
    unique,
)
from mcc_cli.entities.schema.describe import describe

SearchIntent = Literal["informational", "navigational", "commercial", "transactional"]
KeywordType = Literal["short_tail", "long_tail", "branded", "local", "question", "other"]


class Keyword(Record, table=True):
    """A search term in one language and one market."""

    __tablename__ = "keywords"
    __table_args__ = (unique("keyword", "language", "country_id", nulls_equal=True),)

    keyword: str = text("Words people search for, such as technical seo audit.")
    language: str = text(
        "Language of the search, such as en or pt-BR.", default="en", rule=LANGUAGE
    )
    country_id: int | None = reference(
        "countries", "Market the figures are for; none means worldwide.", on_delete="RESTRICT"
    )
    intent: SearchIntent | None = choice("What the person searching wants to do.")
    keyword_type: KeywordType | None = choice("Shape of the term, such as long_tail or question.")
    search_volume: int | None = bigint("Searches per month in the market.", ge=0)
    competition: Literal["low", "medium", "high"] | None = choice(
        "How many advertisers bid for the term.", order="ascending"
    )
    difficulty: Decimal | None = numeric(
        5, 2, "How hard it is to rank for, 0 to 100.", ge=0, le=100
    )
    cpc: Decimal | None = numeric(10, 2, "Price of one ad click, in the team's currency.", ge=0)
    clicks: int | None = bigint("Clicks on our search results in the period.", ge=0)
    impressions: int | None = bigint("How often our results were shown in the period.", ge=0)
    ctr: Decimal | None = numeric(
        7, 6, "Clicks per impression as a fraction; 0.05 means 5 %.", ge=0, le=1
    )
    position: Decimal | None = numeric(
        8, 2, "Average place of our best result; 1 is the top.", ge=0
    )
    metrics_at: date | None = day("Day the figures were taken, such as 2026-03-01.")
    mapped_service_id: int | None = reference("services", "Service whose page should rank for it.")
    mapped_sub_service_id: int | None = reference(
        "sub_services", "Sub-service whose page should rank for it."
    )
    status: Literal["active", "inactive", "archived"] = choice(
        "Whether the team still works on the term.", default="active"
    )


ENTITY = describe(
    Keyword,
    name="keywords",
    area="seo",
    position=1,
    singular="keyword",
    help="Search terms, how they perform and which page should win them.",
    label=("keyword",),
    key=("keyword", "language", "country_id"),
    shown=(
        "keyword",
        "language",
        "country_id",
        "search_volume",
        "difficulty",
        "position",
        "mapped_service_id",
    ),
    example="--keyword 'edge seo' --country GB --search-volume 320",
    groups={
        "Basics": "keyword language country_id intent keyword_type status",
        "Mapping": "mapped_service_id mapped_sub_service_id",
        "Market": "search_volume competition difficulty cpc",
        "Our performance": "clicks impressions ctr position metrics_at",
    },
)
