"""The flags of import in combination, against a model of what an import does written in Python."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass, field

import pytest

from mcc_cli.services.transfer.imports import foreign_keys, staging, unchanged_rows

pytestmark = pytest.mark.cli

STATUSES = ("planning", "active", "on_hold", "completed", "cancelled")
HEAD = ("Name", "brand", "project_status", "objective")
# Name, brand, status, objective: as the table has them, and as the file does.
TABLE = {
    "Same": ("Acme", "active", "o"),
    "Changed": ("Acme", "active", "o"),
    "Cleared": ("Acme", "planning", "o"),
    "Twice": (None, "planning", None),
}
FILE = [
    ("Same", "Acme", "LIVE", "o"),
    ("Changed", "New", "on_hold", "p"),
    ("Cleared", "", "", ""),
    ("Twice", "Acme", "planning", "first"),
    ("Twice", "Acme", "planning", "second"),
    ("Fresh", "New", "", "x"),
    ("Fresh", "", "", "y"),
    ("Other", "Acme", "completed", ""),
    ("Wrong", "Only by a wrong one", "nonsense", ""),
    ("", "Acme", "active", "no key"),
]
FLAGS = {
    "mode": ("upsert", "insert", "update"),
    "blank": ("leave", "clear"),
    "keep": ("--atomic", "--keep-good"),
    "dry": ((), ("--dry-run",), ("--dry-run=full",)),
    "most": (None, "0", "5", "80%"),
    "missing": ((), ("--create-missing", "brand")),
    "live": ((), ("--map-value", "project_status:LIVE=active")),
    "more": ((), ("--diff",), ("--exit-code",)),
    "large": (True, False),
    "rows": (FILE, FILE[:4], FILE[:8]),
    "constant": ((), ("--set", "project_owner=ana@a.example")),
}


def pairwise(factors):
    """Combinations in which each two values of two factors meet, found greedily."""
    draw = random.Random(14)
    names = list(factors)
    missing = {
        (a, i, b, j)
        for a, b in itertools.combinations(names, 2)
        for i in range(len(factors[a]))
        for j in range(len(factors[b]))
    }
    while missing:
        tried = [{n: draw.randrange(len(factors[n])) for n in names} for _ in range(60)]
        a, i, b, j = min(missing)
        for case in tried:
            case |= {a: i, b: j}
        best = max(tried, key=lambda case: len(_met(case) & missing))
        missing -= _met(best)
        yield {name: factors[name][place] for name, place in best.items()}


def _met(case):
    return {(a, case[a], b, case[b]) for a, b in itertools.combinations(case, 2)}


CASES = list(pairwise(FLAGS))


@dataclass
class Model:
    """What an import is to do: the counts, the table after it, and the brands."""

    flags: dict
    table: dict = field(default_factory=lambda: dict(TABLE))
    brands: set = field(default_factory=lambda: {"Acme"})
    counts: dict = field(default_factory=dict)

    def run(self):
        """Work out the result; the exit status."""
        flags, rows = self.flags, self.flags["rows"]
        bad = {n for n, row in enumerate(rows) if self._is_bad(row)}
        seen = set()
        for n, row in enumerate(rows):  # of those that mean the same row the first good one counts
            if n not in bad and row[0] in TABLE:
                if row[0] in seen:
                    bad.add(n)
                seen.add(row[0])
        for n, (name, *_) in enumerate(rows):
            if flags["mode"] == {True: "insert", False: "update"}[name in TABLE]:
                bad.add(n)
        for n, row in enumerate(rows):
            if n not in bad and row[0] not in TABLE:
                if row[0] in seen or not row[0]:
                    bad.add(n)
                seen.add(row[0])
        good = [row for n, row in enumerate(rows) if n not in bad]
        counts = dict.fromkeys(("created", "updated", "unchanged", "cleared"), 0)
        after = dict(TABLE)
        for name, *cells in good:
            old = TABLE.get(name)
            after[name] = new = self._after(old, cells)
            owned = bool(flags["constant"]) and old is not None
            kind = "created" if old is None else "updated" if new != old or owned else "unchanged"
            counts[kind] += 1
            if old:
                counts["cleared"] += sum(
                    a is not None and b is None for a, b in zip(old, new, strict=True)
                )
        self.counts = {"read": len(rows), "rejected": len(bad), **counts}
        most = flags["most"]
        share = len(rows) / 100 if most and most.endswith("%") else 1
        limit = most is not None and len(bad) > float(most.removesuffix("%")) * share
        kept = flags["keep"] == "--keep-good"
        if not (flags["dry"] or limit or (bad and not kept)):
            self.table = after
            self.brands |= {brand for brand, *_ in after.values() if brand}
        if limit:
            return 9
        if bad:
            return 5 if kept else 4
        changed = counts["created"] + counts["updated"]
        return 7 if "--exit-code" in flags["more"] and changed else 0

    def _is_bad(self, row):
        name, brand, status, _ = row
        if status == "LIVE" and self.flags["live"]:
            status = "active"
        clear = self.flags["blank"] == "clear"
        known = brand in ("", "Acme") or bool(self.flags["missing"])
        return (
            not known
            or (status not in STATUSES and not (status == "" and not clear))
            or (clear and not name)
        )

    def _after(self, old, cells):
        brand, status, objective = cells
        status = "active" if status == "LIVE" else status
        if old is None:
            return (brand or None, status or "planning", objective or None)
        clear = self.flags["blank"] == "clear"
        given = (brand, status, objective)
        return tuple(
            new or (None if clear else before) for new, before in zip(given, old, strict=True)
        )


@pytest.mark.parametrize("flags", CASES, ids=[f"{n:02}" for n in range(len(CASES))])
def test_flags_in_combination_do_what_each_of_them_says(
    mcc, connection, tmp_path, monkeypatch, flags
):
    monkeypatch.setattr(staging, "FEW", 0 if flags["large"] else 5000)
    monkeypatch.setattr(foreign_keys, "LEAST", 0)
    monkeypatch.setattr(unchanged_rows, "LEAST_SHARE", 0)
    connection.execute("INSERT INTO users (email, name) VALUES ('ana@a.example', 'Ana')")
    connection.execute("INSERT INTO brands (name) VALUES ('Acme')")
    for name, values in TABLE.items():
        connection.execute(
            "INSERT INTO projects (project_name, brand_id, project_status, objective) "
            "VALUES (%s, (SELECT id FROM brands WHERE name = %s), %s, %s)",
            [name, *values],
        )
    path = tmp_path / "file.csv"
    path.write_text("".join(",".join(row) + "\n" for row in (HEAD, *flags["rows"])))
    model = Model(flags)
    wanted = model.run()
    done = mcc(
        *("projects", "import", str(path), "--map", "Name=project_name", "--json"),
        *("--mode", flags["mode"], "--blank", flags["blank"], flags["keep"]),
        *(("--max-errors", flags["most"]) if flags["most"] else ()),
        *(*flags["dry"], *flags["missing"], *flags["live"], *flags["more"], *flags["constant"]),
    )
    found = json.loads(done.out)
    assert (done.code, {name: found[name] for name in model.counts}) == (wanted, model.counts)
    rows = connection.execute(
        "SELECT project_name, b.name, project_status, objective FROM projects "
        "LEFT JOIN brands AS b ON b.id = brand_id"
    ).fetchall()
    assert {name: tuple(values) for name, *values in rows} == model.table
    brands = connection.execute("SELECT name FROM brands").fetchall()
    assert {name for (name,) in brands} == model.brands
