"""Forms: what visitors fill in on the pages."""

from typing import Any

from mcc_cli.entities.schema.base import ActiveStatus, Record, choice, json, reference, text
from mcc_cli.entities.schema.describe import describe


class Form(Record, table=True):
    """A form on the site, and where its answers go."""

    __tablename__ = "forms"

    form_name: str = text("Name the team knows the form by.", unique=True)
    form_type: str | None = text("Purpose of the form, such as contact or newsletter.")
    data_source: str | None = text("System that receives the answers, such as HubSpot.")
    target_url: str | None = text("Address that visitors reach after sending it.")
    owner_id: int | None = reference("users", "Person who follows up on the answers.")
    fields: Any | None = json("What the form asks, as JSON, in order.")
    status: ActiveStatus = choice("Inactive forms keep their history.", default="active")


ENTITY = describe(
    Form,
    name="forms",
    area="master",
    position=8,
    singular="form",
    help="What visitors fill in on the pages.",
    label=("form_name",),
    shown=("form_name", "form_type", "data_source", "owner_id", "status"),
    example="--form-name 'Callback request' --form-type lead",
    groups={
        "Form": "form_name form_type fields status",
        "Answers": "data_source target_url owner_id",
    },
)
