"""The rows of a staged file as a query: typed values by column, references joined in.

The query has one row for each staged record: `ln`, and for each imported column its value
(`v_…`), whether the cell was blank (`b_…`) and the code of what is wrong with it (`e_…`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.imports import cells
from mcc_cli.services.imports.staging import STAGE
from mcc_cli.services.scope import Scope

if TYPE_CHECKING:
    from psycopg.sql import Composable

    from mcc_cli.entities.facts import Column, Entity
    from mcc_cli.services.imports.cells import Cell
    from mcc_cli.services.imports.header import Header


REJECTS = sql.Identifier("mcc_rejects")
ROWS = sql.Identifier("mcc_rows")


def good() -> Composable:
    """The condition that a row of the plan, `q`, is not rejected."""
    return sql.SQL("NOT EXISTS (SELECT FROM {} AS bad WHERE bad.ln = q.ln)").format(REJECTS)


@dataclass
class Plan:
    """How one file becomes rows of one entity.

    `clear` makes a blank cell mean NULL. `keys` are the columns by which a row is found.
    """

    entity: Entity
    header: Header
    keys: tuple[str, ...]
    valid: str
    clear: bool = False
    cells: list[Cell] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Work out the SQL of every cell."""
        self.cells = [cells.of(target, self.valid) for target in self.header.targets]

    def cell(self, column: str) -> Cell | None:
        """The cell that fills a column, if the file has one."""
        return next((c for c in self.cells if c.target.column.name == column), None)

    def rows(self) -> Composable:
        """The query over every record without a fault of its own.

        What is wrong is found out first and once (OFFSET 0 keeps the planner from mixing the two),
        so that only values of the right type are cast.
        """
        found = [_named(self.error(each), "e_", each.target.column.name) for each in self.cells]
        ids = [
            sql.SQL("{0}.id AS {1}").format(self._alias(each), self._id(each))
            for each in self.cells
            if each.target.column.references
        ]
        checked = sql.SQL("SELECT s.*, {} FROM {} AS s {} WHERE s.fault IS NULL OFFSET 0").format(
            sql.SQL(", ").join([*found, *ids]), STAGE, self._joins()
        )
        outputs: list[Composable] = [sql.SQL("s.ln")]
        for each in self.cells:
            name = each.target.column.name
            outputs.append(_named(self.value(each), "v_", name))
            outputs.append(_named(self.absent(each), "b_", name))
            outputs.append(sql.SQL("s.{}").format(sql.Identifier(f"e_{name}")))
        outputs += [_named(self._made(c), "v_", c.name) for c in self._made_keys()]
        return sql.SQL("SELECT {} FROM ({}) AS s").format(sql.SQL(", ").join(outputs), checked)

    def absent(self, each: Cell) -> Composable:
        """Whether the cell leaves its column alone."""
        return sql.SQL("false") if self.clear else each.blank

    def value(self, each: Cell) -> Composable:
        """The value of a cell, NULL where it is blank or says NULL."""
        column = each.target.column
        typed = each.typed
        if column.references:
            typed = sql.SQL("s.{}").format(self._id(each))
        made = self._source(column)
        nothing: Composable = sql.SQL("NULL")
        if made is not None and column.name in self.keys:
            nothing = sql.SQL("CASE WHEN {} THEN {} END").format(each.blank, self._made(column))
        return sql.SQL("CASE WHEN {} OR {} THEN {} WHEN s.{} IS NULL THEN {} END").format(
            each.blank, each.null, nothing, sql.Identifier(f"e_{column.name}"), typed
        )

    def error(self, each: Cell) -> Composable:
        """The code of what is wrong with a cell, or NULL."""
        column = each.target.column
        error = each.error
        if column.references:
            found = self._alias(each)
            error = sql.SQL(
                "CASE WHEN {0}.id IS NULL THEN 'E-REF' WHEN {0}.n > 1 THEN 'E-AMBIGUOUS' END"
            ).format(found)
        empty: Composable = sql.SQL("NULL")
        if not (column.nullable or column.made):
            says_null = sql.SQL("({} OR {})").format(each.null, each.blank)
            needed = says_null if self.clear else each.null
            empty = sql.SQL("CASE WHEN {} THEN 'E-NULL' END").format(needed)
        return sql.SQL("CASE WHEN {} OR {} THEN {} ELSE {} END").format(
            each.blank, each.null, empty, error
        )

    def _made_keys(self) -> list[Column]:
        """Key columns that the database makes from one the file has, though not from themselves."""
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

    def _joins(self) -> Composable:
        joins: list[Composable] = []
        for each in self.cells:
            column = each.target.column
            if column.references:
                joins.append(self._join(each, ENTITIES[column.references]))
        return sql.SQL(" ").join(joins)

    def _join(self, each: Cell, target: Entity) -> Composable:
        scope = Scope(target)
        label: Composable = scope.label().sql
        value: Composable = cells.text(each.target)
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
