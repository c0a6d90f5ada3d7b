"""Users: the people who own, assign and review."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy import text as sql

from mcc_cli.entities.schema.base import ActiveStatus, Check, Record, choice, text
from mcc_cli.entities.schema.describe import describe

ONE_AT = Check("{c} ~ '^[^@[:space:]]+@[^@[:space:]]+$'", "must be an address with one @")


class User(Record, table=True):
    """A person of the team; the address is unique whatever its case."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email", sql("lower(email)"), unique=True, info={"columns": ("email",)}),
    )

    name: str = text("Full name.")
    email: str = text("Address the person signs in with; unique whatever its case.", rule=ONE_AT)
    phone_number: str | None = text("Phone number, as people write it.")
    role: Literal["admin", "manager", "editor", "analyst", "viewer"] = choice(
        "What the person may do in the web application.", default="editor"
    )
    department: str | None = text("Department the person works in.")
    status: ActiveStatus = choice("Inactive people keep their history.", default="active")


ENTITY = describe(
    User,
    name="users",
    area="core",
    position=1,
    singular="user",
    help="People who own, assign and review.",
    label=("email",),
    shown=("email", "name", "role", "department", "status"),
    example="--email kim@agency.example --name 'Kim Weber'",
    example_key="jonas.brehm@klarpfad.example",
    groups={"Person": "email name phone_number department", "Access": "role status"},
    case_blind=True,
)
