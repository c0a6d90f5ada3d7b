"""Seeds: sets of files that come with mcc, and emptying a database for one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import errors, sql

from mcc_cli import resources
from mcc_cli.db import locks
from mcc_cli.errors import MccError
from mcc_cli.services.records.did_you_mean import did_you_mean
from mcc_cli.services.records.row_input import raise_all
from mcc_cli.services.transfer.folders import files
from mcc_cli.services.transfer.folders.load import Options, load

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.services.transfer.folders.load import Outcome

DEMO = "demo"
PATIENCE_SECONDS = 60.0  # two at once take turns


def sets() -> list[str]:
    """The names of the sets that ship with mcc: folders of files, not those of audit samples."""
    folders = (item for item in resources.folder("fixtures").iterdir() if item.is_dir())
    return sorted(item.name for item in folders if any(part.is_file() for part in item.iterdir()))


def find(name: str) -> Path:
    """The folder of a set, or the folder that `name` is; a set's name comes first.

    Raises MccError E-USAGE for what is neither.
    """
    known = sets()
    if name in known:
        return resources.folder("fixtures") / name
    path = Path(name)
    if os.sep in name or path.is_dir():
        return path
    raise MccError(
        "E-USAGE",
        "no set and no folder has this name",
        "mcc seed",
        name,
        hint=did_you_mean(name, known) or f"sets: {', '.join(known)}",
        fix="list the sets: mcc seed --list",
    )


def add(connection: Connection, folder: Path) -> Outcome:
    """Create what the files of `folder` hold and the database does not, all of it or nothing.

    A row that exists is left as it is. Raises the MccError of the first record that cannot be
    imported, with FILE:LINE, carrying the others.
    """
    options = Options("add", lock_wait=PATIENCE_SECONDS)
    outcome = load(connection, files.find(folder), options)
    raise_all(outcome.errors)
    return outcome


def count(connection: Connection) -> dict[str, int]:
    """How many rows each entity and link has, without those that have none."""
    parts = [
        sql.SQL("SELECT {} AS name, count(*) AS n FROM {}").format(
            sql.Literal(name), sql.Identifier(entity.table)
        )
        for name, entity in files.TABLES.items()
    ]
    return dict(
        connection.execute(
            sql.SQL("SELECT name, n FROM ({}) AS t WHERE n > 0").format(
                sql.SQL(" UNION ALL ").join(parts)
            )
        ).fetchall()
    )


def empty(connection: Connection, wait: float) -> dict[str, int]:
    """Delete every row of every entity and link, and restart the ids at 1; the rows by name.

    Waits `wait` seconds for sessions that use a table. Raises MccError E-INUSE if a table that is
    not mcc's refers to one of them.
    """
    tables = [entity.table for entity in files.TABLES.values()]
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    _hold(connection, tables, wait)
    deleted = count(connection)
    try:
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(names))
    except errors.FeatureNotSupported as error:
        raise MccError(
            "E-INUSE",
            "a table of another program refers to one that would be emptied",
            place=connection.info.dbname,
            hint=error.diag.message_detail,
            fix="empty that table first, or seed without --reset",
        ) from None
    return deleted


def _hold(connection: Connection, tables: list[str], wait: float) -> None:
    """Lock the tables; the limit is for this statement alone."""
    row = connection.execute("SELECT current_setting('lock_timeout')").fetchone()
    limit = "SELECT set_config('lock_timeout', %s, true)"
    try:
        with connection.transaction():
            connection.execute(limit, [f"{max(1, round(wait * 1000))}ms"])
            connection.execute(locks.RESET.statement(*tables))
            connection.execute(limit, [row[0] if row else "0"])
    except errors.LockNotAvailable:
        raise MccError(
            "E-BUSY",
            "a table to be emptied is in use",
            connection.info.dbname,
            fix="try again later, or wait for it: --lock-wait 5m",
        ) from None
