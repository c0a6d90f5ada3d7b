"""What PostgreSQL reads for the statements of a test: held by plans, which noise cannot touch."""

from __future__ import annotations

import json

import psycopg
import pytest

SCANS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan")


class Plans:
    """Records the statements that run on a connection, and explains them afterwards."""

    def __init__(self, connection):
        self.connection = connection
        self.statements = []

    def forget(self):
        """Hold only what comes from now on."""
        self.statements.clear()

    def explained(self):
        """The plan of every recorded statement, as run once more and rolled back."""
        statements, self.statements = self.statements, []
        for text, parameters in statements:
            with (
                self.connection.transaction(force_rollback=True),
                psycopg.Cursor(self.connection) as cursor,
            ):
                run = Plans.execute
                run(cursor, b"EXPLAIN (ANALYZE, FORMAT JSON) " + text, parameters)
                found = cursor.fetchone()[0]
            document = found if isinstance(found, list) else json.loads(found)
            yield text.decode(), document[0]["Plan"]

    def hold(self, table, most):
        """No statement reads more than `most` rows of a table."""
        for text, plan in self.explained():
            count = sum(map(_rows, _scans(plan, table)))
            assert count <= most, (
                f"{count} rows of {table} are read by {text[:400]}\n{_shape(plan)}"
            )


def _nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _scans(plan, table):
    return [
        node
        for node in _nodes(plan)
        if node["Node Type"] in SCANS and node["Relation Name"] == table
    ]


def _rows(node):
    removed = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
    return round((node["Actual Rows"] + removed) * node["Actual Loops"])


def _shape(plan, depth=0):
    index = plan.get("Index Name", "")
    lines = [f"{'  ' * depth}{plan['Node Type']} {plan.get('Relation Name', '')} {index}"]
    return "\n".join([*lines, *(_shape(child, depth + 1) for child in plan.get("Plans", ()))])


@pytest.fixture
def plans(connection, monkeypatch):
    """The plans of all that runs on the test's connection from here on."""
    recorder = Plans(connection)
    Plans.execute = original = psycopg.Cursor.execute

    def execute(cursor, query, params=None, **more):
        text = query if isinstance(query, str | bytes) else query.as_bytes(cursor)
        text = text.encode() if isinstance(text, str) else text
        if text.lstrip(b" \n(").split(None, 1)[0].upper() in (
            b"SELECT",
            b"UPDATE",
            b"DELETE",
            b"WITH",
        ):
            recorder.statements.append((text, params))
        return original(cursor, query, params, **more)

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    return recorder
