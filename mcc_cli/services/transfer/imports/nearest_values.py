"""The right value nearest to a rejected cell, for the report and the reject file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records.did_you_mean import did_you_mean
from mcc_cli.services.records.near_keys import near_key

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Column
    from mcc_cli.services.transfer.imports.row_query import Plan

# The most distinct values of one code that are looked up: comparing one with the thousands of keys
# of a large table takes a fifth of a second. The report shows as many.
MOST = {"E-REF": 20, "E-CHOICE": 1000}


def of(connection: Connection, plan: Plan, name: str | None, code: str, value: str | None) -> str:
    """`did you mean "x"?`; empty if nothing is near, or too many were looked up already."""
    if name is None or not value or code not in MOST:
        return ""
    known = plan.hints.setdefault(code, {})
    if (name, value) not in known and len(known) < MOST[code]:
        known[name, value] = _look(connection, plan, name, code, value)
    return known.get((name, value), "")


def _look(connection: Connection, plan: Plan, name: str, code: str, value: str) -> str:
    if code == "E-CHOICE":
        column = column_of(plan, name)
        return did_you_mean(value, column.choices if column else ()) or ""
    target = referred(plan, name)
    near = near_key(connection, ENTITIES[target], value) if target else None
    return f'did you mean "{near}"?' if near else ""


def column_of(plan: Plan, name: str) -> Column | None:
    """The column that a head of the file fills, or that has this name."""
    item = next((cell for cell in plan.cells if cell.target.name == name), None)
    return item.target.column if item else plan.entity.column(name)


def referred(plan: Plan, name: str) -> str | None:
    """The name of the entity that a column of the file refers to, if it does."""
    link = next((item for item in plan.header.links if item.name == name), None)
    column = column_of(plan, name)
    return link.field.references if link else column.references if column else None
