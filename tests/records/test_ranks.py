"""Choices that rank are compared and sorted by their order, in every command that takes a name."""

from __future__ import annotations

import csv
import io
import json

import pytest
from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.audits import runs, summaries
from mcc_cli.services.records import filters
from mcc_cli.services.records.scope import Scope

CHOICES = [
    pytest.param(entity, column, id=f"{entity.name}.{column.name}")
    for entity in ENTITIES.values()
    for column in entity.columns
    if column.choices
]
OPERATORS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def cells(connection, entity, column):
    """A FROM clause with a row for each value of a column, named as `Scope` names the table."""
    scope = Scope(entity)
    none = [None] if column.nullable else []
    scope.tables = lambda: sql.SQL("(SELECT unnest({}::text[]) AS {}) AS t").format(
        sql.Literal([*column.choices, *none]), sql.Identifier(column.name)
    )
    return scope


@pytest.mark.db
@pytest.mark.parametrize(("entity", "column"), CHOICES)
def test_a_choice_is_compared_by_its_rank_or_not_at_all(mcc, connection, entity, column):
    scope = cells(connection, entity, column)
    for operator, holds in OPERATORS.items():
        for choice in column.choices:
            text = f"{column.field}{operator}{choice}"
            if not column.order:
                code, out, err = mcc(entity.name, "list", "--where", text)
                assert (code, out) == (2, "")
                assert f"{column.field} has no order that {operator} could compare by" in err
                continue
            statement = sql.SQL("SELECT {} FROM {} WHERE {}").format(
                sql.Identifier(column.name), scope.tables(), filters.where(connection, scope, text)
            )
            place = column.order.index(choice)
            right = {each for i, each in enumerate(column.order) if holds(i, place)}
            assert {row[0] for row in connection.execute(statement)} == right, text


@pytest.mark.db
@pytest.mark.parametrize(("entity", "column"), CHOICES)
def test_a_sort_by_a_choice_follows_its_rank(connection, entity, column):
    scope = cells(connection, entity, column)
    up = list(column.order or sorted(column.choices))
    none = [None] if column.nullable else []
    for mark, right in (("", up), ("-", up[::-1])):
        term, *_ = filters.order(scope, [f"{mark}{column.field}"])
        statement = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
            sql.Identifier(column.name), scope.tables(), term.term
        )
        assert [row[0] for row in connection.execute(statement)] == [*right, *none]


@pytest.fixture
def findings(connection):
    """A finding of each severity, in no order; the address is the severity."""
    for severity in ("high", "low", "critical", "medium"):
        connection.execute(
            """INSERT INTO on_page_seo_audits (url, error_type, severity)
               VALUES (%s, 'r', %s)""",
            [f"https://a.example/{severity}", severity],
        )
    return ["low", "medium", "high", "critical"]


@pytest.mark.cli
def test_every_command_takes_the_rank(mcc, findings, tmp_path):
    file = tmp_path / "audits.csv"
    where = ("--where", "severity>=high")
    listed = mcc("audits", "list", *where, "--sort", "-severity", "--field", "severity")
    assert listed.out.split() == ["critical", "high"]
    assert mcc("audits", "list", *where, "--format", "count").out == "2\n"
    exported = mcc("audits", "export", "--where", "severity<high", "--sort", "severity")
    rows = csv.DictReader(io.StringIO(exported.out))
    assert [row["severity"] for row in rows] == ["low", "medium"]
    assert mcc("audits", "export", *where, "--sort", "severity", "-o", str(file)).code == 0
    assert [row["severity"] for row in csv.DictReader(io.StringIO(file.read_text()))] == [
        "high",
        "critical",
    ]
    assert mcc("audits", "summary", *where, "--format", "count").out == "2\n"
    groups = mcc("audits", "summary", "--format", "csv").out
    assert [row["severity"] for row in csv.DictReader(io.StringIO(groups))] == findings[::-1]
    assert mcc("audits", "resolve", *where, "--all-matching", "--yes").code == 0
    assert mcc("audits", "list", "--where", "status>=resolved", "--format", "count").out == "2\n"


@pytest.mark.cli
@pytest.mark.parametrize("down", [False, True])
def test_pages_follow_the_rank(mcc, findings, down):
    mark = "-" if down else ""
    seen: list[str] = []
    after: list[str] = []
    for _ in range(5):
        page = mcc(
            *("audits", "list", "--sort", f"{mark}severity", "--limit", "1"),
            *("--fields", "id,severity", "--format", "json", *after),
        )
        rows = json.loads(page.out)
        if not rows:
            break
        seen.append(rows[0]["severity"])
        after = ["--after", str(rows[0]["id"])]
    assert seen == (findings[::-1] if down else findings)


@pytest.mark.cli
def test_a_condition_through_a_reference_takes_the_rank_too(mcc, connection):
    connection.execute(
        "INSERT INTO services (slug, service_name, status) VALUES ('a', 'A', %s)", ["published"]
    )
    connection.execute(
        "INSERT INTO sub_services (slug, sub_service_name, service_id) SELECT 'b', 'B', id "
        "FROM services"
    )
    for text, number in (
        ("service.status>=in_review", "1\n"),
        ("service.status<archived", "1\n"),
        ("service.status<in_review", "0\n"),
    ):
        assert mcc("sub-services", "list", "--where", text, "--format", "count").out == number


@pytest.mark.cli
def test_describe_shows_the_order(mcc):
    assert "low < medium < high < critical" in mcc("audits", "describe", "--format", "csv").out
    about = json.loads(mcc("audits", "describe", "--json").out)["properties"]
    assert about["severity"]["x-order"] == ["low", "medium", "high", "critical"]
    assert "x-order" not in about["error_category"]


@pytest.mark.unit
def test_the_reports_rank_severities_as_the_catalog_does():
    worst_first = ENTITIES["audits"].column("severity").order[::-1]
    assert worst_first == runs.SEVERITIES == summaries.SEVERITIES
