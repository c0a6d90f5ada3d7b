"""A staged cell in SQL: whether it is blank or NULL, its value typed, and what is wrong with it.

Three states: blank leaves the column alone, `\\N` is NULL, `\\E` is the empty text. One backslash
is taken off a text that begins with two or is blank but for it, and in a file that begins with a
byte order mark one apostrophe off a cell that it guards from a spreadsheet; the exporter puts both
on. The rules of the types are those of `type_rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.files.blank import BLANKS, is_blank
from mcc_cli.files.limits import DEEPEST_JSON, LONGEST_NUMBER
from mcc_cli.services.records import type_rules
from mcc_cli.services.records.type_rules import LIMITS
from mcc_cli.services.transfer.imports.header import LinkTarget
from mcc_cli.services.transfer.imports.staging import cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg.sql import Composable

    from mcc_cli.entities.schema.facts import Column
    from mcc_cli.services.transfer.imports.header import Target

DIGITS = "0123456789"
# A day that every month has: nothing more to look at.
EVERY_MONTH = r"^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
NATIVE = "pg_input_is_valid"
# The times that the tables take, and Python too.
FIRST_AND_LAST = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")
LONG_NUMBER = rf"([0-9]{{{LONGEST_NUMBER // 20}}}){{20}}[0-9]"  # a bound is 255 at most
STRING = r'"(?:[^"\\]|\\.)*"'  # of JSON
# How many levels the lists and objects of a JSON text are nested.
DEPTH = r"""(SELECT max(d) FROM (SELECT sum(CASE WHEN c IN ('[', '{{') THEN 1 ELSE -1 END)
  OVER (ORDER BY o) AS d FROM string_to_table(regexp_replace(regexp_replace({}, {}, '', 'g'),
  '[^][{{}}]', '', 'g'), NULL) WITH ORDINALITY AS x(c, o)) AS y)"""
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
        constant = None if is_blank(target.constant) else target.constant
        return sql.SQL("{}::text").format(sql.Literal(constant))
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
        "WHEN starts_with({0}, {two}) OR ({0} <> {one} AND btrim(substr({0}, 2), {blanks}) = '') "
        "THEN substr({0}, 2) ELSE {0} END"
    ).format(
        staged(target),
        one=sql.Literal("\\"),
        empty=sql.Literal("\\E"),
        two=sql.Literal("\\\\"),
        blanks=sql.Literal(BLANKS),
        plain=_unguarded(target),
    )


def _unguarded(target: Target | LinkTarget) -> Composable:
    """The cell without the apostrophe that guards it from a spreadsheet, if the file has any."""
    if not target.guarded:
        return staged(target)
    return sql.SQL(
        "CASE WHEN left({0}, 1) = {mark} AND {0} ~ {guard} THEN substr({0}, 2) ELSE {0} END"
    ).format(staged(target), mark=sql.Literal("'"), guard=sql.Literal(GUARDED))


def guard_count(targets: Sequence[Target | LinkTarget]) -> Composable | None:
    """The number of staged cells that lose an apostrophe, as SQL; None if none can."""
    counts = [
        sql.SQL("count(*) FILTER (WHERE left({0}, 1) = {mark} AND {0} ~ {guard})").format(
            staged(target), mark=sql.Literal("'"), guard=sql.Literal(GUARDED)
        )
        for target in targets
        if target.guarded
    ]
    return sql.SQL(" + ").join(counts) if counts else None


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
        true, both = (_list(item) for item in (type_rules.TRUE, type_rules.TRUE + type_rules.FALSE))
        typed = sql.SQL("{} IN ({})").format(words, true)
        return typed, _unless("E-TYPE", sql.SQL("{} IN ({})").format(words, both))
    if type_rules.is_number(column):
        return _number(column, value)
    if kind == "date":
        return sql.SQL("{}::date").format(value), _unless("E-TYPE", _real(value, valid, kind))
    if kind == "timestamptz":
        real = _real(value, valid, kind)
        within = sql.SQL("CASE WHEN {} THEN {}::timestamptz BETWEEN {} AND {} ELSE false END")
        error = _unless("E-TYPE", within.format(real, value, *map(sql.Literal, FIRST_AND_LAST)))
        return sql.SQL("{}::timestamptz").format(value), error
    if kind == "jsonb":
        return sql.SQL("{}::jsonb").format(value), _unless("E-JSON", _is_document(value, valid))
    return _texts(value, valid)


def _texts(value: Composable, valid: str) -> tuple[Composable, Composable]:
    """A list of texts: JSON, or items as `type_rules.LIST` has them."""
    array = sql.SQL("starts_with(ltrim({}, E' \\t\\r\\n'), '[')").format(value)
    typed = sql.SQL(
        "CASE WHEN {v} IS NULL THEN NULL WHEN {array} THEN "
        "ARRAY(SELECT e FROM jsonb_array_elements_text({v}::jsonb) "
        "WITH ORDINALITY AS x(e, o) ORDER BY o) ELSE {items} END"
    ).format(array=array, v=value, items=list_items(value))
    sound = sql.SQL(
        "CASE WHEN NOT {array} THEN {v} ~ {list} WHEN {json} THEN NOT jsonb_path_exists({v}::jsonb,"
        ' \'$[*].type() ? (@ != "string" && @ != "null")\') ELSE false END'
    ).format(
        array=array, v=value, json=_is_json(value, valid), list=sql.Literal(whole(type_rules.LIST))
    )
    return typed, _unless("E-TYPE", sound)


def list_items(value: Composable) -> Composable:
    """The items of a list that is not JSON, as an array; see `type_rules.list_items`."""
    return sql.SQL(
        "ARRAY(SELECT coalesce(replace(m[1], '\"\"', '\"'), btrim(m[2], {blanks})) "
        "FROM regexp_matches({v}, {item}, 'g') WITH ORDINALITY AS x(m, o) ORDER BY o)"
    ).format(v=value, item=sql.Literal(type_rules.LIST_ITEM), blanks=sql.Literal(BLANKS))


def _is_json(value: Composable, valid: str) -> Composable:
    """Whether the text is JSON, looked at only if it is not nested beyond the limit.

    PostgreSQL ends the statement for JSON that is nested too deeply for its stack.
    """
    return sql.SQL(
        "CASE WHEN {few} OR {depth} <= {most} THEN {valid}({v}, 'jsonb') ELSE false END"
    ).format(
        few=sql.SQL("octet_length({0}) - octet_length(translate({0}, '[{{', '')) <= {1}").format(
            value, DEEPEST_JSON
        ),
        depth=sql.SQL(DEPTH).format(value, sql.Literal(STRING)),
        most=DEEPEST_JSON,
        valid=sql.SQL(valid),
        v=value,
    )


def _is_document(value: Composable, valid: str) -> Composable:
    """Whether the text is JSON other than null, with numbers that can be read again."""
    return sql.SQL(
        "CASE WHEN {json} THEN {v}::jsonb <> 'null' AND "
        "CASE WHEN octet_length({v}) > {most} OR {v} ~* '[0-9]e[+-]?[0-9]{{3}}' "
        "THEN regexp_replace({v}::jsonb::text, {string}, '', 'g') !~ {long} ELSE true END "
        "ELSE false END"
    ).format(
        json=_is_json(value, valid),
        v=value,
        most=LONGEST_NUMBER,
        string=sql.Literal(STRING),
        long=sql.Literal(LONG_NUMBER),
    )


def whole(pattern: str) -> str:
    """The pattern of a text that is all of it."""
    return f"^({pattern})$"


def _number(column: Column, value: Composable) -> tuple[Composable, Composable]:
    low, high, fits = type_rules.number_range(column)
    kind = type_rules.base(column)
    error = sql.SQL(
        "CASE WHEN {v} !~ {shape} THEN 'E-TYPE' WHEN {v} !~ {fits} THEN 'E-RANGE' "
        "WHEN {v}::numeric NOT BETWEEN {low} AND {high} THEN 'E-RANGE' END"
    ).format(
        v=value,
        shape=sql.Literal(whole(type_rules.PATTERNS[kind])),
        fits=sql.Literal(whole(fits)),
        low=sql.SQL(low),
        high=sql.SQL(high),
    )
    return sql.SQL("{}::{}").format(value, sql.SQL(kind)), error


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
    if valid == NATIVE and (kind == "date" or (kind in LIMITS and column.maximum is None)):
        more: Composable = sql.SQL("")
        if kind == "date":  # with a year of four digits
            more = sql.SQL(" AND octet_length({}) = 10").format(value)
        elif column.minimum == 0:
            more = sql.SQL(" AND {} NOT LIKE '-%'").format(value)
        return sql.SQL("CASE WHEN {f}({v}, {k}) THEN {v}::{t}::text = {v}{more} END").format(
            f=sql.SQL(valid), v=value, k=sql.Literal(kind), t=sql.SQL(kind), more=more
        )
    if kind in LIMITS or kind.startswith("numeric"):
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
    if column.type not in LIMITS:
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


def _real(value: Composable, valid: str, kind: str) -> Composable:
    """Whether the text has the shape of a date or a time, and is one of the calendar."""
    return sql.SQL("CASE WHEN {v} ~ {p} THEN {f}({v}, {k}) ELSE false END").format(
        v=value,
        p=sql.Literal(whole(type_rules.PATTERNS[kind])),
        f=sql.SQL(valid),
        k=sql.Literal(kind),
    )


def _unless(code: str, condition: Composable) -> Composable:
    return sql.SQL("CASE WHEN NOT ({}) THEN {} END").format(condition, sql.Literal(code))


def _in(value: Composable, words: tuple[str, ...]) -> Composable:
    return sql.SQL("{} IN ({})").format(value, _list(words))


def _list(words: Sequence[str]) -> Composable:
    return sql.SQL(", ").join(sql.Literal(word) for word in words)
