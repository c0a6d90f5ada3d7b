"""Files to import, and the counts of an import, for the tests of every kind of file."""

from __future__ import annotations

import re

import pytest

LAST = re.compile(
    r"import ([a-z-]+): read=(\d+) created=(\d+) updated=(\d+) unchanged=(\d+) rejected=(\d+) "
    r"cleared=(\d+)(?: unguarded=\d+)?(?: linked=\d+ unlinked=\d+)?( rejects=\S+)? run=[0-9a-f]{8} "
    r"\d+\.\ds( \((dry run|nothing written)\))?"
)
NAMES = ("read", "created", "updated", "unchanged", "rejected", "cleared")
TWO = [("Acme", "Tools"), ("Zoë", "Töne, laut")]
TEXT = 'name,industry\nAcme,Tools\nZoë,"Töne, laut"\n'


@pytest.fixture
def load(mcc, tmp_path, monkeypatch):
    """Import a file and return the exit code, the counts (which must add up), stderr and stdout."""
    monkeypatch.chdir(tmp_path)

    def call(entity, content, *more, name="file.csv"):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        code, out, err = mcc(entity, "import", name, *more)
        match = LAST.fullmatch(err.splitlines()[-1]) if err else None
        counts = dict(zip(NAMES, map(int, match.groups()[1:7]), strict=True)) if match else None
        if counts:
            assert match[1] == entity
            parts = ("created", "updated", "unchanged", "rejected")
            assert counts["read"] == sum(counts[part] for part in parts)
        return code, counts, err, out

    return call


@pytest.fixture
def brands(connection):
    """The brands as rows of the given columns."""

    def call(columns="name, industry"):
        return connection.execute(f"SELECT {columns} FROM brands ORDER BY name").fetchall()

    return call


def counted(**given):
    return {name: given.get(name, 0) for name in NAMES}
