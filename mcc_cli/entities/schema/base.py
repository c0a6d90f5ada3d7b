"""Helpers over SQLModel's Field that declare the columns of an entity.

They avoid traps of SQLModel: text is `text` and not VARCHAR, choices are CHECKs and not native
enums, every default is the database's, and `Column.info` carries what the catalog needs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sqlalchemy import (
    ARRAY,
    Computed,
    DateTime,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy import BigInteger as BigInt
from sqlalchemy import Boolean as Bool
from sqlalchemy import Date as Day
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

if TYPE_CHECKING:
    from collections.abc import Sequence

SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

ActiveStatus = Literal["active", "inactive"]
PublishStatus = Literal["draft", "in_review", "published", "archived"]
FindingStatus = Literal["open", "in_progress", "resolved", "ignored"]
Severity = Literal["critical", "high", "medium", "low"]
JourneyStage = Literal["awareness", "consideration", "decision", "retention"]
ChangeFrequency = Literal["always", "hourly", "daily", "weekly", "monthly", "yearly", "never"]
VitalsStatus = Literal["good", "needs_improvement", "poor"]


class Check:
    """A rule on a column: SQL with `{c}` for the column, and a sentence that begins with must."""

    def __init__(self, condition: str, sentence: str) -> None:
        self.condition = condition
        self.sentence = sentence


SLUG = Check(
    "{c} ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", "must be lower-case words joined by single hyphens"
)
URL = Check(
    "{c} ~* '^https?://[^[:space:]/?#]+[^[:space:]]*$'",
    "must be an http:// or https:// URL without spaces",
)
# Line ends and other control characters; such a key could not be typed, nor shown on one line.
KEY = Check(
    r"{c} !~ '[\u0001-\u001F\u007F-\u009F\u2028\u2029]' AND {c} ~ '\S'",
    "must be one line of text: it is part of the key",
)
LANGUAGE = Check(
    "{c} ~ '^[A-Za-z]{{2,8}}(-[A-Za-z0-9]{{1,8}})*$'",
    "must be a BCP 47 language tag, such as en or pt-BR",
)


class Record(SQLModel):
    """What the tables of all entities share; `updated_at` is the database's (a trigger).

    Defaults are validated too, so that a required column left out is an error in `model_validate`.
    """

    model_config = {"validate_default": True}
    __table_args__: ClassVar[Any] = ()

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInt)
    created_at: datetime | None = Field(
        default=None,
        nullable=False,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": sql("now()")},
    )
    updated_at: datetime | None = Field(
        default=None,
        nullable=False,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": sql("now()")},
    )


def _field(
    kind: Any,
    help: str,
    *,
    default: Any = None,
    server: str | None = None,
    nullable: bool | None = None,
    rule: Check | None = None,
    made: str | None = None,
    order: Literal["ascending", "descending"] | Sequence[str] | None = None,
    args: Sequence[Any] = (),
    **more: Any,
) -> Any:
    info: dict[str, Any] = {"help": help, "rule": rule, "made": made, "default": server}
    info["order"] = order
    info |= {bound: more[bound] for bound in ("ge", "le", "gt") if bound in more}
    kwargs: dict[str, Any] = {"info": info}
    if server is not None:
        kwargs["server_default"] = sql("now()") if server == "now()" else server
    if server == "now()":
        more["default_factory"] = lambda: datetime.now(UTC)
    elif callable(default):
        more["default_factory"] = default
    else:
        more["default"] = default
    if nullable is not None:
        more["nullable"] = nullable
    return Field(
        description=help, sa_type=kind, sa_column_args=list(args), sa_column_kwargs=kwargs, **more
    )


def text(
    help: str,
    *,
    default: str | None = None,
    unique: bool = False,
    rule: Check | None = None,
    made: str | None = None,
) -> Any:
    """A text column. With `made`, how the database sets it, a required one can be left out."""
    return _field(
        Text,
        help,
        default=default,
        server=default,
        rule=rule,
        made=made,
        nullable=False if made else None,
        unique=unique,
    )


def generated(help: str, expression: str, made: str) -> Any:
    """A text column that the database computes from the row; it cannot be written."""
    return _field(
        Text, help, made=made, nullable=False, args=[Computed(expression, persisted=True)]
    )


def choice(
    help: str,
    *,
    default: str | None = None,
    order: Literal["ascending", "descending"] | Sequence[str] | None = None,
) -> Any:
    """A text column limited to the values of its `Literal` annotation by a CHECK.

    `order` says how the values rank: as the annotation lists them, ascending or descending, or as
    it lists them itself, the lowest first. Without it they cannot be compared by `<` and `>`.
    """
    return _field(Text, help, default=default, server=default, order=order)


def integer(
    help: str, *, default: int | None = None, ge: int | None = None, le: int | None = None
) -> Any:
    """A 32-bit whole number."""
    return _number(Integer, help, default, ge, le)


def bigint(help: str, *, ge: int | None = None) -> Any:
    """A 64-bit whole number."""
    return _number(BigInt, help, None, ge, None)


def numeric(
    digits: int,
    places: int,
    help: str,
    *,
    default: str | None = None,
    ge: int | None = None,
    le: int | None = None,
) -> Any:
    """An exact decimal of `digits` digits, `places` of them after the point."""
    number = None if default is None else Decimal(default)
    return _number(
        Numeric(digits, places), help, number, ge, le, max_digits=digits, decimal_places=places
    )


def _number(kind: Any, help: str, default: Any, ge: int | None, le: int | None, **more: Any) -> Any:
    more |= {name: bound for name, bound in (("ge", ge), ("le", le)) if bound is not None}
    return _field(
        kind, help, default=default, server=None if default is None else str(default), **more
    )


def boolean(help: str, *, default: bool) -> Any:
    """A yes-or-no column with a default."""
    return _field(Bool, help, default=default, server=str(default).lower())


def day(help: str) -> Any:
    """A calendar date."""
    return _field(Day, help)


def moment(help: str, *, now: bool = False) -> Any:
    """A point in time with a zone; `now` makes it default to the current time."""
    return _field(DateTime(timezone=True), help, server="now()" if now else None)


def texts(help: str) -> Any:
    """A list of texts, empty by default."""
    return _field(ARRAY(Text), help, default=list, server="{}")


def json(help: str, *, default: str | None = None, rule: Check | None = None) -> Any:
    """A JSON document; SQL NULL if there is none. `default` is JSON text."""
    import json as library

    start = (lambda: library.loads(default)) if default is not None else None
    return _field(JSONB(none_as_null=True), help, default=start, server=default, rule=rule)


def reference(
    table: str,
    help: str,
    *,
    on_delete: Literal["SET NULL", "CASCADE", "RESTRICT"] = "SET NULL",
    index: bool = True,
    primary_key: bool = False,
) -> Any:
    """A foreign key to `table`; indexed unless a unique key already begins with it."""
    more: dict[str, Any] = {"primary_key": True} if primary_key else {}
    return _field(
        BigInt,
        help,
        foreign_key=f"{table}.id",
        ondelete=on_delete,
        index=index,
        **more,
    )


def unique(*columns: str, nulls_equal: bool = False, deferrable: bool = False) -> UniqueConstraint:
    """A UNIQUE over several columns, or a deferrable one."""
    more: dict[str, Any] = {"postgresql_nulls_not_distinct": True} if nulls_equal else {}
    if deferrable:
        more |= {"deferrable": True, "initially": "DEFERRED"}
    return UniqueConstraint(*columns, **more)
