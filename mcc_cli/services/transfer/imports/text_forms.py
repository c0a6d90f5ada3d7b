"""Keys in one Unicode form: é as one character, or as e and an accent, is the same key.

Keys and references are compared in NFC and stored as given. A cell that differs only so from a key
that is stored, or from an earlier one of the file, becomes that key before anything is looked up.
Only text that is not NFC can differ so, which is rare; of a file of ASCII nothing is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records.scope import Scope
from mcc_cli.services.transfer.imports.staging import STAGE, cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg.sql import Composable, Composed

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.transfer.imports.header import Header, Target

_WIDE = "octet_length({0}) <> length({0})"  # not ASCII: a tenth of the cost of the next condition
_ODD = "octet_length({0}) <> length({0}) AND {0} IS NOT NFC NORMALIZED"


def unify(connection: Connection, entity: Entity, header: Header, keys: Iterable[str]) -> None:
    """Give the staged cells of keys and references the form in which they are stored."""
    for target in header.targets:
        column = target.column
        if target.constant is not None or target.by_id:
            continue
        if column.references:
            scope = Scope(ENTITIES[column.references])
            _unify(connection, target, scope.label().sql, scope.tables())
        elif column.name in keys and column.type == "text":
            own = sql.Identifier("t", column.name)
            _unify(connection, target, own, Scope(entity).tables())


def _unify(connection: Connection, target: Target, label: Composable, tables: Composable) -> None:
    staged = cell(target.index)
    wide = sql.SQL(_WIDE).format(staged)
    odd, odd_label = (sql.SQL(_ODD).format(item) for item in (staged, label))
    if not _texts(connection, sql.SQL("SELECT true FROM {} WHERE {} LIMIT 1").format(STAGE, wide)):
        return
    query = sql.SQL("SELECT {} FROM {} WHERE {} GROUP BY 1 ORDER BY min(ln)")
    given = _texts(connection, query.format(staged, STAGE, odd))
    query = sql.SQL("SELECT DISTINCT {} FROM {} WHERE {}")
    stored = _texts(connection, query.format(label, tables, odd_label))
    if not (given or stored):
        return
    composed = list({normalize("NFC", text) for text in (*given, *stored)})
    query = sql.SQL("SELECT DISTINCT {0} FROM {1} WHERE {0} = ANY (%s)")
    stored += _texts(connection, query.format(label, tables), composed)
    given += _texts(connection, query.format(staged, STAGE), composed)
    form = {normalize("NFC", text): text for text in [*reversed(given), *reversed(stored)]}
    changed = {
        text: wanted
        for text in given
        if (wanted := form[normalize("NFC", text)]) != text and text not in stored
    }
    if changed:
        connection.execute(
            sql.SQL(
                "UPDATE {1} SET {0} = n.new FROM unnest(%s::text[], %s::text[]) AS n (old, new) "
                "WHERE {0} = n.old"
            ).format(staged, STAGE),
            [list(changed), list(changed.values())],
        )


def _texts(connection: Connection, query: Composed, *values: list[str]) -> list[str]:
    return [row[0] for row in connection.execute(query, values or None)]
