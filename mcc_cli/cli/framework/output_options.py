"""How a command writes rows: its output flags, what they choose, and the one function that writes.

A verb that writes rows has `OutputFlags` (--format, --output) or `ListFlags` (also --limit, --all,
--fields, --field) among its options. `choose` turns them into a `View`; `emit` writes rows by it.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework import row_flags
from mcc_cli.errors import MccError
from mcc_cli.output.files import PACKED, opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from mcc_cli.cli.framework.state import State

TABLE_LIMIT = 50  # rows of a table; formats for programs have no default limit
LISTS = (Format.json, Format.jsonl, Format.yaml)  # formats with lists and objects of their own
BY_ENDING = {
    "json": Format.json,
    "jsonl": Format.jsonl,
    "ndjson": Format.jsonl,
    "csv": Format.csv,
    "tsv": Format.tsv,
    "yaml": Format.yaml,
    "yml": Format.yaml,
    "txt": Format.table,
}
# Endings that promise a format mcc does not write, each with the nearest that it does.
UNWRITTEN = {
    **dict.fromkeys(("xlsx", "xlsm", "xlsb", "xls", "ods", "numbers"), "csv"),
    **dict.fromkeys(("parquet", "feather", "html", "htm", "pdf", "sql", "sqlite", "db"), "csv"),
    "xml": "json",
    **dict.fromkeys(("zip", "tgz", "bz2", "xz", "zst", "7z"), "csv.gz"),
}


@dataclass(kw_only=True)
class OutputFlags:
    """The flags of a command that writes rows."""

    format: row_flags.As = None
    output: row_flags.Output = None


@dataclass(kw_only=True)
class ListFlags(OutputFlags):
    """The flags of a command that lists rows."""

    limit: row_flags.Limit = None
    all: row_flags.All = False
    fields: row_flags.Fields = None
    field: row_flags.OneField = None


@dataclass(frozen=True)
class View:
    """What the output flags choose.

    `names` are the columns to write, in order; `bare` means the values of one column without a
    header. `limit` is the largest number of rows, None for all.
    """

    format: Format
    names: list[str]
    bare: bool
    limit: int | None
    output: Path | None
    named: bool = False  # the user chose the columns

    @property
    def as_text(self) -> bool:
        """Whether values become text: the format has no lists or objects."""
        return self.bare or self.format not in LISTS

    @property
    def fetch(self) -> int | None:
        """How many rows to read: one more than `limit`, which shows whether there are more."""
        return None if self.limit is None else self.limit + 1


def choose(
    state: State,
    flags: OutputFlags,
    *,
    known: Collection[str] | None = None,
    shown: Sequence[str] = (),
    ids: str | None = "id",
) -> View:
    """What the flags of a command mean.

    `known` are the columns that there are (None if the query checks them), `shown` those of a
    table, `ids` the column that --format ids writes (None if rows have no ids).

    Raises MccError E-USAGE for flags that exclude each other, for an unknown column, and for a file
    name whose ending promises another format.
    """
    listing = flags if isinstance(flags, ListFlags) else ListFlags(all=True)
    one = listing.field
    if one is not None and listing.fields and state.typed("fields"):
        raise _exclusive("--field", "--fields")
    if flags is listing and listing.all and state.typed("limit"):
        raise _exclusive("--all", "--limit")
    if one is not None and "," in one:
        fix = f"--fields {one}"
        raise MccError("E-USAGE", "--field takes one column", "--field", one, fix=fix)
    form = _format(state, flags, one)
    names = [one] if one is not None else row_flags.split(listing.fields)
    named = bool(names)
    flag = "--field" if one is not None else "--fields"
    for name in names if known is not None else ():
        row_flags.require(name, known or (), flag, "field")
    if form is Format.ids and one is None:
        if ids is None:
            raise MccError("E-USAGE", "these rows have no ids", "--format", form.value)
        names = [ids]
    elif not names:
        names = list(shown if form is Format.table and shown else known or ())
    limit = listing.limit
    if limit is None and form is Format.table and one is None:
        limit = TABLE_LIMIT
    if listing.all or (form is Format.count and not state.typed("limit")):
        limit = None
    return View(form, names, one is not None, limit, flags.output, named)


def emit(
    state: State,
    view: View,
    rows: Iterable[Sequence[Any]],
    noun: str,
    *,
    names: Sequence[str] | None = None,
    count: Callable[[], int] | None = None,
    more: str = "--limit N or --all",
    after: Callable[[Any], None] | None = None,
    table: dict[str, Any] | None = None,
) -> None:
    """Write rows by a view.

    `names` are the columns of the rows, `view.names` unless given. `count` gives their number
    without reading them. If the limit cuts the rows, stderr says so with the flags `more`, also
    under --quiet. A table without rows says so, too. `after` writes what follows a table;
    `table` says what is the KEY of one (see `render._table`).
    """
    from mcc_cli.output.records import render

    cut: list[bool] = []
    written = 0

    def counted() -> Iterator[Sequence[Any]]:
        nonlocal written
        for row in rows if view.limit is None else _first(rows, view.limit, cut):
            written += 1
            yield row

    with opened(view.output, state.out) as out:
        if view.format is Format.count:
            number = count() if count else sum(1 for _ in rows)
            out.write(f"{number if view.limit is None else min(number, view.limit)}\n")
            return
        if view.bare:
            out.writelines(f"{render.cell(row[0])}\n" for row in counted())
        else:
            style = state.table_style(out, named=view.named, **(table or {}))
            render.write(list(names or view.names), counted(), view.format, out, **style)
            if after and view.format is Format.table:
                after(out)
    if view.format is Format.table and not (written or cut or view.bare):
        state.out.flush()
        state.say(f"no {noun} match")
    if cut and view.limit:
        state.out.flush()
        state.remark(f"… there are more {noun}: {more}")


def by_ending(output: Path | None, formats: Collection[str], flag: str = "--output") -> str | None:
    """The format that the ending of a file name means, one of `formats`; None if it means none.

    Raises MccError E-USAGE for an ending that promises a format which is not written.
    """
    if output is None or str(output) == "-":
        return None
    name = PurePath(output.name.lower().removesuffix(PACKED))
    ending = name.suffix[1:]
    form = BY_ENDING.get(ending)
    if form in formats:
        return str(form)
    if form is None and ending not in UNWRITTEN:
        return None
    better = UNWRITTEN.get(ending, "jsonl" if form in LISTS else "csv")
    if better.partition(".")[0] not in formats:
        better = next(iter(formats))
    stem = output.name[: len(name.stem)].removesuffix(".csv")
    file = shlex.quote(str(output.with_name(f"{stem}.{better}")))
    raise MccError(
        "E-USAGE",
        f"this command writes {', '.join(formats)}, not {ending}",
        flag,
        str(output),
        fix=f"-o {file}; or keep the name and add --format {better.partition('.')[0]}",
    )


def require_ending(output: Path | None, written: str, *endings: str) -> None:
    """Raise MccError E-USAGE for a file name that promises another format than `written`.

    For a command that writes one format only: the page of a report, the text of metrics.
    """
    if output is None or str(output) == "-":
        return
    ending = PurePath(output.name.lower().removesuffix(PACKED)).suffix[1:]
    if ending not in endings and (ending in BY_ENDING or ending in UNWRITTEN):
        file = shlex.quote(str(output.with_name(f"{output.name.partition('.')[0]}.{endings[0]}")))
        message = f"this command writes {written}, not {ending}"
        raise MccError("E-USAGE", message, "--output", str(output), fix=f"-o {file}")


def _format(state: State, flags: OutputFlags, one: str | None) -> Format:
    """The format of --format, --json or --field, else of the ending of the file."""
    form = flags.format
    typed = form is not None and state.typed("format")
    other = "--field" if one is not None else "--json" if state.json else None
    if other and typed and form is not Format.json:
        raise _exclusive(other, "--format")
    if typed and form is not None:
        return form
    if state.json:
        return Format.json
    ending = by_ending(flags.output, list(Format)) if one is None else None
    return Format(ending) if ending else form or Format.table


def _first(rows: Iterable[Sequence[Any]], limit: int, cut: list[bool]) -> Iterator[Sequence[Any]]:
    """The first `limit` rows; `cut` gets an item if there was another."""
    for number, row in enumerate(rows):
        if number == limit:
            cut.append(True)
            return
        yield row


def _exclusive(flag: str, other: str) -> MccError:
    return MccError("E-USAGE", f"{flag} and {other} exclude each other", fix="give one of them")
