"""Rows of other entities that files hold, settled with what is stored, and given to the importer.

Of several rows with one key the best is taken. A file that is older than what is stored does not
overwrite it. What people decided stays: a link that is disavowed, a title. The rules: `settled`.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from psycopg import sql

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.files.source import Source
from mcc_cli.services.audits.row_merge import OTHERS, SETTLED
from mcc_cli.services.transfer.exports import AS_JSONL
from mcc_cli.services.transfer.imports import load as importer
from mcc_cli.services.transfer.imports.report import Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcc_cli.db.connection.connect import Connection

RAW = """CREATE TEMP TABLE raw (n bigint GENERATED ALWAYS AS IDENTITY, v jsonb, note text)
  ON COMMIT DROP"""


@dataclass
class Written:
    """What became of the rows of an entity; `passed` pages are none of ours and were left out."""

    report: Report
    passed: int = 0


def write(
    connection: Connection,
    entity: str,
    files: Mapping[str, IO[str]],
    *,
    create_pages: bool = False,
) -> Written:
    """Import what `files`, by the name of the format, hold for an entity, in this transaction.

    Raises what an import raises; rejected rows are in the report, and nothing is written then.
    """
    connection.execute("DROP TABLE IF EXISTS pg_temp.raw")
    connection.execute(RAW)
    with connection.cursor().copy("COPY raw (v, note) FROM STDIN") as copy:
        for file in files.values():
            file.seek(0)
            for line in file:
                values, note = json.loads(line)
                known = {name: item for name, item in values.items() if item is not None}
                copy.write_row((json.dumps(known), note))
    connection.execute("ANALYZE raw")
    passed = 0
    if entity == "service-pages" and not create_pages:
        passed = len({url for (url,) in connection.execute(OTHERS)})
    settled = sql.SQL(AS_JSONL).format(sql.SQL(SETTLED[entity]))
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as out:
        with connection.cursor().copy(settled) as copy:
            for block in copy:
                out.write(block)
                digest.update(block)
        size = out.tell()
        if not size:
            return Written(Report(entity), passed)
        name = f"{entity} of {', '.join(files)}"
        source = Source(name, out, "utf-8", 0, digest.hexdigest(), size)
        options = importer.Options(objects=True)
        return Written(importer.load(connection, ENTITIES[entity], source, options), passed)
