"""Personas: the typical customers a team writes for."""

from mcc_cli.entities.schema.base import ActiveStatus, JourneyStage, Record, choice, text
from mcc_cli.entities.schema.describe import describe


class Persona(Record, table=True):
    """A typical customer, with goals and worries."""

    __tablename__ = "personas"

    persona_name: str = text("Name the team calls this customer, such as Busy Beth.", unique=True)
    segment: str | None = text("Group of customers it represents, such as start-ups.")
    role: str | None = text("Job of this customer, such as head of marketing.")
    funnel_stage: JourneyStage | None = choice(
        "How far this customer usually is from buying.", order="ascending"
    )
    description: str | None = text("Who this customer is, in a paragraph.")
    goals: str | None = text("What this customer wants to achieve.")
    pain_points: str | None = text("What troubles this customer or stops a purchase.")
    status: ActiveStatus = choice("Inactive personas keep their history.", default="active")


ENTITY = describe(
    Persona,
    name="personas",
    area="master",
    position=7,
    singular="persona",
    help="Typical customers the team writes for.",
    label=("persona_name",),
    shown=("persona_name", "segment", "role", "funnel_stage", "status"),
    example="--persona-name 'Nora, shop owner' --funnel-stage decision",
    groups={
        "Persona": "persona_name segment role funnel_stage status",
        "Portrait": "description goals pain_points",
    },
)
