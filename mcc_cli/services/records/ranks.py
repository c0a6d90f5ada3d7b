"""Choices that rank, such as severity: compared by their order in the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Column


def rank(column: Column, value: sql.Composable) -> sql.Composable:
    """SQL by which a value of the column sorts: its place in the order, or the value itself."""
    if not column.order:
        return value
    return sql.SQL("array_position({}::text[], {})").format(sql.Literal(list(column.order)), value)


def compared(column: Column, operator: str, choice: str) -> list[str]:
    """The choices for which `value operator choice` holds; the column has an order.

    A list of values can use an index of the column, which a comparison of places cannot.
    """
    place = column.order.index(choice)
    match operator:
        case "<":
            return list(column.order[:place])
        case "<=":
            return list(column.order[: place + 1])
        case ">":
            return list(column.order[place + 1 :])
        case _:
            return list(column.order[place:])
