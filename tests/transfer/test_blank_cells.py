"""A blank cell leaves its column alone, whatever white space it holds, in every column."""

from __future__ import annotations

import csv
import io
import json

import pytest
from strategies import EACH, exported, made, undone

from mcc_cli.files import source
from mcc_cli.files.blank import BLANKS
from mcc_cli.services.transfer.exports import columns
from mcc_cli.services.transfer.imports.load import Options, load

pytestmark = pytest.mark.db

__all__ = ["made"]
SPACES = [" ", "\t ", "\u00a0", "\u3000", "\u200b\ufeff", "\u2003 \u202f", "\v\f", BLANKS]


def rows_of(connection, entity, folder, form):
    """The rows of an entity with its natural key alone, every other cell blank."""
    content = exported(connection, entity, "csv").decode()
    for number, row in enumerate(csv.DictReader(io.StringIO(content))):
        yield {
            name: cell
            if entity.column(name) and entity.column(name).name in entity.key
            else SPACES[number % len(SPACES)]
            for name, cell in row.items()
        }


@EACH
@pytest.mark.parametrize("form", ["csv", "irregular", "jsonl"])
def test_a_cell_of_white_space_changes_nothing(made, connection, tmp_path, entity, form):
    made(entity)
    before = exported(connection, entity, "csv")
    names = columns(entity)
    rows = list(rows_of(connection, entity, tmp_path, form))
    text = (
        set()
        if form != "jsonl"
        else {c.field for c in entity.columns if c.type in ("text", "jsonb")}
    )
    out = io.StringIO(newline="")
    if form == "jsonl":
        # JSON has a way to write no value, and text is what it is: see the empty text.
        lines = [
            {
                name: None if cell == "\\N" else cell
                for name, cell in row.items()
                if name not in text or entity.column(name).name in entity.key
            }
            for row in rows
        ]
        out.write("".join(json.dumps(line) + "\n" for line in lines))
    else:
        writer = csv.DictWriter(out, names, lineterminator="\n")
        rows = [{name: "" if cell == "\\N" else cell for name, cell in row.items()} for row in rows]
        writer.writeheader()
        writer.writerows(rows)
    content = out.getvalue()
    if form == "irregular":  # so that our grammar reads it, and not COPY
        content = content.replace("\n", "\r\n", 1)
    path = tmp_path / "file"
    path.write_text(content, "utf-8", newline="")
    with undone(connection), source.opened(path) as opened:
        done = load(connection, entity, opened, Options(objects=form == "jsonl", diff=True))
        assert [str(error) for error in done.errors] == []
        assert (done.counts()["unchanged"], done.links) == (len(rows), done.links), done.changes
        assert done.counts()["cleared"] == 0
        assert exported(connection, entity, "csv") == before
