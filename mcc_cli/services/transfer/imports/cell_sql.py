"""A staged cell in SQL: whether it is blank or NULL, its value typed, and what is wrong with it.

Three states: blank leaves the column alone, `\\N` is NULL, `\\E` is the empty text. One backslash
is taken off a text that begins with two, and in a file that begins with a byte order mark one
apostrophe off a cell that it guards from a spreadsheet; the exporter puts both on. Types
are held stricter than PostgreSQL's own input, which takes `1_000`, `NaN` and `today`, and rounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.services.records.values import FALSE, RANGES, TRUE
from mcc_cli.services.transfer.imports.header import LinkTarget
from mcc_cli.services.transfer.imports.staging import cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.sql import Composable

    from mcc_cli.entities.schema.facts import Column
    from mcc_cli.services.transfer.imports.header import Target

WHOLE = r"^[+-]?[0-9]{1,30}$"
DECIMAL = r"^[+-]?([0-9]{1,30}(\.[0-9]*)?|\.[0-9]+)$"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([ Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"
)
DIGITS = "0123456789"
# A day that every month has: nothing more to look at.
EVERY_MONTH = r"^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
NATIVE = "pg_input_is_valid"
GUARDED = r"^'['=+\-@\t\r]"


@dataclass(frozen=True)
class Cell:
    """SQL about one cell: `blank` and `null` are conditions, `value` its text, `typed` its value.

    `error` is the code of what is wrong with a cell that is neither blank nor NULL, or NULL.
    `plain` is a cheap condition that holds only of such cells without a fault, and of nearly all
    of them; None where every cell will do.
    """

    target: Target
    blank: Composable
    null: Composable
    value: Composable
    typed: Composable
    error: Composable
    plain: Composable | None


def staged(target: Target | LinkTarget) -> Composable:
    """The cell of the file, or what the mapping has in its place; NULL if it is blank."""
    if target.constant is not None:
        return sql.SQL("{}::text").format(sql.Literal(target.constant or None))
    raw = sql.SQL("s.{}").format(cell(target.index))
    return raw if isinstance(target, LinkTarget) else replaced(raw, target.values)


def replaced(text: Composable, values: Sequence[tuple[str, str]]) -> Composable:
    """The text with the replacement of `--map-value` if it has one; "" is a blank cell."""
    if not values:
        return text
    cases = sql.SQL(" ").join(
        sql.SQL("WHEN {} THEN {}").format(
            sql.SQL("{} = {}").format(text, sql.Literal(old))
            if old
            else sql.SQL("{} IS NULL").format(text),
            sql.Literal(new or None),
        )
        for old, new in values
    )
    return sql.SQL("CASE {} ELSE {} END").format(cases, text)


def text(target: Target | LinkTarget, *, escapes: bool) -> Composable:
    """What the cell says, undone of what the backslashes mean where the file has any."""
    if not escapes:
        return _unguarded(target)
    return sql.SQL(
        "CASE WHEN NOT starts_with({0}, {one}) THEN {plain} WHEN {0} = {empty} THEN '' "
        "WHEN starts_with({0}, {two}) THEN substr({0}, 2) ELSE {0} END"
    ).format(
        staged(target),
        one=sql.Literal("\\"),
        empty=sql.Literal("\\E"),
        two=sql.Literal("\\\\"),
        plain=_unguarded(target),
    )


def _unguarded(target: Target | LinkTarget) -> Composable:
    """The cell without the apostrophe that guards it from a spreadsheet, if the file has any."""
    if not target.guarded:
        return staged(target)
    return sql.SQL(
        "CASE WHEN left({0}, 1) = {mark} AND {0} ~ {guard} THEN substr({0}, 2) ELSE {0} END"
    ).format(staged(target), mark=sql.Literal("'"), guard=sql.Literal(GUARDED))


def of(target: Target, valid: str, *, escapes: bool) -> Cell:
    """The SQL of a cell; `valid` names the function that tells whether text is of a type."""
    column = target.column
    value = text(target, escapes=escapes) if column.type == "text" else staged(target)
    if column.type == "jsonb":
        value = _unguarded(target)
    typed, error = _typed(column, value, valid)
    blank = sql.SQL("{} IS NULL").format(staged(target))
    null: Composable = sql.SQL("false")
    if escapes:
        null = sql.SQL("{} = {}").format(staged(target), sql.Literal("\\N"))
    return Cell(target, blank, null, value, typed, error, _plain(column, value, valid))


def _typed(column: Column, value: Composable, valid: str) -> tuple[Composable, Composable]:
    kind = column.type
    if kind == "text":
        return value, _choice(column, value)
    if kind == "boolean":
        words = sql.SQL("lower(trim({}))").format(value)
        true, both = (_list(sorted(each)) for each in (TRUE, TRUE | FALSE))
        typed = sql.SQL("{} IN ({})").format(words, true)
        return typed, _unless("E-TYPE", sql.SQL("{} IN ({})").format(words, both))
    if kind in RANGES or kind.startswith("numeric"):
        return _number(column, value)
    if kind == "date":
        shape = _and_valid(value, DATE, valid, "date")
        return sql.SQL("{}::date").format(value), _unless("E-TYPE", shape)
    if kind == "timestamptz":
        shape = _and_valid(value, MOMENT, valid, "timestamptz")
        return sql.SQL("{}::timestamptz").format(value), _unless("E-TYPE", shape)
    is_json = sql.SQL("{}({}, 'jsonb')").format(sql.SQL(valid), value)
    if kind == "jsonb":
        document = sql.SQL("CASE WHEN {} THEN {}::jsonb <> 'null' ELSE false END")
        error = _unless("E-JSON", document.format(is_json, value))
        return sql.SQL("{}::jsonb").format(value), error
    texts_only = sql.SQL(
        "CASE WHEN {json} THEN jsonb_typeof({v}::jsonb) = 'array' AND NOT jsonb_path_exists("
        '{v}::jsonb, \'$[*].type() ? (@ != "string" && @ != "null")\') ELSE false END'
    ).format(json=is_json, v=value)
    typed = sql.SQL(
        "ARRAY(SELECT e FROM jsonb_array_elements_text({}::jsonb) WITH ORDINALITY AS x(e, o) "
        "ORDER BY o)"
    ).format(value)
    return typed, _unless("E-TYPE", texts_only)


def _number(column: Column, value: Composable) -> tuple[Composable, Composable]:
    number = sql.SQL("{}::numeric").format(value)
    bounds = []
    if column.type in RANGES:
        pattern, cast = WHOLE, column.type
        limit = RANGES[column.type]
        bounds.append(sql.SQL("{} BETWEEN {} AND {}").format(number, -limit, limit - 1))
    else:
        pattern, cast = DECIMAL, "numeric"
        digits, places = column.digits, column.places
        bounds.append(sql.SQL("{0} = round({0}, {1})").format(number, places))
        bounds.append(sql.SQL("abs({}) < {}").format(number, 10 ** (digits - places)))
    if column.minimum is not None:
        bounds.append(sql.SQL("{} >= {}").format(number, column.minimum))
    if column.maximum is not None:
        bounds.append(sql.SQL("{} <= {}").format(number, column.maximum))
    error = sql.SQL("CASE WHEN {v} !~ {all} THEN 'E-TYPE' WHEN NOT ({bounds}) THEN 'E-RANGE' END")
    bounded = sql.SQL(" AND ").join(bounds)
    shape = sql.Literal(pattern)
    return sql.SQL("{}::{}").format(value, sql.SQL(cast)), error.format(
        v=value, all=shape, bounds=bounded
    )


def _plain(column: Column, value: Composable, valid: str) -> Composable | None:
    """What holds of ordinary cells and costs little.

    That a value is written as PostgreSQL writes it (from 16 on) is seen in 0.1 µs, the shape of a
    number by its characters in 0.3, by a regular expression in 0.5.
    """
    kind = column.type
    if kind == "text":
        return None if not column.choices else _in(value, column.choices)
    if kind == "boolean":
        return _in(value, ("true", "false"))
    if valid == NATIVE and (kind == "date" or (kind in RANGES and column.maximum is None)):
        sign = sql.SQL("{} NOT LIKE '-%'").format(value)
        return sql.SQL("CASE WHEN {f}({v}, {k}) THEN {v}::{t}::text = {v}{sign} END").format(
            f=sql.SQL(valid),
            v=value,
            k=sql.Literal(kind),
            t=sql.SQL(kind),
            sign=sql.SQL(" AND {}").format(sign) if column.minimum == 0 else sql.SQL(""),
        )
    if kind in RANGES or kind.startswith("numeric"):
        return _plain_number(column, value)
    if kind == "date":
        return sql.SQL("{} ~ {}").format(value, sql.Literal(f"{EVERY_MONTH}$"))
    if kind == "timestamptz":
        clock = "T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{6})?Z$"
        return sql.SQL("{} ~ {}").format(value, sql.Literal(EVERY_MONTH + clock))
    return sql.SQL("false")


def _plain_number(column: Column, value: Composable) -> Composable:
    """Digits, perhaps with a point, too few to be out of bounds."""
    whole, places = (9 if column.type == "integer" else 18), 0
    if column.type not in RANGES:
        digits, places = column.digits, column.places
        whole = digits - places
    if column.maximum is not None:
        whole = min(whole, len(str(column.maximum)) - 1)
    if column.minimum is not None and column.minimum > 0:
        return sql.SQL("false")
    return sql.SQL(
        "CASE btrim({v}, {digits}) WHEN '' THEN octet_length({v}) <= {whole} "
        "WHEN '.' THEN strpos({v}, '.') BETWEEN 2 AND {whole} + 1 "
        "AND octet_length({v}) - strpos({v}, '.') BETWEEN 1 AND {places} ELSE false END"
    ).format(v=value, digits=sql.Literal(DIGITS), whole=whole, places=places)


def _choice(column: Column, value: Composable) -> Composable:
    if not column.choices:
        return sql.SQL("NULL::text")
    return _unless("E-CHOICE", _in(value, column.choices))


def _and_valid(value: Composable, pattern: str, valid: str, kind: str) -> Composable:
    return sql.SQL("CASE WHEN {v} ~ {p} THEN {f}({v}, {k}) ELSE false END").format(
        v=value, p=sql.Literal(pattern), f=sql.SQL(valid), k=sql.Literal(kind)
    )


def _unless(code: str, condition: Composable) -> Composable:
    return sql.SQL("CASE WHEN NOT ({}) THEN {} END").format(condition, sql.Literal(code))


def _in(value: Composable, words: tuple[str, ...]) -> Composable:
    return sql.SQL("{} IN ({})").format(value, _list(words))


def _list(words: list[str] | tuple[str, ...]) -> Composable:
    return sql.SQL(", ").join(sql.Literal(word) for word in words)
