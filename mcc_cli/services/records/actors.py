"""Who does something: the user whom `--as` names, and the program; the session carries both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.db.connection import pooler
from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.records import keys

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

FLAG = "--as"


def actor(connection: Connection, key: str) -> int:
    """The id of an active user, who from now on is the actor of all that this connection changes.

    Raises MccError E-REF for an unknown user, E-DENIED for one who is not active, or whose address
    is the name of a database role to which the session does not belong.
    """
    users = ENTITIES["users"]
    with translated(users):
        try:
            number = keys.resolve(connection, users, key, FLAG, "E-REF")
        except MccError as error:
            if error.code == "E-REF":
                error.fix = "name a user of mcc users list; without --as, unset MCC_ACTOR too"
            raise
        row = connection.execute(
            """SELECT u.status, r.rolname, u.email
               FROM users AS u LEFT JOIN pg_roles AS r ON lower(r.rolname) = lower(u.email)
                 AND NOT pg_has_role(session_user, r.oid, 'MEMBER')
               WHERE u.id = %s""",
            [number],
        ).fetchone()
    if row and row[0] != "active":
        raise MccError(
            "E-DENIED",
            "this user is not active and cannot do anything",
            FLAG,
            key,
            fix=f"name another user, or: mcc users update {key} --status active",
            entity=users.name,
        )
    if row and row[1] is not None:
        raise MccError(
            "E-DENIED",
            "this user is a role of the database, and you are not that role",
            FLAG,
            key,
            fix=f"connect as {row[1]}, or name another user",
            entity=users.name,
        )
    if row:
        pooler.put(connection, "mcc.actor", row[2])
    return number


def program(connection: Connection, name: str) -> None:
    """Have this session show `name` as its program, and the changes it makes too."""
    connection.execute("SELECT set_config('application_name', %s, false)", [name])
