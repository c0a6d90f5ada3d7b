"""Every entity into a file of its own, all from one snapshot of the database."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mcc_cli.db.errors import translated
from mcc_cli.services.records.reading import Query
from mcc_cli.services.transfer import exports
from mcc_cli.services.transfer.folders.files import PACKED
from mcc_cli.services.transfer.folders.manifest import File, Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import BinaryIO

    from mcc_cli.db.connection.connect import Connection
    from mcc_cli.entities.schema.facts import Entity

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
LEVEL = 6


def export(
    connection: Connection,
    entities: Sequence[Entity],
    form: str,
    create: Callable[[str], AbstractContextManager[BinaryIO]],
    *,
    packed: bool = False,
    done: Callable[[File], None] = lambda _: None,
) -> Manifest:
    """Write the rows of `entities` as csv, tsv or jsonl into files that `create` opens by name.

    `packed` writes gzip. The connection must not be in a transaction: the snapshot is its own.
    """
    files: dict[str, File] = {}
    with translated(), connection.transaction():
        connection.execute(SNAPSHOT)
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for entity in entities:
            name = f"{entity.name}.{form}{PACKED if packed else ''}"
            with create(name) as file:
                out = _Hashed(file)
                rows = _write(connection, entity, form, out, packed=packed)
            files[entity.name] = File(name, rows, out.sha256.hexdigest())
            done(files[entity.name])
    return Manifest(at, form, files)


def _write(connection: Connection, entity: Entity, form: str, out: _Hashed, *, packed: bool) -> int:
    """The columns of the table itself: links have their own tables, and their own files."""
    query = Query(fields=[c.field for c in entity.columns if not c.generated])
    if not packed:
        return exports.export(connection, entity, query, form, out.write)
    with gzip.GzipFile("", "wb", LEVEL, out, mtime=0) as zipped:  # the same rows, the same bytes
        return exports.export(connection, entity, query, form, zipped.write)


class _Hashed:
    """A file that is written, and the SHA-256 of what went into it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write bytes."""
        self.sha256.update(data)
        return self.file.write(data)

    def flush(self) -> None:
        """Write what is held back."""
        self.file.flush()
