"""Export: the rows of a query as csv, tsv or jsonl, made by the database and streamed as it sends.

A cell of csv and tsv is plain text, with these rules, which the importer undoes:

- NULL is `\\N` and the empty text is `\\E`. A text that is one of these itself, begins with two
  backslashes, or is blank, perhaps after a backslash, gets one backslash more in front: the
  importer takes one off a cell that begins with two, or is blank after one. This is for text
  columns and for the keys of references; no other value looks like it.
- Links are their keys joined by `|`, in the order of the bytes; `\\E` where there are none.
- Booleans are true and false, lists and objects their JSON, dates ISO 8601, times ISO 8601 in UTC.
- `spreadsheet` puts a byte order mark in front of the file, and an apostrophe in front of a cell
  that a spreadsheet could take for a formula: one that begins with `= + - @`, tab or CR. So that
  it can be undone exactly, a cell that begins with an apostrophe and then one of those, or a second
  apostrophe, gets one too. The importer, where a file begins with the mark, takes one apostrophe
  off each cell that begins with `'` and then one of `= + - @`, tab, CR or `'`. Numbers, dates and
  times stay as they are.

jsonl has JSON's own types; a `null` is NULL, also where a jsonb column holds a JSON null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import errors, pq, sql

from mcc_cli.db.errors import translated
from mcc_cli.files.blank import BLANKS
from mcc_cli.services.records import filters, link_sql, reading
from mcc_cli.services.records.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Copy

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.records.scope import Field

BLOCK = 256 * 1024
MARK = b"\xef\xbb\xbf"
DELIMITERS = {"csv": ",", "tsv": "\t"}
FORMULA = "^'?[=+@\t\r-]|^''"

# Dates as ISO, whatever the session has set; and no JIT, which takes longer than it saves.
SETTINGS = """SELECT set_config('DateStyle', 'ISO', true), set_config('TimeZone', 'UTC', true),
  set_config('jit', 'off', true)"""
MOMENT = """CASE WHEN isfinite({0}) AND {0} >= '0001-01-01T00:00:00Z'
  THEN to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE {0}::text END"""
SPECIAL = r"""WHEN {0} = '' THEN '\E'
  WHEN starts_with({0}, '\') AND ({0} IN ('\N', '\E') OR starts_with({0}, '\\')) THEN '\' || {0}
  WHEN ({0} COLLATE "C" < '!' OR {0} COLLATE "C" > '~' OR starts_with({0}, '\'))
    AND btrim(ltrim({0}, '\'), {1}) = '' AND {0} <> '\' THEN '\' || {0}"""
EMPTY = r"regexp_replace({}, '^$', '\\E')"
DEFUSED = """WHEN {0} ~ {1} THEN '''' || {0}"""
# Each line of JSON is a csv of one cell, which needs no quotes: it has none of these characters.
AS_JSONL = r"COPY ({}) TO STDOUT (FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01', ENCODING 'UTF8')"
AS_CSV = r"COPY ({}) TO STDOUT (FORMAT csv, NULL '\N', DELIMITER {}, ENCODING 'UTF8')"


def columns(entity: Entity, *, ids: bool = False) -> list[str]:
    """The fields that an export has unless told otherwise: what an import can write."""
    own = [c.name if ids else c.field for c in entity.columns if not c.generated]
    return own + [item.ids if ids else item.name for item in entity.links]


def export(
    connection: Connection,
    entity: Entity,
    query: reading.Query,
    form: str,
    write: Callable[[bytes], object],
    *,
    ids: bool = False,
    spreadsheet: bool = False,
) -> int:
    """Write the rows of `query` in blocks of bytes, from one snapshot; returns how many.

    `form` is csv, tsv or jsonl; `query.fields` are the columns, or else those of `columns`; `ids`
    gives references as numbers. Raises MccError for what the query cannot use.
    """
    with translated(entity):
        names = _names(entity, query.fields, ids=ids)
        wanted = reading.Query(query.where, query.search, query.sort, fields=names)
        copied = statement(connection, entity, wanted, form, spreadsheet=spreadsheet)
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(SETTINGS)
            with cursor.copy(copied) as copy:
                if form in DELIMITERS:
                    head = DELIMITERS[form].join(names).encode() + b"\n"
                    write(MARK + head if spreadsheet else head)
                return _stream(connection, copy, write)


def _names(entity: Entity, given: list[str], *, ids: bool) -> list[str]:
    """The fields to export; with `ids` each reference under the name of its column."""
    if not given:
        return columns(entity, ids=ids)
    fields = filters.known_fields(given, Scope(entity))
    return [_by_id(field) if ids and field.target else field.name for field in fields]


def _by_id(field: Field) -> str:
    *path, _ = field.name.split(".")
    return ".".join([*path, field.links.ids if field.links else field.column.name])


def statement(
    connection: Connection,
    entity: Entity,
    query: reading.Query,
    form: str,
    *,
    spreadsheet: bool = False,
) -> sql.Composed:
    """The COPY that gives the rows of a query, a line each."""
    if form not in DELIMITERS:
        _, select = reading.select(connection, entity, query, as_object)
        return sql.SQL(AS_JSONL).format(select)

    def cells(fields: list[Field]) -> sql.Composable:
        return sql.SQL(", ").join(_cell(item, spreadsheet=spreadsheet) for item in fields)

    _, select = reading.select(connection, entity, query, cells)
    return sql.SQL(AS_CSV).format(select, sql.Literal(DELIMITERS[form]))


def _cell(field: Field, *, spreadsheet: bool) -> sql.Composable:
    """The text of a field in csv and tsv; NULL is left to COPY."""
    text, cases = field.sql, []
    if field.links:  # slugs and numbers, which need nothing else
        return sql.SQL(EMPTY).format(link_sql.text(text))
    match field.type:
        case "text" if field.column.choices:
            return text  # a CHECK holds it to words that need nothing
        case "text":
            cases.append(sql.SQL(SPECIAL).format(text, sql.Literal(BLANKS)))
        case "jsonb" | "text[]":
            text = sql.SQL("to_json({})::text").format(text)
        case "boolean":
            return sql.SQL("{}::text").format(text)
        case "timestamptz":
            return sql.SQL(MOMENT).format(text)
        case _:
            return text
    if spreadsheet:
        cases.append(sql.SQL(DEFUSED).format(text, sql.Literal(FORMULA)))
    if not cases:
        return text
    return sql.SQL("CASE {} ELSE {} END").format(sql.SQL(" ").join(cases), text)


def as_object(fields: list[Field]) -> sql.Composable:
    """One row as JSON text.

    Built by hand, for json_build_object takes 50 pairs at most, and row_to_json cuts names.
    """
    values = {
        item.name: sql.SQL(MOMENT).format(item.sql) if item.type == "timestamptz" else item.sql
        for item in fields
    }
    pairs = sql.SQL(", ").join(
        sql.SQL("{} || coalesce(to_json({})::text, 'null')").format(sql.Literal(f'"{name}":'), item)
        for name, item in values.items()
    )
    return sql.SQL("'{{' || array_to_string(ARRAY[{}], ',') || '}}'").format(pairs)


def _stream(connection: Connection, copy: Copy, write: Callable[[bytes], object]) -> int:
    """Pass on what the server sends, a message a row, joined into blocks; how many rows.

    psycopg waits for more; what has come already is taken from libpq itself, at half the CPU.
    """
    take = connection.pgconn.get_copy_data
    block = bytearray()
    size = 1
    while size >= 0 and (data := copy.read()):
        size = 1
        while size > 0:
            block += data
            if len(block) >= BLOCK:
                write(bytes(block))
                block.clear()
            size, data = take(1)
    number = copy.cursor.rowcount if size >= 0 else _finished(connection)
    write(bytes(block))
    return number


def _finished(connection: Connection) -> int:
    """The number of rows of a COPY whose data ended; raises what ended it before its time."""
    result = connection.pgconn.get_result()
    while connection.pgconn.get_result():
        pass
    if result is None or result.status != pq.ExecStatus.COMMAND_OK:
        assert result is not None
        raise errors.error_from_result(result)
    return result.command_tuples or 0
