"""Audits: findings of on-page SEO checks, one per URL and rule."""

from typing import Literal

from mcc_cli.entities.schema import triggers
from mcc_cli.entities.schema.base import Record, choice, integer, reference, text, unique
from mcc_cli.entities.schema.describe import describe
from mcc_cli.entities.schema.finding_columns import OPEN, RESOLVED, Finding

ErrorCategory = Literal[
    "metadata",
    "content",
    "links",
    "images",
    "structured_data",
    "indexability",
    "performance",
    "accessibility",
    "security",
    "international",
    "mobile",
    "other",
]


class Audit(Finding, Record, table=True):
    """A rule of an SEO tool that a page breaks."""

    __tablename__ = "on_page_seo_audits"
    __table_args__ = (unique("url", "error_type", "source_tool"),)

    error_type: str = text("The tool's own name of the rule, such as meta-description.")
    source_tool: str = text("Tool that found it, such as lighthouse.", default="manual")
    error_category: ErrorCategory = choice("Side of SEO that the rule looks at.", default="other")
    issue_description: str | None = text("What is wrong, in plain words.")
    current_value: str | None = text("What the page has now, such as its title.")
    recommended_value: str | None = text("What the page should have instead.")
    created_by_id: int | None = reference("users", "Person who recorded it or imported the report.")
    resolution_notes: str | None = text("How it was fixed, or why it is ignored.")
    times_reopened: int = integer("How often it came back after being resolved.", default=0)


ENTITY = describe(
    Audit,
    name="audits",
    area="seo",
    position=5,
    singular="audit finding",
    help="Findings of on-page SEO checks, one per URL and rule.",
    label=("url",),
    key=("url", "error_type", "source_tool"),
    shown=("url", "error_type", "source_tool", "severity", "status", "assigned_to_id"),
    example="--url https://www.northlight.example/ --error-type meta-description --severity high",
    groups={
        "Finding": "url error_type source_tool error_category severity issue_description",
        "Fix": "current_value recommended_value status assigned_to_id resolved_at resolution_notes",
        "Where it belongs": "service_id sub_service_id linked_campaign_id",
        "Detection": "detected_at last_seen_at times_reopened created_by_id",
    },
    rules=[RESOLVED],
    made_by=[triggers.RESOLVED],
    counted=OPEN,
)
