"""`content link`, `unlink`, `links`, and `assets` of services and sub-services; `--as`."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from mcc_cli.entities.catalog import ENTITIES

pytestmark = pytest.mark.cli

GUIDE = "content_repository (title) VALUES ('Guide'), ('Map'), ('Study'), ('Far away')"
LINK = ["content", "link", "guide", "--service", "seo"]
FILL = (
    "users (name, email, status) VALUES ('Ana', 'ana@x.example', 'active'),"
    " ('Old', 'old@x.example', 'inactive')",
    "services (service_name) VALUES ('SEO'), ('Ads')",
    "sub_services (service_id, sub_service_name) SELECT id, 'Logs' FROM services",
    GUIDE,
)


@pytest.fixture
def db(connection):
    """Two services with a part each, four content items, two users."""
    for statement in FILL:
        connection.execute(f"INSERT INTO {statement}")
    return connection


@pytest.fixture
def linked(db):
    """All links, as `content page`."""

    def call():
        rows = db.execute(
            "SELECT c.slug, s.slug FROM content_service_links l"
            " JOIN content_repository c ON c.id = l.content_id JOIN services s ON s.id = service_id"
            " UNION ALL SELECT c.slug, s.slug || '/' || p.slug FROM content_sub_service_links l"
            " JOIN content_repository c ON c.id = l.content_id"
            " JOIN sub_services p ON p.id = sub_service_id JOIN services s ON s.id = p.service_id"
        )
        return {" ".join(row) for row in rows}

    return call


def test_linking_is_each_to_each_and_idempotent(mcc, linked):
    words = [
        "content",
        "link",
        "guide",
        "map",
        "--service",
        "seo",
        "--sub-service",
        "seo/logs,ads/logs",
    ]
    first = mcc(*words)
    assert (first.code, first.out) == (0, "")
    assert first.err.splitlines() == [
        'linked "guide" → service "seo"',
        'linked "map" → service "seo"',
        'linked "guide" → sub-service "seo/logs"',
        'linked "guide" → sub-service "ads/logs"',
        'linked "map" → sub-service "seo/logs"',
        'linked "map" → sub-service "ads/logs"',
    ]
    assert len(linked()) == 6
    again = mcc(*words)
    assert (again.code, again.out) == (0, "")
    assert again.err.splitlines()[0] == 'already linked: "guide" → service "seo"'
    assert all(line.startswith("already linked: ") for line in again.err.splitlines())
    assert len(linked()) == 6


def test_unlinking_says_what_was_not_linked(mcc, linked):
    mcc(*LINK)
    gone = mcc("content", "unlink", "guide", "map", "--service", "seo")
    assert gone.err == ('unlinked "guide" → service "seo"\nnot linked: "map" → service "seo"\n')
    assert (gone.code, linked()) == (0, set())


def test_many_links_are_counted(mcc, db):
    db.execute(
        "INSERT INTO content_repository (title) SELECT 'N' || n FROM generate_series(1,30) n"
    )
    names = [f"n{n}" for n in range(1, 31)]
    assert mcc("content", "link", *names[:7], "--service", "seo").code == 0
    many = mcc("content", "link", *names, "--service", "seo")
    assert (many.code, many.err) == (0, "linked 23, already linked 7\n")
    dry = mcc("content", "unlink", *names, "--service", "seo", "--dry-run")
    assert (dry.code, dry.err) == (0, "would unlink 30\n")


def test_every_unknown_key_is_named_and_nothing_is_linked(mcc, linked, db):
    code, out, err = mcc(
        *[
            "content",
            "link",
            "guide",
            "gide",
            "mapp",
            "--service",
            "seo,adds",
            "--sub-service",
            "seo/logz",
        ]
    )
    assert (code, out) == (3, "")
    for said in (
        'content item KEY value "gide"\n  no content item has this key; did you mean "guide"?',
        'content item KEY value "mapp"\n  no content item has this key; did you mean "map"?',
        '--service value "adds"\n  no service has this key; did you mean "ads"?',
        '--sub-service value "seo/logz"\n  no sub-service has this key; did you mean "seo/logs"?',
    ):
        assert said in err
    assert linked() == set()
    assert mcc("content", "link", "guide", "--service", "adds").code == 4
    assert mcc("services", "assets", "seo", "--link", "guide,mapp").code == 4
    assert mcc("services", "assets", "zeo", "--link", "guide").code == 3
    assert linked() == set()


def test_a_page_must_be_named(mcc, db):
    code, out, err = mcc("content", "link", "guide")
    assert (code, out) == (2, "")
    assert err == (
        "error[E-USAGE] no service or sub-service is named\n"
        "  fix: add --service SERVICE or --sub-service SERVICE/SUB-SERVICE\n"
    )
    assert mcc("content", "link", "--service", "seo").code == 2
    assert mcc("content", "unlink", "guide", "--service", "").code == 4


def test_a_dry_run_links_nothing_and_the_exit_code_tells_changes(mcc, linked):
    dry = mcc(*LINK, "--dry-run", "--exit-code")
    assert (dry.code, dry.err) == (7, 'would link "guide" → service "seo"\n')
    assert linked() == set()
    assert mcc(*LINK, "--exit-code").code == 7
    assert mcc(*LINK, "--exit-code").code == 0
    assert mcc("content", "unlink", "map", "--service", "seo", "--exit-code").code == 0
    assert mcc("services", "assets", "seo", "--unlink", "guide", "--exit-code").code == 7


def test_the_change_as_json_is_one_document(mcc, db):
    mcc(*LINK)
    done = mcc(*["content", "link", "guide", "map", "--service", "seo", "--json", "-q"])
    report = json.loads(done.out)
    (seo,) = db.execute("SELECT id FROM services WHERE slug = 'seo'").fetchone()
    (number,) = db.execute("SELECT id FROM content_repository WHERE slug = 'map'").fetchone()
    assert report["linked"] == [
        {"content": "map", "content_id": number, "kind": "service", "key": "seo", "id": seo}
    ]
    assert [each["content"] for each in report["already"]] == ["guide"]
    assert (report["unlinked"], report["absent"], report["dry_run"]) == ([], [], False)
    assert done.err == ""


@pytest.mark.parametrize(
    ("words", "after"),
    [
        ("--link map,study", {"guide", "map", "study"}),
        ("--link map --link study", {"guide", "map", "study"}),
        ("--unlink guide", set()),
        ("--unlink map", {"guide"}),
        ("--set map,study", {"map", "study"}),
        ("--set guide", {"guide"}),
        ("--set=", set()),
        ("--toggle guide,map", {"map"}),
    ],
)
@pytest.mark.parametrize(("group", "key"), [("services", "seo"), ("sub-services", "seo/logs")])
def test_links_are_changed_from_the_side_of_the_page(mcc, linked, group, key, words, after):
    flag = f"--{ENTITIES[group].singular}"
    mcc("content", "link", "guide", "far-away", flag, "ads/logs" if "/" in key else "ads")
    mcc("content", "link", "guide", flag, key)
    before = linked()
    assert mcc(group, "assets", key, *words.split(), "--dry-run").code == 0
    assert linked() == before
    assert mcc(group, "assets", key, *words.split()).code == 0
    other = key.replace("seo", "ads")
    assert linked() == {f"{name} {key}" for name in after} | {f"guide {other}", f"far-away {other}"}


def test_setting_nothing_where_nothing_is_linked_says_so(mcc, db):
    code, _, err = mcc("services", "assets", "seo", "--set", "")
    assert (code, err) == (0, "no links, and none to create: nothing to do\n")


@pytest.mark.parametrize(
    "words",
    [
        "--link guide --unlink map",
        "--set guide --search x",
        "--link guide --format csv",
        "--toggle guide --limit 3",
        "--dry-run",
        "--exit-code",
        "--all --limit 3",
        "--limit x",
    ],
)
def test_flags_that_do_not_go_together_are_refused(mcc, linked, words):
    code, out, err = mcc("services", "assets", "seo", *words.split())
    assert (code, out) == (2, "")
    assert err.startswith("error[E-USAGE]")
    assert linked() == set()


def test_who_linked_and_when_is_listed(mcc, db):
    mcc("--as", "ANA@x.example", "content", "link", "guide", "--service", "seo")
    mcc("content", "link", "guide", "--sub-service", "seo/logs", "--as", "ana@x.example")
    mcc("content", "link", "guide", "--service", "ads")
    rows = json.loads(mcc("content", "links", "guide", "--json").out)
    assert [(row["kind"], row["key"], row["name"], row["linked_by"]) for row in rows] == [
        ("service", "ads", "Ads", None),
        ("service", "seo", "SEO", "ana@x.example"),
        ("sub_service", "seo/logs", "Logs", "ana@x.example"),
    ]
    assert all(row["linked_at"].endswith("Z") for row in rows)
    assert mcc("content", "links", "guide", "--format", "ids").out == "ads\nseo\nseo/logs\n"
    assert mcc("content", "links", "guide", "--format", "count").out == "3\n"
    assert mcc("content", "links", "map", "--format", "csv").out == (
        "kind,key,name,linked_at,linked_by\n"
    )
    assert mcc("content", "links", "nope").code == 3


def test_the_actor_may_come_from_the_environment_and_must_be_active(mcc, linked, monkeypatch):
    for key, code, said in (
        ("anna@x.example", 4, 'error[E-REF] --as value "anna@x.example"\n  no user has this key;'),
        ("old@x.example", 77, 'error[E-DENIED] --as value "old@x.example"\n  this user is not'),
    ):
        for change in (LINK, ["content", "unlink", *LINK[2:]]):
            done = mcc(*change, "--as", key)
            assert (done.code, done.out) == (code, "")
            assert done.err.startswith(said)
            assert done.err.count("error[") == 1
    assert linked() == set()
    monkeypatch.setenv("MCC_ACTOR", "ana@x.example")
    assert mcc(*LINK).code == 0
    (row,) = json.loads(mcc("content", "links", "guide", "--json").out)
    assert row["linked_by"] == "ana@x.example"


def test_assets_are_listed_in_every_format(mcc, db):
    db.execute("INSERT INTO content_types (content_type) VALUES ('Post')")
    mcc("content", "update", "map", "--content-type", "Post", "--full-url", "https://x.example/m")
    mcc("content", "link", "guide", "map", "--service", "seo")
    (row, _) = csv.DictReader(io.StringIO(mcc("services", "assets", "seo", "--format", "csv").out))
    assert list(row) == ["id", "slug", "title", "type", "status", "url", "linked_at", "linked_by"]
    rows = json.loads(mcc("services", "assets", "seo", "--json").out)
    assert {row["slug"]: (row["type"], row["url"]) for row in rows} == {
        "guide": (None, None),
        "map": ("Post", "https://x.example/m"),
    }
    assert mcc("services", "assets", "seo", "--format", "count").out == "2\n"
    numbers = [str(row["id"]) for row in rows]
    assert mcc("services", "assets", "seo", "--format", "ids").out.split() == numbers
    cut = mcc("services", "assets", "seo", "--format", "ids", "--limit", "1")
    assert (cut.out.split(), cut.err) == (
        numbers[:1],
        "… there are more content items: --limit N or --all\n",
    )


def test_search_lists_content_that_is_not_linked_yet(mcc, db):
    mcc("content", "link", "guide", "--sub-service", "seo/logs")
    found = mcc("sub-services", "assets", "seo/logs", "--search", "guide or map", "--json")
    (row,) = json.loads(found.out)
    assert (row["slug"], list(row)[-1], found.err) == ("map", "score", "")
    assert json.loads(mcc("services", "assets", "ads", "--search", "guide", "--json").out)
    typed = mcc("services", "assets", "ads", "--search", "studdy", "--format", "csv")
    assert "\nstudy," not in typed.err
    assert typed.out.splitlines()[1].split(",")[1] == "study"
    assert typed.err.startswith('no content matches "studdy": searched for ')
    nothing = mcc("services", "assets", "ads", "--search", "qqqq")
    assert nothing.err == "no unlinked content items match\n"


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (
            "content delete guide",
            "with 2 content-service-links\n  with 1 content-sub-service-links",
        ),
        ("services delete seo --cascade --yes", "with 1 content-service-links"),
        ("sub-services delete ads/logs", "with 1 content-sub-service-links"),
    ],
)
def test_a_deletion_takes_its_links_along_and_says_how_many(mcc, linked, words, gone):
    mcc("content", "link", "guide", "--service", "seo,ads", "--sub-service", "ads/logs")
    key = words.split()[2]
    done = mcc(*words.split())
    assert done.code == 0
    assert gone in done.err
    assert not [link for link in linked() if key in link.split()]


def test_six_people_linking_at_once_lose_nothing(database):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"INSERT INTO {GUIDE}")
        connection.execute(
            "INSERT INTO services (service_name) SELECT 'S' || n FROM generate_series(1, 6) n"
        )
        mcc = Path(sys.executable).with_name("mcc")
        running = [
            subprocess.Popen(
                [mcc, "content", "link", "guide", "--service", f"s{n}", "-q"],
                env={"PATH": "/usr/bin:/bin", "MCC_DATABASE_URL": database},
            )
            for n in range(1, 7)
        ]
        assert [each.wait(60) for each in running] == [0] * 6
        count = connection.execute("SELECT count(*) FROM content_service_links").fetchone()
    assert count == (6,)


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("content link gu", "guide"),
        ("content link guide --service s", "seo"),
        ("content link guide --service seo,a", "seo,ads"),
        ("content unlink guide --sub-service seo/", "seo/logs"),
        ("services assets seo --set guide,m", "guide,map"),
        ("content link guide --as an", "ana@x.example"),
    ],
)
def test_keys_are_offered_by_the_shell(database, program, words, offered):
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in FILL:
            connection.execute(f"INSERT INTO {statement}")
    typed = ["mcc", *words.split()]
    env = {
        "MCC_COMPLETE_LINE": " ".join(typed),
        "_MCC_COMPLETE": "complete_fish",
        "MCC_DATABASE_URL": database,
    }
    assert program(env=env).stdout.splitlines() == ["words", offered]
