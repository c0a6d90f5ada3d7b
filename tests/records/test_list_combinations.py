"""Pairs of the flags of `list`, each against what Python makes of the same rows."""

from __future__ import annotations

import csv
import io
import itertools
import json

import pytest
import yaml

pytestmark = pytest.mark.cli

REGIONS = ("a", "b", None, "", "a", "b", None, "a", "b", "a", None, "b")
COUNTRIES = [
    {
        "code": f"X{chr(65 + number * 5 % 12)}",
        "country_name": f"Land {number}",
        "region": region,
        "has_content": number % 3 == 0,
        "status": ("active", "inactive")[number % 4 == 1],
    }
    for number, region in enumerate(REGIONS)
]
WHERE = {
    "region=a": lambda row: row["region"] == "a",
    "region!=a": lambda row: row["region"] != "a",
    "region=NULL,b": lambda row: row["region"] in (None, "b"),
    "has_content=true": lambda row: row["has_content"],
    "status=active": lambda row: row["status"] == "active",
    "code>XD": lambda row: row["code"] > "XD",
    "country_name~1": lambda row: "1" in row["country_name"],
}
SORT = {"code": ["code"], "-region": ["-region"], "region,-code": ["region", "-code"], None: []}
LIMITS = (None, 0, 3, 100)
FORMATS = ("json", "jsonl", "csv", "yaml", "ids", "count", "table", "field")


def after_null_last(row, name):
    """A key that puts a missing value last in either direction."""
    value = row[name.removeprefix("-")]
    if value is None:
        return (1, 0)
    numbers = value.encode()
    return (0, (*(-number for number in numbers), 1) if name.startswith("-") else tuple(numbers))


def expected(where, search, sort, after, limit):
    """The codes of the rows, in order, as the flags say."""
    rows = list(COUNTRIES)
    for name in reversed(sort):
        rows.sort(key=lambda row: after_null_last(row, name))
    codes = [row["code"] for row in rows]
    seen = set(codes[: codes.index(after) + 1] if after else [])
    rows = [row for row in rows if row["code"] not in seen]
    rows = [row for row in rows if all(WHERE[text](row) for text in where)]
    if search:
        texts = ("code", "country_name", "region")
        rows = [row for row in rows if any(search in (row[name] or "") for name in texts)]
    return [row["code"] for row in rows][:limit]


def read(form, out, numbers):
    """The codes that an output holds; the number of rows for count."""
    match form:
        case "json":
            return [row["code"] for row in json.loads(out)]
        case "yaml":
            return [row["code"] for row in yaml.safe_load(out)]
        case "jsonl":
            return [json.loads(line)["code"] for line in out.splitlines()]
        case "csv":
            return [row["code"] for row in csv.DictReader(io.StringIO(out))]
        case "ids":
            return [numbers[int(line)] for line in out.split()]
        case "count":
            return int(out)
        case "field":
            return out.split()
    return [line.split()[1] for line in out.splitlines()[1:]]


@pytest.fixture
def countries(connection):
    names = list(COUNTRIES[0])
    for row in COUNTRIES:
        connection.execute(
            "INSERT INTO countries (code, country_name, region, has_content, status)"
            " VALUES (%s, %s, %s, %s, %s)",
            [row[name] for name in names],
        )
    return dict(connection.execute("SELECT id, code FROM countries").fetchall())


def cases():
    """Every pair of values of two flags stands in some case; the others go round."""
    wheres = [[], *([text] for text in WHERE), ["region=a", "code>XD"]]
    axes = [wheres, [None, "Land 1", "b"], list(SORT), [None, "XA", "XG"], LIMITS, FORMATS]
    left = {
        (i, a, j, b)
        for i, j in itertools.combinations(range(len(axes)), 2)
        for a in range(len(axes[i]))
        for b in range(len(axes[j]))
    }
    while left:
        i, a, j, b = min(left)
        case = {i: a, j: b}
        for axis in range(len(axes)):
            if axis not in case:
                case[axis] = max(
                    range(len(axes[axis])),
                    key=lambda value: sum(
                        (*sorted_pair((axis, value), (other, chosen)),) in left
                        for other, chosen in case.items()
                    ),
                )
        pairs = itertools.combinations(sorted(case.items()), 2)
        left -= {(*one, *two) for one, two in pairs}
        yield tuple(axes[axis][case[axis]] for axis in range(len(axes)))


def sorted_pair(one, two):
    """Two choices of an axis as one key."""
    first, second = sorted((one, two))
    return (*first, *second)


def test_every_pair_of_flags_of_list_gives_what_python_makes_of_the_rows(mcc, countries):
    tried = 0
    for where, search, sort, after, limit, form in cases():
        line = [part for text in where for part in ("--where", text)]
        line += ["--search", search] if search else []
        sorts = SORT[sort] if tried % 2 else [sort] if sort else []
        line += [part for name in sorts for part in ("--sort", name)]
        line += ["--after", after] if after else []
        line += ["--limit", str(limit)] if limit is not None else []
        line += ["--field", "code"] if form == "field" else ["--format", form]
        done = mcc("countries", "list", *line)
        assert done.code == 0, (line, done.err)
        codes = expected(where, search, SORT[sort], after, limit)
        wanted = len(codes) if form == "count" else codes
        assert read(form, done.out, countries) == wanted, line
        cut = len(expected(where, search, SORT[sort], after, None)) > len(codes)
        assert ("there are more" in done.err) == (cut and form != "count" and limit != 0), line
        tried += 1
    assert tried > 60
