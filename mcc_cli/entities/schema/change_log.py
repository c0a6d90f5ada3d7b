"""The tables of the change log. Not an entity: only the triggers of `event_triggers` write it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, DateTime, Identity, Index, Text
from sqlalchemy import BigInteger as BigInt
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

from mcc_cli.entities.schema.base import json, moment, text


class Xid8(UserDefinedType[int]):
    """PostgreSQL's number of a transaction, which does not wrap around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL."""
        return "xid8"


ischema_names["xid8"] = Xid8  # else reading the schema back, as Alembic does, warns


def _column(kind: Any, help: str, default: str | None = None, *, nullable: bool = False) -> Any:
    about = {} if default is None else {"server_default": sql(default)}
    return Field(
        default=None, nullable=nullable, description=help, sa_type=kind, sa_column_kwargs=about
    )


class ChangeEvent(SQLModel, table=True):
    """One change of up to 1000 rows of an entity, all in the same columns."""

    __tablename__ = "change_events"
    __table_args__ = (
        Index(None, "xid"),
        Index("ix_change_events_at", "at", postgresql_using="brin"),
        # What people look for, newest first. A key is hashed, because it can be too long for an
        # index; the few events of several rows are searched one by one.
        Index("ix_change_events_entity", "entity", "id"),
        Index("ix_change_events_operation", "operation", "id"),
        Index("ix_change_events_actor", sql("lower(actor)"), "id"),
        Index(
            "ix_change_events_key",
            sql("hashtextextended(keys[1], 0)"),
            "id",
            postgresql_where=sql("cardinality(ids) = 1"),
        ),
        Index("ix_change_events_rows", "id", postgresql_where=sql("cardinality(ids) > 1")),
    )

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInt, sa_column_args=[Identity(always=True)]
    )
    xid: int | None = _column(Xid8, "Transaction that wrote.", "pg_current_xact_id()")
    at: datetime | None = _column(
        DateTime(timezone=True), "When it was written.", "clock_timestamp()"
    )
    entity: str = text("Entity that changed; of links content, of runs runs.")
    name: str = text("Name of the event, such as service_created.")
    operation: str = text("What happened: created, updated and so on.")
    ids: list[int] = _column(ARRAY(BigInt), "Rows; of links the content.")
    keys: list[str | None] = _column(ARRAY(Text), "Natural keys of the rows, in the same order.")
    others: list[str] | None = _column(
        ARRAY(Text), "Of links: what the content was linked to, as entity:key.", nullable=True
    )
    changed: list[str] | None = _column(
        ARRAY(Text), "Of updates: the fields that changed.", nullable=True
    )
    actor: str | None = text("User named by --as, else the database role.")
    program: str | None = text("Program that wrote, as it calls itself.")
    details: dict[str, Any] | None = json("Of runs: how the run ended.")


class ChangeLog(SQLModel, table=True):
    """What is known of the whole log: one row."""

    __tablename__ = "change_log"
    __table_args__ = (CheckConstraint("one", name="one"),)

    one: bool | None = Field(
        default=True, primary_key=True, sa_column_kwargs={"server_default": sql("true")}
    )
    pruned_to: int = _column(BigInt, "Greatest id of the events that prune has deleted.", "0")
    pruned_xid: int | None = _column(Xid8, "Greatest transaction of those events.", nullable=True)
    pruned_at: datetime | None = moment("When prune last deleted.")
