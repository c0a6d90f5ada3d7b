"""The links of content as fields: shown, listed, filtered, exported and described."""

from __future__ import annotations

import csv
import io
import json

import click
import pytest
from rows import Maker

from mcc_cli.cli.framework.completion import complete_fields, complete_where
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import reading
from mcc_cli.services.transfer import exports

pytestmark = pytest.mark.cli

CONTENT = ENTITIES["content"]
SERVICES = ("seo", "ppc", "unlinked", "local-seo")
PARTS = ("seo/audit", "seo/z", "ppc/audit")
# The content, its services and its sub-services, in the order in which they are linked.
LINKS = {
    "both": ("seo ppc local-seo", "seo/z ppc/audit seo/audit"),
    "one": ("seo", ""),
    "part": ("", "ppc/audit"),
    "none": ("", ""),
}
SHOWN = {
    "both": (["local-seo", "ppc", "seo"], ["ppc/audit", "seo/audit", "seo/z"]),
    "one": (["seo"], []),
    "part": ([], ["ppc/audit"]),
    "none": ([], []),
}
FIELDS = "slug,services,sub_services"


@pytest.fixture
def numbers(mcc, connection):
    """Four items with their links; the ids of services and sub-services by their keys."""
    found = {}
    for key in (*SERVICES, *PARTS):
        *service, slug = key.split("/")
        kind = "sub-service" if service else "service"
        name = (f"--{kind}-name", key, "--slug", slug)
        parent = ("--service", *service) if service else ()
        done = mcc(f"{kind}s", "create", *name, *parent, "--json")
        assert done.code == 0, done.err
        found[key] = json.loads(done.out)["id"]
    for slug, linked in LINKS.items():
        assert mcc("content", "create", "--title", slug).code == 0
        for kind, keys in zip(("service", "sub_service"), linked, strict=True):
            for key in keys.split():
                connection.execute(
                    f"INSERT INTO content_{kind}_links (content_id, {kind}_id)"
                    " SELECT id, %s FROM content_repository WHERE slug = %s",
                    [found[key], slug],
                )
    return found


def lists(done):
    """The services and sub-services of each item, from jsonl."""
    assert done.code == 0, done.err
    rows = map(json.loads, done.out.splitlines())
    return {row["slug"]: (row["services"], row["sub_services"]) for row in rows}


@pytest.mark.parametrize(
    "line",
    [
        "list --format jsonl",  # each row's links are looked up
        "list --all --format jsonl",  # all links are grouped once
        "list --all --where status=draft --format jsonl",
        "list --all --sort -title --format jsonl",
        f"list --limit 9 --fields {FIELDS} --format jsonl",
        "export --format jsonl",
        f"export --where id>0 --fields {FIELDS} --format jsonl",
    ],
)
def test_every_way_of_reading_gives_the_keys_in_order(mcc, numbers, line):
    assert lists(mcc("content", *line.split())) == SHOWN


def test_a_page_of_a_sorted_list_has_the_links_of_its_own_rows(mcc, numbers):
    line = f"content list --sort slug --limit 1 --after none --fields {FIELDS} --format jsonl"
    done = mcc(*line.split())
    assert lists(done) == {"one": SHOWN["one"]}


@pytest.mark.parametrize("form", ["csv", "tsv"])
@pytest.mark.parametrize("more", [(), ("--where", "status=draft")])
def test_an_export_joins_the_keys_and_tells_none_from_absent(mcc, numbers, form, more):
    done = mcc("content", "export", "--format", form, *more)
    assert done.code == 0
    rows = list(csv.DictReader(io.StringIO(done.out), delimiter="," if form == "csv" else "\t"))
    assert {row["slug"]: (row["services"], row["sub_services"]) for row in rows} == {
        slug: tuple("|".join(keys) or r"\E" for keys in linked) for slug, linked in SHOWN.items()
    }
    assert list(rows[0])[-2:] == ["services", "sub_services"]


@pytest.mark.parametrize("more", [(), ("--where", "status=draft")])
def test_an_export_by_ids_has_the_ids_in_order(mcc, numbers, more):
    names = ["linked_service_ids", "linked_sub_service_ids"]
    ids = {
        slug: [sorted(numbers[key] for key in keys.split()) for keys in linked]
        for slug, linked in LINKS.items()
    }
    done = mcc("content", "export", "--ids", *more)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert list(rows[0])[-2:] == names
    assert {row["slug"]: [row[name] for name in names] for row in rows} == {
        slug: ["|".join(map(str, each)) or r"\E" for each in linked] for slug, linked in ids.items()
    }
    done = mcc("content", "export", "--ids", "--format", "jsonl", *more)
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert {row["slug"]: [row[name] for name in names] for row in rows} == ids
    chosen = mcc("content", "export", "--ids", "--fields", "slug,services", "--where", "slug=one")
    assert chosen.out == f"slug,linked_service_ids\none,{numbers['seo']}\n"


def test_a_spreadsheet_gets_the_same_cells(mcc, numbers):
    line = ("content", "export", "--fields", FIELDS)
    assert mcc(*line, "--spreadsheet").out == "\ufeff" + mcc(*line).out


def test_people_see_keys_joined_and_programs_see_lists(mcc, numbers):
    assert mcc("content", "list", "--fields", FIELDS, "--format", "csv").out == (
        "slug,services,sub_services\n"
        "both,local-seo|ppc|seo,ppc/audit|seo/audit|seo/z\n"
        "one,seo,\npart,,ppc/audit\nnone,,\n"
    )
    assert mcc("content", "show", "both", "--field", "services").out == "local-seo|ppc|seo\n"
    assert mcc("content", "show", "none", "--field", "services").out == "\n"
    page = mcc("content", "show", "one").out
    assert "\nLinks\n  services               seo\n  sub_services           -\n" in page
    assert "linked_service" not in page
    row = json.loads(mcc("content", "show", "both", "--json").out)
    assert (row["services"], row["sub_services"]) == SHOWN["both"]
    ids = mcc("content", "list", "--fields", "linked_service_ids", "--limit", "1", "--json")
    found = sorted(numbers[key] for key in ("seo", "ppc", "local-seo"))
    assert json.loads(ids.out) == [{"linked_service_ids": found}]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("linked_service=seo", "both one"),
        ("services=seo", "both one"),
        ("linked_service=seo,ppc", "both one"),
        ("linked_service=local-seo", "both"),
        ("linked_service=unlinked", ""),
        ("linked_service!=seo", "part none"),
        ("linked_service!=local-seo", "one part none"),
        ("linked_service=NULL", "part none"),
        ("linked_service!=NULL", "both one"),
        ("linked_service=NULL,local-seo", "both part none"),
        ("linked_service!=NULL,local-seo", "one"),
        ("services~local", "both"),
        ("services!~local", "one part none"),
        ("linked_sub_service=seo/audit", "both"),
        ("linked_sub_service=ppc/audit", "both part"),
        ("sub_services!=ppc/audit", "one none"),
        ("linked_service_ids={seo}", "both one"),
        ("linked_service_ids!={seo},{ppc}", "part none"),
        ("linked_service=id={seo}", "both one"),
        ("linked_service_ids=NULL", "part none"),
        ("linked_sub_service_ids=0", ""),
    ],
)
def test_a_filter_finds_what_is_linked(mcc, numbers, condition, found):
    condition = condition.format(**numbers)
    for line in ("list --field slug", "list --all --field slug"):
        done = mcc("content", *line.split(), "--where", condition)
        assert (done.code, done.err, done.out.split()) == (0, "", found.split())
    count = mcc("content", "list", "--where", condition, "--format", "count")
    assert count.out == f"{len(found.split())}\n"


def test_links_are_read_through_a_reference(mcc, numbers):
    checklist = ("--qc-checklist", Maker(mcc).create(ENTITIES["qc-checklists"]))
    for item in ("--content", "both"), ("--content", "none"), ("--service", "seo"):
        assert mcc("qc-runs", "create", *item, *checklist).code == 0
    line = ("qc-runs", "export", "--fields", "content,content.services")
    assert mcc(*line).out == (
        "content,content.services\nboth,local-seo|ppc|seo\nnone,\\E\n\\N,\\N\n"
    )
    line = ("qc-runs", "list", "--field", "content", "--where")
    assert mcc(*line, "content.linked_service=seo").out == "both\n"
    line = ("qc-runs", "export", "--fields", "content.services", "--ids")
    assert mcc(*line).out.startswith("content.linked_service_ids\n")


REFUSED = [
    (
        "content list --where linked_service=soe",
        2,
        'error[E-USAGE] --where linked_service value "soe"\n'
        '  no service has this key; did you mean "seo"?\n'
        "  fix: see what there is: mcc services list\n",
    ),
    (
        "content list --where linked_service_ids=seo",
        2,
        'error[E-USAGE] --where linked_service_ids value "seo"\n'
        "  linked_service_ids must be a whole number, digits only\n",
    ),
    (
        "content list --where linked_service>seo",
        2,
        'error[E-USAGE] --where linked_service value "linked_service>seo"\n'
        "  > cannot compare a text[] column\n",
    ),
    (
        "content list --sort -services",
        2,
        'error[E-USAGE] --sort value "-services"\n  links have no order to sort by\n',
    ),
    (
        "content list --fields services.brand",
        2,
        'error[E-USAGE] --fields value "services.brand"\n'
        '  "services" is a list of links, so "services.brand" means nothing\n',
    ),
    (
        "content list --fields linked_services",
        2,
        'error[E-USAGE] --fields value "linked_services"\n'
        '  content has no field "linked_services"; did you mean "linked_service"?\n'
        "  fix: see them all: mcc content describe\n",
    ),
    (
        "services list --where linked_service=seo",
        2,
        'error[E-USAGE] --where value "linked_service"\n  services has no field "linked_service"',
    ),
    (
        "content update one --set-null services",
        2,
        "error[E-USAGE] --set-null\n  services are links, not a column\n"
        "  fix: mcc content unlink\n",
    ),
]


@pytest.mark.parametrize(("line", "code", "message"), REFUSED, ids=[line for line, *_ in REFUSED])
def test_what_links_cannot_do_is_refused(mcc, numbers, line, code, message):
    done = mcc(*line.split())
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(message)


def test_rows_from_json_are_linked_as_they_say(mcc, numbers, tmp_path):
    path = tmp_path / "rows.json"
    for key in ("none", "both"):
        path.write_text(mcc("content", "list", "--where", f"slug={key}", "--json").out)
        assert mcc("content", "delete", key, "--yes").code == 0
        assert mcc("content", "create", "--from-json", str(path)).out == f"{key}\n"
        again = mcc("content", "list", "--where", f"slug={key}", "--fields", "services", "--json")
        assert again.out.count('"seo"') == path.read_text().count('"seo"')


def test_links_of_rows_that_exist_are_set_or_left(mcc, numbers, tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('{"slug": "both", "title": "x", "services": null, "sub_services": []}')
    assert mcc("content", "create", "--from-json", str(path), "--if-exists", "update").code == 0
    fields = ("--fields", "services,sub_services", "--json")
    (found,) = json.loads(mcc("content", "list", "--where", "slug=both", *fields).out)
    assert (bool(found["services"]), found["sub_services"]) == (True, [])


@pytest.mark.parametrize(
    ("cell", "code"),
    [('["soe"]', "E-REF"), ("[true]", "E-TYPE"), ("[[]]", "E-TYPE")],
)
def test_links_in_json_that_are_wrong_are_named(mcc, numbers, tmp_path, cell, code):
    path = tmp_path / "rows.json"
    path.write_text('{"title": "New", "services": ' + cell + "}")
    done = mcc("content", "create", "--from-json", str(path))
    assert (done.code, done.err.startswith(f'error[{code}] {path}:1 column "services"')) == (
        4,
        True,
    )
    assert mcc("content", "exists", "new").code == 3


def test_describe_tells_that_they_are_read_only(mcc):
    schema = json.loads(mcc("content", "describe", "--json").out)["properties"]
    assert schema["sub_services"] == {
        "description": "Keys of the sub-services it is linked to.",
        "type": "array",
        "items": {"type": ["string", "null"]},
        "readOnly": True,
    }
    assert schema["linked_service_ids"]["items"] == {"type": "integer"}
    told = mcc("content", "describe", "--format", "csv").out
    assert 'services,text[],,"read-only, from its links",,Keys of the services it' in told


@pytest.mark.parametrize(
    ("query", "lazy"),
    [
        (reading.Query(limit=2), True),
        (reading.Query(limit=2, sort=["-title"]), True),
        (reading.Query(where=["slug=one"]), True),
        (reading.Query(after="both"), True),
        (reading.Query(), False),
    ],
)
def test_links_of_a_page_are_looked_up_row_by_row(connection, numbers, query, lazy):
    query.fields = FIELDS.split(",")
    if not lazy:  # a few rows would be joined by a loop, depending on the tests before
        connection.execute("SET LOCAL enable_nestloop = off")
    _, statement = reading.select(connection, CONTENT, query)
    (plan,) = connection.execute(
        "EXPLAIN (ANALYZE, FORMAT JSON) " + statement.as_string()
    ).fetchone()
    looked_up = [
        node["Actual Loops"]
        for node in nodes(plan[0]["Plan"])
        if node.get("Relation Name") == "content_service_links"
    ]
    rows = int(plan[0]["Plan"]["Actual Rows"])
    assert looked_up == [rows if lazy else 1]


def nodes(plan):
    """A plan and all below it."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)


def test_a_whole_export_groups_each_link_table_once(connection):
    query = reading.Query(fields=exports.columns(CONTENT))
    statement = exports.statement(connection, CONTENT, query, "csv").as_string()
    for table in ("content_service_links", "content_sub_service_links"):
        assert statement.count(f'"{table}"') == 1
    assert statement.count("GROUP BY") == 2


def test_completion_knows_the_names():
    context = click.Context(click.Command("list"), None, "list")
    context.parent = click.Context(click.Group("content"), None, "content")
    assert complete_fields(context, "linked_s") == ["linked_service_ids", "linked_sub_service_ids"]
    assert complete_fields(context, "slug,sub_s") == ["slug,sub_services"]
    offered = complete_where(context, "")
    assert {"services=", "linked_service=", "linked_sub_service=", "slug="} <= set(offered)
