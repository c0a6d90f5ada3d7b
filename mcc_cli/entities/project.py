"""Projects: pieces of work with an objective and an end."""

from datetime import date
from typing import Literal

from mcc_cli.entities.schema.base import Check, Record, choice, day, reference, text
from mcc_cli.entities.schema.describe import describe


class Project(Record, table=True):
    """A piece of work for a brand that campaigns and tasks belong to."""

    __tablename__ = "projects"

    project_name: str = text("Name the team knows the project by.", unique=True)
    brand_id: int | None = reference("brands", "Brand the work is done for.")
    project_type: str | None = text("Kind of work, such as website relaunch.")
    project_status: Literal["planning", "active", "on_hold", "completed", "cancelled"] = choice(
        "How far the project has come.", default="planning", order="ascending"
    )
    project_owner_id: int | None = reference("users", "Person who answers for the result.")
    project_start_date: date | None = day("First day of work, such as 2026-03-01.")
    project_end_date: date | None = day("Last day of work; not before the first.")
    objective: str | None = text("What the project should achieve, in a sentence.")


ENTITY = describe(
    Project,
    name="projects",
    area="core",
    position=2,
    singular="project",
    help="Pieces of work with an objective and an end.",
    label=("project_name",),
    shown=(
        "project_name",
        "brand_id",
        "project_status",
        "project_owner_id",
        "project_start_date",
        "project_end_date",
    ),
    example="--project-name 'Spring launch' --brand Klarpfad",
    example_key="'Authority programme UK'",
    groups={
        "Basics": "project_name project_status project_type brand_id objective",
        "Schedule and owner": "project_start_date project_end_date project_owner_id",
    },
    rules=[
        (
            "dates",
            ("project_start_date", "project_end_date"),
            Check(
                "project_end_date >= project_start_date", "must not be before project_start_date"
            ),
        )
    ],
)
