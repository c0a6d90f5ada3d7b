"""The flags of `import`, the values they take, and how these are read."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mcc_cli.cli.framework.env_vars import option
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from mcc_cli.files.source import Source


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
    option("--format", of="import", rich_help_panel=READING, help="What the file is; auto looks."),
]
Mapping = Annotated[
    list[str] | None,
    option(
        "--map",
        metavar="HEAD=FIELD",
        rich_help_panel=READING,
        help="Import this head as this column. Repeatable.",
    ),
]
UnknownColumns = Annotated[
    Unknown,
    option("--unknown-columns", rich_help_panel=READING, help="A head that is no column."),
]
BlankCells = Annotated[
    Blank,
    option(
        "--blank",
        rich_help_panel=READING,
        help="A blank cell leaves the value, or makes it NULL.",
    ),
]
Encoding = Annotated[
    str | None,
    option(
        "--encoding",
        metavar="NAME",
        rich_help_panel=READING,
        help="Of the text. \\[default: UTF-8; UTF-16 by its BOM; cp1252 where nothing is UTF-8]",
    ),
]
Delimiter = Annotated[
    str | None,
    option(
        "--delimiter",
        metavar="CHAR",
        rich_help_panel=READING,
        help="Between cells. \\[default: the one of , ; tab | in the header]",
    ),
]
WriteMode = Annotated[
    Mode,
    option(
        "--mode",
        rich_help_panel=WRITING,
        help="Create and change, only create, or only change rows.",
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
        help="Create rows that the file refers to and that do not exist, by their keys.",
    ),
]
KeepGood = Annotated[
    bool,
    option(
        "--keep-good/--atomic",
        rich_help_panel=WRITING,
        help="Write the good rows though others are rejected (exit 5), or all or nothing.",
    ),
]
MostErrors = Annotated[
    str | None,
    option(
        "--max-errors",
        metavar="N|N%",
        rich_help_panel=WRITING,
        help="Write nothing where more are rejected (exit 9).",
    ),
]
Rejects = Annotated[
    Path | None,
    option(
        "--rejects",
        metavar="FILE",
        rich_help_panel=WRITING,
        help="Rejected rows, to be corrected and imported again. "
        "\\[default with --keep-good, unless --dry-run: NAME.rejects.csv beside it]",
    ),
]
LockWait = Annotated[
    str,
    option(
        "--lock-wait",
        metavar="5m",
        rich_help_panel=WRITING,
        help="Wait this long for another import into the same table (exit 75).",
    ),
]
Bulk = Annotated[
    bool,
    typer.Option(
        "--bulk",
        rich_help_panel=WRITING,
        help="First load of an empty table that nothing refers to: its indexes are made at the "
        "end, and nobody else reads it meanwhile.",
    ),
]
Diff = Annotated[
    bool, option("--diff", help="Print what changes, cell by cell: counts, first 20 rows.")
]
ExitCode = Annotated[
    bool,
    option("--exit-code", help="Exit 7 where rows are, or would be, created or changed."),
]


def pair(text: str) -> tuple[str, str]:
    """`HEAD=FIELD` of --map. Raises MccError E-USAGE."""
    head, equals, field = text.rpartition("=")
    if not (equals and head and field):
        raise MccError(
            "E-USAGE", "write HEAD=FIELD", "--map", text, fix='--map "Search volume=search_volume"'
        )
    return head, field.strip()


def names(given: str | None) -> tuple[str, ...]:
    """The parts of a flag that takes `A,B`."""
    return tuple(name.strip() for name in given.split(",")) if given else ()


def delimiter(given: str | None, kind: Kind) -> str | None:
    """The character of --delimiter, or the one the format has. Raises MccError E-USAGE."""
    if given is None:
        return "\t" if kind is Kind.tsv else None
    found = {"tab": "\t", "\\t": "\t"}.get(given, given)
    if len(found) != 1 or found in '"\r\n' or not found.isascii():
        raise MccError("E-USAGE", "must be one ASCII character, or tab", "--delimiter", given)
    return found


def limit(given: str | None) -> str | None:
    """The `N` or `N%` of --max-errors. Raises MccError E-USAGE."""
    number = (given or "0").removesuffix("%")
    if not (number.isascii() and number.replace(".", "", 1).isdigit()):
        raise MccError(
            "E-USAGE", "must be a number of rows, or a share such as 5%", "--max-errors", given
        )
    return given


def objects(kind: Kind, source: "Source") -> bool:
    """Whether the file is JSON lines: as --format says, else by what it begins with.

    Raises MccError E-FILE for a JSON list, which is one value and no lines.
    """
    if kind is not Kind.auto:
        return kind is Kind.jsonl
    begin = next(source.blocks(), b"").lstrip()[:1]
    if begin == b"[":
        raise MccError(
            "E-FILE",
            "this is a JSON list, and not an object on each line",
            source.name,
            fix=f"jq -c '.[]' {source.name} | mcc … import -",
            file=source.name,
        )
    return begin == b"{"
