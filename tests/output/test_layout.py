"""What a terminal shows fits into it, and neither keys nor heads are cut."""

import io
import re

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from mcc_cli.cli.app import run
from mcc_cli.cli.framework.state import State
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.output import layout
from mcc_cli.output.records import render
from mcc_cli.output.records.formats import Format

WIDTHS = (60, 80, 120, 200)
OURS = re.compile(r"\x1b\[[0-9;]*m")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?!:)")
texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=90)
tables = st.integers(1, 9).flatmap(
    lambda n: st.tuples(
        st.lists(st.text("abc_", min_size=1, max_size=18), min_size=n, max_size=n),
        st.lists(
            st.tuples(*[st.one_of(texts, st.integers(), st.none(), st.booleans())] * n),
            min_size=1,
            max_size=6,
        ),
    )
)


@pytest.mark.unit
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables, st.integers(40, 200), st.booleans())
def test_any_table_fits_a_terminal(table, width, named):
    fields, rows = table
    out, notes = io.StringIO(), []
    render.write(fields, rows, Format.table, out, width=width, named=named, note=notes.append)
    lines = out.getvalue().splitlines()
    assert all(cell_len(line) <= width for line in lines)
    first = [render.cell(row[0]).strip() for row in rows]
    head = lines[0].split()
    if head and head == fields[: len(head)] and len(lines) == 1 + len(rows):
        shown = [line.strip() for line in lines[1:]]
        assert all(line.startswith(key) for line, key in zip(shown, first, strict=True))
        assert not named or len(head) == len(fields)
        missing = fields[len(head) :]
        assert bool(missing) == bool(notes)
        assert not notes or f": {', '.join(missing)} " in notes[0]
    else:  # pages: every field of every row
        assert sum(line.split(" ")[0] in fields for line in lines) >= len(rows)
        assert not notes


@pytest.mark.unit
@given(texts, st.integers(5, 60))
def test_wrapped_text_loses_nothing_but_spaces_at_its_breaks(text, width):
    lines = layout.wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.fixture
def screen(demo_database, monkeypatch):
    """What a command of the demo data shows on a terminal of a width: stdout and stderr."""

    def call(width, *words):
        monkeypatch.setenv("COLUMNS", str(width))
        state = State(out=Terminal(), err=Terminal(), database_url=demo_database)
        assert run([*words], state) == 0, state.err.getvalue()
        return OURS.sub("", state.out.getvalue()), OURS.sub("", state.err.getvalue())

    return call


@pytest.mark.cli
@pytest.mark.parametrize("width", WIDTHS)
def test_every_list_fits_and_has_its_heads_and_keys_whole(width, screen, demo_database):
    with psycopg.connect(demo_database) as connection:
        for entity in ENTITIES.values():
            out, err = screen(width, entity.name, "list", "--limit", "5", "--sort", "id")
            lines = out.splitlines()
            assert all(cell_len(line) <= width for line in lines), entity.name
            fields = ["id", *(entity.column(name).field for name in entity.shown)]
            if lines[0].split()[1] == "1":  # pages
                assert width < 80, entity.name
                heads = [line.split()[0] for line in lines if line and line[0] != " "]
                assert heads[: len(fields)] == fields
                continue
            assert lines[0].split() == fields[: len(lines[0].split())], entity.name
            missing = fields[len(lines[0].split()) :]
            assert bool(missing) == ("too wide for this terminal" in err), entity.name
            assert all(name in err for name in missing)
            name = entity.label[0]
            if name in ("url", "source_url") and entity.label != entity.key:
                continue  # the id is the key of such rows
            if entity.column(name).references:
                continue
            statement = f"SELECT {name} FROM {entity.table} ORDER BY id LIMIT 5"
            for line, (key,) in zip(lines[1:], connection.execute(statement), strict=True):
                assert f" {key}" in line, entity.name


@pytest.mark.cli
@pytest.mark.parametrize("width", WIDTHS)
def test_every_screen_fits(width, screen):
    commands = [
        *([name, "describe"] for name in ENTITIES),
        *([name, "show", "1"] for name in ENTITIES if name not in ("users",)),
        ["events", "list"],
        ["events", "stats"],
        ["runs", "list"],
        ["services", "tree"],
        ["services", "assets", "technical-seo"],
        ["content", "links", "1"],
        ["content", "suggest-links", "--limit", "5"],
        ["brands", "list", "--fields", "name,website,status,created_at,industry,code,updated_at"],
        ["audits", "runs"],
        ["audits", "summary"],
    ]
    wrong = {}
    for words in commands:
        out, _ = screen(width, *words)
        if long := [line for line in out.splitlines() if cell_len(line) > width]:
            wrong[" ".join(words)] = long[0]
    assert not wrong


@pytest.mark.cli
def test_times_of_a_table_are_short_on_a_terminal_and_exact_elsewhere(screen, mcc):
    out, _ = screen(120, "brands", "list", "--fields", "name,created_at", "--limit", "1")
    assert TIME.search(out)
    assert "Z" not in out.splitlines()[1].split()[-1]
    mcc("brands", "create", "--name", "A")
    assert mcc("brands", "list", "--fields", "created_at").out.splitlines()[1].endswith("Z")


@pytest.mark.cli
def test_rows_whose_named_columns_do_not_fit_become_pages(screen):
    fields = "name,website,status,created_at,industry,code,updated_at"
    out, err = screen(60, "brands", "list", "--fields", fields, "--limit", "2")
    pages = out.strip("\n").split("\n\n")
    assert [line.split()[0] for line in pages[0].splitlines()] == fields.split(",")
    assert "too wide" not in err


@pytest.mark.cli
@pytest.mark.parametrize("width", WIDTHS)
def test_the_dashboard_has_its_figures_whole(width, screen):
    out, _ = screen(width, "quickstart")
    assert all(cell_len(line) <= width for line in out.partition("Try next")[0].splitlines())
    assert "31/40 links  2/4 tasks" in out
    assert "105 links" in out
    for entity in ENTITIES:
        assert re.search(rf"{entity} \d+", out), entity
