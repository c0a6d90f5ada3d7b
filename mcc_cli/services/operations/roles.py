"""Three group roles with exact rights: reader, editor, admin. The roles of people are members.

The admin owns mcc's tables and functions, and so can migrate, prune and reset. An editor writes
rows and runs. Only triggers write the log of changes, for every role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.errors import MccError

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
# The database sets who runs, and with which role: see the defaults of the table.
RUN_COLUMNS = {
    "INSERT": "kind, entity, file, sha256, options, host, os_user, dry_run, backend_start, "
    "started_at",
    "UPDATE": "state, exit, counts, rejects, error, finished_at",
}
# The schema, the role that asks, and which of the grants exist already. From PostgreSQL 16 on, who
# creates a role is a member that may not SET ROLE to it, and so cannot give it anything.
ABOUT = """SELECT n.nspname, current_user::text,
    coalesce(pg_has_role(e.oid, r.oid, 'USAGE'), false),
    coalesce(pg_has_role(a.oid, e.oid, 'USAGE'), false),
    coalesce(pg_has_role(current_user, a.oid, {set}) AND
      pg_has_role(current_user, a.oid, 'USAGE'), false),
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
# Whether every role can create objects in the schema, and who could change that.
OPEN = """SELECT n.nspname, pg_get_userbyid(n.nspowner) FROM pg_namespace AS n
  WHERE n.oid = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('runs'))
    AND EXISTS (SELECT FROM aclexplode(n.nspacl) AS x
      WHERE x.grantee = 0 AND x.privilege_type = 'CREATE')"""
# What everybody was granted, on a table or on columns of it.
PUBLIC = """SELECT t.name FROM unnest(%s::text[]) WITH ORDINALITY AS t (name, place)
  JOIN pg_class AS c ON c.oid = to_regclass(t.name)
  WHERE EXISTS (SELECT FROM aclexplode(c.relacl) AS x WHERE x.grantee = 0)
    OR EXISTS (SELECT FROM pg_attribute AS a, aclexplode(a.attacl) AS x
      WHERE a.attrelid = c.oid AND x.grantee = 0)
  ORDER BY t.place"""
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


def apply(connection: Connection, *, dry_run: bool = False) -> list[str]:
    """Create the roles that are missing, and give them these rights on mcc's tables and no other.

    Returns what is not as it should be and what this role cannot change, each as a sentence.
    Raises MccError E-DENIED if this role cannot create roles or does not own the tables, or if a
    function with a signature of mcc's belongs to a stranger.
    """
    from mcc_cli.db import triggers

    with translated(), connection.transaction(force_rollback=dry_run):
        for function, owner in triggers.strangers(connection):
            raise MccError(
                "E-DENIED",
                f"the function {function} belongs to {owner}, who could change what it does",
                place="mcc db roles apply",
                fix=f"DROP FUNCTION {function} CASCADE; then: mcc doctor --fix",
            )
        for statement in _statements(connection):
            connection.execute(statement)
        return open_schema(connection)


def open_schema(connection: Connection) -> list[str]:
    """A sentence if every role can create objects in mcc's schema, with who can change that."""
    with translated():
        result = connection.execute(OPEN).fetchall()
    return [
        f"every role can create objects in schema {schema}; its owner {owner} can change that: "
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC"
        for schema, owner in result
    ]


def applied(connection: Connection) -> bool:
    """Whether mcc's tables are the admin role's."""
    with translated():
        row = connection.execute(APPLIED, [ADMIN]).fetchone()
    return bool(row and row[0])


def present(connection: Connection) -> bool:
    """Whether the roles are there and have mcc's tables."""
    return applied(connection) and set(ROLES) <= show(connection).keys()


def wrong(connection: Connection) -> list[str]:
    """Where a role has more or fewer rights than `apply` gives it, each as `role: table`."""
    tables = [*ROWS, *LOGS, *EVENTS, "alembic_version"]
    with translated():
        result = [f"PUBLIC: {table}" for (table,) in connection.execute(PUBLIC, [tables])]
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
                result.append(f"{role}: {table}")
    return result


def _statements(connection: Connection) -> Iterator[sql.Composed]:
    from mcc_cli.db import triggers
    from mcc_cli.entities.schema import event_triggers

    there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    for role in ROLES:
        if role not in there:
            yield _sql("CREATE ROLE {} NOLOGIN", role)
    modern = connection.info.server_version >= 160000
    about = sql.SQL(ABOUT).format(set=sql.Literal("SET" if modern else "MEMBER"))
    result = connection.execute(
        about, {"reader": READER, "editor": EDITOR, "admin": ADMIN}
    ).fetchone()
    assert result is not None
    schema, me, *there_are = result
    name = connection.info.dbname
    wanted = (
        _sql("GRANT {} TO {}", READER, EDITOR),
        _sql("GRANT {} TO {}", EDITOR, ADMIN),
        # Only a member can give objects to a role.
        _sql("GRANT {} TO {}" + (" WITH INHERIT TRUE, SET TRUE" if modern else ""), ADMIN, me),
        _sql("GRANT USAGE ON SCHEMA {} TO {}", schema, READER),
        _sql("GRANT USAGE, CREATE ON SCHEMA {} TO {}", schema, ADMIN),
        _sql("GRANT CONNECT ON DATABASE {} TO {}", name, READER),
        _sql("GRANT TEMPORARY ON DATABASE {} TO {}", name, EDITOR),
    )
    for statement, granted in zip(wanted, there_are, strict=True):
        if not granted:  # the admin role itself may lack the right to grant it
            yield statement
    yield _sql("REVOKE CREATE ON SCHEMA {} FROM PUBLIC", schema)  # warns if it cannot
    all_ = [*ROWS, *LOGS, *EVENTS, "alembic_version"]
    for function, arguments in triggers.functions().items():
        owner = sql.SQL("ALTER FUNCTION {}.{}({}) OWNER TO {}")
        names = map(sql.Identifier, (schema, function))
        yield owner.format(*names, sql.SQL(arguments), sql.Identifier(ADMIN))
        if function.startswith(event_triggers.PREFIX):
            yield _sql("REVOKE ALL ON FUNCTION {}.{}() FROM PUBLIC", schema, function)
    for table in all_:
        yield _sql("ALTER TABLE {} OWNER TO {}", table, ADMIN)
        yield _sql("REVOKE ALL ON {} FROM PUBLIC, {}, {}", table, READER, EDITOR)
        yield _sql("GRANT SELECT ON {} TO {}", table, READER)
    for table in ROWS:
        yield _sql("GRANT INSERT, UPDATE, DELETE ON {} TO {}", table, EDITOR)
    for table in LOGS[1:]:
        yield _sql("GRANT INSERT ON {} TO {}", table, EDITOR)
    for right, columns in RUN_COLUMNS.items():
        listed = sql.SQL(", ").join(map(sql.Identifier, columns.split(", ")))
        grant = sql.SQL("GRANT {} ({}) ON runs TO {}")
        yield grant.format(sql.SQL(right), listed, sql.Identifier(EDITOR))


def show(connection: Connection) -> dict[str, dict[str, Any]]:
    """Each role that is there: what it is for, who is in it, and its rights by table."""
    names = list(ROLES)
    with translated():
        rows = connection.execute(MEMBERS, {"roles": names}).fetchall()
        members: dict[str, list[str]] = dict(rows)
        result: dict[str, dict[str, Any]] = {
            name: {"purpose": ROLES[name], "members": members[name], "rights": {}}
            for name in names
            if name in members
        }
        tables = [*ROWS, *LOGS, *EVENTS]
        for table, role, *rights in connection.execute(RIGHTS, [tables, names]):
            result[role]["rights"][table] = [
                word for word, right in zip(LETTERS, rights, strict=True) if right
            ]
    return result


def _sql(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
