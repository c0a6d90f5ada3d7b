"""Content: the repository of articles, videos, posts and other assets."""

from datetime import datetime
from typing import Any, Literal

from mcc_cli.entities.schema import triggers
from mcc_cli.entities.schema.base import (
    SLUG,
    URL,
    Record,
    choice,
    json,
    moment,
    reference,
    text,
    texts,
)
from mcc_cli.entities.schema.describe import describe
from mcc_cli.entities.schema.link_tables import ContentServiceLink, ContentSubServiceLink
from mcc_cli.entities.schema.page_columns import Filed, Headings, Meta, OpenGraph

ContentStatus = Literal[
    "draft", "in_progress", "qc_pending", "qc_passed", "qc_failed", "published", "archived"
]


class ContentItem(Filed, Headings, Meta, OpenGraph, Record, table=True):
    """A piece of content, from first draft to archive."""

    __tablename__ = "content_repository"

    slug: str | None = text(
        "Short name for addresses and commands, such as seo-checklist.",
        unique=True,
        rule=SLUG,
        made="made from title",
    )
    title: str = text("Working title, or the headline once published.")
    asset_type_id: int | None = reference("asset_types", "Kind of file, such as banner or video.")
    asset_category: str | None = text("Family of assets it belongs to, such as blog.")
    asset_format: str | None = text("Format of the finished asset, such as PDF or MP4.")
    # Content that failed its check comes before content that passed it.
    status: ContentStatus = choice(
        "Step from draft through QC to published.",
        default="draft",
        order=(
            *("draft", "in_progress", "qc_pending", "qc_failed", "qc_passed"),
            *("published", "archived"),
        ),
    )
    workflow_stage_id: int | None = reference(
        "workflow_stages", "Stage of the team's workflow it has reached."
    )
    full_url: str | None = text("Public address once it is published.", rule=URL)
    thumbnail_url: str | None = text("Address of the small picture shown in lists.")
    context: str | None = text("Background and brief for its author.")
    linked_campaign_id: int | None = reference("campaigns", "Campaign it belongs to.")
    promotion_channels: list[str] = texts("Where it is promoted, such as LinkedIn or newsletter.")
    assigned_to_id: int | None = reference("users", "Person working on it now.")
    qc_report: Any | None = json("Outcome of the last quality check, as JSON.")
    last_status_update_at: datetime = moment(
        "When the status last changed; set by the database.", now=True
    )


ENTITY = describe(
    ContentItem,
    name="content",
    area="content",
    position=3,
    singular="content item",
    help="Articles, videos, posts and other assets, from draft to archive.",
    label=("slug",),
    shown=("slug", "title", "status", "asset_type_id", "brand_id", "assigned_to_id"),
    example="--title 'Guide to hreflang' --brand Northlight",
    example_key="structured-data-handbook",
    groups={
        "Basics": "title slug status asset_type_id content_type_id asset_category asset_format "
        "brand_id full_url thumbnail_url",
        "Workflow": "assigned_to_id workflow_stage_id last_status_update_at context qc_report",
        "Promotion": "linked_campaign_id promotion_channels",
        "Body": "h1 h2_list h3_list body_content",
        "SEO": "meta_title meta_description focus_keywords",
        "Social": "og_title og_description og_image_url social_meta",
    },
    made_by=[triggers.slug_from("title"), triggers.STATUS_MOVED],
    links=[ContentServiceLink, ContentSubServiceLink],
)
