"""Runs the migrations on mcc's own connection; by hand, on MCC_DATABASE_URL."""

import os

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import mcc_cli.entities.schema.models  # noqa: F401  (declares every table)


def run(connection) -> None:
    """Migrate over `connection`."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = os.environ["MCC_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://", 1)
    with create_engine(url).begin() as opened:
        run(opened)
