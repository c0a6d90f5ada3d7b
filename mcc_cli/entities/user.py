"""Users: the people who own, assign and review."""

from typing import Literal

from sqlalchemy import Index
from sqlalchemy import text as sql

from mcc_cli.entities.schema.base import ActiveStatus, Check, Record, choice, text
from mcc_cli.entities.schema.describe import describe

# Letters of Latin alphabets in use, without those that look like another one (ı, ĸ, IPA).
LATIN = (
    r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u0130\u0132-\u0137\u0139-\u017E\u01A0\u01A1\u01AF\u01B0"
    r"\u01CD-\u01DC\u01E6-\u01F0\u01F4\u01F5\u01F8-\u021B\u021E\u021F\u0226-\u0233"
    r"\u1E00-\u1E99\u1EA0-\u1EF9"
)
# Control and format characters, blanks, fillers, variation selectors, private use.
INVISIBLE = (
    r"\u0001-\u0020\u007F-\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F"
    r"\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uE000-\uF8FF\uFE00-\uFE0F\uFEFF"
    r"\uFFA0\uFFF0-\uFFFF\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U0010FFFF"
)
# The address is who acts in the change log, so that no other address may look the same. Beside the
# characters above, compatibility forms (full width, ligatures) and mixed scripts are refused:
# https://www.unicode.org/reports/tr39/#Restriction_Level_Detection
ADDRESS = Check(
    "{c} ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND {c} IS NFKC NORMALIZED "
    f"AND {{c}} !~ '[{INVISIBLE}]' "
    f"AND ({{c}} ~ '^[!-~{LATIN}]+$' OR {{c}} !~ '[A-Za-z{LATIN}]')",
    "must be an address with one @, without invisible characters or look-alike letters",
)


class User(Record, table=True):
    """A person of the team; the address is unique without regard to case."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email", sql("lower(email)"), unique=True, info={"columns": ("email",)}),
    )

    name: str = text("Full name.")
    email: str = text(
        "Address the person signs in with; unique without regard to case.", rule=ADDRESS
    )
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
