"""Every lock that mcc takes beyond those of plain statements: its key, its mode and its purpose.

`tests/db/test_locks.py` finds lock statements that are not listed here, and locks without a test
marked `lock(name)` that fails when the lock, its order or its mode is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from psycopg.sql import Composed

Kind = Literal["advisory", "table", "row"]


@dataclass(frozen=True)
class Lock:
    """A lock: `module` has the statement, `mode` is PostgreSQL's, `key` of an advisory lock.

    The second half of a key that is one number is the object's: the oid of a table. A key of 64
    bits is given by its two halves.
    """

    name: str
    kind: Kind
    module: str
    mode: str
    purpose: str
    key: tuple[int, ...] = ()

    def statement(self, *tables: str) -> Composed:
        """The statement that locks tables, in this order, until the transaction ends."""
        from psycopg import sql

        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        return sql.SQL("LOCK TABLE {} IN {} MODE").format(names, sql.SQL(self.mode))


IMPORT = Lock(
    "import",
    "advisory",
    "services/transfer/imports/import_lock.py",
    "exclusive, until the transaction ends",
    "Only one import or ingest at a time writes to a table; a second one names the first.",
    key=(0x6D6363,),
)
IMPORTED_TABLE = Lock(
    "imported-table",
    "table",
    "services/transfer/imports/load.py",
    "SHARE ROW EXCLUSIVE",
    "No row changes between the check of a file and its writing; readers go on.",
)
IMPORTED_LINKS = Lock(
    "imported-links",
    "table",
    "services/transfer/imports/link_cells.py",
    "SHARE ROW EXCLUSIVE",
    "No link changes while an import sets links. Taken after the rows, as linking by hand does.",
)
RESET = Lock(
    "reset",
    "table",
    "services/transfer/seeds.py",
    "ACCESS EXCLUSIVE",
    "No other session uses a table that seed --reset counts and empties.",
)
MIGRATION = Lock(
    "migration",
    "advisory",
    "db/schema.py",
    "exclusive, until the transaction ends",
    "Only one migration at a time changes a database; a second one waits, then names the first.",
    key=(0, 0x6D6363),
)
GATE = Lock(
    "gate",
    "advisory",
    "services/watch/notifier.py",
    "shared, while a watcher listens",
    "Writers notify only while a watcher holds it; one that cannot get it polls and says why.",
    key=(0x6D636C, 0x6C6F67),
)
PARENTS = Lock(
    "parents",
    "row",
    "services/transfer/imports/foreign_keys.py",
    "KEY SHARE",
    "No row that imported rows refer to is deleted before they are committed.",
)
LOCKS = (IMPORT, IMPORTED_TABLE, IMPORTED_LINKS, PARENTS, RESET, MIGRATION, GATE)
