"""The schema: its revision, and whether what belongs to it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.db import schema
from mcc_cli.db.revisions import REVISIONS
from mcc_cli.errors import MccError
from mcc_cli.services.operations.doctor import indexes, triggers
from mcc_cli.services.operations.doctor.check import Check, looked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection


def revision(connection: Connection) -> Check:
    """Whether the schema is the one that this program is for."""
    try:
        schema.check(connection)
    except MccError as error:
        if error.code != "E-SCHEMA":
            raise
        result = schema.revision(connection)
        remedy = None
        if result is None or result in REVISIONS:

            def remedy() -> None:
                schema.migrate(connection, lambda _: None)

        return Check("schema", "problem", error.message, error.fix, remedy)
    return Check("schema", "ok", f"at revision {schema.HEAD}")


def checks(connection: Connection) -> Iterator[Check]:
    """All of these; where the schema is not there, nor a remedy made it, that alone."""
    result = looked("schema", lambda: revision(connection))
    yield result
    if result.state == "ok" or usable(connection):
        yield looked("triggers", lambda: triggers.check(connection))
        yield looked("indexes", lambda: indexes.check(connection))
        yield looked("constraints", lambda: indexes.constraints(connection))


def usable(connection: Connection) -> bool:
    """Whether this role can read the schema, and it is the one that this program is for."""
    return looked("schema", lambda: revision(connection)).state == "ok"
