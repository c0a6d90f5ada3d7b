"""Runs: the log of imports, seeds and ingests. Not an entity: only mcc itself writes it."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger as BigInt
from sqlalchemy import CheckConstraint, DateTime, Identity, Index, Integer, Text
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from mcc_cli.entities.schema import triggers
from mcc_cli.entities.schema.base import boolean, choice, integer, json, moment, text

Kind = Literal["import", "seed", "ingest", "quickstart"]
State = Literal["running", "done", "failed", "rejected", "partly"]


def _made(kind: Any, help: str, expression: str, **more: Any) -> Any:
    """A column whose default is an expression."""
    about = {"server_default": sql(expression)}
    return Field(
        default=None,
        nullable=False,
        description=help,
        sa_type=kind,
        sa_column_kwargs=about,
        **more,
    )


class Run(SQLModel, table=True):
    """One run: its options, its user and its result.

    A run in state `running` runs only while its session exists: see `services.history.run_reader`.
    """

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("kind IN ('import', 'seed', 'ingest', 'quickstart')", name="kind"),
        CheckConstraint(
            "state IN ('running', 'done', 'failed', 'rejected', 'partly')", name="state"
        ),
        Index(None, "started_at"),
    )

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInt, sa_column_args=[Identity(always=False)]
    )
    code: str | None = _made(
        Text,
        "Short name of the run, as its last line prints it.",
        "substr((gen_random_uuid())::text, 1, 8)",
        unique=True,
    )
    kind: Kind = choice("What was run.")
    entity: str | None = text("Entity that was written, if it was only one.")
    file: str | None = text("File or folder that was read.")
    sha256: str | None = text("Digest of the file.")
    options: dict[str, Any] = json("Flags of the run.", default="{}")
    host: str = text("Machine on which mcc ran.")
    os_user: str | None = text("Account under which mcc ran.")
    db_role: str | None = _made(Text, "Role that logged in to the database.", "SESSION_USER")
    dry_run: bool = boolean("Whether it was a dry run, which is rolled back.", default=False)
    state: State = choice("Its state, or how it ended.", default="running")
    exit: int | None = integer("Exit status of mcc.")
    counts: dict[str, Any] = json("Rows read, created, updated and so on.", default="{}")
    rejects: list[dict[str, Any]] = json("The first rows that were rejected.", default="[]")
    error: str | None = text("What stopped it.")
    backend_pid: int | None = _made(
        Integer, "Process of the session that runs it.", "pg_backend_pid()"
    )
    backend_start: datetime | None = moment("When that session began.")
    started_at: datetime | None = _made(DateTime(timezone=True), "When it began.", "now()")
    finished_at: datetime | None = moment("When it ended.")


triggers.attach(Run.__table__, [triggers.OWN_RUN])  # type: ignore[attr-defined]
