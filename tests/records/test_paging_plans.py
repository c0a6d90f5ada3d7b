"""Pages and sorts of a large table: PostgreSQL reads about as many rows as it returns."""

from __future__ import annotations

import pytest

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import keys, reading

pytestmark = pytest.mark.db

KEYWORDS = ENTITIES["keywords"]
PAGE = 50


@pytest.fixture
def many(connection):
    """30,000 keywords."""
    connection.execute(
        "INSERT INTO keywords (keyword, search_volume)"
        " SELECT 'term ' || n, n % 7 FROM generate_series(1, 30000) AS n"
    )
    connection.execute("ANALYZE keywords")
    return connection


@pytest.mark.parametrize("sort", ["id", "-id", "keyword", "-keyword", "keyword,-id", "-keyword,id"])
@pytest.mark.parametrize("after", [None, "term 5", "term 15000", "term 29995"])
def test_every_page_of_an_indexed_order_costs_what_the_first_costs(many, plans, sort, after):
    query = reading.Query(sort=[sort], after=after, limit=PAGE, fields=["id", "keyword"])
    _, rows = reading.find(many, KEYWORDS, query)
    found = list(rows)
    names = [part.removeprefix("-") for part in sort.split(",")]
    place = {"id": 0, "keyword": 1}[names[0]]
    values = [row[place] for row in found]
    assert values == sorted(values, reverse=sort.startswith("-"))
    plans.hold("keywords", PAGE + 60)  # with the key that names the row, and one index tuple more


def test_a_key_and_a_page_of_ids_are_found_by_index(many, plans):
    assert keys.matches(many, KEYWORDS, "term 12345")
    (number,) = many.execute("SELECT id FROM keywords WHERE keyword = 'term 777'").fetchone()
    assert list(reading.by_ids(many, KEYWORDS, [number]))
    assert reading.count(many, KEYWORDS, reading.Query(where=["keyword=term 9"])) == 1
    plans.hold("keywords", 10)
