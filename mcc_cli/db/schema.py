"""Which revision a database is at, and how to bring it to the program's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.db.errors import translated
from mcc_cli.db.revisions import REVISIONS
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.db.connection.connect import Connection

HEAD = REVISIONS[-1]
LOCK = 0x6D6363  # "mcc": two migrations at once take turns
MIGRATE = "mcc db migrate"


def revision(connection: Connection) -> str | None:
    """The revision of the database, or None where mcc has no tables in it."""
    with translated():
        row = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if row is None or row[0] is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def check(connection: Connection) -> None:
    """Raise MccError E-SCHEMA unless the database is at the program's revision."""
    found = revision(connection)
    if found == HEAD:
        return
    if found is None:
        raise MccError(
            "E-SCHEMA",
            "this database has no mcc schema yet",
            place=connection.info.dbname,
            fix=MIGRATE,
        )
    if found in REVISIONS:
        raise MccError(
            "E-SCHEMA",
            f"the schema is at revision {found}, this mcc needs {HEAD}",
            place=connection.info.dbname,
            fix=MIGRATE,
        )
    raise _newer(connection, found)


def _newer(connection: Connection, found: str) -> MccError:
    return MccError(
        "E-SCHEMA",
        f"the schema is at revision {found}, which is newer than this mcc ({HEAD})",
        place=connection.info.dbname,
        fix="upgrade mcc: pip install --upgrade mcc-cli",
    )


def migrate(connection: Connection, say: Callable[[str], None], to: str = "head") -> str | None:
    """Bring the database to a revision, in one transaction; returns the one it was at.

    Raises MccError E-SCHEMA where the database is newer than the program.
    """
    from alembic import command

    with connection.transaction(), translated():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = revision(connection)
        if found is not None and found not in REVISIONS:
            raise _newer(connection, found)
        if to == "head" and found == HEAD:
            return found
        with _engine(connection).connect() as bound:
            config = _config()
            config.attributes["connection"] = bound
            before = REVISIONS.index(found) if found else -1
            after = -1 if to == "base" else REVISIONS.index(HEAD if to == "head" else to)
            (command.upgrade if after >= before else command.downgrade)(config, to)
    say(f"schema {found or 'none'} → {HEAD if to == 'head' else to}")
    return found


def clear(connection: Connection) -> None:
    """Drop everything mcc has made in the database, and nothing else."""
    from psycopg import sql

    from mcc_cli.db import triggers
    from mcc_cli.entities.schema.models import MODELS

    with connection.transaction(), translated():
        for table in (*MODELS, "alembic_version"):
            connection.execute(
                sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(table))
            )
        for function in triggers.functions():
            connection.execute(
                sql.SQL("DROP FUNCTION IF EXISTS {}").format(sql.Identifier(function))
            )


def _engine(connection: Connection) -> Any:
    from mcc_cli.db.connection.session import engine

    return engine(connection)


def _config() -> Any:
    from alembic.config import Config

    from mcc_cli.resources import folder

    config = Config()
    config.set_main_option("script_location", str(folder("migrations")).replace("%", "%%"))
    return config
