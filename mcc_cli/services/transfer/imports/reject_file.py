"""The rejected records as a file like the one they came from, to be corrected and imported."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.services.transfer.imports import nearest_values
from mcc_cli.services.transfer.imports.header import OWN
from mcc_cli.services.transfer.imports.json_lines import lines_of
from mcc_cli.services.transfer.imports.line_numbers import LINES
from mcc_cli.services.transfer.imports.report import message
from mcc_cli.services.transfer.imports.row_query import REJECTS
from mcc_cli.services.transfer.imports.staging import STAGE, cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.row_query import Plan

MARK = "\ufeff"
CLOSED = re.compile(r'"(?:[^"]|"")*+"')
FOUND = """SELECT l.line, s.raw, {} AS cells, f.faults FROM {} AS s JOIN (SELECT r.ln,
  json_agg(json_build_array(r.name, r.code, r.note, f.line, r.value) ORDER BY r.name) AS faults
  FROM {} AS r LEFT JOIN {lines} AS f ON f.ln = r.first GROUP BY r.ln) AS f USING (ln)
  JOIN {lines} AS l USING (ln) ORDER BY s.ln"""
BEFORE = re.compile(r',?\s*"_mcc_line":.*$')


def write(connection: Connection, plan: Plan, source: Source) -> Iterator[str]:
    """The file in parts: the input's own cells, then line, code and error, which an import ignores.

    A record that could not be read is written as it was, with its stray quotes: it is refused until
    it is corrected. A byte order mark is kept: with it, apostrophes guard cells from a spreadsheet.
    """
    if plan.header.objects:
        return _objects(connection, plan, source)
    return _delimited(connection, plan)


def _delimited(connection: Connection, plan: Plan) -> Iterator[str]:
    names, mark = plan.header.names, plan.header.delimiter
    places = [i for i, name in enumerate(names) if not name.startswith(OWN)]
    own = [f"{OWN}{name}" for name in ("line", "code", "error")]
    yield (MARK if plan.header.guarded else "") + _row([*(names[i] for i in places), *own], mark)
    before = _before(mark) if names[-len(own) :] == own else None
    cells = sql.SQL(", ").join(sql.SQL("s.{}").format(cell(i)) for i in places)
    for line, raw, values, faults in _found(connection, sql.SQL("ARRAY[{}]::text[]").format(cells)):
        about = [line, faults[0][1], _words(connection, plan, faults)]
        if raw is None:
            yield _row([*(value or "" for value in values), *about], mark)
            continue
        text = _unread(json.loads(raw), len(places), mark)
        yield f"{before.sub('', text) if before else text}{mark}{_row(about, mark)}"


def _unread(raw: dict[str, Any], width: int, mark: str) -> str:
    """A record that could not be read, written to be refused again.

    A quote that its line does not close would swallow the lines after it, in a spreadsheet too: it
    is put into quotes itself, and one cell more than the header has keeps the record refused.
    """
    cells, rest = raw["cells"], raw["rest"]
    if rest is not None and rest.startswith('"') and not CLOSED.match(rest):
        cells, rest = [*cells, rest, *([""] if len(cells) + 1 == width else [])], None
    parts = [_row(cells, mark).removesuffix("\n")] if cells else []
    return mark.join([*parts, *([rest] if rest is not None else [])])


def _row(cells: list[Any], mark: str) -> str:
    """One line; a cell with a line break of any kind, also CR alone, is quoted."""
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def _before(mark: str) -> re.Pattern[str]:
    """What an earlier reject file added to a record that could not be read."""
    edge = re.escape(mark)
    return re.compile(
        rf"{edge}[0-9]+{edge}E-[A-Z]+{edge}(?:(?!{edge}E-[A-Z]+{edge}).)*\Z", re.DOTALL
    )


def _objects(connection: Connection, plan: Plan, source: Source) -> Iterator[str]:
    """The lines themselves; objects get three more names."""
    texts = enumerate(lines_of(source), 1)
    for line, _, _, faults in _found(connection, sql.SQL("NULL")):
        text = next(text for number, text in texts if number == line).strip()
        if text.startswith("{") and (text.endswith("}") or BEFORE.search(text)):
            body = BEFORE.sub("", text).removesuffix("}").rstrip()
            about = {"line": line, "code": faults[0][1], "error": _words(connection, plan, faults)}
            more = json.dumps({f"{OWN}{name}": value for name, value in about.items()})
            text = f"{body}{'' if body.endswith('{') else ', '}{more[1:]}"
        yield f"{text}\n"


def _found(connection: Connection, cells: sql.Composable) -> Iterator[tuple[Any, ...]]:
    statement = sql.SQL(FOUND).format(cells, STAGE, REJECTS, lines=LINES)
    with connection.cursor("mcc_rejects") as cursor:
        yield from cursor.execute(statement)


def _words(connection: Connection, plan: Plan, faults: list[Any]) -> str:
    return "; ".join(_fault(connection, plan, *item) for item in faults)


def _fault(
    connection: Connection,
    plan: Plan,
    name: str | None,
    code: str,
    note: str | None,
    first: int | None,
    value: str | None,
) -> str:
    """One fault in the words of the report, with its hint."""
    parts = [
        message(plan, name, code, note, first),
        nearest_values.of(connection, plan, name, code, value),
    ]
    return f"{name or 'record'}: {'; '.join(filter(None, parts))}"
