"""The flags of `import`, the values they take, and how these are read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcc_cli.cli.framework.env_vars import option
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.field_mapping import FieldMapping


class Kind(StrEnum):
    """What the file is."""

    auto = "auto"
    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"


class Mode(StrEnum):
    """What becomes of rows that exist, and of those that do not."""

    upsert = "upsert"
    insert = "insert"
    update = "update"


class Unknown(StrEnum):
    """What becomes of a head that is no column."""

    error = "error"
    ignore = "ignore"


class Blank(StrEnum):
    """What a blank cell says of a row that exists."""

    leave = "leave"
    clear = "clear"


READING = "Reading the file"
WRITING = "Writing the rows"

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", allow_dash=True, help="CSV, TSV or JSON lines; gzip too; - is stdin."
    ),
]
AsKind = Annotated[
    Kind,
    option(
        "--format",
        of="import",
        rich_help_panel=READING,
        help="Format of the file; auto detects it.",
    ),
]
Map = Annotated[
    list[str] | None,
    option(
        "--map",
        metavar="HEAD=FIELD",
        rich_help_panel=READING,
        help="Import the column HEAD of the file as FIELD; HEAD= leaves it out. Repeatable.",
    ),
]
MapValue = Annotated[
    list[str] | None,
    option(
        "--map-value",
        metavar="FIELD:CELL=VALUE",
        rich_help_panel=READING,
        help="Read this cell of a column as another value, such as status:published=active; "
        "no CELL is a blank one. Repeatable.",
    ),
]
Constant = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="FIELD=VALUE",
        rich_help_panel=READING,
        help="Value of a column that the file does not have, for each row. Repeatable.",
    ),
]
HeaderNames = Annotated[
    str | None,
    option(
        "--header",
        of="import",
        metavar="FIELD,…",
        rich_help_panel=READING,
        help="Columns of a file without a header, in their order; an empty name leaves one out.",
    ),
]
SkipLines = Annotated[
    int,
    option(
        "--skip-lines",
        metavar="N",
        min=0,
        rich_help_panel=READING,
        help="Lines above the header, which are not read.",
    ),
]
MappingFile = Annotated[
    Path | None,
    option(
        "--mapping",
        metavar="FILE",
        rich_help_panel=READING,
        help="TOML file of --map, --map-value, --set, --header and --skip-lines; flags come first.",
    ),
]
SaveMapping = Annotated[
    Path | None,
    typer.Option(
        "--save-mapping",
        metavar="FILE",
        rich_help_panel=READING,
        help="Write these flags to a file for --mapping.",
    ),
]
UnknownColumns = Annotated[
    Unknown,
    option(
        "--unknown-columns",
        rich_help_panel=READING,
        help="Refuse or leave out columns that do not exist here.",
    ),
]
BlankCells = Annotated[
    Blank,
    option(
        "--blank",
        rich_help_panel=READING,
        help="A blank cell leaves the value, or sets it to NULL.",
    ),
]
Encoding = Annotated[
    str | None,
    option(
        "--encoding",
        metavar="NAME",
        rich_help_panel=READING,
        help="Encoding of the text. \\[default: UTF-8; UTF-16 by its BOM; cp1252 if not UTF-8]",
    ),
]
Delimiter = Annotated[
    str | None,
    option(
        "--delimiter",
        metavar="CHAR",
        rich_help_panel=READING,
        help="Character between cells. \\[default: the one of , ; tab | in the header]",
    ),
]
WriteMode = Annotated[
    Mode,
    option(
        "--mode",
        rich_help_panel=WRITING,
        help="Create and update rows, only create, or only update.",
    ),
]
MatchOn = Annotated[
    str | None,
    option(
        "--match-on",
        metavar="FIELD,…",
        rich_help_panel=WRITING,
        help="Find rows by these unique columns. \\[default: the natural key]",
    ),
]
CreateMissing = Annotated[
    str | None,
    option(
        "--create-missing",
        metavar="REF,…",
        rich_help_panel=WRITING,
        help="Create referenced rows that do not exist yet, by their keys.",
    ),
]
KeepGood = Annotated[
    bool,
    option(
        "--keep-good/--atomic",
        rich_help_panel=WRITING,
        help="Write the good rows if others are rejected (exit 5), or all or nothing.",
    ),
]
MostErrors = Annotated[
    str | None,
    option(
        "--max-errors",
        metavar="N|N%",
        rich_help_panel=WRITING,
        help="Write nothing if more rows are rejected (exit 9).",
    ),
]
Rejects = Annotated[
    Path | None,
    option(
        "--rejects",
        metavar="FILE",
        rich_help_panel=WRITING,
        help="Write the rejected rows here, to correct and import again. "
        "\\[default with --keep-good, unless --dry-run: NAME.rejects.csv next to it]",
    ),
]
Bulk = Annotated[
    bool,
    typer.Option(
        "--bulk",
        rich_help_panel=WRITING,
        help="First load of an empty table that nothing refers to: builds its indexes at the "
        "end; the table cannot be read until then.",
    ),
]
DryRun = Annotated[
    bool,
    option(
        "-n",
        "--dry-run",
        help="Check everything, say what would happen, write nothing. --dry-run=full writes and "
        "rolls back.",
    ),
]
DryRunFull = Annotated[bool, typer.Option("--dry-run-full", hidden=True)]
Diff = Annotated[
    bool, option("--diff", help="Print what changes, cell by cell: counts, first 20 rows.")
]
ExitCode = Annotated[
    bool,
    option("--exit-code", help="Exit 7 if rows are, or would be, created or updated."),
]


@dataclass(kw_only=True)
class MappingFlags:
    """The flags that say what the columns of a file are called here, and what their cells mean."""

    map: Map = None
    map_value: MapValue = None
    set: Constant = None
    header: HeaderNames = None
    skip_lines: SkipLines = 0
    mapping: MappingFile = None
    save_mapping: SaveMapping = None


def mapping(options: MappingFlags) -> FieldMapping:
    """What the flags and the file of --mapping say of the columns.

    Raises MccError E-USAGE for a flag that is not of its form, E-CONFIG for the file.
    """
    from mcc_cli.services.transfer.imports import field_mapping

    values: dict[str, dict[str, str]] = {}
    for text in options.map_value or []:
        field, colon, rest = text.partition(":")
        cell, equals, value = rest.rpartition("=")
        if not (field.strip() and colon and equals):
            raise _malformed("--map-value", text, "FIELD:CELL=VALUE", "status:published=active")
        _put(values.setdefault(field.strip(), {}), cell, value, "--map-value", text)
    result = field_mapping.FieldMapping(
        _pairs("--map", options.map, "HEAD=FIELD", "Search volume=search_volume"),
        values,
        _pairs("--set", options.set, "FIELD=VALUE", "status=active", empty=False),
        names(options.header),
        options.skip_lines,
    )
    return result.over(field_mapping.read(options.mapping)) if options.mapping else result


def _pairs(
    flag: str, texts: list[str] | None, form: str, example: str, *, empty: bool = True
) -> dict[str, str]:
    """The parts of a repeatable flag that takes `A=B`; --map splits at the last `=`."""
    result: dict[str, str] = {}
    for text in texts or []:
        split = text.rpartition if flag == "--map" else text.partition
        name, equals, value = split("=")
        if not (equals and name.strip() and (empty or value)):
            raise _malformed(flag, text, form, example)
        if flag == "--map":
            _put(result, name, value.strip(), flag, text)
        else:
            _put(result, name.strip(), value, flag, text)
    return result


def _put(found: dict[str, str], name: str, value: str, flag: str, text: str) -> None:
    if found.setdefault(name, value) != value:
        message = f'"{name}" is given twice with different values'
        raise MccError("E-USAGE", message, flag, text, fix="leave one of them out")


def _malformed(flag: str, text: str, form: str, example: str) -> MccError:
    return MccError("E-USAGE", f"expected {form}", flag, text, fix=f'{flag} "{example}"')


def names(given: str | None) -> tuple[str, ...]:
    """The parts of a flag that takes `A,B`."""
    return tuple(name.strip() for name in given.split(",")) if given else ()


def delimiter(given: str | None, kind: Kind) -> str | None:
    """The character of --delimiter, or the one the format has. Raises MccError E-USAGE."""
    if given is None:
        return "\t" if kind is Kind.tsv else None
    result = {"tab": "\t", "\\t": "\t"}.get(given, given)
    if len(result) != 1 or result in '"\r\n' or not result.isascii():
        raise MccError("E-USAGE", "must be one ASCII character, or tab", "--delimiter", given)
    return result


def limit(given: str | None) -> str | None:
    """The `N` or `N%` of --max-errors. Raises MccError E-USAGE."""
    number = (given or "0").removesuffix("%")
    if not (number.isascii() and number.replace(".", "", 1).isdigit()):
        raise MccError(
            "E-USAGE", "must be a number of rows, or a share such as 5%", "--max-errors", given
        )
    return given


def objects(kind: Kind, source: Source) -> bool:
    """Whether the file is JSON lines: as --format says, else by how it begins.

    Raises MccError E-FILE for a JSON list, which is one value.
    """
    if kind is not Kind.auto:
        return kind is Kind.jsonl
    begin = next(source.blocks(), b"").lstrip()[:1]
    if begin == b"[":
        raise MccError(
            "E-FILE",
            "this is a JSON list; expected one object on each line",
            source.name,
            fix=f"jq -c '.[]' {source.name} | mcc … import -",
            file=source.name,
        )
    return begin == b"{"
