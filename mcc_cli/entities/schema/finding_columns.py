"""What URL errors and audit findings share: columns of a finding, as a mixin without a table."""

from datetime import datetime

from sqlmodel import SQLModel

from mcc_cli.entities.schema.base import (
    Check,
    FindingStatus,
    Severity,
    choice,
    moment,
    reference,
    text,
)

RESOLVED = (
    "resolved",
    ("status", "resolved_at"),
    Check(
        "(status = 'resolved') = (resolved_at IS NOT NULL)",
        "must be set exactly while status is resolved",
    ),
)
OPEN = ("open", "status", ("open", "in_progress"))


class Finding(SQLModel):
    """Something wrong at a URL, from its detection to its resolution."""

    url: str = text("Address the problem was found at.")
    severity: Severity = choice(
        "How much harm the problem does.", default="medium", order="descending"
    )
    service_id: int | None = reference("services", "Service whose pages are affected.")
    sub_service_id: int | None = reference("sub_services", "Sub-service whose pages are affected.")
    linked_campaign_id: int | None = reference("campaigns", "Campaign that it affects.")
    assigned_to_id: int | None = reference("users", "Person assigned to fix it.")
    status: FindingStatus = choice("How far the fix has come.", default="open", order="ascending")
    detected_at: datetime = moment("When it was first found.", now=True)
    last_seen_at: datetime = moment("When a check last found it.", now=True)
    resolved_at: datetime | None = moment("When it was fixed; set exactly while resolved.")
