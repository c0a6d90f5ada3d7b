"""The flags that are the same everywhere, declared once."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mcc_cli.cli.framework.completion import complete_fields, complete_where
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.errors import MccError
from mcc_cli.output.records.formats import Format


def at_most(given: str | int) -> int:
    """A number of rows, from 0 up; the default comes as a number already."""
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise MccError(
            "E-USAGE", "must be a number of rows, 0 or more", "--limit", text, fix="--limit 100"
        )
    return int(text)


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
    str | None,
    option(
        "--sort",
        metavar="FIELD,…",
        autocompletion=complete_fields,
        help="Order by these; -FIELD is descending. \\[default: id]",
    ),
]
Limit = Annotated[
    int,
    option(
        "--limit",
        parser=at_most,
        metavar="N",
        help="At most this many rows.",
    ),
]
After = Annotated[
    str | None,
    option(
        "--after",
        metavar="KEY",
        help="Go on after this row, in the same order.",
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
        help="How to write the records. \\[default: table]",
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
        help="Do it all, say what would happen, roll back.",
    ),
]
Yes = Annotated[bool, option("-y", "--yes", help="Do not ask.")]
AllMatching = Annotated[
    bool, typer.Option("--all-matching", help="Every row that --where finds, instead of KEYs.")
]
