"""What the database sets by itself, and what deleting a row does to others: plain SQL only."""

from __future__ import annotations

import re

import pytest
from psycopg import errors as pg

from mcc_cli.entities.catalog import ENTITIES, LINKS
from mcc_cli.entities.schema.base import KEY

pytestmark = pytest.mark.db

OLD = "2020-01-01Z"
FINDINGS = ("url_errors", "on_page_seo_audits")
ROWS = (
    "users (email, name) VALUES ('ada@x.example', 'Ada')",
    "brands (name) VALUES ('Acme')",
    "countries (code, country_name) VALUES ('GB', 'United Kingdom')",
    "industry_sectors (industry, sector) VALUES ('Health', 'Dental')",
    "content_types (content_type) VALUES ('Page')",
    "asset_types (asset_type) VALUES ('Banner')",
    "personas (persona_name) VALUES ('Buyer')",
    "forms (form_name) VALUES ('Contact')",
    "workflow_stages (workflow_name, stage_label, stage_order) VALUES ('Post', 'Draft', 1)",
    "projects (project_name) VALUES ('Relaunch')",
    "campaigns (campaign_name) VALUES ('Spring')",
    "tasks (name) VALUES ('Write')",
    "services (service_name) VALUES ('SEO')",
    "sub_services (service_id, sub_service_name) SELECT id, 'Logs' FROM services",
    "content_repository (title) VALUES ('Guide')",
    "service_pages (url, page_title) VALUES ('https://x.example/', 'Home')",
    "keywords (keyword) VALUES ('audit')",
    "backlinks (source_url) VALUES ('https://blog.example/a')",
    "url_errors (url, error_type) VALUES ('https://x.example/a', 'not_found')",
    "on_page_seo_audits (url, error_type) VALUES ('https://x.example/a', 'title')",
    "qc_checklists (checklist_name) VALUES ('Page')",
    "qc_runs (qc_checklist_id, service_id) SELECT c.id, s.id FROM qc_checklists c, services s",
    "content_service_links (content_id, service_id)"
    " SELECT c.id, s.id FROM content_repository c, services s",
    "content_sub_service_links (content_id, sub_service_id)"
    " SELECT c.id, s.id FROM content_repository c, sub_services s",
)


@pytest.fixture
def db(connection):
    """A connection to a database with a row in every table, all of them years old."""
    for row in ROWS:
        connection.execute(f"INSERT INTO {row}")
    connection.execute("SET LOCAL session_replication_role = replica")
    for entity in ENTITIES.values():
        connection.execute(f"UPDATE {entity.table} SET updated_at = '{OLD}'")
    connection.execute(f"UPDATE content_repository SET last_status_update_at = '{OLD}'")
    connection.execute("SET LOCAL session_replication_role = origin")
    return connection


def one(db, query, *values):
    """The first row of a query, or its only value."""
    row = db.execute(query, values or None).fetchone()
    return row[0] if row is not None and len(row) == 1 else row


TOUCHED = [
    e for e in ENTITIES.values() if any(f"{e.table} (" in row[: len(e.table) + 2] for row in ROWS)
]


@pytest.mark.parametrize("entity", TOUCHED, ids=[e.name for e in TOUCHED])
def test_updated_at_moves_with_a_real_change_alone(db, entity):
    table = entity.table
    column = next(
        c.name
        for c in entity.columns
        if c.type == "text" and c.rule in (None, KEY.sentence) and not (c.choices or c.generated)
    )
    db.execute(f"UPDATE {table} SET {column} = {column}, updated_at = now()")
    assert one(db, f"SELECT updated_at = '{OLD}' FROM {table}")
    db.execute(f"UPDATE {table} SET {column} = 'changed'")
    assert one(db, f"SELECT updated_at = now() FROM {table}")


@pytest.mark.parametrize("table", ["services", "sub_services"])
def test_the_version_grows_by_one_with_a_real_change_alone(db, table):
    for change, version in (
        ("h1 = NULL", 1),
        ("h1 = 'a'", 2),
        ("h1 = 'a'", 2),
        ("version_number = 40", 2),
        ("version_number = 40, h1 = 'b'", 3),
        ("h2_list = '{a}', updated_at = '2000-01-01'", 4),
        ("updated_at = '2000-01-01'", 4),
    ):
        db.execute(f"UPDATE {table} SET {change}")
        assert one(db, f"SELECT version_number FROM {table}") == version, change


@pytest.mark.parametrize("table", FINDINGS)
def test_resolved_at_is_set_exactly_while_the_status_is_resolved(db, table):
    def change(assignment):
        return one(
            db, f"UPDATE {table} SET {assignment} RETURNING resolved_at = now(), resolved_at"
        )

    assert change("status = 'in_progress'") == (None, None)
    assert change("status = 'resolved'")[0] is True
    assert change("resolved_at = '2026-01-02Z'")[0] is False
    first = change("severity = 'low'")[1]
    assert first.year == 2026
    assert first.day == 2
    assert change("resolved_at = NULL")[0] is True
    assert change("status = 'open'") == (None, None)
    assert change("resolved_at = now()") == (None, None)
    assert change("status = 'resolved', resolved_at = '2026-01-02Z'")[1] == first
    assert change("status = 'ignored'") == (None, None)


@pytest.mark.parametrize("table", FINDINGS)
def test_a_finding_can_come_resolved(db, table):
    insert = f"INSERT INTO {table} (url, error_type, status, resolved_at) VALUES"
    back = "RETURNING resolved_at = now()"
    assert one(db, f"{insert} ('b', 'dns', 'resolved', NULL) {back}") is True
    assert one(db, f"{insert} ('c', 'dns', 'resolved', '2026-01-02') {back}") is False
    assert one(db, f"{insert} ('d', 'dns', 'open', '2026-01-02') {back}") is None


def test_last_status_update_at_moves_with_the_status_alone(db):
    moved = "SELECT last_status_update_at = now() FROM content_repository"
    db.execute("UPDATE content_repository SET title = 'Other', status = 'draft'")
    assert one(db, moved) is False
    db.execute("UPDATE content_repository SET status = 'published'")
    assert one(db, moved) is True


def test_a_run_code_is_made_where_it_is_left_out(db):
    number, code = one(db, "SELECT id, run_code FROM qc_runs")
    assert code == f"QC-{number:06}"
    insert = "INSERT INTO qc_runs (id, run_code, qc_checklist_id, service_id) "
    source = "c.id, s.id FROM qc_checklists c, services s RETURNING run_code"
    assert one(db, f"{insert} SELECT 12345678, NULL, {source}") == "QC-12345678"
    assert one(db, f"{insert} SELECT 12345679, 'mine', {source}") == "mine"


@pytest.mark.parametrize("targets", ["", "content", "content service", "content service_page"])
def test_a_qc_run_has_exactly_one_target(db, targets):
    table = {
        "content": "content_repository",
        "service": "services",
        "service_page": "service_pages",
    }
    columns = ["qc_checklist_id", *(f"{each}_id" for each in targets.split())]
    values = ["(SELECT id FROM qc_checklists)"]
    values += [f"(SELECT id FROM {table[each]})" for each in targets.split()]
    insert = f"INSERT INTO qc_runs ({', '.join(columns)}) VALUES ({', '.join(values)})"
    if len(columns) == 2:
        assert db.execute(insert).rowcount == 1
    else:
        with pytest.raises(pg.CheckViolation):
            db.execute(insert)


HOSTS = [
    ("https://Blog.Example.com/a?b#c", "blog.example.com"),
    ("http://user:pw@x.example:8080/", "x.example"),
    ("//x.example/a", "x.example"),
    ("  https://x.example", "x.example"),
    ("x.example/a@b", "x.example"),
    ("x.example?u=https://y.example", "x.example"),
    ("https://[2001:DB8::1]:80/", "[2001:db8::1]"),
    ("https://bücher.example/", "bücher.example"),
]


@pytest.mark.parametrize(("url", "host"), HOSTS)
def test_the_domain_of_a_backlink_is_its_host(db, url, host):
    back = "INSERT INTO backlinks (source_url, target_url) VALUES (%s, 'x') RETURNING domain"
    assert one(db, back, url) == host


def test_the_order_of_stages_can_be_swapped_within_a_transaction(db):
    db.execute("INSERT INTO workflow_stages VALUES (DEFAULT, DEFAULT, DEFAULT, 'Post', 'Live', 2)")
    with db.transaction():
        db.execute("UPDATE workflow_stages SET stage_order = 2 WHERE stage_label = 'Draft'")
        db.execute("UPDATE workflow_stages SET stage_order = 1 WHERE stage_label = 'Live'")
        db.execute("SET CONSTRAINTS ALL IMMEDIATE")
        db.execute("SET CONSTRAINTS ALL DEFERRED")
    db.execute("UPDATE workflow_stages SET stage_order = 2")
    with pytest.raises(pg.UniqueViolation):
        db.execute("SET CONSTRAINTS ALL IMMEDIATE")


REFERENCES = [
    (other.table, column.name, ENTITIES[column.references].table, column.on_delete)
    for other in (*ENTITIES.values(), *LINKS.values())
    for column in other.references
]
# What the dictionary says where it is not SET NULL.
KEPT = {
    ("sub_services", "service_id"): "RESTRICT",
    ("keywords", "country_id"): "RESTRICT",
    ("qc_runs", "qc_checklist_id"): "RESTRICT",
    **{("tasks", column): "CASCADE" for column in ("project_id", "campaign_id")},
    **{
        ("qc_runs", f"{target}_id"): "CASCADE"
        for target in ("content", "service", "sub_service", "service_page")
    },
    **{("content_service_links", column): "CASCADE" for column in ("content_id", "service_id")},
    ("content_sub_service_links", "content_id"): "CASCADE",
    ("content_sub_service_links", "sub_service_id"): "CASCADE",
}


@pytest.mark.parametrize(("table", "column", "target", "told"), REFERENCES)
def test_deleting_what_is_referred_to_does_what_the_dictionary_says(
    db, table, column, target, told
):
    rule = KEPT.get((table, column), "SET NULL")
    assert told == rule
    change = f"{column} = (SELECT id FROM {target})"
    if rule == "CASCADE" and table == "qc_runs" and column != "service_id":
        change += ", service_id = NULL"
    db.execute(f"UPDATE {table} SET {change}")
    free_others(db, table, target)
    if rule == "RESTRICT":
        with pytest.raises((pg.RestrictViolation, pg.ForeignKeyViolation)):
            db.execute(f"DELETE FROM {target}")
        return
    db.execute(f"DELETE FROM {target}")
    left = db.execute(f"SELECT {column} FROM {table}").fetchall()
    assert left == ([(None,)] if rule == "SET NULL" else [])


def free_others(db, table, target):
    """Take away the rows of other tables that protect `target`."""
    for (other, column), rule in KEPT.items():
        place = next(r[2] for r in REFERENCES if r[:2] == (other, column))
        if rule == "RESTRICT" and place == target and other != table:
            db.execute(f"DELETE FROM {other}")


def test_a_reference_to_nothing_is_refused(db):
    for table, column, _, _ in REFERENCES:
        if table == "qc_runs" and column != "qc_owner_id":
            continue
        with pytest.raises(pg.ForeignKeyViolation) as refusal, db.transaction():
            db.execute(f"UPDATE {table} SET {column} = 999999")
        assert re.search(column, refusal.value.diag.constraint_name), (table, column)
