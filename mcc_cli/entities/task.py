"""Tasks: single steps of a project or a campaign."""

from datetime import date
from typing import Literal

from mcc_cli.entities.schema.base import Record, choice, day, integer, reference, text, unique
from mcc_cli.entities.schema.describe import describe

TaskStatus = Literal["pending", "in_progress", "in_review", "blocked", "completed", "cancelled"]


class Task(Record, table=True):
    """A step that one person does by a day."""

    __tablename__ = "tasks"
    __table_args__ = (unique("name", "project_id", "campaign_id", nulls_equal=True),)

    name: str = text("The work to do, in a few words.")
    project_id: int | None = reference(
        "projects", "Project the task belongs to; deleted with it.", on_delete="CASCADE"
    )
    campaign_id: int | None = reference(
        "campaigns", "Campaign the task belongs to; deleted with it.", on_delete="CASCADE"
    )
    task_type: str | None = text("Kind of work, such as writing or link building.")
    description: str | None = text("The expected result, and where to begin.")
    primary_owner_id: int | None = reference("users", "Person who does the task.")
    due_date: date | None = day("Day it must be done by, such as 2026-03-01.")
    status: TaskStatus = choice("How far the task has come.", default="pending", order="ascending")
    priority: Literal["low", "medium", "high", "urgent"] = choice(
        "How soon it matters compared with other tasks.", default="medium", order="ascending"
    )
    workflow_stage_id: int | None = reference(
        "workflow_stages", "Stage of the team's workflow it has reached."
    )
    qc_stage: str | None = text("Which quality check it waits for or passed.")
    rework_count: int = integer("How often it was sent back for changes.", default=0, ge=0)


ENTITY = describe(
    Task,
    name="tasks",
    area="core",
    position=4,
    singular="task",
    help="Single steps of a project or a campaign.",
    label=("name",),
    key=("name", "project_id", "campaign_id"),
    shown=("name", "project_id", "campaign_id", "status", "priority", "due_date"),
    example="--name 'Write the brief' --project 'Authority programme UK'",
    groups={
        "Basics": "name project_id campaign_id task_type description",
        "Progress": "status priority due_date primary_owner_id workflow_stage_id",
        "Quality": "qc_stage rework_count",
    },
    counted=("done", "status", ("completed",)),
)
