"""What an import did: counts, and every rejected record with its line and the reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.services.records import type_rules
from mcc_cli.services.transfer.imports import line_numbers, nearest_values
from mcc_cli.services.transfer.imports.row_query import REJECTS

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.changes import Changes
    from mcc_cli.services.transfer.imports.link_cells import Links
    from mcc_cli.services.transfer.imports.row_query import Plan
    from mcc_cli.services.transfer.imports.staging import Staged

MOST_GROUPS = 20
KEPT_REJECTS = 1000
MESSAGES = {
    "E-NULL": "must have a value",
    "E-JSON": f"must be JSON, {type_rules.JSON_LIMITS}; null is \\N",
    "E-NOTFOUND": "no row has this key, and --mode update creates none",
}
# How to write values that people write in other ways.
FORMS = {
    "date": "write it as 2026-03-31",
    "timestamptz": "write it as 2026-03-31T14:30:00Z",
    "boolean": "write true or false",
    "integer": "digits only: 1250",
    "bigint": "digits only: 1250",
    "numeric": "digits, and a point before the decimals: 1250.50",
    "text[]": 'write it as ["one", "two"]; in CSV with its quotes doubled: "[""one"", ""two""]"',
}
# How other programs write that there is no value.
NO_VALUE = frozenset(
    ("n/a", "na", "#n/a", "n.a.", "null", "none", "nil", "nan", "-", "--", "–", "—", "(none)", "?")
)
DECIMAL = re.compile(r"[+-]?\d+([.,]\d+)?")
# Lines enough for the ranges that are shown, whatever the number of rows.
_NAMED = 1000
_FOUND = sql.SQL(
    "SELECT l.line, r.name, r.code, r.value, r.note, f.line AS first FROM {} AS r "
    "JOIN {lines} AS l USING (ln) LEFT JOIN {lines} AS f ON f.ln = r.first"
).format(REJECTS, lines=line_numbers.LINES)
_FIRST = sql.SQL("{} ORDER BY r.ln, r.name LIMIT {}").format(_FOUND, KEPT_REJECTS)
# Repeated keys are one group, whatever the keys are: they have one cause.
_GROUPS = sql.SQL(
    "SELECT name, code, (array_agg(value ORDER BY line))[1], note, "
    "(array_agg(first ORDER BY line))[1], count(*), (array_agg(line ORDER BY line))[:{}], "
    "count(*) OVER () FROM ({}) AS found "
    "GROUP BY name, code, CASE WHEN code <> 'E-DUP' THEN value END, note, first IS NULL "
    "ORDER BY min(line), name LIMIT {}"
).format(_NAMED, _FOUND, MOST_GROUPS)


@dataclass
class Report:
    """The counts of one import; `read` is the sum of the four that follow it.

    `unguarded` counts the cells that lost the apostrophe which guards them from a spreadsheet.
    `made` counts the rows of other entities that were created because the file refers to them.
    """

    entity: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    cleared: int = 0
    unguarded: int = 0
    seconds: float = 0.0
    rejects: str | None = None
    dry_run: bool = False
    limit: bool = False
    kept: bool = False
    groups: int = 0
    made: dict[str, int] = field(default_factory=dict)
    links: Links | None = None
    changes: Changes | None = None
    warnings: list[str] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    errors: list[MccError] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        names = ("read", "created", "updated", "unchanged", "rejected", "cleared")
        return {name: getattr(self, name) for name in names}

    def line(self, run: str) -> str:
        """The last line of an import, with a stable form: `import brands: read=4 created=4 …`."""
        counts = " ".join(f"{name}={number}" for name, number in self.counts().items())
        file = f" rejects={self.rejects}" if self.rejects else ""
        if self.unguarded:
            counts += f" unguarded={self.unguarded}"
        if self.links:
            counts += f" linked={self.links.linked} unlinked={self.links.unlinked}"
        return f"import {self.entity}: {counts}{file} run={run} {self.seconds:.1f}s{self.mark}"

    def passes(self, most: str | None) -> bool:
        """Whether more records are rejected than `N`, or `N%` of those read."""
        if most is None:
            return False
        share = self.read / 100 if most.endswith("%") else 1
        return self.rejected > float(most.removesuffix("%")) * share

    @property
    def mark(self) -> str:
        """The end of the last line if nothing was written."""
        if self.dry_run:
            return " (dry run)"
        return "" if self.written else " (nothing written)"

    @property
    def written(self) -> bool:
        """Whether the rows stay in the database."""
        return not (self.dry_run or self.limit or (self.rejected and not self.kept))


def collect(connection: Connection, plan: Plan, source: Source, staged: Staged) -> Report:
    """The rejected records as errors, equal ones grouped, and the first of them as rows.

    Only a few come to the client, however many there are: the database counts the rest.
    """
    report = Report(plan.entity.name)
    line_numbers.keep(connection, plan, staged)
    for line, name, code, value, note, first in connection.execute(_FIRST):
        text = message(plan, name, code, note, first)
        fault = {"line": line, "column": name, "code": code, "value": value, "message": text}
        report.faults.append(fault)
    groups = connection.execute(_GROUPS).fetchall()
    for name, code, value, note, first, number, where, kinds in groups:
        report.groups = kinds
        text = message(plan, name, code, note, first)
        if first is not None and number > 1:
            text = f"the same key as on an earlier line, such as line {first}"
        report.errors.append(
            _error(connection, plan, source, name, code, value, text, where, number)
        )
    return report


def _error(
    connection: Connection,
    plan: Plan,
    source: Source,
    name: str | None,
    code: str,
    value: str | None,
    text: str,
    where: list[int],
    number: int,
) -> MccError:
    column = nearest_values.column_of(plan, name) if name else None
    fix = _fix(column, code, value) if column else None
    if code == "E-REF" and name and value and (target := nearest_values.referred(plan, name)):
        fix = fix or f"correct the cell, or create it: mcc {target} create --help"
    rows = ranges(where, more=number > len(where))
    more = f" ×{number} rows: {rows}" if number > 1 else ""
    return MccError(
        code,
        text + more,
        f"{source.name}:{where[0]}" + (f' column "{name}"' if name else ""),
        value,
        nearest_values.of(connection, plan, name, code, value) or None,
        fix,
        entity=plan.entity.name,
        column=name,
        file=source.name,
        line=where[0],
        rows=rows,
        count=number,
    )


def _fix(column: Column, code: str, value: str | None) -> str | None:
    """How to correct a cell that is written in a way that people use elsewhere."""
    if (
        value
        and value.strip().lower() in NO_VALUE
        and code in ("E-TYPE", "E-CHOICE", "E-JSON", "E-REF")
    ):
        cell = value.strip()
        empty = f"--map-value '{column.field}:{cell}=\\N'" if column.nullable else None
        return f"write \\N for no value, or leave the cell blank{f': {empty}' if empty else ''}"
    if code == "E-CHOICE" and value:
        return f"correct the cell, or replace it: --map-value '{column.field}:{value}=CHOICE'"
    if code not in ("E-TYPE", "E-RANGE"):
        return None
    number = (value or "").strip().removesuffix("%").strip()
    if value and value.strip() != number and DECIMAL.fullmatch(number):
        if column.maximum == 1:
            number = f"{Decimal(number.replace(',', '.')).scaleb(-2).normalize():f}"
        return f"write it without the percent sign: {number.replace(',', '.')}"
    return FORMS.get(column.type.partition("(")[0]) if code == "E-TYPE" else None


def message(plan: Plan, name: str | None, code: str, note: str | None, first: int | None) -> str:
    """The fault in words, to follow the name of the column."""
    if first is not None:
        return f"the same key is on line {first}"
    if note:
        return note
    cell_of = next((c for c in plan.cells if c.target.name == name), None)
    if cell_of is None or code in MESSAGES:
        return MESSAGES.get(code, code)
    column = cell_of.target.column
    if code in ("E-REF", "E-AMBIGUOUS"):
        noun = ENTITIES[column.references or ""].singular
        many = "no" if code == "E-REF" else "more than one"
        return f"{many} {noun} has this {'id' if cell_of.target.by_id else 'key'}"
    return type_rules.message(column, code)


def ranges(lines: list[int], *, more: bool = False) -> str:
    """`3-5, 9` for [3, 4, 5, 9]: at most five parts, then …."""
    parts: list[list[int]] = []
    for line in sorted(set(lines)):
        if parts and line == parts[-1][1] + 1:
            parts[-1][1] = line
        else:
            parts.append([line, line])
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in parts[:5]]
    return ", ".join(shown) + (", …" if more or len(parts) > 5 else "")
