"""The change log: every change of any table, by any client, once, and told right."""

from __future__ import annotations

import pytest

from mcc_cli.entities.catalog import ENTITIES, LINKS

pytestmark = pytest.mark.db

TABLES = sorted(each.table for each in (*ENTITIES.values(), *LINKS.values()))
WHEN = {"insert", "update", "delete", "truncate"}
KEPT = {"id", "updated_at", "version_number"}
WHAT = "name, keys, changed"


def logged(connection, fields=WHAT):
    """The log as it is, oldest first."""
    return connection.execute(f"SELECT {fields} FROM change_events ORDER BY id").fetchall()


@pytest.fixture
def write(connection):
    """Execute statements on an empty log, and give what they leave there."""

    def call(*statements, fields=WHAT):
        connection.execute("DELETE FROM change_events")
        for statement in statements:
            connection.execute(statement)
        return logged(connection, fields)

    return call


@pytest.fixture
def rows(connection):
    """A service with a sub-service, two contents and their links, and who made them."""
    connection.execute("""
        INSERT INTO users (email, name) VALUES ('ana@x.example', 'Ana');
        INSERT INTO brands (name) VALUES ('Acme');
        INSERT INTO services (service_name, content_owner_id)
          SELECT 'Technical SEO', id FROM users;
        INSERT INTO sub_services (sub_service_name, service_id) SELECT 'Logs', id FROM services;
        INSERT INTO content_repository (title, brand_id)
          SELECT t, id FROM brands, unnest(ARRAY['One', 'Two']) AS t;
        INSERT INTO content_service_links (content_id, service_id, created_by_id)
          SELECT c.id, s.id, u.id FROM content_repository AS c, services AS s, users AS u""")


def lacking(connection):
    """What no trigger of the log sees: (table, trigger or column)."""
    found = connection.execute("""
        SELECT c.relname, g.tgname, p.prosrc FROM pg_trigger AS g
        JOIN pg_class AS c ON c.oid = g.tgrelid JOIN pg_proc AS p ON p.oid = g.tgfoid
        WHERE NOT g.tgisinternal AND g.tgenabled = 'O' AND starts_with(g.tgname, 'mcc_log_')
          AND (g.tgtype & 1) = 0""").fetchall()
    columns = connection.execute("""
        SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r'
          AND c.relnamespace = 'public'::regnamespace""").fetchall()
    source = {table: text for table, name, text in found if name == "mcc_log_update"}
    seen = {(table, name) for table, name, _ in found}
    gone = {(table, f"mcc_log_{each}") for table in TABLES for each in WHEN} - seen
    entities = {each.table for each in ENTITIES.values()}
    gone |= {
        (table, column)
        for table, column in columns
        if table in entities and column not in KEPT
        if f"n.{column} IS DISTINCT FROM o.{column} " not in source.get(table, "")
    }
    return gone


def test_the_log_sees_every_table_and_every_column(connection):
    assert lacking(connection) == set()


def test_a_table_or_a_column_without_the_log_would_be_found(connection):
    connection.execute("ALTER TABLE brands ADD COLUMN extra text")
    connection.execute("DROP TRIGGER mcc_log_truncate ON forms")
    assert lacking(connection) == {("brands", "extra"), ("forms", "mcc_log_truncate")}


def test_the_functions_run_as_their_owner_with_a_path_of_their_own_and_are_nobodys(connection):
    found = connection.execute("""
        SELECT prosecdef, proconfig, has_function_privilege('public', oid, 'EXECUTE')
        FROM pg_proc WHERE starts_with(proname, 'mcc_log_')""").fetchall()
    assert len(found) == len(TABLES) + 1
    assert {(a, tuple(b), c) for a, b, c in found} == {
        (True, ("search_path=pg_catalog, pg_temp",), False)
    }


def test_rows_made_changed_and_deleted_are_told_by_key(write):
    assert write(
        "INSERT INTO brands (name) VALUES ('A'), ('B')",
        "UPDATE brands SET code = name, website = 'https://a.example' WHERE name = 'A'",
        "DELETE FROM brands",
    ) == [
        ("brand_created", ["A", "B"], None),
        ("brand_updated", ["A"], ["code", "website"]),
        ("brand_deleted", ["B", "A"], None),
    ]


def test_an_event_tells_the_rows_the_entity_the_transaction_and_who(write, connection):
    (found,) = write(
        "INSERT INTO industry_sectors (industry, sector) VALUES ('Energy', 'Solar')",
        fields="""entity, operation, keys, others, ids = (SELECT array_agg(id)
          FROM industry_sectors), actor = session_user, program = current_setting(
          'application_name'), xid = pg_current_xact_id(), details""",
    )
    assert found == (
        *("industry-sectors", "created", ["Energy/Solar"], None),
        *(True, True, None, True, None),
    )
    assert connection.execute("SELECT max(at) > now() FROM change_events").fetchone() == (True,)


def test_the_key_of_a_sub_service_has_its_service_in_it(write, rows):
    assert write("UPDATE sub_services SET description = 'x'") == [
        ("sub_service_updated", ["technical-seo/logs"], ["description"])
    ]
    # a reference is named as its field
    assert write("UPDATE services SET brand_id = (SELECT id FROM brands), slug = 'seo'") == [
        ("service_updated", ["seo"], ["slug", "brand"])
    ]


def test_an_update_that_changes_nothing_leaves_no_event(write, rows):
    for table in TABLES:
        column = "created_by_id" if table.endswith("_links") else "created_at"
        assert write(f"UPDATE {table} SET {column} = {column}") == []
    assert write("UPDATE services SET updated_at = '2001-01-01', version_number = 77") == []
    assert (
        write(
            "ALTER TABLE services DISABLE TRIGGER mcc_90_touch",
            "UPDATE services SET updated_at = '2001-01-01', version_number = 77",
        )
        == []
    )


def test_a_statement_over_no_rows_leaves_no_event(write):
    never = "WHERE false"
    assert (
        write(
            f"INSERT INTO brands (name) SELECT 'A' {never}",
            f"UPDATE brands SET name = 'B' {never}",
            f"DELETE FROM brands {never}",
        )
        == []
    )


def test_many_rows_at_once_are_chunks_with_ids_and_keys_in_one_order(write, connection):
    found = write(
        "INSERT INTO brands (name) SELECT 'b' || n FROM generate_series(1, 2500) AS n",
        fields="name, cardinality(ids), ids, keys",
    )
    assert [each[:2] for each in found] == [("brand_created", n) for n in (1000, 1000, 500)]
    names = dict(connection.execute("SELECT id, name FROM brands").fetchall())
    assert [key for each in found for key in each[3]] == [f"b{n}" for n in range(1, 2501)]
    for _, _, ids, keys in found:
        assert [names[number] for number in ids] == keys
    assert [n for _, n in write("DELETE FROM brands", fields="name, cardinality(ids)")] == [
        *(1000, 1000, 500)
    ]


def test_rows_of_one_update_are_told_apart_by_what_changed(write, connection):
    connection.execute("INSERT INTO brands (name) SELECT 'b' || n FROM generate_series(1, 1200) n")
    found = write(
        """UPDATE brands SET code = CASE WHEN id % 3 = 0 THEN 'c' || id ELSE code END,
             industry = CASE WHEN id % 3 = 1 THEN 'i' ELSE industry END""",
        fields="changed, cardinality(ids), ids",
    )
    assert len(found) == 2
    assert sum(n for changed, n, _ in found if changed == ["code"]) == 400
    assert sum(n for changed, n, _ in found if changed == ["industry"]) == 400
    for changed, _, ids in found:
        assert {number % 3 for number in ids} == {0 if changed == ["code"] else 1}


def test_links_are_told_of_the_content_with_what_it_is_linked_to(write, rows):
    fields = "entity, name, operation, keys, others"
    ((*about, keys, others),) = write(
        """INSERT INTO content_sub_service_links (content_id, sub_service_id)
           SELECT c.id, s.id FROM content_repository AS c, sub_services AS s""",
        fields=fields,
    )
    assert about == ["content", "content_linked", "linked"]
    assert sorted(keys) == ["one", "two"]
    assert others == ["sub-services:technical-seo/logs"] * 2
    one = "content_id = (SELECT id FROM content_repository WHERE slug = 'one')"
    assert write(f"DELETE FROM content_service_links WHERE {one}", fields=fields) == [
        ("content", "content_unlinked", "unlinked", ["one"], ["services:technical-seo"])
    ]


def test_a_link_that_is_moved_is_one_less_and_one_more(write, rows, connection):
    connection.execute("INSERT INTO services (service_name) VALUES ('Other')")
    assert write(
        """UPDATE content_service_links SET service_id = (SELECT id FROM services
             WHERE slug = 'other') WHERE content_id = (SELECT min(content_id)
             FROM content_service_links)""",
        fields="name, keys, others",
    ) == [
        ("content_unlinked", ["one"], ["services:technical-seo"]),
        ("content_linked", ["one"], ["services:other"]),
    ]


def test_a_row_whose_id_changes_is_gone_and_new(write, rows):
    assert write(
        "DELETE FROM content_repository",
        "UPDATE brands SET id = 900",
        fields="name, keys, ids[1] = 900",
    )[-2:] == [
        ("brand_deleted", ["Acme"], False),
        ("brand_created", ["Acme"], True),
    ]


def test_truncate_is_an_event_of_each_table_it_reaches(write, rows):
    found = write("TRUNCATE content_repository CASCADE", fields="name, ids, keys")
    assert {("content_truncated", (), ()), ("content_service_links_truncated", (), ())} <= {
        (name, tuple(ids), tuple(keys)) for name, ids, keys in found
    }


def in_order(found):
    """Events with their keys sorted: the rows of a statement have no order."""
    return [(name, sorted(keys), rest) for name, keys, rest in found]


def test_what_a_delete_takes_with_it_is_told_of_the_others(write, rows, connection):
    number = connection.execute("SELECT id FROM services").fetchone()[0]
    connection.execute("DELETE FROM sub_services")
    found = in_order(write("DELETE FROM services", fields="name, keys, others"))
    assert ("content_unlinked", ["one", "two"], [f"services:id={number}"] * 2) in found
    assert ("service_deleted", ["technical-seo"], None) in found
    found = in_order(write("DELETE FROM brands"))
    assert ("content_updated", ["one", "two"], ["brand"]) in found
    assert ("brand_deleted", ["Acme"], None) in found
    assert ("user_deleted", ["ana@x.example"], None) in write("DELETE FROM users")


def test_an_upsert_is_told_as_what_it_did(write, rows):
    assert sorted(
        write(
            """INSERT INTO brands (name, code) VALUES ('Acme', 'AC'), ('New', 'N')
           ON CONFLICT (name) DO UPDATE SET code = excluded.code""",
            """INSERT INTO brands (name, code) VALUES ('Acme', 'AC'), ('New', 'N')
           ON CONFLICT (name) DO UPDATE SET code = excluded.code""",
            """MERGE INTO brands USING (VALUES ('New')) AS v (n) ON name = n
           WHEN MATCHED THEN DELETE""",
        )
    ) == [
        ("brand_created", ["New"], None),
        ("brand_deleted", ["New"], None),
        ("brand_updated", ["Acme"], ["code"]),
    ]


def test_what_is_rolled_back_leaves_no_event(write, connection):
    connection.execute("DELETE FROM change_events")
    with connection.transaction(force_rollback=True):
        connection.execute("INSERT INTO brands (name) VALUES ('A')")
        assert len(logged(connection)) == 1
    assert logged(connection) == []


@pytest.mark.parametrize("nestloop", ["on", "off"])
def test_a_large_change_after_a_small_one_of_the_session_ends(write, rows, connection, nestloop):
    """A plan that is kept from the small one would take minutes."""
    connection.execute("SET LOCAL statement_timeout = '60s'")
    connection.execute(f"SET LOCAL enable_nestloop = {nestloop}")
    many = "generate_series(1, 20000) AS n"
    made = write(
        "INSERT INTO keywords (keyword) VALUES ('one')",
        "UPDATE keywords SET search_volume = 1",
        "INSERT INTO sub_services (sub_service_name, service_id) SELECT 'x', id FROM services",
        f"INSERT INTO keywords (keyword) SELECT 'k' || n FROM {many}",
        "UPDATE keywords SET search_volume = 2",
        f"""INSERT INTO content_repository (title) SELECT 'c' || n FROM {many}""",
        """INSERT INTO content_service_links (content_id, service_id)
           SELECT c.id, s.id FROM content_repository AS c, services AS s ON CONFLICT DO NOTHING""",
        "DELETE FROM content_service_links",
        "DELETE FROM keywords",
        fields="name, cardinality(ids)",
    )
    total = {}
    for name, number in made:
        total[name] = total.get(name, 0) + number
    assert total == {
        "keyword_created": 20001,
        "keyword_updated": 20002,
        "keyword_deleted": 20001,
        "sub_service_created": 1,
        "content_created": 20000,
        "content_linked": 20000,
        "content_unlinked": 20002,
    }


@pytest.fixture
def renewed(connection):
    """Bring the triggers up to date, without some columns of the brands."""
    from mcc_cli.db import triggers

    def call(*without):
        for column in without:
            connection.execute(f"ALTER TABLE brands DROP COLUMN {column}")
        triggers.sync(connection)

    return call


def test_a_table_can_have_more_columns_than_a_number_has_bits(write, renewed, monkeypatch):
    monkeypatch.setattr("mcc_cli.entities.schema.event_sql.BITS", 2)
    renewed()
    fields = {"name": "n", "code": "c", "industry": "i", "website": "https://a.example"}
    for names in (["name"], ["website"], ["code", "website"], ["name", "code", "industry"]):
        values = ", ".join(f"{name} = '{fields[name]}'" for name in names)
        insert = "INSERT INTO brands (name) VALUES ('A')"
        ((_, _, changed),) = write(insert, f"UPDATE brands SET {values}", "DELETE FROM brands")[1:2]
        assert sorted(changed) == sorted(names)


def test_at_a_revision_without_a_column_the_log_does_not_look_at_it(write, renewed, connection):
    connection.execute("INSERT INTO brands (name) VALUES ('A')")
    renewed("website")
    assert write("UPDATE brands SET code = 'c'") == [("brand_updated", ["A"], ["code"])]
