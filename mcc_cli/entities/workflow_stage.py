"""Workflow stages: the steps that work passes through, in order."""

from mcc_cli.entities.schema.base import Record, boolean, integer, text, unique
from mcc_cli.entities.schema.describe import describe


class WorkflowStage(Record, table=True):
    """One step of a workflow."""

    __tablename__ = "workflow_stages"
    __table_args__ = (
        unique("workflow_name", "stage_label"),
        unique("workflow_name", "stage_order", deferrable=True),
    )

    workflow_name: str = text("Workflow the stage belongs to, such as Blog post.")
    stage_label: str = text("Name of the stage, such as Review.")
    stage_order: int = integer("Place in the workflow; unique within it.")
    color_tag: str | None = text("Colour on boards, such as #2f80ed or green.")
    active_flag: bool = boolean("Whether new work may enter the stage.", default=True)


ENTITY = describe(
    WorkflowStage,
    name="workflow-stages",
    area="qc",
    position=3,
    singular="workflow stage",
    help="Steps that work passes through, in order.",
    label=("workflow_name", "stage_label"),
    shown=("workflow_name", "stage_order", "stage_label", "color_tag", "active_flag"),
    example="--workflow-name Video --stage-label Script --stage-order 5",
    groups={"Stage": "workflow_name stage_label stage_order color_tag active_flag"},
)
