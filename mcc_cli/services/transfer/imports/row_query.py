"""The rows of a staged file as a query: typed values by column, references joined in.

The query has one row for each staged record: `ln`, whether all its cells are sound (`ok`), and the
value of each imported column (`v_…`). Whether a cell was blank is a column of its own (`b_…`) only
in a file that has `\\N` somewhere: there NULL can mean either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records.scope import Scope
from mcc_cli.services.transfer.imports import cell_sql
from mcc_cli.services.transfer.imports.staging import STAGE

if TYPE_CHECKING:
    from psycopg.sql import Composable

    from mcc_cli.entities.schema.facts import Column, Entity
    from mcc_cli.services.transfer.imports.cell_sql import Cell
    from mcc_cli.services.transfer.imports.header import Header


REJECTS = sql.Identifier("mcc_rejects")
ROWS = sql.Identifier("mcc_rows")


def good() -> Composable:
    """The condition that a row `q` of the query is not rejected."""
    return sql.SQL("NOT EXISTS (SELECT FROM {} AS bad WHERE bad.ln = q.ln)").format(REJECTS)


@dataclass
class Plan:
    """How one file becomes rows of one entity.

    `clear` makes a blank cell mean NULL; `escapes` is whether the file has backslashes. `keys` are
    the columns that identify a row, `proved` those without any cell at fault. `hints` are the
    nearest right values that were looked up: by code, then by column and value.
    """

    entity: Entity
    header: Header
    keys: tuple[str, ...]
    valid: str
    clear: bool = False
    escapes: bool = True
    proved: frozenset[str] = frozenset()
    cells: list[Cell] = field(default_factory=list)
    hints: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Build the SQL of every cell."""
        self.cells = [
            cell_sql.of(target, self.valid, escapes=self.escapes) for target in self.header.targets
        ]

    def cell(self, column: str) -> Cell | None:
        """The cell that fills a column, if the file has one."""
        return next((c for c in self.cells if c.target.column.name == column), None)

    def rows(self) -> Composable:
        """The query over every record that could be read.

        Its cells are checked first, and once (OFFSET 0 keeps the planner from mixing the two): only
        values of the right type are cast.
        """
        ids = [
            sql.SQL("{}.id AS {}").format(self._alias(item), self._id(item))
            for item in self.cells
            if item.target.column.references
        ]
        unknown = [item for item in self.cells if item.target.column.name not in self.proved]
        sound = [condition for item in unknown if (condition := self.sound(item))]
        ok = sql.SQL(" AND ").join(sound) if sound else sql.SQL("true")
        checked = sql.SQL("SELECT {}, {} AS ok FROM {} AS s {} WHERE s.fault IS NULL OFFSET 0")
        staged = sql.SQL(", ").join([sql.SQL("s.*"), *ids])
        outputs: list[Composable] = [sql.SQL("s.ln, s.ok")]
        for item in self.cells:
            name = item.target.column.name
            outputs.append(_named(self.value(item), "v_", name))
            if self.escapes and not self.clear:
                outputs.append(_named(item.blank, "b_", name))
        outputs += [_named(self._made(c), "v_", c.name) for c in self._made_keys()]
        return sql.SQL("SELECT {} FROM ({}) AS s OFFSET 0").format(
            sql.SQL(", ").join(outputs), checked.format(staged, ok, STAGE, self.joins())
        )

    def faults(self) -> Composable:
        """The query for the cells at fault of records that are not sound.

        It has the name of the cell's column in the file, the code of the fault, and the value.
        """
        entries = [
            sql.SQL("({}, {}, {})").format(
                sql.Literal(item.target.name), self.error(item), cell_sql.staged(item.target)
            )
            for item in self.cells
        ]
        return sql.SQL(
            "SELECT s.ln, f.name, f.code, f.value FROM {} AS s {} CROSS JOIN LATERAL (VALUES {}) "
            "AS f(name, code, value) WHERE f.code IS NOT NULL AND s.ln IN (SELECT ln FROM {} "
            "WHERE NOT ok)"
        ).format(STAGE, self.joins(), sql.SQL(", ").join(entries), ROWS)

    def blank(self, each: Cell, row: str = "q") -> Composable:
        """Whether the cell leaves its column alone, in a row without faults."""
        name = each.target.column.name
        kept = each.target.column.made and not each.target.column.nullable
        if self.clears(each):
            return sql.SQL("false")
        if self.escapes and not kept:  # a value that the database fills in cannot be cleared
            return sql.Identifier(row, f"b_{name}")
        return sql.SQL("{} IS NULL").format(sql.Identifier(row, f"v_{name}"))

    def value(self, each: Cell, *, unchecked: bool = False) -> Composable:
        """The value of a cell, NULL if it is blank or says NULL.

        Of cells that are `unchecked`, only plain ones have a value.
        """
        column = each.target.column
        typed = each.typed
        if column.references:
            typed = self.reference(each)[1] if unchecked else sql.SQL("s.{}").format(self._id(each))
        elif column.type != "text" and column.name not in self.proved:
            ok = (each.plain or sql.SQL("true")) if unchecked else sql.SQL("s.ok")
            typed = sql.SQL("CASE WHEN {} THEN {} END").format(ok, typed)
        nothing: Composable = sql.SQL("NULL")
        if self._source(column) is not None and column.name in self.keys:
            nothing = sql.SQL("CASE WHEN {} THEN {} END").format(each.blank, self._made(column))
        elif not self.escapes:
            return typed  # a blank cell is staged as NULL
        return sql.SQL("CASE WHEN {} OR {} THEN {} ELSE {} END").format(
            each.blank, each.null, nothing, typed
        )

    def sound(self, each: Cell) -> Composable | None:
        """The condition that a cell has no fault; None if it cannot have one."""
        column = each.target.column
        needs = not (column.nullable or column.made)
        plain = each.plain
        if column.references:
            plain = sql.SQL("{0}.n = 1").format(self._alias(each))
        elif plain is None and not (needs and (self.clear or self.escapes)):
            return None
        exact = sql.SQL("({}) IS NULL").format(self.error(each))
        if plain is None:
            return exact
        if not (needs and self.clear):
            plain = sql.SQL("{} OR {}").format(each.blank, plain)
        return sql.SQL("CASE WHEN {} THEN true ELSE {} END").format(plain, exact)

    def error(self, each: Cell) -> Composable:
        """The code of the fault of a cell, or NULL."""
        column = each.target.column
        error = each.error
        if column.references:
            result = self._alias(each)
            error = sql.SQL(
                "CASE WHEN {0}.id IS NULL THEN 'E-REF' WHEN {0}.n > 1 THEN 'E-AMBIGUOUS' END"
            ).format(result)
        empty: Composable = sql.SQL("NULL")
        if not (column.nullable or column.made):
            says_null = sql.SQL("({} OR {})").format(each.null, each.blank)
            needed = says_null if self.clear else each.null
            empty = sql.SQL("CASE WHEN {} THEN 'E-NULL' END").format(needed)
        return sql.SQL("CASE WHEN {} OR {} THEN {} ELSE {} END").format(
            each.blank, each.null, empty, error
        )

    def unchecked_keys(self) -> Composable:
        """The values of the key (`v_…`) of rows whose cells are not checked yet."""
        cells = [item for item in self.cells if item.target.column.name in self.keys]
        values = [
            _named(self.value(item, unchecked=True), "v_", item.target.column.name)
            for item in cells
        ]
        values += [_named(self._made(column), "v_", column.name) for column in self._made_keys()]
        return sql.SQL(", ").join(values)

    def reference(self, each: Cell) -> tuple[Composable, Composable]:
        """Whether one row has the key in a cell, and the id of that row, by `joins`."""
        alias = self._alias(each)
        return sql.SQL("{}.n = 1").format(alias), sql.SQL("{}.id").format(alias)

    def clears(self, each: Cell) -> bool:
        """Whether a blank cell means NULL; what the database makes cannot be emptied."""
        column = each.target.column
        return self.clear and (column.nullable or not column.made)

    def _made_keys(self) -> list[Column]:
        """Key columns that the database fills in from a column of the file."""
        columns = [self.entity.column(name) for name in self.keys]
        return [c for c in columns if c and self.cell(c.name) is None and self._source(c)]

    def _source(self, column: Column) -> Cell | None:
        return self.cell(column.made_from) if column.made_from else None

    def _made(self, column: Column) -> Composable:
        source = self._source(column)
        assert source is not None
        return sql.SQL("mcc_slug({})").format(source.value)

    def _alias(self, each: Cell) -> Composable:
        return sql.Identifier(f"r{each.target.index + 1}")

    def _id(self, each: Cell) -> Composable:
        return sql.Identifier(f"r{each.target.index + 1}_id")

    def joins(self) -> Composable:
        """The joins that look up what the cells refer to."""
        joins: list[Composable] = []
        for item in self.cells:
            column = item.target.column
            if column.references:
                joins.append(self._join(item, ENTITIES[column.references]))
        return sql.SQL(" ").join(joins)

    def _join(self, each: Cell, target: Entity) -> Composable:
        scope = Scope(target)
        label: Composable = scope.label().sql
        value: Composable = cell_sql.text(each.target, escapes=self.escapes)
        if each.target.by_id:
            label = sql.SQL("t.id::text")
        elif target.case_blind:
            label, value = (sql.SQL("lower({})").format(x) for x in (label, value))
        return sql.SQL(
            "LEFT JOIN (SELECT {label} AS label, min(t.id) AS id, count(*) AS n FROM {tables} "
            "GROUP BY 1) AS {alias} ON {alias}.label = {value}"
        ).format(label=label, tables=scope.tables(), alias=self._alias(each), value=value)


def _named(expression: Composable, prefix: str, name: str) -> Composable:
    return sql.SQL("{} AS {}").format(expression, sql.Identifier(prefix + name))
