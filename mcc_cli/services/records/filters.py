"""`--where`, `--search` and `--sort` as SQL conditions."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.errors import MccError
from mcc_cli.files.stored_text import require_storable
from mcc_cli.services.records import keys, link_sql, ranks, values
from mcc_cli.services.records.scope import KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.records.scope import Field, Scope

_CONDITION = re.compile(r"\s*([A-Za-z_][\w.]*)\s*(!=|!~|>=|<=|=|~|>|<)(.*)", re.DOTALL)
# `status=draft OR status=published`, `status=draft OR published`
_JOINED = re.compile(r"\s(?:(OR|AND)\s|(or|and)\s+[A-Za-z_][\w.]*\s*[=!~<>])(.*)", re.DOTALL)
NULL = "NULL"


def where(connection: Connection, scope: Scope, text: str) -> sql.Composable:
    """The condition that `text` (`status=draft,published`) states.

    `=` and `!=` take several values separated by commas, and NULL; `~` looks for a part of the
    text, whatever its case; `!~` is its opposite. A value in double quotes is taken literally.
    A value with a comma is also taken whole. Raises MccError E-USAGE if the condition cannot be
    read or names a row that does not exist.
    """
    require_storable(text, "--where")
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise MccError(
            "E-USAGE",
            "this is not a condition",
            "--where",
            text,
            hint="write FIELD=VALUE; the operators are = != ~ !~ > >= < <=",
            fix="read more: mcc help filters",
        )
    name, operator, given = match.groups()
    field = scope.named(name, "--where")
    if given.startswith(("=", "<", ">", "~")):
        raise MccError(
            "E-USAGE",
            f'there is no operator "{operator}{given[0]}"',
            f"--where {field.name}",
            text,
            hint="the operators are = != ~ !~ > >= < <=",
            fix=f"put a value that begins so in quotes: '{name}{operator}\"{given}\"'",
        )
    _refuse_words(field, operator, given)
    if operator in ("~", "!~"):
        return _contains(field, _unquote(given.strip()), operator)
    if operator in ("=", "!="):
        return _among(connection, scope, field, given.strip(), operator)
    if field.type in ("jsonb", "boolean") or field.column.is_list:
        raise _usage(field, text, f"{operator} cannot compare a {field.type} column")
    if field.target:
        raise _usage(
            field, text, f"{operator} cannot compare keys; use {field.column.name} for ids"
        )
    if field.column.choices and not field.column.order:
        raise _usage(
            field,
            text,
            f"{field.name} has no order that {operator} could compare by",
            hint=f"list values instead: {field.name}={','.join(field.column.choices[:2])}",
        )
    value = _value(field, _unquote(given.strip()))
    if field.column.order:
        among = ranks.compared(field.column, operator, value)
        return sql.SQL("{} = ANY ({}::text[])").format(field.sql, sql.Literal(among))
    return sql.SQL("{} {} {}").format(field.sql, sql.SQL(operator), sql.Literal(value))


def _refuse_words(field: Field, operator: str, given: str) -> None:
    """Raise MccError E-USAGE for OR, AND and null, which look like words of SQL, unquoted."""
    if '"' in given or given.lstrip().startswith(("{", "[")):
        return
    start = f"{field.name}{operator}"
    if joined := _JOINED.search(given):
        word = (joined[1] or joined[2]).upper()
        several = f"several values: {start}A,B"
        both = "conditions that must all hold: one --where for each"
        raise MccError(
            "E-USAGE",
            f"{word} does not join conditions",
            f"--where {field.name}",
            f"{start}{given}",
            hint=several if word == "OR" and operator in ("=", "!=") else both,
            fix=f"if the value holds this word, quote it: '{start}\"{given.strip()}\"'",
        )
    for part in given.split(",") if operator in ("=", "!=") else ():
        if part.strip().upper() == NULL != part.strip():
            raise MccError(
                "E-USAGE",
                "NULL is written in capital letters",
                f"--where {field.name}",
                f"{start}{given}",
                hint=f'for the text itself: {start}"{part.strip()}"',
                fix=f"--where {start}{NULL}",
            )


def _usage(field: Field, text: str, message: str, hint: str | None = None) -> MccError:
    return MccError("E-USAGE", message, f"--where {field.name}", text, hint)


def _unquote(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def _parts(text: str) -> list[str | None]:
    """The values between commas; None for a bare NULL."""
    if not text:
        return [""]
    if text.startswith(("{", "[")):
        return [text]
    row = next(csv.reader([text], skipinitialspace=True))
    if "\n" in text or "\r" in text:
        row = [_unquote(text)]
    bare = {part.strip() for part in re.sub(r'"[^"]*"', "", text).split(",")}
    return [None if item == NULL and NULL in bare else item for item in row]


def _value(field: Field, text: str) -> Any:
    column = field.column
    if field.links:
        column = replace(column, type="bigint")
    try:
        if column.is_list and not text.startswith("["):
            return text
        return values.parse(column, text, f"--where {field.name}")
    except MccError as error:
        raise MccError(
            "E-USAGE", error.message, error.place, error.value, error.hint, column=column.name
        ) from None


def _among(
    connection: Connection, scope: Scope, field: Field, text: str, operator: str
) -> sql.Composable:
    wanted: list[sql.Composable] = []
    listed: list[Any] = []
    target, column = field.target, field.raw or field.sql
    none = False
    parts = _parts(text)
    if field.name == KEY:
        target, column = scope.entity, sql.Identifier(scope.first, "id")
    if len(parts) > 1 and '"' not in text and None not in parts:
        if target and keys.matches(connection, target, text):
            parts = [text]  # one key that has a comma
        elif field.type == "text" and not (target or field.column.choices):
            parts = [*parts, text]
    for part in parts:
        if part is None:
            none = True
            wanted.append(sql.SQL("{} IS NULL").format(column))
        elif target:
            listed.append(
                keys.resolve(connection, target, part, f"--where {field.name}", "E-USAGE")
            )
        else:
            listed.append(_value(field, part.lower() if field.case_blind else part))
    if field.links:
        wanted = [link_sql.among(field.links, column, listed, none=none)]
    elif field.column.is_list:
        for value in listed:
            shape = "{} = {}" if isinstance(value, list) else "{1} = ANY ({0})"
            wanted.append(sql.SQL(shape).format(column, _literal(field, value)))
    elif listed:
        literals = sql.SQL(", ").join(_literal(field, value) for value in listed)
        shape = "lower({}) IN ({})" if field.case_blind else "{} IN ({})"
        wanted.append(sql.SQL(shape).format(column, literals))
    condition = sql.SQL("({})").format(sql.SQL(" OR ").join(wanted))
    if operator == "=":
        return condition
    return sql.SQL("{} IS NOT TRUE").format(condition)


def _literal(field: Field, value: Any) -> sql.Composable:
    if field.type == "jsonb":
        import json

        return sql.SQL("{}::jsonb").format(sql.Literal(json.dumps(value, ensure_ascii=False)))
    if field.column.is_list and isinstance(value, list):
        return sql.SQL("{}::text[]").format(sql.Literal(value))
    return sql.Literal(value)


def _contains(field: Field, text: str, operator: str) -> sql.Composable:
    shown = sql.SQL("{}::text").format(field.sql)
    condition = sql.SQL("{} ILIKE {}").format(shown, sql.Literal(like(text)))
    if operator == "~":
        return condition
    return sql.SQL("({}) IS NOT TRUE").format(condition)


def like(text: str) -> str:
    """A LIKE pattern that finds `text` anywhere, its own % and _ taken literally."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def search(scope: Scope, text: str) -> sql.Composable:
    """Rows in which any text column holds `text`, whatever its case."""
    require_storable(text, "--search")
    pattern = sql.Literal(like(text))
    result = [
        sql.SQL("{}::text ILIKE {}").format(sql.Identifier("t", column.name), pattern)
        for column in scope.entity.columns
        if column.type in ("text", "text[]") and not column.choices
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(result))


class Order:
    """One term of the sort: a field and its direction; NULLs come last either way.

    `value` is what is compared: the rank of a choice, else the field itself.
    """

    def __init__(self, field: Field, *, down: bool) -> None:
        self.field = field
        self.down = down
        self.value = ranks.rank(field.column, field.sql)

    @property
    def never_null(self) -> bool:
        """Whether this is a column of the table itself that cannot be NULL.

        Such a term needs neither NULLS LAST nor OR IS NULL, with which PostgreSQL does not use the
        column's index.
        """
        field, column = self.field, self.field.column
        own = "." not in field.name and field.raw is None
        ranked = not column.order or set(column.order) == set(column.choices)
        return own and ranked and not column.nullable

    @property
    def term(self) -> sql.Composable:
        """The term of ORDER BY."""
        shape = "{} DESC" if self.down else "{}"
        if not self.never_null:
            shape += " NULLS LAST"
        return sql.SQL(shape).format(self.value)

    def after(self, value: Any) -> sql.Composable:
        """The condition for rows that come after those with `value`, which is not None."""
        shape = "{0} {1} {2}" if self.never_null else "({0} {1} {2} OR {0} IS NULL)"
        sign = sql.SQL("<" if self.down else ">")
        return sql.SQL(shape).format(self.value, sign, sql.Literal(value))

    def same(self, value: Any) -> sql.Composable:
        """The condition for rows with `value`."""
        shape = "{} IS NULL" if value is None else "{} = {}"
        return sql.SQL(shape).format(self.value, sql.Literal(value))

    def start(self, value: Any) -> sql.Composable:
        """The condition for rows with `value` and all after them: where an index scan begins."""
        sign = sql.SQL("<=" if self.down else ">=")
        return sql.SQL("{} {} {}").format(self.value, sign, sql.Literal(value))


def order(scope: Scope, texts: Sequence[str] | None) -> list[Order]:
    """The terms of `--sort -updated_at,name`; the id breaks ties and makes every order total."""
    terms: list[Order] = []
    for name in (part.strip() for text in texts or () for part in text.split(",")):
        if not name:
            continue
        field = scope.named(name.removeprefix("-"), "--sort")
        if field.type == "jsonb":
            raise MccError("E-USAGE", "JSON has no order to sort by", "--sort", name)
        if field.links:
            raise MccError("E-USAGE", "links have no order to sort by", "--sort", name)
        terms.append(Order(field, down=name.startswith("-")))
    ties = ("id",) if scope.entity.name in ENTITIES else scope.entity.key  # a link has no id
    for name in ties:
        if not any(term.field.name == name for term in terms):
            terms.append(Order(scope.resolve(name), down=False))
    return terms


def beyond(terms: list[Order], row: tuple[Any, ...]) -> sql.Composable:
    """The condition for what comes after `row`, the values of `terms` in the last row seen."""
    ways: list[sql.Composable] = []
    same: list[sql.Composable] = []
    for term, value in zip(terms, row, strict=True):
        if value is not None:
            ways.append(sql.SQL("({})").format(sql.SQL(" AND ").join([*same, term.after(value)])))
        same.append(term.same(value))
    condition = sql.SQL("({})").format(sql.SQL(" OR ").join(ways))
    if len(terms) > 1 and terms[0].never_null:
        return sql.SQL("{} AND {}").format(terms[0].start(row[0]), condition)
    return condition


def known_fields(wanted: Sequence[str], scope: Scope, flag: str = "--fields") -> list[Field]:
    """The fields of the names in a flag. Raises MccError E-USAGE for an unknown or missing name."""
    names = [name.strip() for item in wanted for name in item.split(",") if name.strip()]
    if not names:
        raise MccError("E-USAGE", "no field is named", flag, ",".join(wanted), fix=f"{flag} id")
    return [scope.named(name, flag) for name in names]
