"""What the tests of wrong input share: rows to be left alone, and how a refusal must look."""

import json

import pytest

from mcc_cli.entities.catalog import ENTITIES, LINKS

ROWS = (
    "brands create --name Acme",
    "brands create --name Borealis",
    "countries create --country-name Britain --code GB",
    "countries create --country-name Spain --code ES",
    "users create --email ana@x.example --name Ana",
    "services create --service-name SEO",
    "keywords create --keyword seo --country GB",
    "keywords create --keyword seo --country ES",
)
KEYS = {"code", "message", "hint", "entity", "file", "line"}
KEYS |= {"column", "value", "rows", "count", "retryable"}


@pytest.fixture
def rows(mcc):
    """A few rows."""
    for line in ROWS:
        assert mcc(*line.split()).code == 0


@pytest.fixture
def checksum(connection):
    """What stands in all tables, as one number each.

    In the order of the tables' names: after an autovacuum PostgreSQL may plan the UNION ALL as a
    parallel append, which returns its parts as they come.
    """

    def call():
        tables = [entity.table for entity in (*ENTITIES.values(), *LINKS.values())]
        query = " UNION ALL ".join(
            f"SELECT '{t}', count(*), sum(hashtextextended(x::text, 0)) FROM {t} x" for t in tables
        )
        return sorted(connection.execute(query).fetchall())

    return call


@pytest.fixture
def refused(mcc, rows, checksum, tmp_path):
    """Check that a command is refused with this message, also as JSON, and that nothing changed.

    Bytes among the arguments are the content of a file, which the message calls rows.json.
    """

    def call(arguments, code, message):
        path = tmp_path / "rows.json"
        for content in arguments:
            if isinstance(content, bytes):
                path.write_bytes(content)
        line = [str(path) if isinstance(each, bytes) else each for each in arguments]
        before = checksum()
        told = mcc(*line)
        assert (told.err.replace(str(path), path.name), told.out, told.code) == (message, "", code)
        as_json = mcc(*line, "--json")
        (document,) = as_json.err.splitlines()
        error = json.loads(document)
        assert (as_json.out, as_json.code, error["exit"]) == ("", code, code)
        assert error.keys() >= KEYS
        assert f"error[{error['code']}]" in message
        for part in filter(None, (error["message"], error["hint"], error["fix"])):
            for text in part.replace(str(path), path.name).splitlines():
                assert text in message
        assert checksum() == before

    return call
