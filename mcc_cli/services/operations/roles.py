"""Three group roles with exact rights: reader, editor, admin; people's own roles join them.

The admin owns mcc's tables, and so may migrate, prune and reset. An editor writes rows and runs;
the log of changes is written for everybody by triggers, and by nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection

READER, EDITOR, ADMIN = "mcc_reader", "mcc_editor", "mcc_admin"
ROLES = {
    READER: "reads everything, watches, exports",
    EDITOR: "also writes rows: create, update, delete, import, seed, ingest, link",
    ADMIN: "also owns the tables: migrates, prunes, resets",
}
ROWS = tuple(each.table for each in (*ENTITIES.values(), *LINKS.values()))
LOGS = ("runs", "audit_runs", "audit_run_findings")
EVENTS = ("change_events", "change_log")
# Who runs and with which role is the database's to say: see the defaults of the table.
RUN_COLUMNS = {
    "INSERT": "kind, entity, file, sha256, options, host, os_user, dry_run, backend_start, "
    "started_at",
    "UPDATE": "state, exit, counts, rejects, error, finished_at",
}
# The schema, the role that asks, and which of the grants are there before they are made; of roles
# that are being made, none is.
ABOUT = """SELECT n.nspname, current_user::text,
    coalesce(pg_has_role(e.oid, r.oid, 'MEMBER'), false),
    coalesce(pg_has_role(a.oid, e.oid, 'MEMBER'), false),
    coalesce(pg_has_role(current_user, a.oid, 'MEMBER'), false),
    coalesce(has_schema_privilege(r.oid, n.oid, 'USAGE'), false),
    coalesce(has_schema_privilege(a.oid, n.oid, 'USAGE, CREATE') AND
      has_schema_privilege(a.oid, n.oid, 'CREATE'), false),
    coalesce(has_database_privilege(r.oid, current_database(), 'CONNECT'), false),
    coalesce(has_database_privilege(e.oid, current_database(), 'TEMPORARY'), false)
  FROM pg_namespace AS n
  LEFT JOIN pg_roles AS r ON r.rolname = %(reader)s
  LEFT JOIN pg_roles AS e ON e.rolname = %(editor)s
  LEFT JOIN pg_roles AS a ON a.rolname = %(admin)s
  WHERE n.oid = (SELECT relnamespace FROM pg_class WHERE oid = 'runs'::regclass)"""
APPLIED = """SELECT coalesce((SELECT pg_get_userbyid(relowner) = %s FROM pg_class
  WHERE oid = to_regclass('runs')), false)"""
FUNCTIONS = """SELECT oid::regprocedure::text FROM pg_proc
  WHERE pronamespace = %s::regnamespace AND starts_with(proname, 'mcc_')"""
MEMBERS = """SELECT g.rolname, coalesce(array_agg(m.rolname ORDER BY m.rolname)
    FILTER (WHERE m.rolname IS NOT NULL AND m.rolname <> ALL(%(roles)s)), '{}')
  FROM pg_roles AS g LEFT JOIN pg_auth_members AS a ON a.roleid = g.oid
  LEFT JOIN pg_roles AS m ON m.oid = a.member WHERE g.rolname = ANY(%(roles)s) GROUP BY 1"""
RIGHTS = """SELECT t.name, r.rolname, has_table_privilege(r.oid, t.name, 'SELECT'),
    has_any_column_privilege(r.oid, t.name, 'INSERT'),
    has_any_column_privilege(r.oid, t.name, 'UPDATE'),
    has_table_privilege(r.oid, t.name, 'DELETE'), pg_has_role(r.oid, c.relowner, 'USAGE')
  FROM unnest(%s::text[]) WITH ORDINALITY AS t (name, place)
  JOIN pg_class AS c ON c.oid = to_regclass(t.name)
  CROSS JOIN pg_roles AS r WHERE r.rolname = ANY(%s) ORDER BY t.place, r.rolname"""
LETTERS = ("read", "insert", "update", "delete", "own")


def apply(connection: Connection, *, dry_run: bool = False) -> None:
    """Make the roles where they are missing, and give them these rights on mcc's tables, no other.

    Raises MccError E-DENIED for one who may not make roles or does not own the tables.
    """
    with translated(), connection.transaction(force_rollback=dry_run):
        for statement in _statements(connection):
            connection.execute(statement)


def applied(connection: Connection) -> bool:
    """Whether mcc's tables are the admin role's."""
    with translated():
        row = connection.execute(APPLIED, [ADMIN]).fetchone()
    return bool(row and row[0])


def present(connection: Connection) -> bool:
    """Whether the roles are there and have mcc's tables."""
    return applied(connection) and set(ROLES) <= show(connection).keys()


def wrong(connection: Connection) -> list[str]:
    """Where a role may do more or less than `apply` gives it, each as `role: table`.

    What everybody may is the reader's too.
    """
    found = []
    for role, about in show(connection).items():
        for table, rights in about["rights"].items():
            wanted = {"read"}
            if role != READER and table in ROWS:
                wanted |= {"insert", "update", "delete"}
            elif role != READER and table in LOGS:
                wanted |= {"insert", *(["update"] if table == LOGS[0] else [])}
            if role == ADMIN:
                wanted = set(LETTERS)
            if set(rights) != wanted:
                found.append(f"{role}: {table}")
    return found


def _statements(connection: Connection) -> Iterator[sql.Composed]:
    there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for role in ROLES:
        if role not in there:
            yield _sql("CREATE ROLE {} NOLOGIN", role)
    found = connection.execute(
        ABOUT, {"reader": READER, "editor": EDITOR, "admin": ADMIN}
    ).fetchone()
    assert found is not None
    schema, me, *there_are = found
    name = connection.info.dbname
    wanted = (
        _sql("GRANT {} TO {}", READER, EDITOR),
        _sql("GRANT {} TO {}", EDITOR, ADMIN),
        _sql("GRANT {} TO {}", ADMIN, me),  # only a member may give its things to a role
        _sql("GRANT USAGE ON SCHEMA {} TO {}", schema, READER),
        _sql("GRANT USAGE, CREATE ON SCHEMA {} TO {}", schema, ADMIN),
        _sql("GRANT CONNECT ON DATABASE {} TO {}", name, READER),
        _sql("GRANT TEMPORARY ON DATABASE {} TO {}", name, EDITOR),
    )
    for statement, made in zip(wanted, there_are, strict=True):
        if not made:  # an admin need not be able to
            yield statement
    all_ = [*ROWS, *LOGS, *EVENTS, "alembic_version"]
    for (function,) in connection.execute(FUNCTIONS, [schema]).fetchall():
        owner = sql.SQL("ALTER FUNCTION {} OWNER TO {}")
        yield owner.format(sql.SQL(function), sql.Identifier(ADMIN))  # quoted as it has to be
    for table in all_:
        yield _sql("ALTER TABLE {} OWNER TO {}", table, ADMIN)
        yield _sql("REVOKE ALL ON {} FROM PUBLIC, {}, {}", table, READER, EDITOR)
        yield _sql("GRANT SELECT ON {} TO {}", table, READER)
    for table in ROWS:
        yield _sql("GRANT INSERT, UPDATE, DELETE ON {} TO {}", table, EDITOR)
    for table in LOGS[1:]:
        yield _sql("GRANT INSERT ON {} TO {}", table, EDITOR)
    for right, columns in RUN_COLUMNS.items():
        names = sql.SQL(", ").join(map(sql.Identifier, columns.split(", ")))
        grant = sql.SQL("GRANT {} ({}) ON runs TO {}")
        yield grant.format(sql.SQL(right), names, sql.Identifier(EDITOR))


def show(connection: Connection) -> dict[str, dict[str, Any]]:
    """Each role that is there: what it is for, who is in it, and its rights by table."""
    names = list(ROLES)
    with translated():
        rows = connection.execute(MEMBERS, {"roles": names}).fetchall()
        members: dict[str, list[str]] = dict(rows)
        found: dict[str, dict[str, Any]] = {
            name: {"purpose": ROLES[name], "members": members[name], "rights": {}}
            for name in names
            if name in members
        }
        tables = [*ROWS, *LOGS, *EVENTS]
        for table, role, *rights in connection.execute(RIGHTS, [tables, names]):
            found[role]["rights"][table] = [
                word for word, right in zip(LETTERS, rights, strict=True) if right
            ]
    return found


def _sql(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
