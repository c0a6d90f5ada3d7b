"""Every lock is listed in `mcc_cli.db.locks`, and has a test that fails without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mcc_cli
from mcc_cli.db import locks

pytestmark = pytest.mark.unit

PACKAGE = Path(mcc_cli.__file__).parent
TESTS = Path(__file__).parents[1]
STATEMENT = re.compile(
    r"LOCK TABLE|pg_(?:try_)?advisory_(?:xact_)?lock|FOR (?:NO KEY )?UPDATE\b|FOR (?:KEY )?SHARE\b"
)
# Modules whose locks are not listed yet; nothing is added here.
UNLISTED = {
    "entities/schema/event_triggers.py",
    "services/audits/ingest.py",
    "services/audits/triage.py",
    "services/links/linker.py",
    "services/records/deleting.py",
    "services/records/locking.py",
}


def test_every_lock_statement_is_of_a_listed_lock():
    listed = {lock.module for lock in locks.LOCKS} | UNLISTED | {"db/locks.py"}
    modules = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if STATEMENT.search(path.read_text("utf-8"))
    }
    assert modules <= listed, "list the lock in mcc_cli/db/locks.py"
    for lock in locks.LOCKS:
        text = (PACKAGE / lock.module).read_text("utf-8")
        constant = next(name for name, value in vars(locks).items() if value is lock)
        assert f"locks.{constant}" in text, f"{lock.module} does not take {lock.name} from here"


def test_every_lock_has_a_test():
    marked = set()
    for path in TESTS.rglob("test_*.py"):
        marked |= set(re.findall(r"mark\.lock\(\"([a-z-]+)\"\)", path.read_text("utf-8")))
    assert {lock.name for lock in locks.LOCKS} == marked


def test_names_and_keys_of_locks_are_their_own():
    assert len({lock.name for lock in locks.LOCKS}) == len(locks.LOCKS)
    keys = [lock.key for lock in locks.LOCKS if lock.kind == "advisory"]
    assert all(keys)
    assert len(set(keys)) == len(keys)
