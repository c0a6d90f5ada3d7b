"""KEYs as people write them: whole natural keys, any case, the last part; the nearest key."""

from __future__ import annotations

import json
import unicodedata

import pytest
from rows import Maker, change

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import keys
from mcc_cli.services.records.did_you_mean import nearest
from mcc_cli.services.records.near_keys import near_key, starting

pytestmark = pytest.mark.cli

EACH = pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))


@EACH
def test_the_key_that_list_prints_is_accepted_by_every_verb(mcc, connection, entity):
    maker = Maker(mcc)
    maker.create(entity)
    maker.create(entity, full=True)
    rows = json.loads(mcc(entity.name, "list", "--fields", "id,key", "--json").out)
    column, new = change(entity)
    for row in rows:
        key = row["key"]
        shown = mcc(entity.name, "show", key, "--field", "id")
        assert (shown.code, shown.out) == (0, f"{row['id']}\n"), key
        assert mcc(entity.name, "exists", key).code == 0
        assert mcc(entity.name, "list", "--after", key).code == 0
        assert key in starting(connection, entity, key, 50)
        done = mcc(entity.name, "update", key, column.flag, new, "--dry-run")
        assert (done.code, done.err.count("updated") + done.err.count("unchanged")) == (0, 1)
        done = mcc(entity.name, "delete", key, "--cascade", "--dry-run")
        assert done.code == 0, done.err
        assert f"(id {row['id']}) would be deleted" in done.err
        folded = mcc(entity.name, "show", key.upper(), "--field", "id")
        assert (folded.code, folded.out) == (0, f"{row['id']}\n"), key


def test_a_null_in_a_natural_key_is_written_as_a_dash_or_left_empty(mcc):
    for flags in ([], ["--campaign", "Spring"], ["--project", "Site", "--campaign", "Spring"]):
        if "Spring" in flags:
            mcc("campaigns", "create", "--campaign-name", "Spring", "--if-exists", "skip")
        if "Site" in flags:
            mcc("projects", "create", "--project-name", "Site", "--if-exists", "skip")
        assert mcc("tasks", "create", "--name", "Copy / paste", *flags).code == 0
    listed = mcc("tasks", "list", "--field", "key").out.splitlines()
    assert listed == ["Copy / paste/-/-", "Copy / paste/-/Spring", "Copy / paste/Site/Spring"]
    numbers = mcc("tasks", "list", "--format", "ids").out.split()
    for key, number in zip([*listed, "copy / paste//"], [*numbers, numbers[0]], strict=True):
        assert mcc("tasks", "show", key, "--field", "id").out == f"{number}\n"
    code, out, err = mcc("tasks", "show", "Copy / paste")
    assert (code, out) == (6, "")
    assert "(Copy / paste/-/Spring)" in err


def test_an_exact_key_goes_before_another_case_and_a_last_part_must_be_unique(mcc):
    for name in ("Acme", "ACME"):
        assert mcc("brands", "create", "--name", name).code == 0
    for name in ("Acme", "ACME"):
        assert mcc("brands", "show", name, "--field", "name").out == f"{name}\n"
    code, out, err = mcc("brands", "show", "acme")
    assert (code, out) == (6, "")
    for service in ("seo", "ads"):
        mcc("services", "create", "--service-name", service, "--slug", service)
        for sub in ("reports", f"{service}-audit"):
            name = ["--sub-service-name", f"{service} {sub}", "--slug", sub]
            assert mcc("sub-services", "create", "--service", service, *name).code == 0
    shown = mcc("sub-services", "show", "ads-audit", "--field", "key")
    assert (shown.code, shown.out) == (0, "ads/ads-audit\n")
    code, out, err = mcc("sub-services", "show", "reports")
    assert (code, out) == (6, "")
    assert "(seo/reports)" in err


def test_a_key_is_found_however_its_accents_are_composed(mcc):
    assert mcc("brands", "create", "--name", unicodedata.normalize("NFD", "Café Ölström")).code == 0
    for form in ("NFC", "NFD"):
        key = unicodedata.normalize(form, "Café Ölström")
        assert mcc("brands", "exists", key).code == 0


@pytest.mark.parametrize("key", ["9223372036854775807", "9223372036854775808", "9" * 5000])
def test_a_number_that_no_id_can_be_is_an_unknown_key(mcc, key):
    for text in (key, f"id={key}"):
        code, out, err = mcc("brands", "show", text)
        assert (code, out) == (3, "")
        assert err.startswith("error[E-NOTFOUND]")


@pytest.mark.parametrize(
    ("word", "words", "near"),
    [
        ("edit", ["exists", "list", "show"], None),
        ("version", ["personas", "services"], None),
        ("--where", ["--verbose", "--yes"], None),
        ("--prune", ["--profile"], None),
        ("--plan", ["--blank"], None),
        ("statu", ["status", "state"], "status"),
        ("search-volume", ["search_volume"], "search_volume"),
        ("publihsed", ["published"], "published"),
        ("desc", ["describe", "delete"], "describe"),
        ("de", ["describe", "delete"], None),
    ],
)
def test_a_word_is_proposed_only_for_slips_of_the_finger(word, words, near):
    assert nearest(word, words) == near


@pytest.fixture
def many(connection):
    """Keywords and sub-services in numbers that nothing may read whole."""
    connection.execute(
        "INSERT INTO keywords (keyword) SELECT 'fast marketing term ' || n"
        " FROM generate_series(1, 30000) AS n"
    )
    connection.execute("INSERT INTO services (slug, service_name) VALUES ('seo', 'SEO')")
    connection.execute(
        "INSERT INTO sub_services (service_id, slug, sub_service_name) SELECT id, 'part-' || n, n"
        " FROM services, generate_series(1, 2000) AS n"
    )
    connection.execute("ANALYZE keywords, services, sub_services")
    return connection


@pytest.mark.parametrize(
    ("name", "key", "near"),
    [
        ("keywords", "fast marketng term 29997", "fast marketing term 29997"),
        ("keywords", "fast marketing term 1500O", "fast marketing term 15000"),
        ("keywords", "afst marketing term 15000", "fast marketing term 15000"),
        ("keywords", "xast marketing term 15000", "fast marketing term 15000"),
        ("keywords", "ast marketing term 15000", "fast marketing term 15000"),
        ("keywords", "fast marketing trem 15000", "fast marketing term 15000"),
        ("keywords", "something else altogether", None),
        ("sub-services", "seo/prat-1999", "seo/part-1999"),
        ("sub-services", "soe/part-1999", "seo/part-1999"),
    ],
)
def test_the_nearest_key_of_a_large_table_is_found_by_its_index(many, name, key, near, plans):
    assert near_key(many, ENTITIES[name], key) == near
    plans.hold(ENTITIES[name].table, 2000)


def test_a_key_in_another_case_is_found_in_a_large_table_without_reading_it(
    many, plans, monkeypatch
):
    monkeypatch.setattr(keys, "SCANNED_BYTES", 1000)
    entity = ENTITIES["keywords"]
    assert len(keys.matches(many, entity, "Fast Marketing Term 77")) == 1
    assert len(keys.matches(many, entity, "FAST MARKETING TERM 77/en/-")) <= 1
    assert keys.matches(many, entity, "no such keyword") == []
    assert starting(many, entity, "fast marketing term 2999", 5)
    plans.hold("keywords", 500)


def test_exists_looks_for_no_near_key(mcc, monkeypatch):
    def fail(*_):
        raise AssertionError("exists needs no proposal")

    monkeypatch.setattr("mcc_cli.services.records.near_keys.near_key", fail)
    assert mcc("brands", "exists", "nope").code == 3
