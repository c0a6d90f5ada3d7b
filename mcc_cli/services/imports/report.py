"""What an import did: counts, and every rejected record by its line, with the reason."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services import keys
from mcc_cli.services.imports.header import OWN
from mcc_cli.services.imports.plan import REJECTS
from mcc_cli.services.imports.records import split
from mcc_cli.services.imports.staging import STAGE, cell, rows_of
from mcc_cli.services.suggest import did_you_mean
from mcc_cli.services.values import noun_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connect import Connection
    from mcc_cli.services.imports.plan import Plan
    from mcc_cli.services.imports.source import Source
    from mcc_cli.services.imports.staging import Staged

MOST_GROUPS = 20
KEPT_REJECTS = 1000
MESSAGES = {
    "E-NULL": "must have a value",
    "E-JSON": "must be JSON",
    "E-NOTFOUND": "no row has this key, and only existing rows are changed (--mode update)",
}


@dataclass
class Report:
    """The counts of one import: `read` is the sum of the four that follow it."""

    entity: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    cleared: int = 0
    seconds: float = 0.0
    rejects: str | None = None
    dry_run: bool = False
    limit: bool = False
    kept: bool = False
    groups: int = 0
    warnings: list[str] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    errors: list[MccError] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        names = ("read", "created", "updated", "unchanged", "rejected", "cleared")
        return {name: getattr(self, name) for name in names}

    def line(self, run: str) -> str:
        """The last line of an import, the same for ever: `import brands: read=4 created=4 …`."""
        counts = " ".join(f"{name}={number}" for name, number in self.counts().items())
        file = f" rejects={self.rejects}" if self.rejects else ""
        dry = " (dry run)" if self.dry_run else ""
        return f"import {self.entity}: {counts}{file} run={run} {self.seconds:.1f}s{dry}"


def collect(connection: Connection, plan: Plan, source: Source, staged: Staged) -> Report:
    """The rejected records as errors, grouped where many say the same, and as rows to keep."""
    report = Report(plan.entity.name)
    statement = sql.SQL("SELECT ln, name, code, value, note FROM {} ORDER BY ln, name").format(
        REJECTS
    )
    found = connection.execute(statement).fetchall()
    firsts = {int(note) for _, _, code, _, note in found if code == "E-DUP" and note.isdigit()}
    lines = _lines({row[0] for row in found} | firsts, plan, source, staged)
    report.lines = lines
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for ln, name, code, value, note in found:
        groups[name, code, value if code != "E-DUP" else None, note].append(lines[ln])
        if len(report.faults) < KEPT_REJECTS:
            message = _message(plan, name, code, note, lines)
            fault = {"line": lines[ln], "column": name, "code": code, "value": value}
            report.faults.append({**fault, "message": message})
    report.groups = len(groups)
    for (name, code, value, note), where in list(groups.items())[:MOST_GROUPS]:
        report.errors.append(
            _error(
                connection,
                plan,
                source,
                name,
                code,
                value,
                _message(plan, name, code, note, lines),
                where,
            )
        )
    return report


def _error(
    connection: Connection,
    plan: Plan,
    source: Source,
    name: str | None,
    code: str,
    value: str | None,
    message: str,
    where: list[int],
) -> MccError:
    column = plan.entity.column(name) if name else None
    cell_of = next((c for c in plan.cells if c.target.name == name), None)
    column = cell_of.target.column if cell_of else column
    hint = fix = None
    if code == "E-CHOICE" and column and value:
        hint = did_you_mean(value, column.choices)
    if code == "E-REF" and column and value:
        near = keys.near_key(connection, ENTITIES[column.references or ""], value)
        hint = f'did you mean "{near}"?' if near else None
        fix = f"correct the cell, or create it: mcc {column.references} create --help"
    more = f" ×{len(where)} rows: {_ranges(where)}" if len(where) > 1 else ""
    return MccError(
        code,
        message + more,
        f"{source.name}:{where[0]}" + (f' column "{name}"' if name else ""),
        value,
        hint,
        fix,
        entity=plan.entity.name,
        column=name,
        file=source.name,
        line=where[0],
        rows=_ranges(where),
        count=len(where),
    )


def _message(
    plan: Plan, name: str | None, code: str, note: str | None, lines: dict[int, int]
) -> str:
    """What is wrong, in words that follow the name of the column."""
    if code == "E-DUP" and note and note.isdigit():
        return f"this key is on line {lines[int(note)]} already"
    if note:
        return note
    cell_of = next((c for c in plan.cells if c.target.name == name), None)
    if cell_of is None or code in MESSAGES:
        return MESSAGES.get(code, code)
    column = cell_of.target.column
    if code in ("E-REF", "E-AMBIGUOUS"):
        noun = ENTITIES[column.references or ""].singular
        return f"{'no' if code == 'E-REF' else 'more than one'} {noun} has this key"
    if code == "E-CHOICE":
        return f"must be one of {', '.join(column.choices)}"
    low, high = column.minimum, column.maximum
    if code == "E-RANGE" and (low is not None or high is not None):
        return f"must be {f'{low} or more' if high is None else f'between {low} and {high}'}"
    if code == "E-RANGE":
        return f"must fit {column.type}, and is not rounded"
    return f"must be {noun_of(column)}"


def _ranges(lines: list[int]) -> str:
    """`3-5, 9` of [3, 4, 5, 9]; at most five parts."""
    parts: list[list[int]] = []
    for line in sorted(set(lines)):
        if parts and line == parts[-1][1] + 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in parts[:5]]
    return ", ".join(shown) + (", …" if len(parts) > 5 else "")


def _lines(numbers: set[int], plan: Plan, source: Source, staged: Staged) -> dict[int, int]:
    """The physical line of each record number; the file is read again for them."""
    if staged.lines or not numbers:
        return {number: number for number in numbers}
    start = plan.header.line - 1
    texts = (block.decode("utf-8", "replace") for block in rows_of(source, plan.header))
    found: dict[int, int] = {}
    most = max(numbers)
    for number, record in enumerate(split(texts, plan.header.delimiter), 1):
        if number in numbers:
            found[number] = record.line + start
        if number >= most:
            break
    return found


def reject_file(connection: Connection, plan: Plan, report: Report) -> Iterator[str]:
    """The rejected records as CSV: the file's own header and cells, then line, code and error.

    A record whose cells do not fit the header stands as it was, so that it is refused again
    until it is corrected.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=plan.header.delimiter, lineterminator="\n")

    def taken() -> str:
        text = out.getvalue()
        out.seek(0)
        out.truncate()
        return text

    places = [i for i, name in enumerate(plan.header.names) if not name.startswith(OWN)]
    own = [f"{OWN}{name}" for name in ("line", "code", "error")]
    writer.writerow([*(plan.header.names[i] for i in places), *own])
    yield taken()
    cells = sql.SQL(", ").join(sql.SQL("s.{}").format(cell(i)) for i in places)
    statement = sql.SQL(
        "SELECT s.ln, s.raw, ARRAY[{}]::text[], faults.told FROM {} AS s JOIN (SELECT ln, "
        "array_agg(ARRAY[name, code, note] ORDER BY name) AS told FROM {} GROUP BY ln) AS faults "
        "USING (ln) ORDER BY s.ln"
    ).format(cells, STAGE, REJECTS)
    with connection.cursor("mcc_rejects") as cursor:
        for ln, raw, values, told in cursor.execute(statement):
            messages = [_message(plan, n, c, note, report.lines) for n, c, note in told]
            pairs = zip(told, messages, strict=True)
            text = "; ".join(f"{each[0] or 'record'}: {message}" for each, message in pairs)
            shown = json.loads(raw) if raw else [value or "" for value in values]
            writer.writerow([*shown, report.lines[ln], told[0][1], text])
            yield taken()
