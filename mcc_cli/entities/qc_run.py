"""QC runs: one checklist applied to one content item, service, sub-service or page."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from mcc_cli.entities.schema import triggers
from mcc_cli.entities.schema.base import (
    Check,
    Record,
    choice,
    json,
    moment,
    numeric,
    reference,
    text,
)
from mcc_cli.entities.schema.describe import describe

TARGETS = ("content_id", "service_id", "sub_service_id", "service_page_id")


class QcRun(Record, table=True):
    """One check of one thing against a checklist."""

    __tablename__ = "qc_runs"

    run_code: str | None = text(
        "Code to quote the run by, such as QC-000042.",
        unique=True,
        made="made by the database: QC- and the id",
    )
    qc_checklist_id: int = reference(
        "qc_checklists", "Checklist that was applied.", on_delete="RESTRICT"
    )
    content_id: int | None = reference(
        "content_repository", "Content item that was checked.", on_delete="CASCADE"
    )
    service_id: int | None = reference("services", "Service that was checked.", on_delete="CASCADE")
    sub_service_id: int | None = reference(
        "sub_services", "Sub-service that was checked.", on_delete="CASCADE"
    )
    service_page_id: int | None = reference(
        "service_pages", "Service page that was checked.", on_delete="CASCADE"
    )
    qc_owner_id: int | None = reference("users", "Person who does the check.")
    qc_status: Literal["pending", "passed", "failed", "rework"] = choice(
        "Outcome of the check so far.", default="pending"
    )
    final_score_percentage: Decimal | None = numeric(
        5, 2, "Score the check ended with, 0 to 100.", ge=0, le=100
    )
    analysis_report: Any | None = json("Result of each point and remarks, as JSON.")
    run_at: datetime = moment("When the check was done.", now=True)


ENTITY = describe(
    QcRun,
    name="qc-runs",
    area="qc",
    position=1,
    singular="QC run",
    help="Checks of content, services and pages against a checklist.",
    label=("run_code",),
    shown=(
        "run_code",
        "qc_checklist_id",
        "qc_status",
        "final_score_percentage",
        "qc_owner_id",
        "run_at",
    ),
    example="--qc-checklist 1 --service technical-seo",
    groups={
        "Run": "run_code qc_checklist_id qc_owner_id run_at",
        "What was checked (exactly one)": " ".join(TARGETS),
        "Result": "qc_status final_score_percentage analysis_report",
    },
    rules=[
        (
            "target",
            TARGETS,
            Check(
                f"num_nonnulls({', '.join(TARGETS)}) = 1",
                "exactly one of content, service, sub_service, service_page must be set",
            ),
        )
    ],
    made_by=[triggers.RUN_CODE],
)
