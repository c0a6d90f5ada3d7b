"""The flags that are the same everywhere, declared once."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any

import typer

from mcc_cli.cli.framework.completion import complete_fields, complete_where, keys_of
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.errors import MccError
from mcc_cli.output.records.formats import Format


def at_most(given: str | int) -> int:
    """A number of rows, 0 or more. Raises MccError E-USAGE."""
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise MccError(
            "E-USAGE", "must be a number of rows, 0 or more", "--limit", text, fix="--limit 100"
        )
    return int(text)


def split(values: list[str] | None) -> list[str]:
    """The names in a repeatable flag that takes `A,B`."""
    return [name.strip() for value in values or () for name in value.split(",")]


def require(name: str, known: Collection[str], flag: str, noun: str) -> str:
    """The name, if it is one of `known`. Raises MccError E-USAGE with the nearest one."""
    if name not in known:
        from mcc_cli.services.records.did_you_mean import did_you_mean

        hint = did_you_mean(name, known) or f"valid values: {', '.join(known)}"
        raise MccError("E-USAGE", f"unknown {noun}", flag, name, hint=hint)
    return name


Key = Annotated[
    str, typer.Argument(metavar="KEY", autocompletion=keys_of(None), help="Natural key, or id.")
]
_WHERE: dict[str, Any] = {
    "metavar": "FIELD=VALUE",
    "autocompletion": complete_where,
    "help": "Only these rows: = != ~ !~ > >= < <=, several values by comma, NULL. Repeatable. "
    "Read more: mcc help filters.",
}
Where = Annotated[list[str] | None, option("--where", **_WHERE)]
# A variable that is forgotten must not choose what is changed or deleted.
WhereToWrite = Annotated[list[str] | None, typer.Option("--where", **_WHERE)]
Search = Annotated[
    str | None,
    option(
        "--search",
        metavar="TEXT",
        help="Only rows with this in any text column.",
    ),
]
Sort = Annotated[
    list[str] | None,
    option(
        "--sort",
        metavar="FIELD,…",
        autocompletion=complete_fields,
        help="Order by these; -FIELD is descending. Repeatable. \\[default: id]",
    ),
]
Limit = Annotated[
    int | None,
    option(
        "--limit",
        parser=at_most,
        metavar="N",
        help="Largest number of rows. \\[default: 50 in a table, else all]",
    ),
]
After = Annotated[
    str | None,
    option(
        "--after",
        metavar="KEY",
        help="Continue after this row, in the same order.",
    ),
]
All = Annotated[bool, option("--all", help="Every row, streamed.")]
Fields = Annotated[
    list[str] | None,
    option(
        "--fields",
        metavar="FIELD,…",
        autocompletion=complete_fields,
        help="These columns, also through a reference: brand.website.",
    ),
]
OneField = Annotated[
    str | None,
    typer.Option(
        "--field",
        metavar="FIELD",
        autocompletion=complete_fields,
        help="The bare value of one column.",
    ),
]
As = Annotated[
    Format | None,
    option(
        "--format",
        help="Format of the output. \\[default: table]",
    ),
]
Output = Annotated[
    Path | None,
    option(
        "-o",
        "--output",
        metavar="FILE",
        allow_dash=True,
        help="Write here instead of stdout; the file appears when it is complete.",
    ),
]
DryRun = Annotated[
    bool,
    option(
        "-n",
        "--dry-run",
        help="Do everything, report what would happen, then roll back.",
    ),
]
LockWait = Annotated[
    str,
    option(
        "--lock-wait",
        metavar="5m",
        help="Wait this long for another import into the same table (exit 75).",
    ),
]
Yes = Annotated[bool, option("-y", "--yes", help="Do not ask for confirmation.")]
AllMatching = Annotated[
    bool, typer.Option("--all-matching", help="Every row that --where finds, instead of KEYs.")
]
