"""Who does something: the user whom `--as` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.db.translate import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services import keys

if TYPE_CHECKING:
    from mcc_cli.db.connect import Connection

FLAG = "--as"


def actor(connection: Connection, key: str) -> int:
    """The id of an active user. Raises MccError E-REF for nobody, E-DENIED for an inactive one."""
    users = ENTITIES["users"]
    with translated(users):
        number = keys.resolve(connection, users, key, FLAG, "E-REF")
        row = connection.execute("SELECT status FROM users WHERE id = %s", [number]).fetchone()
    if row and row[0] != "active":
        raise MccError(
            "E-DENIED",
            "this user is not active and cannot do anything",
            FLAG,
            key,
            fix=f"name another user, or: mcc users update {key} --status active",
            entity=users.name,
        )
    return number
