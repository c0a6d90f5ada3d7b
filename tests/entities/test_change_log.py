"""The change log as a whole: who may use it, when it rings, what runs leave in it, how it ends."""

from __future__ import annotations

import io

import psycopg
import pytest
from locks import ADVISORY
from pruning import prune
from psycopg import sql

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.db import schema
from mcc_cli.entities.schema import change_event
from mcc_cli.services.history import event_log, run_writer

pytestmark = pytest.mark.db


def logged(connection, fields="name, keys, changed"):
    """The log as it is, oldest first."""
    return connection.execute(f"SELECT {fields} FROM change_events ORDER BY id").fetchall()


def test_a_role_without_rights_on_the_log_writes_and_can_neither_read_nor_forge(database):
    with psycopg.connect(database, autocommit=True) as owner:
        role = sql.Identifier(f"writer_{owner.info.backend_pid}")
        owner.execute(sql.SQL("CREATE ROLE {}").format(role))
        try:
            owner.execute(
                sql.SQL("GRANT INSERT, UPDATE, DELETE, SELECT ON brands TO {}").format(role)
            )
            owner.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(role))
            with psycopg.connect(database, autocommit=True) as opened:
                opened.execute(sql.SQL("SET ROLE {}").format(role))
                opened.execute("CREATE TEMPORARY TABLE change_events (entity text)")
                opened.execute("INSERT INTO brands (name) VALUES ('A')")
                opened.execute("UPDATE brands SET code = 'x'")
                opened.execute("DELETE FROM brands")
                opened.execute("DROP TABLE change_events")
                opened.execute("CREATE TABLE mine (id bigint, name text)")
                for forbidden in (
                    "SELECT * FROM change_events",
                    "SELECT * FROM change_log",
                    "DELETE FROM change_events",
                    """INSERT INTO change_events (entity, name, operation, ids, keys)
                       VALUES ('brands', 'brand_created', 'created', '{1}', '{A}')""",
                    "SELECT mcc_log_brands()",
                    """CREATE TRIGGER forge AFTER INSERT ON mine REFERENCING NEW TABLE AS mcc_rows
                       FOR EACH STATEMENT EXECUTE FUNCTION mcc_log_brands()""",
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        opened.execute(forbidden)
            assert [name for name, *_ in logged(owner)] == [
                *("brand_created", "brand_updated", "brand_deleted")
            ]
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {}; DROP ROLE {}").format(role, role))


def test_the_bell_rings_only_while_somebody_watches(database):
    key = list(change_event.GATE)
    with (
        psycopg.connect(database, autocommit=True) as hearing,
        psycopg.connect(database, autocommit=True) as watching,
        psycopg.connect(database, autocommit=True) as writing,
    ):
        hearing.execute(sql.SQL("LISTEN {}").format(sql.Identifier(change_event.CHANNEL)))

        def heard():
            writing.execute("UPDATE brands SET code = coalesce(code, '') || 'x'")
            writing.execute("NOTIFY mcc_events, 'end'")
            found = []
            for each in hearing.notifies(timeout=20):
                if each.payload == "end":
                    return found
                found.append(each.payload)
            raise AssertionError(found)

        writing.execute("INSERT INTO brands (name) VALUES ('A')")
        assert heard() == []
        watching.execute("SELECT pg_advisory_lock_shared(%s, %s)", key)
        assert heard() == [""]
        with psycopg.connect(database, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock_shared(%s, %s)", key)
            assert heard() == [""]
            other.execute("SELECT pg_advisory_unlock_shared(%s, %s)", key)
        watching.execute("SELECT pg_advisory_unlock_shared(%s, %s)", key)
        assert heard() == []
        assert writing.execute(f"{ADVISORY} AND classid = %s", key[:1]).fetchone() == (0,)


@pytest.mark.parametrize("kind", ["import", "seed", "quickstart", "ingest"])
def test_a_run_that_ends_is_an_event_whoever_ends_it(connection, kind):
    begun = run_writer.begin(
        connection, kind, entity="brands", file="b.csv", dry_run=kind == "seed"
    )
    assert logged(connection) == []
    run_writer.finish(connection, begun, "failed", 4, {"read": 2}, error="no")
    connection.execute("UPDATE runs SET exit = 5")  # it has ended already
    ((*found, details),) = logged(
        connection, "entity, name, operation, ids, keys, program, details"
    )
    code = begun.code
    program = f"mcc {kind} run {code}"
    assert found == ["runs", f"{kind}_finished", "finished", [begun.id], [code], program]
    assert details == {
        **{"kind": kind, "entity": "brands", "file": "b.csv", "state": "failed", "exit": 4},
        **{"dry_run": kind == "seed", "counts": {"read": 2}, "error": "no"},
    }


def test_the_log_is_in_the_schema_of_the_tables_whichever_that_is(empty_database):
    options = "-c search_path=elsewhere"
    with psycopg.connect(empty_database, autocommit=True, options=options) as opened:
        opened.execute('CREATE SCHEMA elsewhere; CREATE SCHEMA "Odd name"')
        schema.migrate(opened, lambda _: None)
        opened.execute("SET search_path = pg_catalog")
        opened.execute("INSERT INTO elsewhere.brands (name) VALUES ('A')")
        assert opened.execute("SELECT name FROM elsewhere.change_events").fetchall() == [
            ("brand_created",)
        ]


def call(database, *arguments):
    out, err = io.StringIO(), io.StringIO()
    code = run([*arguments, "--database-url", database], State(out=out, err=err))
    return code, out.getvalue(), err.getvalue()


def test_an_event_names_the_command_and_the_user_that_as_names(database):
    def did(*arguments):
        code, _, err = call(database, *arguments)
        assert code == 0, err
        with psycopg.connect(database) as opened:
            return logged(opened, "name, actor, program")[-1]

    role = did("users", "create", "--email", "Ana@x.example", "--name", "Ana")[1]
    assert role == "mcc"
    ana = "Ana@x.example"
    create = ("brands", "create", "--name")
    program = "mcc brands create"
    assert did(*create, "A") == ("brand_created", role, program)
    assert did(*create, "B", "--as", "ana@x.example") == ("brand_created", ana, program)
    assert did("--as", "1", *create, "C") == ("brand_created", ana, program)
    code, _, err = call(database, *create, "D", "--as", "nobody@x.example")
    assert (code, "E-REF" in err) == (4, True)
    code, _, err = call(database, "brands", "list", "--field", "name")
    assert code == 0


def test_an_import_leaves_few_events_and_its_run(database, tmp_path):
    path = tmp_path / "keywords.csv"
    path.write_text("keyword\n" + "".join(f"k{n}\n" for n in range(6001)), "utf-8")
    for _ in range(2):  # the second changes nothing
        code, _, err = call(database, "keywords", "import", str(path))
        assert code == 0, err
    call(database, "keywords", "import", str(path), "--dry-run")
    with psycopg.connect(database, autocommit=True) as opened:
        codes = [code for (code,) in opened.execute("SELECT code FROM runs ORDER BY id")]
        programs = [f"mcc import run {code}" for code in codes]
        assert logged(opened, "name, cardinality(ids), program, details -> 'dry_run'") == [
            *[("keyword_created", 1000, programs[0], None)] * 6,
            ("keyword_created", 1, programs[0], None),
            *[("import_finished", 1, each, each == programs[2]) for each in programs],
        ]


def test_pruning_takes_what_is_old_and_keeps_how_far(connection):
    connection.execute("DELETE FROM change_events")
    for name in "ABCD":
        connection.execute("INSERT INTO brands (name) VALUES (%s)", [name])
    ids = [number for (number,) in logged(connection, "id")]
    connection.execute(
        "UPDATE change_events SET at = at - interval '40 days' WHERE id = ANY(%s)",
        [[ids[0], ids[1], ids[3]]],  # the last after one that is not old: ids decide
    )
    about = "SELECT pruned_to, pruned_at IS NOT NULL, pruned_xid = pg_current_xact_id() "
    assert event_log.old_events(connection, 30 * 86400).number == 2
    assert connection.execute(about + "FROM change_log").fetchone() == (0, False, None)
    assert prune(connection, 30 * 86400) == 2
    assert logged(connection, "id") == [(ids[2],), (ids[3],)]
    assert connection.execute(about + "FROM change_log").fetchone() == (ids[1], True, True)
    assert prune(connection, 30 * 86400) == 0
    assert connection.execute("SELECT pruned_to FROM change_log").fetchone() == (ids[1],)
    connection.execute("UPDATE change_events SET at = at - interval '40 days'")
    assert prune(connection, 30 * 86400) == 2
    assert connection.execute("SELECT pruned_to FROM change_log").fetchone() == (ids[3],)
    assert prune(connection, 1) == 0


def test_the_log_has_one_row_about_itself(connection):
    assert connection.execute("SELECT pruned_to FROM change_log").fetchall() == [(0,)]
    for forbidden in ("DEFAULT VALUES", "(one) VALUES (false)"):
        with pytest.raises(psycopg.IntegrityError), connection.transaction():
            connection.execute(f"INSERT INTO change_log {forbidden}")


def test_nobody_passes_for_another_role_or_for_nobody(connection):
    connection.execute("INSERT INTO users (email, name) VALUES ('ana@x.example', 'Ana')")
    for claimed in ("postgres", "nobody@x.example", "ana@x.example", ""):
        connection.execute("SELECT set_config('mcc.actor', %s, true)", [claimed])
        connection.execute("INSERT INTO brands (name) VALUES (%s)", [f"By {claimed}"])
    found = connection.execute(
        "SELECT actor FROM change_events WHERE name = 'brand_created' ORDER BY id DESC LIMIT 4"
    ).fetchall()
    role = connection.execute("SELECT session_user").fetchone()
    assert found == [role, ("ana@x.example",), role, role]
