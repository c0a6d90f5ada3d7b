"""What has to be right before a database is migrated: nothing is written until it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcc_cli.db.revisions import REVISIONS
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

ENCODING = "UTF8"
TABLES = [each.table for each in (*ENTITIES.values(), *LINKS.values())]
LOGS = ["runs", "audit_runs", "audit_run_findings", "change_events", "change_log"]
# Where alembic_version is, else where tables are created; and who may create or change them there.
PLACE = """SELECT p.schema, current_user::text, v.oid IS NOT NULL,
    has_schema_privilege(p.schema, 'CREATE'),
    pg_get_userbyid(v.relowner)::text, pg_has_role(v.relowner, 'USAGE')
  FROM (SELECT to_regclass('alembic_version') AS oid) AS o
  LEFT JOIN pg_class AS v ON v.oid = o.oid
  CROSS JOIN LATERAL (SELECT coalesce((SELECT nspname FROM pg_namespace
    WHERE oid = v.relnamespace), current_schema()) AS schema) AS p"""
PRESENT = """SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n
    ON n.oid = c.relnamespace
  WHERE n.nspname = %s AND c.relname = ANY (%s) ORDER BY 1"""
OWN_SCHEMA = "mcc db migrate --schema mcc"
LISTED = 5


@dataclass(frozen=True)
class Place:
    """The schema of mcc's tables in a database, and what is there."""

    schema: str | None
    role: str
    versioned: bool  # a table alembic_version is there
    creates: bool
    owner: str | None
    owns: bool
    tables: list[str]

    @property
    def ours(self) -> bool:
        """Whether the tables are mcc's: most of them are there, and not just some common names."""
        return len(self.tables) > len(TABLES) / 2


def encoding(connection: Connection) -> MccError | None:
    """The error for a database that cannot hold every text."""
    result = connection.info.parameter_status("server_encoding")
    if result in (None, ENCODING):
        return None
    name = connection.info.dbname
    return MccError(
        "E-SCHEMA",
        f"the encoding of the database is {result}; mcc needs {ENCODING}",
        place=name,
        fix=f"use a new database: createdb --template template0 --encoding UTF8 {name}_utf8",
    )


def place(connection: Connection) -> Place:
    """Where mcc's tables are or will be."""
    row = connection.execute(PLACE).fetchone()
    assert row is not None
    schema, role, versioned, creates, owner, owns = row
    names = [*TABLES, *LOGS]
    result = [item for (item,) in connection.execute(PRESENT, [schema, names])]
    return Place(schema, role, versioned, bool(creates), owner, bool(owns), result)


def foreign(connection: Connection, revision: str | None) -> MccError | None:
    """The error for a revision that is not of mcc, or for mcc's tables without a revision."""
    here = place(connection)
    name = connection.info.dbname
    if revision is None:
        if not here.ours:
            return None
        return MccError(
            "E-SCHEMA",
            "mcc's tables are here, but "
            + ("alembic_version is empty" if here.versioned else "there is no alembic_version"),
            place=name,
            hint="a dump was restored in part",
            fix="restore all of the dump into an empty database",
        )
    known = revision in REVISIONS or re.fullmatch(r"\d{4}", revision)
    if known and here.ours:
        return None
    return MccError(
        "E-SCHEMA",
        f"alembic_version belongs to another program (revision {revision}); "
        "mcc's tables are not here",
        place=name,
        fix=f"{OWN_SCHEMA}, or name another database",
    )


def check(connection: Connection, revision: str | None) -> None:
    """Raise MccError E-SCHEMA or E-DENIED if the database cannot be migrated from `revision`."""
    from mcc_cli.db import triggers

    for error in (encoding(connection), foreign(connection, revision)):
        if error:
            raise error
    here = place(connection)
    name = connection.info.dbname
    if here.schema is None:
        raise MccError(
            "E-SCHEMA",
            "search_path names no schema that exists",
            place=name,
            fix=f"create one: {OWN_SCHEMA}",
        )
    if revision is not None and not here.owns:
        raise MccError(
            "E-DENIED",
            f"the tables belong to {here.owner}: {here.role} cannot migrate them",
            place=name,
            hint="after mcc db roles apply, members of mcc_admin can",
            fix=f"migrate as {here.owner}, or: GRANT {here.owner} TO {here.role}",
        )
    if revision is None and here.tables:
        raise _in_the_way(name, here.schema, "tables", here.tables)
    if revision is None and not here.creates:
        raise MccError(
            "E-DENIED",
            f"{here.role} cannot create tables in schema {here.schema}",
            place=name,
            fix=f"GRANT CREATE ON SCHEMA {here.schema} TO {here.role}; or {OWN_SCHEMA}",
        )
    if strangers := triggers.strangers(connection):
        owned = [f"{function} of {owner}" for function, owner in strangers]
        raise _in_the_way(name, here.schema, "functions", owned)
    if revision is None and (left := triggers.present(connection)):
        raise MccError(
            "E-SCHEMA",
            f"functions of mcc are here without its tables: {', '.join(left[:LISTED])}",
            place=name,
            hint="a dump was restored in part, or tables were dropped by hand",
            fix=f"mcc db reset --yes --confirm {name}",
        )


def _in_the_way(name: str, schema: str, what: str, found: list[str]) -> MccError:
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return MccError(
        "E-SCHEMA",
        f"{what} of another program are in the way in schema {schema}: "
        f"{', '.join(found[:LISTED])}{more}",
        place=name,
        fix=f"{OWN_SCHEMA}, or name another database",
    )
