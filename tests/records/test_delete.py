"""`delete`: what it refuses, what it takes along, and what it says."""

from __future__ import annotations

import json

import pytest

from mcc_cli.entities.catalog import ENTITIES, LINKS

pytestmark = pytest.mark.cli


@pytest.fixture
def counts(connection):
    """How many rows stand in each table that has any."""

    def call():
        tables = [entity.table for entity in (*ENTITIES.values(), *LINKS.values())]
        query = " UNION ALL ".join(f"SELECT '{each}', count(*) FROM {each}" for each in tables)
        return {table: number for table, number in connection.execute(query) if number}

    return call


@pytest.fixture
def db(connection):
    """A brand with a service, which has seven sub-services, and what refers to all of these."""
    for statement in (
        "brands (name) VALUES ('Acme'), ('Other')",
        "services (service_name, brand_id) SELECT 'SEO', min(id) FROM brands",
        "services (service_name) VALUES ('Lone')",
        "sub_services (service_id, sub_service_name)"
        " SELECT min(id), 'Part ' || n FROM services, generate_series(1, 7) n GROUP BY n"
        " ORDER BY n",
        "content_repository (title) VALUES ('Guide')",
        "content_service_links (content_id, service_id)"
        " SELECT c.id, s.id FROM content_repository c, services s",
        "content_sub_service_links (content_id, sub_service_id)"
        " SELECT c.id, s.id FROM content_repository c, sub_services s",
        "qc_checklists (checklist_name) VALUES ('Page')",
        "qc_runs (qc_checklist_id, service_id)"
        " SELECT c.id, min(s.id) FROM qc_checklists c, services s GROUP BY c.id",
        "qc_runs (qc_checklist_id, sub_service_id)"
        " SELECT c.id, s.id FROM qc_checklists c, sub_services s",
        "keywords (keyword, mapped_service_id, mapped_sub_service_id)"
        " SELECT 'audit', service_id, id FROM sub_services ORDER BY id LIMIT 1",
    ):
        connection.execute(f"INSERT INTO {statement}")
    return connection


BEFORE = {
    "brands": 2,
    "services": 2,
    "sub_services": 7,
    "content_repository": 1,
    "content_service_links": 2,
    "content_sub_service_links": 7,
    "qc_checklists": 1,
    "qc_runs": 8,
    "keywords": 1,
}
WITHOUT_SEO = {
    "brands": 2,
    "services": 1,
    "content_repository": 1,
    "content_service_links": 1,
    "qc_checklists": 1,
    "keywords": 1,
}
EFFECTS = {
    "deleted": {
        "services": 1,
        "sub-services": 7,
        "qc-runs": 8,
        "content-service-links": 1,
        "content-sub-service-links": 7,
    },
    "emptied": {"keywords.mapped_service": 1, "keywords.mapped_sub_service": 1},
}


def test_what_is_still_referred_to_is_refused_with_the_first_five_keys(db, mcc, counts):
    code, out, err = mcc("services", "delete", "seo")
    assert (code, out) == (6, "")
    assert err.startswith("error[E-INUSE]")
    assert "7 sub-services by service: " in err
    assert ", ".join(f"seo/part-{n}" for n in range(1, 6)) + ", …" in err
    assert "part-6" not in err
    assert "--cascade" in err
    error = json.loads(mcc("services", "delete", "seo", "--json").err)
    assert (error["code"], error["entity"], error["count"]) == ("E-INUSE", "services", 9)
    assert counts() == BEFORE


def test_cascade_takes_the_rows_that_protect_and_says_what_went_along(db, mcc, counts):
    code, out, err = mcc("services", "delete", "seo", "--cascade", "--yes")
    assert (code, out) == (0, "")
    first, *rest = err.splitlines()
    assert first.startswith('service "seo" (id ')
    assert first.endswith(") deleted")
    deleted = [f"  with {n} {name}" for name, n in EFFECTS["deleted"].items() if name != "services"]
    emptied = [f"  emptied: {name} in {n} rows" for name, n in EFFECTS["emptied"].items()]
    assert sorted(rest) == sorted(deleted + emptied)
    assert counts() == WITHOUT_SEO
    row = db.execute("SELECT mapped_service_id, mapped_sub_service_id FROM keywords").fetchone()
    assert row == (None, None)


def test_the_effects_are_told_as_json_too(db, mcc, counts):
    code, out, err = mcc("services", "delete", "seo", "--cascade", "--yes", "--json", "-q")
    assert (code, err) == (0, "")
    assert json.loads(out) == {**EFFECTS, "dry_run": False}
    assert counts() == WITHOUT_SEO


def test_a_dry_run_says_the_same_and_writes_nothing(db, mcc, counts):
    code, out, err = mcc("services", "delete", "seo", "--cascade", "--dry-run", "--json")
    assert code == 0
    assert json.loads(out) == {**EFFECTS, "dry_run": True}
    assert ") would be deleted\n" in err
    assert "would be emptied: keywords.mapped_service in 1 rows" in err
    assert counts() == BEFORE
    assert mcc("services", "delete", "seo", "--dry-run").code == 6


def test_references_that_may_be_empty_protect_too_and_cascade_empties_them(db, mcc, counts):
    code, out, err = mcc("brands", "delete", "Acme")
    assert (code, out) == (6, "")
    assert "1 services by brand: seo" in err
    assert counts() == BEFORE
    code, out, err = mcc("brands", "delete", "Acme", "--cascade", "--yes")
    assert (code, out) == (0, "")
    assert err.splitlines()[1:] == ["  emptied: services.brand in 1 rows"]
    assert counts() == {**BEFORE, "brands": 1}


def test_several_keys_go_together_or_not_at_all(db, mcc, counts):
    code, out, err = mcc("services", "delete", "lone", "nope-a", "seo", "nope-b")
    assert (code, out) == (3, "")
    assert err.count("error[E-NOTFOUND]") == 2
    assert '"nope-a"' in err
    assert '"nope-b"' in err
    assert counts() == BEFORE
    code, out, err = mcc("services", "delete", "lone", "seo")
    assert (code, out) == (6, "")
    assert counts() == BEFORE
    code, out, err = mcc("brands", "delete", "Acme", "Other", "Acme", "--cascade", "--yes")
    assert (code, out) == (0, "")
    assert [line.split(" (")[0] for line in err.splitlines() if "deleted" in line] == [
        'brand "Acme"',
        'brand "Other"',
    ]
    assert counts()["services"] == 2
    assert "brands" not in counts()


def test_rows_that_match_are_deleted_only_with_yes_where_nobody_can_answer(db, mcc, counts):
    matching = ("qc-runs", "delete", "--where", "sub_service!=NULL", "--all-matching")
    code, out, err = mcc(*matching)
    assert (code, out) == (2, "")
    assert err.startswith("error[E-USAGE]")
    assert 'Delete 7 qc-runs: "QC-' in err
    assert "--yes" in err
    assert counts() == BEFORE
    assert mcc(*matching, "--dry-run").code == 0
    assert counts() == BEFORE
    code, out, err = mcc(*matching, "--yes")
    assert (code, out) == (0, "")
    assert err == "7 qc-runs deleted\n"
    assert counts() == {**BEFORE, "qc_runs": 1}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "--where"),
        (("--where", "slug=seo"), "--all-matching"),
        (("--all-matching", "--yes"), "--where"),
        (("seo", "--where", "slug=seo", "--all-matching"), "not both"),
    ],
)
def test_which_rows_are_meant_must_be_said_in_one_way(db, mcc, counts, arguments, named):
    code, out, err = mcc("services", "delete", *arguments)
    assert (code, out) == (2, "")
    assert named in err
    assert counts() == BEFORE


def test_a_key_of_several_rows_is_refused_with_their_ids(db, mcc, counts):
    db.execute("INSERT INTO keywords (keyword, language) VALUES ('audit', 'de')")
    ids = [row[0] for row in db.execute("SELECT id FROM keywords ORDER BY id")]
    code, out, err = mcc("keywords", "delete", "audit")
    assert (code, out) == (6, "")
    assert err.startswith("error[E-AMBIGUOUS]")
    assert all(f"id={number}" in err for number in ids)
    assert mcc("keywords", "delete", f"id={ids[1]}").code == 0
    assert counts() == BEFORE
