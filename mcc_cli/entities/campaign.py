"""Campaigns: marketing pushes with a goal, a time and a score."""

from datetime import date
from decimal import Decimal
from typing import Literal

from mcc_cli.entities.schema.base import (
    URL,
    Check,
    Record,
    choice,
    day,
    integer,
    numeric,
    reference,
    text,
)
from mcc_cli.entities.schema.describe import describe

CampaignType = Literal["seo", "content", "social", "email", "paid", "backlink", "web", "other"]


class Campaign(Record, table=True):
    """A marketing push, mostly towards one page."""

    __tablename__ = "campaigns"

    campaign_name: str = text("Name the team knows the campaign by.", unique=True)
    project_id: int | None = reference("projects", "Project that the campaign is part of.")
    brand_id: int | None = reference("brands", "Brand that the campaign promotes.")
    campaign_type: CampaignType | None = choice("Channel the campaign mainly works through.")
    target_url: str | None = text("Page the campaign should bring people to.", rule=URL)
    backlinks_planned: int = integer("How many backlinks it should win.", default=0, ge=0)
    backlinks_completed: int = integer("How many backlinks it has won so far.", default=0, ge=0)
    campaign_start_date: date | None = day("First day it runs, such as 2026-03-01.")
    campaign_end_date: date | None = day("Last day it runs; not before the first.")
    campaign_owner_id: int | None = reference("users", "Person who answers for the result.")
    status: Literal["planning", "active", "paused", "completed", "cancelled"] = choice(
        "How far the campaign has come.", default="planning", order="ascending"
    )
    kpi_score: Decimal | None = numeric(
        5, 2, "How much of its goals it reached, 0 to 100.", ge=0, le=100
    )


ENTITY = describe(
    Campaign,
    name="campaigns",
    area="core",
    position=3,
    singular="campaign",
    help="Marketing pushes with a goal, a time and a score.",
    label=("campaign_name",),
    shown=(
        "campaign_name",
        "campaign_type",
        "status",
        "project_id",
        "campaign_owner_id",
        "campaign_end_date",
        "kpi_score",
    ),
    example="--campaign-name 'Expert quotes'",
    example_key="'Crawl budget study'",
    groups={
        "Basics": "campaign_name campaign_type status project_id brand_id target_url",
        "Schedule and owner": "campaign_start_date campaign_end_date campaign_owner_id",
        "Results": "kpi_score backlinks_planned backlinks_completed",
    },
    rules=[
        (
            "dates",
            ("campaign_start_date", "campaign_end_date"),
            Check(
                "campaign_end_date >= campaign_start_date",
                "must not be before campaign_start_date",
            ),
        )
    ],
)
