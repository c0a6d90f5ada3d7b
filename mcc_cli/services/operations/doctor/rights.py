"""Who can do what: the rights of the roles, functions of strangers, locks of strangers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mcc_cli.db import schema, triggers
from mcc_cli.db.connection.lock_holder import holder
from mcc_cli.entities.schema.change_event import GATE
from mcc_cli.services.operations import roles
from mcc_cli.services.operations.doctor.check import Check, few, looked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection

# SECURITY DEFINER functions in mcc's schema that are not mcc's, those first that every role can
# execute with the rights of the owner of mcc's tables.
DEFINERS = """SELECT p.oid::regprocedure::text, pg_get_userbyid(p.proowner)::text,
    p.proowner = c.relowner AND has_function_privilege('public', p.oid, 'EXECUTE')
  FROM pg_proc AS p JOIN pg_class AS c ON c.oid = to_regclass('runs')
  WHERE p.pronamespace = c.relnamespace AND p.prosecdef AND NOT EXISTS (
    SELECT FROM unnest(%s::text[], %s::text[]) AS o (name, arguments)
    WHERE o.name = p.proname AND o.arguments = oidvectortypes(p.proargtypes))
  ORDER BY 3 DESC, 1"""
LOCKS = {"the notification lock": GATE, "the migration lock": (schema.LOCK,)}


def checks(connection: Connection) -> Iterator[Check]:
    """All of these."""
    yield looked("rights", lambda: _rights(connection))
    yield looked("functions", lambda: _functions(connection))
    yield looked("locks", lambda: _locks(connection))


def _rights(connection: Connection) -> Check:
    if not roles.present(connection):
        text = "the roles mcc_reader, mcc_editor and mcc_admin do not exist"
        return Check("rights", "note", text, "if several people write: mcc db roles apply")
    if wrong := roles.wrong(connection):
        text = f"not as they should be: {few(wrong)}"
        return Check("rights", "problem", text, "mcc db roles apply", partial(_apply, connection))
    if result := roles.open_schema(connection):
        text, _, fix = result[0].partition("; ")
        return Check("rights", "warning", text, fix)
    return Check("rights", "ok", "of mcc_reader, mcc_editor and mcc_admin: as they should be")


def _apply(connection: Connection) -> None:
    roles.apply(connection)


def _functions(connection: Connection) -> Check:
    ours = triggers.functions()
    if taken := triggers.strangers(connection):
        text = f"{few([f'{name} of {owner}' for name, owner in taken])}: mcc's name, another owner"
        return Check("functions", "problem", text, "DROP FUNCTION … CASCADE; mcc doctor --fix")
    result = connection.execute(DEFINERS, [list(ours), list(ours.values())]).fetchall()
    if not result:
        return Check("functions", "ok", f"{len(ours)}, all of mcc")
    text = (
        f"SECURITY DEFINER and not of mcc: {few([f'{name} of {who}' for name, who, _ in result])}"
    )
    if result[0][2]:
        text += "; every role can run it with the rights of the owner of mcc's tables"
        return Check("functions", "problem", text, f"DROP FUNCTION {result[0][0]}")
    return Check("functions", "warning", text, "check what they do, or move them to another schema")


def _locks(connection: Connection) -> Check:
    for name, key in LOCKS.items():
        if who := holder(connection, *key):
            fix = f"end it: SELECT pg_terminate_backend({who.split()[1]})"
            return Check("locks", "warning", f"{name} is held by {who}", fix)
    return Check("locks", "ok", "no session holds those of mcc")
