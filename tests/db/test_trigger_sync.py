"""Functions and triggers come from the entities: every migration brings them up to date."""

from __future__ import annotations

import ast

import psycopg
import pytest

from mcc_cli.db import schema, triggers
from mcc_cli.db.revisions import REVISIONS
from mcc_cli.resources import folder

pytestmark = pytest.mark.db


def quiet(_text):
    """Hear nothing."""


@pytest.fixture
def opened(database):
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def test_after_a_migration_nothing_is_outdated(connection):
    assert triggers.outdated(connection) == []


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        ("DROP TRIGGER mcc_log_update ON brands", "mcc_log_update on brands"),
        ("DROP TRIGGER mcc_90_touch ON brands", "mcc_90_touch on brands"),
        ("DROP TRIGGER mcc_log_finish ON runs", "mcc_log_finish on runs"),
        ("GRANT EXECUTE ON FUNCTION mcc_log_brands() TO PUBLIC", "mcc_log_brands"),
        (
            "CREATE OR REPLACE FUNCTION mcc_log_brands() RETURNS trigger LANGUAGE plpgsql "
            "AS 'BEGIN RETURN NULL; END'",
            "mcc_log_brands",
        ),
        (
            "CREATE TRIGGER mcc_old BEFORE UPDATE ON brands FOR EACH ROW "
            "EXECUTE FUNCTION mcc_touch()",
            "mcc_old on brands",
        ),
    ],
)
def test_what_differs_is_found_and_the_next_migration_repairs_it(opened, damage, name):
    opened.execute(damage)
    assert triggers.outdated(opened) == [name]
    schema.migrate(opened, quiet, REVISIONS[-2])
    schema.migrate(opened, quiet)
    assert triggers.outdated(opened) == []


def test_the_triggers_of_somebody_else_stay(opened):
    opened.execute(
        "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
    )
    opened.execute(
        "CREATE TRIGGER mcc_mine BEFORE UPDATE ON brands FOR EACH ROW EXECUTE FUNCTION mine()"
    )
    triggers.sync(opened)
    found = "SELECT count(*) FROM pg_trigger WHERE tgname = 'mcc_mine'"
    assert opened.execute(found).fetchone() == (1,)


@pytest.mark.unit
def test_no_revision_uses_the_code_of_today():
    """A revision that calls the program changes with it: history must not."""
    for path in (folder("migrations") / "versions").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(name.startswith("mcc_cli") for name in names), path.name
