"""QC checklists: what is checked before something goes live."""

from decimal import Decimal
from typing import Any, Literal

from mcc_cli.entities.schema.base import ActiveStatus, Check, Record, choice, json, numeric, text
from mcc_cli.entities.schema.describe import describe

# JSON path unwraps an array inside the array, so the types of the elements are checked separately.
LABELS_AND_WEIGHTS = Check(
    "jsonb_typeof({c}) = 'array' "
    "AND NOT jsonb_path_exists({c}, '$[*].type() ? (@ != \"object\")') "
    'AND NOT jsonb_path_exists({c}, \'$[*] ? (!(@.label.type() == "string" '
    '&& @.weight.type() == "number" && @.weight > 0))\')',
    'must be a JSON array of {"label": text, "weight": number above 0}',
)


class QcChecklist(Record, table=True):
    """A list of points to check, with how much each one counts."""

    __tablename__ = "qc_checklists"

    checklist_name: str = text("Name the team knows the checklist by.", unique=True)
    checklist_type: str | None = text("What it checks, such as blog post or page.")
    category: str | None = text("Side of quality it looks at, such as SEO.")
    items: list[dict[str, Any]] = json(
        "Points to check, as a JSON array of label and weight.",
        default="[]",
        rule=LABELS_AND_WEIGHTS,
    )
    scoring_mode: Literal["binary", "weighted", "percentage"] = choice(
        "How the points add up to a score.", default="percentage"
    )
    pass_threshold: Decimal = numeric(
        5, 2, "Score needed to pass, 0 to 100.", default="80", ge=0, le=100
    )
    status: ActiveStatus = choice("Inactive checklists keep their history.", default="active")


ENTITY = describe(
    QcChecklist,
    name="qc-checklists",
    area="qc",
    position=2,
    singular="QC checklist",
    help="What is checked before something goes live.",
    label=("checklist_name",),
    shown=(
        "checklist_name",
        "checklist_type",
        "category",
        "scoring_mode",
        "pass_threshold",
        "status",
    ),
    example='--checklist-name \'Newsletter\' --items \'[{"label": "Links work", "weight": 2}]\'',
    groups={
        "Checklist": "checklist_name checklist_type category items status",
        "Scoring": "scoring_mode pass_threshold",
    },
)
