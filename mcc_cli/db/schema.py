"""The revision of a database, and its migration to the one that this program needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.db import locks, preflight
from mcc_cli.db.connection import lock_holder
from mcc_cli.db.errors import translated
from mcc_cli.db.revisions import REVISIONS
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.connection.connect import Connection

HEAD = REVISIONS[-1]
LOCK = locks.MIGRATION.key[1]
LOCK_SECONDS = 10.0  # to wait for another migration
MIGRATE = "mcc db migrate"


def revision(connection: Connection) -> str | None:
    """The revision of the database, or None if it has none."""
    with translated():
        row = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if row is None or row[0] is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def check(connection: Connection) -> None:
    """Raise MccError E-SCHEMA unless the database is at the program's revision."""
    result = revision(connection)
    if result == HEAD:
        return
    with translated():
        if error := preflight.encoding(connection) or preflight.foreign(connection, result):
            raise error
    if result is None:
        raise MccError(
            "E-SCHEMA",
            "this database has no mcc schema yet",
            place=connection.info.dbname,
            fix=MIGRATE,
        )
    if result in REVISIONS:
        raise MccError(
            "E-SCHEMA",
            f"the schema is at revision {result}, this mcc needs {HEAD}",
            place=connection.info.dbname,
            fix=MIGRATE,
        )
    raise _newer(connection, result)


def _newer(connection: Connection, found: str) -> MccError:
    return MccError(
        "E-SCHEMA",
        f"the schema is at revision {found}, which is newer than this mcc ({HEAD})",
        place=connection.info.dbname,
        fix="upgrade mcc: pip install --upgrade mcc-cli",
    )


def migrate(connection: Connection, say: Callable[[str], None], to: str = "head") -> str | None:
    """Bring the database to a revision, in one transaction; returns the one it was at.

    The schema that the connection names is created if it does not exist. Raises MccError E-SCHEMA
    if the database is newer than the program or not fit for it, E-DENIED without the rights, and
    E-BUSY if another session holds the lock of migrations.
    """
    from alembic import command

    if to == "head" and revision(connection) == HEAD and not preflight.foreign(connection, HEAD):
        return HEAD
    with connection.transaction(), translated():
        _lock(connection, say)
        _create(connection)
        result = revision(connection)
        preflight.check(connection, result)
        if to == "head" and result == HEAD:
            return result
        if result is not None and result not in REVISIONS:
            raise _newer(connection, result)
        with _engine(connection).connect() as bound:
            config = _config()
            config.attributes["connection"] = bound
            before = REVISIONS.index(result) if result else -1
            after = -1 if to == "base" else REVISIONS.index(HEAD if to == "head" else to)
            (command.upgrade if after >= before else command.downgrade)(config, to)
    say(f"schema {result or 'none'} → {HEAD if to == 'head' else to}")
    return result


def _lock(connection: Connection, say: Callable[[str], None]) -> None:
    """Be the only migration until the transaction ends. Raises MccError E-BUSY."""
    from psycopg import errors

    row = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK]).fetchone()
    if row and row[0]:
        return
    holder = lock_holder.holder(connection, LOCK) or "a session that has just ended"
    say(f"waiting for the lock of migrations, which {holder} holds")
    try:
        with connection.transaction():
            limit = f"{round(LOCK_SECONDS * 1000)}ms"
            connection.execute("SELECT set_config('lock_timeout', %s, true)", [limit])
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            connection.execute("SET LOCAL lock_timeout TO DEFAULT")
    except errors.LockNotAvailable:
        raise MccError(
            "E-BUSY",
            f"another session holds the lock of migrations: "
            f"{lock_holder.holder(connection, LOCK) or holder}",
            place=connection.info.dbname,
            fix=f"try again later, or end that session; then {MIGRATE}",
        ) from None


def _create(connection: Connection) -> None:
    """Create the schema that the connection names, if it is not there."""
    from psycopg import sql

    schema: str | None = getattr(connection, "schema", None)
    known = "SELECT FROM pg_namespace WHERE nspname = %s"
    if schema is not None and connection.execute(known, [schema]).fetchone() is None:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))


def clear(connection: Connection) -> None:
    """Drop everything that belongs to mcc in the database, and nothing else."""
    from psycopg import sql

    from mcc_cli.db import triggers
    from mcc_cli.entities.schema.models import MODELS

    with connection.transaction(), translated():
        for table in (*MODELS, "alembic_version"):
            connection.execute(
                sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(table))
            )
        for function, arguments in triggers.functions().items():
            drop = sql.SQL("DROP FUNCTION IF EXISTS {}({})")
            connection.execute(drop.format(sql.Identifier(function), sql.SQL(arguments)))


def _engine(connection: Connection) -> Any:
    from mcc_cli.db.connection.session import engine

    return engine(connection)


def _config() -> Any:
    from alembic.config import Config

    from mcc_cli.resources import folder

    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    return config
