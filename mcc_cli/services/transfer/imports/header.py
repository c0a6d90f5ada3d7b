"""The first line of a file: its delimiter, its names, and the columns they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError
from mcc_cli.services.records.did_you_mean import did_you_mean
from mcc_cli.services.records.row_input import READ_ONLY, raise_all
from mcc_cli.services.transfer.imports.csv_records import split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcc_cli.entities.schema.facts import Column, Entity, LinkField
    from mcc_cli.files.source import Source

DELIMITERS = ",;\t|"
DELIMITER_NAMES = {",": ",", ";": "';'", "\t": "tab", "|": "'|'"}  # as a shell takes them
LONGEST_NAME = 60
LONGEST_HEADER = 1024 * 1024
OWN = "_mcc_"
SEPARATOR = re.compile(r"sep=(.)(\r\n|\n|\r)")


@dataclass(frozen=True)
class Target:
    """A column of the file that is imported: its place (from 0), and what it fills.

    `by_id` is a reference given as a number (`service_id`) and not by key; `guarded` says that
    apostrophes may guard its cells from a spreadsheet.
    """

    index: int
    name: str
    column: Column
    by_id: bool = False
    guarded: bool = False


@dataclass(frozen=True)
class LinkTarget:
    """A column of the file that links rows: `how` is = for these and no others, + or -.

    `by_id` says that the cells hold ids and not keys.
    """

    index: int
    name: str
    field: LinkField
    how: str
    by_id: bool = False
    guarded: bool = False


@dataclass
class Header:
    """The names of a file in their order, what separates them, and where the rows begin.

    `skip` counts the bytes (as UTF-8) before the first row, `line` its line. `objects` says that
    the file is JSON lines, `guarded` that apostrophes may guard its cells.
    """

    delimiter: str
    names: list[str]
    skip: int
    line: int
    targets: list[Target] = field(default_factory=list)
    links: list[LinkTarget] = field(default_factory=list)
    guarded: bool = False
    objects: bool = False


def read(source: Source, delimiter: str | None) -> Header:
    """The header of delimited text. Raises MccError E-FILE where there is none to be read."""
    head = ""
    for block in source.blocks():
        head += block.decode("utf-8", "ignore")
        if "\n" in head or "\r" in head[:-1] or len(head) > LONGEST_HEADER:
            break
    start = 0
    if match := SEPARATOR.match(head):
        delimiter, start = delimiter or match[1], match.end()
    text = head[start:]
    chosen = delimiter or max(DELIMITERS, key=lambda each: _width(text, each))
    first = next(split([text], chosen), None)
    if first is None or first.fault:
        reason = first.fault if first else "the file holds no line"
        line = first.line if first else 1
        raise MccError(
            "E-FILE",
            f"the header cannot be read: {reason}",
            f"{source.name}:{line}",
            file=source.name,
            line=line,
        )
    end = _end(text, chosen, first.line)
    lead = head[:start].count("\n") or head[:start].count("\r")
    rows_at = start + end
    return Header(
        chosen,
        [name.strip() for name in first.cells],
        len(head[:rows_at].encode()),
        1 + lead + len(re.findall(r"\r\n|\n|\r", text[:end])),
    )


def _width(text: str, delimiter: str) -> int:
    first = next(split([text], delimiter), None)
    return len(first.cells) if first and not first.fault else 0


def _end(text: str, delimiter: str, line: int) -> int:
    """Where the record that begins at `line` ends: its cells may hold line breaks in quotes."""
    from mcc_cli.services.transfer.imports.csv_records import grammar

    position = 0
    for _ in range(line - 1):  # blank lines before it
        found = re.compile(r"\r\n|\n|\r").match(text, position)
        position = found.end() if found else position
    cell = grammar(delimiter)
    while match := cell.match(text, position):
        position = match.end()
        if match[3] != delimiter:
            return position
    return len(text)


def bind(
    header: Header, entity: Entity, source: Source, mapping: Mapping[str, str], unknown: str
) -> None:
    """Find the column of each name. `mapping` renames heads; `unknown` is error or ignore.

    Raises one MccError E-COLUMN with every name that has no column, is empty or stands twice.
    """
    errors: list[MccError] = []
    place = f"{source.name}:{max(1, header.line - 1)}"
    guarded = header.guarded = source.skip > 0 and not header.objects
    taken: dict[str, str] = {}
    unused = dict(mapping)
    nameless = [index + 1 for index, name in enumerate(header.names) if not name]
    if nameless:
        errors.append(_nameless(nameless, place))
    for index, name in enumerate(header.names):
        if not name:
            continue
        if name.startswith(OWN):
            continue
        wanted = unused.pop(name, mapping.get(name, name))
        if link := _link(entity, wanted, index, name):
            header.links.append(link)
            errors += _twice(header.links, place)
            continue
        column = column_of(entity, wanted)
        if wanted in READ_ONLY or (column and column.generated):
            continue
        if column is None:
            if unknown != "ignore" or name in mapping:
                errors.append(_no_column(entity, wanted, place, header))
            continue
        if column.name in taken:
            message = f'"{taken[column.name]}" and "{name}" are the same column'
            fix = "take one of them out of the file"
            errors.append(MccError("E-COLUMN", message, place, name, fix=fix, column=column.name))
            continue
        taken[column.name] = name
        by_id = bool(column.references) and _normal(wanted) == column.name != column.field
        header.targets.append(Target(index, name, column, by_id, guarded))
    for name in unused:
        message = "the file has no such head"
        hint = did_you_mean(name, header.names) or f"heads: {', '.join(header.names)}"
        errors.append(MccError("E-COLUMN", message, "--map", name, hint))
    for error in errors:
        error.entity, error.file = entity.name, source.name
    raise_all(errors)
    if not (header.targets or header.links):
        raise MccError("E-COLUMN", "no column of this file is imported", place, entity=entity.name)


def _normal(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def column_of(entity: Entity, name: str) -> Column | None:
    """The column that a head means: by its name or its field, in any case, spaces for _."""
    return entity.column(name) or entity.column(_normal(name))


def _link(entity: Entity, wanted: str, index: int, name: str) -> LinkTarget | None:
    """The links that a head means: `services`, `services+`, `services-`, or by ids."""
    how = wanted[-1:] if wanted[-1:] in ("+", "-") else "="
    base = wanted.removesuffix(how)
    found = entity.link(base) or entity.link(_normal(base))
    by_id = found is not None and _normal(base) == found.ids
    return LinkTarget(index, name, found, how, by_id) if found else None


def _twice(links: list[LinkTarget], place: str) -> list[MccError]:
    """An error where the last of the heads does not go together with one before it."""
    *others, last = links
    for other in others:
        alike = "=" in (other.how, last.how) or other.how == last.how
        if other.field == last.field and alike:
            message = f'"{other.name}" and "{last.name}" both say which {last.field.name} there are'
            return [MccError("E-COLUMN", message, place, last.name, column=last.name)]
    return []


def _nameless(places: list[int], place: str) -> MccError:
    """One error for all columns without a name: a spreadsheet may leave many at the end."""
    if len(places) == 1:
        message, fix = f"column {places[0]} has no name", "name it, or take it out of the file"
    else:
        shown = ", ".join(map(str, places[:5])) + (", …" if len(places) > 5 else "")
        message = f"{len(places)} columns have no name: {shown}"
        fix = "name them, or take them out of the file"
    return MccError("E-COLUMN", message, place, fix=fix)


def _no_column(entity: Entity, name: str, place: str, header: Header) -> MccError:
    fields = [column.field for column in entity.columns if not column.generated]
    fields += [link.name for link in entity.links]
    shown = name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
    other = next((mark for mark in DELIMITERS if mark in name), None)
    fix = f'--map "{name}=COLUMN", or --unknown-columns ignore'
    if len(header.names) == 1 and other and other != header.delimiter:
        fix = f"name what stands between its cells: --delimiter {DELIMITER_NAMES[other]}"
    elif shown != name:
        fix = "name the encoding or the delimiter of the file: --encoding, --delimiter"
    return MccError(
        "E-COLUMN",
        f'{entity.name} has no column "{shown}"',
        place,
        name,
        did_you_mean(shown, fields) or f"columns: {', '.join(fields[:12])}",
        fix=fix,
        column=name,
    )
