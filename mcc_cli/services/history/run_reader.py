"""Reading the log of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import dict_row

from mcc_cli.db.errors import translated
from mcc_cli.errors import MccError
from mcc_cli.files.stored_text import legible
from mcc_cli.services.records.did_you_mean import nearest

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

CANDIDATES = 5000
SHORTEST = 4  # digits: a shorter number is an id rather than part of a code
LONGEST_ID = 19  # a number of as many digits may not fit a bigint
COUNTS = ("read", "created", "updated", "unchanged", "rejected", "cleared")

# A run belongs to a session: its process id can be reused, but not with the same start. The start
# is hidden from roles that may not see the session; a standby sees no session of the primary.
RUNS = """(
  SELECT r.*, CASE WHEN r.state <> 'running' OR pg_is_in_recovery() OR EXISTS (
      SELECT FROM pg_stat_activity a WHERE a.pid = r.backend_pid
        AND a.datname = current_database()
        AND coalesce(a.backend_start = r.backend_start, true)
    ) THEN r.state ELSE 'interrupted' END AS shown
  FROM runs r
) r"""
RUNNING = f"SELECT r.kind, count(*) FROM {RUNS} WHERE r.shown = 'running' GROUP BY 1"  # noqa: S608
ENDED = f"""SELECT max(r.id), max(r.finished_at) FILTER (WHERE r.exit = 0) FROM {RUNS}
  WHERE NOT r.dry_run AND r.shown <> 'running' GROUP BY r.kind, r.entity"""  # noqa: S608
_FIELDS: dict[str, str] = {
    "id": "r.id",
    "code": "r.code",
    "kind": "r.kind",
    "entity": "r.entity",
    "file": "r.file",
    "sha256": "r.sha256",
    "dry_run": "r.dry_run",
    "state": "r.shown",
    # whether the counts are of rows that were written, not of rows that would have been
    "written": """CASE WHEN r.shown NOT IN ('running', 'interrupted')
      THEN r.shown IN ('done', 'partly') AND NOT r.dry_run END""",
    "exit": "r.exit",
    **{name: f"(r.counts ->> '{name}')::bigint" for name in COUNTS},
    "started": "r.started_at",
    "finished": "r.finished_at",
    # in seconds, until now for a running one; the end of an interrupted one is not known
    "duration": """CASE WHEN r.shown <> 'interrupted' THEN round(
      extract(epoch FROM coalesce(r.finished_at, clock_timestamp()) - r.started_at), 3) END""",
    "host": "r.host",
    "os_user": "r.os_user",
    "db_role": "r.db_role",
    "backend_pid": "r.backend_pid",
    "options": "r.options",
    "counts": "r.counts",
    "error": "r.error",
}
FIELDS = tuple(_FIELDS)


@dataclass(frozen=True)
class Query:
    """Runs of an entity, in a state, of a kind, at most `limit` of them; None means any.

    The state `interrupted` is that of a run that did not finish and whose session has ended.
    """

    entity: str | None = None
    state: str | None = None
    kind: str | None = None
    limit: int | None = None


def listed(connection: Connection, query: Query) -> list[dict[str, Any]]:
    """The runs that match, newest first; each has `FIELDS`."""
    limit = sql.SQL(" LIMIT {}").format(sql.Literal(query.limit))
    return _read(connection, _matching(query), limit)


def count(connection: Connection, query: Query) -> int:
    """How many runs match, whatever the limit."""
    statement = sql.SQL("SELECT count(*) FROM {} WHERE {}")
    with translated():
        connection.execute("SELECT pg_stat_clear_snapshot()")
        row = connection.execute(statement.format(sql.SQL(RUNS), _matching(query))).fetchone()
    return int(row[0]) if row else 0


def _matching(query: Query) -> sql.Composable:
    values = {"entity": query.entity, "shown": query.state, "kind": query.kind}
    conditions: list[sql.Composable] = [
        sql.SQL("{} = {}").format(sql.Identifier("r", name), sql.Literal(value))
        for name, value in values.items()
        if value is not None
    ]
    return sql.SQL(" AND ").join(conditions or [sql.SQL("true")])


def latest(connection: Connection) -> list[dict[str, Any]]:
    """The last finished run of each kind and entity, without dry runs.

    Each has `FIELDS` and `succeeded`, the time when the last one with exit status 0 finished.
    """
    with translated():
        connection.execute("SELECT pg_stat_clear_snapshot()")
        ended: dict[int, Any] = dict(connection.execute(ENDED).fetchall())
    condition = sql.SQL("r.id = ANY({})").format(sql.Literal(list(ended)))
    return [{**item, "succeeded": ended[item["id"]]} for item in _read(connection, condition)]


def running(connection: Connection) -> dict[str, int]:
    """The number of running runs by kind."""
    with translated():
        connection.execute("SELECT pg_stat_clear_snapshot()")
        return dict(connection.execute(RUNNING).fetchall())


def get(connection: Connection, key: str | int) -> dict[str, Any]:
    """The run with this code, beginning of a code, or id; it has `FIELDS` and `rejects`.

    Raises MccError E-NOTFOUND or E-AMBIGUOUS.
    """
    number = _resolve(connection, str(key).strip().lower())
    (result,) = _read(
        connection,
        sql.SQL("r.id = {}").format(sql.Literal(number)),
        more=sql.SQL(", r.rejects"),
    )
    return result


def of_session(connection: Connection, pid: int) -> dict[str, Any] | None:
    """The run of the session with this process id, if it has one."""
    condition = sql.SQL("r.shown = 'running' AND r.backend_pid = {}").format(sql.Literal(pid))
    result = _read(connection, condition, sql.SQL(" LIMIT 1"))
    return result[0] if result else None


def starting(connection: Connection, prefix: str, most: int) -> list[dict[str, Any]]:
    """The newest runs whose code begins with `prefix`."""
    condition = sql.SQL("starts_with(r.code, {})").format(sql.Literal(legible(prefix).lower()))
    return _read(connection, condition, sql.SQL(" LIMIT {}").format(sql.Literal(most)))


def _read(
    connection: Connection,
    condition: sql.Composable,
    end: sql.Composable = sql.SQL(""),  # noqa: B008  (it has no state)
    more: sql.Composable = sql.SQL(""),  # noqa: B008
) -> list[dict[str, Any]]:
    fields = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(sql.SQL(source), sql.Identifier(name))
        for name, source in _FIELDS.items()
    )
    statement = sql.SQL("SELECT {}{} FROM {} WHERE {} ORDER BY r.started_at DESC, r.id DESC{}")
    with translated(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees old sessions
        cursor.execute(statement.format(fields, more, sql.SQL(RUNS), condition, end))
        return cursor.fetchall()


def _resolve(connection: Connection, key: str) -> int:
    """The id of a run. A whole code comes first; `id=7` is always an id."""
    digits = key.removeprefix("id=")
    numeric = digits.isascii() and digits.isdigit() and len(digits) < LONGEST_ID
    number = int(digits) if numeric else None
    prefix = legible(key) or None  # an empty prefix would match every code
    with translated():
        rows = connection.execute(
            """SELECT id, code, code = %(prefix)s, coalesce(id = %(number)s, false) FROM runs
               WHERE starts_with(code, %(prefix)s) OR id = %(number)s
               ORDER BY 3 DESC, 4 DESC, id DESC LIMIT 6""",
            {"prefix": prefix, "number": number},
        ).fetchall()
    if not rows:
        raise _unknown(connection, key)
    best, _, whole, numbered = rows[0]
    if len(rows) == 1 or whole or (numbered and len(digits) < SHORTEST):
        return int(best)
    shown = ", ".join(f"{code} (id {number})" for number, code, *_ in rows[:5])
    raise MccError(
        "E-AMBIGUOUS",
        f"more than one run has this key: {shown}{' and more' if len(rows) > 5 else ''}",
        "RUN",
        key,
        fix=f"give more of its code: {rows[0][1]}",
    )


def _unknown(connection: Connection, key: str) -> MccError:
    with translated():
        codes = connection.execute(
            "SELECT code FROM runs ORDER BY started_at DESC LIMIT %s", [CANDIDATES]
        ).fetchall()
    near = nearest(key, [code for (code,) in codes])
    return MccError(
        "E-NOTFOUND",
        "no run has this code or id",
        "RUN",
        key,
        hint=f'did you mean "{near}"?' if near else None,
        fix="mcc runs list",
    )
