"""URL errors: addresses that do not answer as they should."""

from typing import Literal

from mcc_cli.entities.schema import triggers
from mcc_cli.entities.schema.base import Record, choice, integer, text, unique
from mcc_cli.entities.schema.describe import describe
from mcc_cli.entities.schema.finding_columns import OPEN, RESOLVED, Finding

ErrorType = Literal[
    "not_found",
    "client_error",
    "server_error",
    "redirect",
    "redirect_chain",
    "redirect_loop",
    "timeout",
    "dns",
    "tls",
    "blocked",
    "soft_404",
    "other",
]


class UrlError(Finding, Record, table=True):
    """An address that does not answer as it should."""

    __tablename__ = "url_errors"
    __table_args__ = (unique("url", "error_type"),)

    error_type: ErrorType = choice("What goes wrong when the address is opened.")
    http_status: int | None = integer(
        "Status code the server answered, such as 404.", ge=100, le=599
    )
    description: str | None = text("What was seen, in plain words.")
    source_tool: str | None = text("Tool that found it, such as screaming-frog.")


ENTITY = describe(
    UrlError,
    name="url-errors",
    area="seo",
    position=4,
    singular="URL error",
    help="Addresses that do not answer as they should.",
    label=("url",),
    key=("url", "error_type"),
    shown=("url", "error_type", "http_status", "severity", "status", "assigned_to_id"),
    example="--url https://www.northlight.example/gone --error-type not_found",
    groups={
        "Error": "url error_type http_status severity description",
        "Progress": "status assigned_to_id resolved_at",
        "Where it belongs": "service_id sub_service_id linked_campaign_id",
        "Detection": "source_tool detected_at last_seen_at",
    },
    rules=[RESOLVED],
    made_by=[triggers.RESOLVED],
    counted=OPEN,
)
