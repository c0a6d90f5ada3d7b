"""Runs of audit tools, as ingested. Not an entity: only `mcc audits ingest` writes them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger as BigInt
from sqlalchemy import Identity, Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from mcc_cli.entities.schema.base import boolean, integer, json, moment, reference, text, texts


def _text_array(help: str) -> Any:
    return Field(default=None, sa_type=ARRAY(Text), nullable=True, description=help)


class AuditRun(SQLModel, table=True):
    """One run of a tool: what it looked at, and how many findings it left in which way.

    `code` is that of the ingest, which can hold several. `counts` are by outcome and severity.
    """

    __tablename__ = "audit_runs"
    __table_args__ = (Index(None, "tool", "site", "at"), Index(None, "code"))

    id: int | None = Field(
        default=None, primary_key=True, sa_type=BigInt, sa_column_args=[Identity(always=False)]
    )
    run_id: int | None = reference("runs", "The ingest, while the log of runs has it.")
    code: str = text("Code of the ingest.")
    format: str = text("Format of the files.")
    tool: str = text("Tool that looked, as findings name it.")
    version: str | None = text("Version of the tool.")
    site: str | None = text("Host that it looked at.")
    at: datetime = moment("When it looked.")
    file: str | None = text("First file of the run.")
    sha256: str = text("Digest of its files.")
    fresh: bool = boolean("Whether it fetched the pages itself.", default=True)
    partial: str | None = text("Why the run is not whole.")
    rules: int | None = integer("How many rules it checked; none means all of the tool.")
    pages: int = integer("How many pages it looked at.", default=0)
    checks: bool = boolean("Whether it reported pages without findings.", default=True)
    checked_rules: list[str] | None = _text_array("Rules that it checked; none means all.")
    checked_kinds: list[str] = texts("URL errors that it would have seen.")
    checked_urls: list[str] = texts("Pages that it checked.")
    whole_site: bool = boolean("Whether it checked every page of the site.", default=False)
    notes: list[str] = texts("What one has to know to read it.")
    counts: dict[str, Any] = json("Findings by outcome and severity.", default="{}")


class AuditRunFindings(SQLModel, table=True):
    """The findings of a run that ended in one way: their ids in the table of the entity."""

    __tablename__ = "audit_run_findings"

    audit_run_id: int = reference(
        "audit_runs", "The run.", on_delete="CASCADE", primary_key=True, index=False
    )
    entity: str = Field(primary_key=True, sa_type=Text, description="audits or url-errors.")
    outcome: str = Field(primary_key=True, sa_type=Text, description="new, open, resolved …")
    severity: str = Field(primary_key=True, sa_type=Text, description="As it was then.")
    ids: list[int] = Field(sa_type=ARRAY(BigInt), nullable=False, description="The findings.")
