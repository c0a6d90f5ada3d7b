"""Runs the migrations on mcc's own connection; by hand, on MCC_DATABASE_URL."""

import os

import psycopg
from alembic import context
from alembic.operations.ops import ExecuteSQLOp
from sqlalchemy import create_engine
from sqlmodel import SQLModel

from mcc_cli.db import triggers
from mcc_cli.db.revisions import REVISIONS


def run(connection) -> None:
    """Migrate over `connection`, then bring functions and triggers up to date."""
    applied = []
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        compare_server_default=True,
        on_version_apply=lambda **about: applied.append(about["step"]),
        process_revision_directives=complete,
    )
    with context.begin_transaction():
        context.run_migrations()
        if applied:
            triggers.sync(raw(connection))


def complete(migration, _revision, directives) -> None:
    """Number a new revision, and let it say which triggers change, even if only they do."""
    for script in directives:
        script.rev_id = f"{int(REVISIONS[-1]) + 1:04}"
        if names := triggers.outdated(raw(migration.connection)):
            after = "-- functions and triggers that change after this upgrade: "
            script.upgrade_ops.ops.append(ExecuteSQLOp(after + ", ".join(names)))


def raw(connection):
    """The psycopg connection below SQLAlchemy's."""
    return connection.connection.dbapi_connection


mine = context.config.attributes.get("connection")
if mine is not None:
    run(mine)
elif url := os.environ.get("MCC_DATABASE_URL"):
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    with engine.begin() as opened:
        run(opened)
else:
    raise SystemExit("set MCC_DATABASE_URL to the URL of a database for development")
