"""PostgreSQL's errors as ours: by class and diagnostic fields, never by the text of a message."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import psycopg

    from mcc_cli.entities.schema.facts import Entity

MIGRATE = "mcc db migrate"
# The server ends the session with these: shutdown, crash, database dropped, idle for too long.
ENDED = {"57P01", "57P02", "57P03", "57P04", "57P05"}


@contextlib.contextmanager
def translated(
    entity: Entity | None = None, values: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Turn what the database raises inside into MccError; `values` are the row's, by column."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise translate(error, entity, values or {}) from error
    except MccError:
        raise
    except Exception as error:
        cause = getattr(error, "orig", None)  # SQLAlchemy wraps what psycopg raised
        if not isinstance(cause, psycopg.Error):
            raise
        raise translate(cause, entity, values or {}) from error


def translate(
    error: psycopg.Error, entity: Entity | None = None, values: Mapping[str, Any] | None = None
) -> MccError:
    """The MccError of a psycopg error, with the column's own rule where a constraint names it."""
    from psycopg import errors as pg

    values = values or {}
    diag = error.diag
    about: dict[str, Any] = {"entity": entity.name if entity else None}
    primary = diag.message_primary or str(error).strip().split("\n")[0] or type(error).__name__
    match error:
        case pg.UniqueViolation():
            return _duplicate(diag.constraint_name, entity, values, about)
        case pg.CheckViolation():
            return _broken_rule(diag.constraint_name, entity, values, about, primary)
        case pg.NotNullViolation():
            return _missing(diag.column_name or "", entity, about)
        case pg.ForeignKeyViolation() | pg.RestrictViolation():
            table = diag.table_name or "another table"
            return MccError(
                "E-INUSE" if entity and table != entity.table else "E-REF",
                f"a reference between rows forbids it: {primary}",
                hint=diag.message_detail,
                **about,
            )
        case pg.StatementTooComplex():
            return MccError("E-JSON", f"a value is nested too deeply: {primary}", **about)
        case pg.ProgramLimitExceeded():
            return _too_long(entity, values, about, primary)
        case pg.UntranslatableCharacter() | pg.CharacterNotInRepertoire():
            return MccError("E-BYTES", f"text that the database cannot store: {primary}", **about)
        case pg.QueryCanceled() | pg.LockNotAvailable():
            return MccError(
                "E-TIMEOUT",
                f"the database stopped waiting: {primary}",
                fix="give it longer: --timeout 60s",
                **about,
            )
        case pg.TransactionTimeout() | pg.IdleInTransactionSessionTimeout():
            idle = isinstance(error, pg.IdleInTransactionSessionTimeout)
            limit = "idle_in_transaction_session_timeout" if idle else "transaction_timeout"
            return MccError(
                "E-TIMEOUT",
                f"the server cancelled the transaction: {primary}",
                hint="nothing of it was kept",
                fix=f"have the server allow more: ALTER ROLE … SET {limit} = …",
                **about,
            )
        case pg.DuplicatePreparedStatement() | pg.InvalidSqlStatementName():
            return MccError(
                "E-RETRY", f"a pooler changed the session: {primary}", fix="run it again"
            )
        case pg.SerializationFailure() | pg.DeadlockDetected():
            return MccError(
                "E-RETRY",
                f"the transaction conflicted with a concurrent change: {primary}",
                fix="run it again",
            )
        case pg.UndefinedTable() | pg.UndefinedColumn() | pg.UndefinedFunction():
            return MccError(
                "E-SCHEMA", f"the schema is not mcc's current one: {primary}", fix=MIGRATE, **about
            )
        case pg.InsufficientPrivilege() | pg.InvalidAuthorizationSpecification():
            return MccError(
                "E-DENIED",
                f"the database role may not do this: {primary}",
                hint="mcc_reader may read, mcc_editor write rows, mcc_admin migrate, prune, reset",
                fix="see who may: mcc db roles show; or let somebody in: GRANT mcc_editor TO …",
                **about,
            )
        case pg.ReadOnlySqlTransaction():
            return MccError(
                "E-CONFIG",
                "this server is read-only",
                hint="it may be a replica",
                fix="name the primary in the database URL, or add target_session_attrs=read-write",
            )
        case pg.DataError():
            return MccError("E-TYPE", primary, hint=diag.message_detail, **about)
        case pg.RaiseException() | pg.WithCheckOptionViolation():  # a rule of the user's own
            return MccError("E-RULE", primary, hint=diag.message_detail, **about)
        case pg.ExclusionViolation():
            return MccError("E-DUP", primary, diag.constraint_name, hint=diag.message_detail)
    if error.sqlstate is None and isinstance(error, pg.OperationalError | pg.InterfaceError):
        return _lost(primary)  # said by libpq or psycopg: the server sent no error
    return _of_class(error, primary, about)


def _of_class(error: psycopg.Error, primary: str, about: dict[str, Any]) -> MccError:
    """By the class of the SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
    state = error.sqlstate or ""
    if state.startswith("08") or state in ENDED:
        return _lost(primary)
    match state[:2]:
        case "53":
            full = {"53100": "disk", "53200": "memory", "53300": "connections"}
            return MccError(
                "E-CONNECT",
                f"the server is out of {full.get(state, 'resources')}: {primary}",
                hint="nothing of this transaction was kept",
                fix="make room there, then run it again",
                **about,
            )
        case "54":
            return MccError("E-LONG", f"this is too much for one statement: {primary}", **about)
        case "58" | "XX" | "F0":
            return MccError(
                "E-CONNECT",
                f"the server failed: {primary}",
                hint="nothing of this transaction was kept",
                fix="see the server's log",
                **about,
            )
        case "28":
            return MccError("E-DENIED", primary, **about)
        case "3D" | "3F":
            return MccError("E-SCHEMA", primary, fix=MIGRATE, **about)
        case "55" | "57":
            return MccError(
                "E-CONNECT", f"the server cannot do this now: {primary}", fix="try again", **about
            )
    return MccError(
        "E-FAULT", f"PostgreSQL reported: {primary}", hint=error.diag.message_detail, **about
    )


def _lost(primary: str) -> MccError:
    return MccError(
        "E-CONNECT",
        "the connection to the database was lost; what was not committed is rolled back",
        hint=primary,
        fix="run the command again",
    )


def _duplicate(
    constraint: str | None, entity: Entity | None, values: Mapping[str, Any], about: dict[str, Any]
) -> MccError:
    columns: tuple[str, ...] = ()
    if entity:
        columns = next((c for name, c in entity.uniques if name == constraint), ())
    given = " / ".join("NULL" if values.get(c) is None else str(values[c]) for c in columns)
    noun = entity.singular if entity else "row"
    return MccError(
        "E-DUP",
        f"another {noun} has this {' + '.join(c.removesuffix('_id') for c in columns) or 'key'}",
        place=f"{entity.name}.{'+'.join(columns)}" if entity and columns else constraint,
        value=given if any(c in values for c in columns) else None,
        column=columns[0] if len(columns) == 1 else None,
        fix="change the value, or update the row that has it",
        **about,
    )


def _too_long(
    entity: Entity | None, values: Mapping[str, Any], about: dict[str, Any], primary: str
) -> MccError:
    """PostgreSQL names no column here: it is the longest of those in a unique key."""
    unique = {column for _, columns in (entity.uniques if entity else ()) for column in columns}
    sizes = {n: len(v.encode()) for n, v in values.items() if n in unique and isinstance(v, str)}
    name = max(sizes, key=lambda each: sizes[each], default=None)
    size = f" of {sizes[name]} bytes" if name else ""
    return MccError(
        "E-LONG",
        f"a value{size} is too long for a unique key: about 2,700 bytes is the most",
        place=f"{entity.name}.{name}" if entity and name else None,
        value=values[name] if name else None,
        column=name,
        hint=primary,
        fix="shorten it",
        **about,
    )


def _broken_rule(
    constraint: str | None,
    entity: Entity | None,
    values: Mapping[str, Any],
    about: dict[str, Any],
    primary: str,
) -> MccError:
    rule = next((r for r in entity.rules if r.name == constraint), None) if entity else None
    if not (entity and rule):
        return MccError("E-RULE", primary, place=constraint, **about)
    given = [str(values[c]) for c in rule.columns if values.get(c) is not None]
    column = entity.column(rule.columns[0])
    code = "E-RULE"
    if column and len(rule.columns) == 1:
        bounded = column.minimum is not None or column.maximum is not None
        code = "E-CHOICE" if column.choices else "E-RANGE" if bounded else "E-RULE"
    return MccError(
        code,
        f"{rule.columns[-1]} {rule.sentence}"
        if rule.sentence.startswith("must")
        else rule.sentence,
        place=f"{entity.name}.{'+'.join(rule.columns)}",
        value=" / ".join(given) or None,
        column=rule.columns[0] if len(rule.columns) == 1 else None,
        **about,
    )


def _missing(name: str, entity: Entity | None, about: dict[str, Any]) -> MccError:
    column = entity.column(name) if entity else None
    source = f" ({column.made} gave nothing)" if column and column.made else ""
    return MccError(
        "E-NULL",
        f"{name} must have a value{source}",
        place=f"{entity.name}.{name}" if entity else name,
        column=name,
        fix=f"give it: {column.flag} …" if column and not column.generated else None,
        **about,
    )
