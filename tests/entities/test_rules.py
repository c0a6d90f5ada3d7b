"""The rules of the tables hold for any client: everything here is plain SQL."""

from __future__ import annotations

import pytest
from psycopg import errors as pg
from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.entities.schema.base import KEY

pytestmark = pytest.mark.db

CHECK, UNIQUE, NULL = pg.CheckViolation, pg.UniqueViolation, pg.NotNullViolation
ROWS = {
    "users": "(email, name) VALUES ('ada@x.example', 'Ada')",
    "brands": "(name) VALUES ('Acme')",
    "countries": "(code, country_name) VALUES ('GB', 'United Kingdom')",
    "projects": "(project_name) VALUES ('Relaunch')",
    "campaigns": "(campaign_name) VALUES ('Spring')",
    "services": "(slug, service_name) VALUES ('seo', 'SEO')",
    "sub_services": "(service_id, slug, sub_service_name) SELECT id, 'logs', 'Logs' FROM services",
    "content_repository": "(slug, title) VALUES ('guide', 'Guide')",
    "service_pages": "(url, page_title) VALUES ('https://x.example/', 'Home')",
    "qc_checklists": "(checklist_name) VALUES ('Page')",
    "qc_runs": "(qc_checklist_id, service_id) SELECT c.id, s.id FROM qc_checklists c, services s",
    "workflow_stages": "(workflow_name, stage_label, stage_order) VALUES ('Post', 'Draft', 1)",
    "url_errors": "(url, error_type) VALUES ('https://x.example/a', 'not_found')",
    "on_page_seo_audits": "(url, error_type) VALUES ('https://x.example/a', 'title')",
    "competitors": "(domain, competitor_name) VALUES ('rival.example', 'Rival')",
    "keywords": "(keyword) VALUES ('audit')",
    "backlinks": "(source_url) VALUES ('https://blog.example/a')",
    "tasks": "(name) VALUES ('Write')",
    "industry_sectors": "(industry, sector) VALUES ('Health', 'Dental')",
    "platforms": "(platform_name) VALUES ('LinkedIn')",
}


@pytest.fixture
def db(connection):
    """A connection to a database with one row in most tables."""
    for table, row in ROWS.items():
        connection.execute(f"INSERT INTO {table} {row}")
    return connection


def one(db, query, *values):
    """The first row of a query, or its only value."""
    row = db.execute(query, values or None).fetchone()
    return row[0] if row is not None and len(row) == 1 else row


SET = [
    ("users", "email", CHECK, "'ada'", "'a@b@c'", "'a b@c.example'", "'@c'", "'a@'", "''"),
    ("countries", "code", CHECK, "'gb'", "'GBR'", "'G'", "'G1'", "'ÄÖ'", "E'GB\\n'"),
    ("competitors", "domain", CHECK, "'Rival.example'", "'https://a.example'", "'a.example/b'"),
    ("competitors", "domain", CHECK, "'a b'", "''"),
    ("services", "slug", CHECK, "'SEO'", "'a--b'", "'-a'", "'a-'", "'a_b'", "'é'", "''"),
    ("sub_services", "slug", CHECK, "'A'", "'a b'"),
    ("content_repository", "slug", CHECK, "'A'", "E'a\\n'"),
    ("services", "language", CHECK, "'e'", "'en_GB'", "'en-'", "'1a'"),
    ("keywords", "language", CHECK, "'english uk'", "''"),
    (
        "services",
        "full_url",
        CHECK,
        "'x.example'",
        "'ftp://x.example'",
        "'http://'",
        "'http://a b'",
    ),
    ("service_pages", "url", CHECK, "'/a'", "'https:///a'"),
    ("campaigns", "target_url", CHECK, "'mailto:a@b'"),
    ("services", "schema_type", CHECK, "'service'", "'My Type'"),
    ("services", "social_meta", CHECK, "'[]'", "'1'", "'null'"),
    ("services", "sitemap_priority", CHECK, "-0.1", "1.1"),
    ("services", "seo_score", CHECK, "-1", "101"),
    ("services", "word_count", CHECK, "-1"),
    ("services", "robots_index", CHECK, "'all'"),
    ("services", "status", NULL, "NULL"),
    ("campaigns", "backlinks_planned", CHECK, "-1"),
    ("campaigns", "backlinks_completed", CHECK, "-1"),
    ("campaigns", "kpi_score", CHECK, "-0.01", "100.01"),
    ("tasks", "rework_count", CHECK, "-1"),
    ("service_pages", "http_status", CHECK, "99", "600"),
    ("service_pages", "audit_score", CHECK, "100.01"),
    ("url_errors", "http_status", CHECK, "99", "600"),
    ("keywords", "search_volume", CHECK, "-1"),
    ("keywords", "difficulty", CHECK, "100.01"),
    ("keywords", "cpc", CHECK, "-0.01"),
    ("keywords", "ctr", CHECK, "1.000001", "-0.000001"),
    ("keywords", "position", CHECK, "-0.01"),
    ("backlinks", "da_score", CHECK, "101"),
    ("backlinks", "pricing", CHECK, "-1"),
    ("backlinks", "domain", pg.GeneratedAlways, "'mine.example'"),
    ("competitors", "monthly_traffic", CHECK, "-1"),
    ("qc_runs", "final_score_percentage", CHECK, "100.01"),
    ("qc_runs", "run_code", NULL, "NULL"),
    ("qc_runs", "service_id", CHECK, "NULL"),
    ("qc_runs", "content_id", CHECK, "(SELECT id FROM content_repository)"),
    ("qc_checklists", "pass_threshold", CHECK, "100.01"),
    ("qc_checklists", "items", CHECK, "'{}'", "'null'", "'[1]'", "'[[]]'", "'[{}]'"),
    ("qc_checklists", "items", CHECK, """'[{"label": "a", "weight": 0}]'"""),
    ("qc_checklists", "items", CHECK, """'[{"label": "a", "weight": "1"}]'"""),
    ("qc_checklists", "items", CHECK, """'[{"label": 1, "weight": 1}]'"""),
    ("qc_checklists", "items", CHECK, """'[[{"label": "a", "weight": 1}]]'"""),
    ("qc_checklists", "items", CHECK, """'[{"label": "a", "weight": 1}, {"weight": 1}]'"""),
    ("qc_checklists", "items", NULL, "NULL"),
    ("users", "role", CHECK, "'owner'"),
    ("platforms", "scheduling", CHECK, "''"),
]
REFUSED = [(table, column, error, each) for table, column, error, *all_ in SET for each in all_]
# Addresses that look like boss@x.example, or like another one, and are not.
LOOK_ALIKES = [
    *("b\u043ess@x.example", "bos\u0455@x.example", "b\u03bfss@x.example", "b\u0585ss@x.example"),
    *(
        "boss@x.ex\u0430mple",
        "b\u200boss@x.example",
        "\u2060boss@x.example",
        "boss\ufeff@x.example",
    ),
    *(
        "bo\u00adss@x.example",
        "\u202eboss@x.example",
        "bo\u180ess@x.example",
        "bo\u3164ss@x.example",
    ),
    *(
        "bo\ufe0fss@x.example",
        "bo\U000e0020ss@x.example",
        "bo\x1b[8mss@x.example",
        "bo\x07ss@x.example",
    ),
    *(
        "\uff42oss@x.example",
        "bo\u017fs@x.example",
        "\U0001d41boss@x.example",
        "bo\ufb06@x.example",
    ),
    *("r\u00e9mi".replace("\u00e9", "e\u0301") + "@x.example", "m\u0131ke@x.example"),
    *("\u0251na@x.example", "bo\ue000ss@x.example", "boss@\u13a0.example", "boss@x\u3000.example"),
    *("boss\u00a0@x.example", "boss@x.example\n", "bo\u2028ss@x.example"),
]
REAL = [
    *("boss@x.example", "BOSS+seo@sub.x-y.example", "r\u00e9mi.o'n\u00e9il@b\u00fccher.example"),
    *(
        "wo\u0142ny@x.example",
        "\u0219tefan@x.example",
        "nguy\u1ec5n@x.example",
        "a_b-c.d%e@1.example",
    ),
    *(
        "\u0438\u0432\u0430\u043d@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444",
        "\u7530\u4e2d@\u4f8b.\u65e5\u672c",
    ),
]
KEY_COLUMNS = [
    (entity.table, column.name)
    for entity in ENTITIES.values()
    for column in entity.columns
    if column.rule == KEY.sentence
]
# Line ends and other control characters, and nothing but blanks.
NO_KEYS = ["a\nb", "a\rb", "a\tb", "\x1b[31ma", "a\x7f", "a\x85b", "a\u2028b", "a\u2029", "", " \t"]
ACCEPTED = [
    ("users", "email", "'é.o''x+1@sub.example'"),
    ("competitors", "domain", "'bücher.example'"),
    ("services", "slug", "'a1-2b'"),
    ("services", "language", "'zh-Hant-TW'"),
    ("services", "full_url", "'HTTPS://x.example:8080/a?b#c'"),
    ("services", "sitemap_priority", "1"),
    ("services", "social_meta", "NULL"),
    ("services", "menu_position", "-1"),
    ("campaigns", "kpi_score", "100"),
    ("service_pages", "http_status", "599"),
    ("keywords", "ctr", "1"),
    ("qc_checklists", "items", """'[{"label": "a", "weight": 0.5, "more": []}]'"""),
]


@pytest.mark.parametrize(("table", "column", "error", "given"), REFUSED)
def test_a_value_against_the_rules_is_refused(db, table, column, error, given):
    with pytest.raises(error), db.transaction():
        db.execute(f"UPDATE {table} SET {column} = {given}")


@pytest.mark.parametrize(("table", "column", "given"), ACCEPTED)
def test_a_value_within_the_rules_is_kept(db, table, column, given):
    db.execute(f"UPDATE {table} SET {column} = {given}")
    assert one(db, f"SELECT {column} IS NOT DISTINCT FROM {given} FROM {table}")


@pytest.mark.parametrize("address", LOOK_ALIKES, ids=ascii)
def test_an_address_that_looks_like_another_is_refused(db, address):
    with pytest.raises(CHECK), db.transaction():
        db.execute("UPDATE users SET email = %s", [address])


@pytest.mark.parametrize("address", REAL, ids=ascii)
def test_an_address_of_one_script_is_kept(db, address):
    db.execute("UPDATE users SET email = %s", [address])


def test_every_text_of_a_key_has_a_rule():
    for entity in ENTITIES.values():
        for name in {*entity.key, *entity.label}:
            column = entity.column(name)
            assert column.type != "text" or column.choices or column.rule or column.generated, name


@pytest.mark.parametrize(("table", "column"), KEY_COLUMNS)
def test_a_key_is_one_line_of_text(connection, table, column):
    condition = connection.execute(
        "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = %s",
        [f"ck_{table}_{column}"],
    ).fetchone()[0]
    statement = sql.SQL("SELECT {} FROM (SELECT %s::text AS {}) AS t").format(
        sql.SQL(condition), sql.Identifier(column)
    )
    for value in NO_KEYS:
        assert connection.execute(statement, [value]).fetchone() == (False,), value
    for value in ("a", "a\u00a0b", "a \u200b", "it's: a/b", "\U0001f600", "\\N"):
        assert connection.execute(statement, [value]).fetchone() == (True,), value


@pytest.mark.parametrize(
    ("table", "first", "last"),
    [
        ("projects", "project_start_date", "project_end_date"),
        ("campaigns", "campaign_start_date", "campaign_end_date"),
    ],
)
def test_an_end_is_not_before_its_start(db, table, first, last):
    db.execute(f"UPDATE {table} SET {first} = '2026-03-02', {last} = '2026-03-02'")
    db.execute(f"UPDATE {table} SET {first} = NULL, {last} = '2026-03-01'")
    with pytest.raises(CHECK):
        db.execute(f"UPDATE {table} SET {first} = '2026-03-02'")


TWICE = [
    "users (email, name) VALUES ('ADA@X.example', 'Other')",
    "countries (code, country_name) VALUES ('UK', 'United Kingdom')",
    "services (slug, service_name) VALUES ('seo', 'Other')",
    "tasks (name) VALUES ('Write')",
    "keywords (keyword, language) VALUES ('audit', 'en')",
    "backlinks (source_url) VALUES ('https://blog.example/a')",
    "sub_services (service_id, slug, sub_service_name) SELECT id, 'logs', 'x' FROM services",
    "on_page_seo_audits (url, error_type, source_tool)"
    " VALUES ('https://x.example/a', 'title', 'manual')",
    "url_errors (url, error_type) VALUES ('https://x.example/a', 'not_found')",
    "industry_sectors (industry, sector) VALUES ('Health', 'Dental')",
    "workflow_stages (workflow_name, stage_label, stage_order) VALUES ('Post', 'Draft', 2)",
]
APART = [
    "tasks (name, project_id) SELECT 'Write', id FROM projects",
    "keywords (keyword, language) VALUES ('audit', 'de')",
    "keywords (keyword, country_id) SELECT 'audit', id FROM countries",
    "backlinks (source_url, target_url) VALUES ('https://blog.example/a', 'https://x.example')",
    "on_page_seo_audits (url, error_type, source_tool)"
    " VALUES ('https://x.example/a', 'title', 'x')",
    "url_errors (url, error_type) VALUES ('https://x.example/a', 'dns')",
    "workflow_stages (workflow_name, stage_label, stage_order) VALUES ('Page', 'Draft', 1)",
]


@pytest.mark.parametrize("row", TWICE)
def test_a_natural_key_is_taken_once_also_where_parts_are_null(db, row):
    with pytest.raises(UNIQUE):
        db.execute(f"INSERT INTO {row}")


@pytest.mark.parametrize("row", APART)
def test_rows_that_differ_in_one_part_of_the_key_stand_side_by_side(db, row):
    assert db.execute(f"INSERT INTO {row}").rowcount == 1


@pytest.mark.parametrize(
    ("table", "column"),
    [("brands", "code"), ("services", "service_code"), ("sub_services", "sub_service_code")],
)
def test_a_code_is_unique_only_where_it_is_given(db, table, column):
    copy = {
        "brands": "(name) VALUES ('B')",
        "services": "(service_name) VALUES ('B')",
        "sub_services": "(service_id, sub_service_name) SELECT id, 'B' FROM services LIMIT 1",
    }[table]
    db.execute(f"INSERT INTO {table} {copy}")
    with pytest.raises(UNIQUE):
        db.execute(f"UPDATE {table} SET {column} = 'X'")


SLUGS = [
    ("Café Crème", "cafe-creme"),
    ("Straße & Größe", "strasse-grosse"),
    ("ẞ", "ss"),
    ("Ærø Œuvre Þór Łódź Đặng ı", "aero-oeuvre-thor-lodz-dang-i"),
    ("  A -- B_c!  ", "a-b-c"),
    ("ﬁn ①", "fin-1"),
    ("C++ / C#", "c-c"),
    ("42", "42"),
]


@pytest.mark.parametrize(("name", "slug"), SLUGS)
@pytest.mark.parametrize(
    "insert",
    [
        "services (service_name) VALUES (%s)",
        "content_repository (title) VALUES (%s)",
        "sub_services (service_id, sub_service_name) SELECT id, %s FROM services",
    ],
)
def test_a_slug_left_out_is_made_from_the_name(db, insert, name, slug):
    assert one(db, f"INSERT INTO {insert} RETURNING slug", name) == slug


@pytest.mark.parametrize("name", ["", "日本語", "!!", "Ωμέγα"])
def test_a_name_that_leaves_no_slug_needs_one_given(db, name):
    with pytest.raises(NULL) as refusal:
        db.execute("INSERT INTO services (service_name) VALUES (%s)", [name])
    assert refusal.value.diag.column_name == "slug"


def test_a_slug_stays_when_the_name_changes(db):
    db.execute("UPDATE services SET service_name = 'Other'")
    assert one(db, "SELECT slug FROM services") == "seo"
