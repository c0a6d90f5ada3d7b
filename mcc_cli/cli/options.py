"""The flags that are the same everywhere, declared once."""

from pathlib import Path
from typing import Annotated

import typer

from mcc_cli.cli.complete import complete_fields, complete_where
from mcc_cli.errors import MccError
from mcc_cli.output.formats import Format


def at_most(given: str | int) -> int:
    """A number of rows, from 0 up; the default comes as a number already."""
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise MccError(
            "E-USAGE", "must be a number of rows, 0 or more", "--limit", text, fix="--limit 100"
        )
    return int(text)


Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="FIELD=VALUE",
        autocompletion=complete_where,
        help="Only these rows: = != ~ !~ > >= < <=, several values by comma, NULL. Repeatable. "
        "Read more: mcc help filters.",
    ),
]
Search = Annotated[
    str | None,
    typer.Option(
        "--search",
        envvar="MCC_SEARCH",
        show_envvar=False,
        metavar="TEXT",
        help="Only rows with this in any text column.",
    ),
]
Sort = Annotated[
    str | None,
    typer.Option(
        "--sort",
        envvar="MCC_SORT",
        show_envvar=False,
        metavar="FIELD,…",
        autocompletion=complete_fields,
        help="Order by these; -FIELD is descending. \\[default: id]",
    ),
]
Limit = Annotated[
    int,
    typer.Option(
        "--limit",
        envvar="MCC_LIMIT",
        show_envvar=False,
        parser=at_most,
        metavar="N",
        help="At most this many rows.",
    ),
]
After = Annotated[
    str | None,
    typer.Option(
        "--after",
        envvar="MCC_AFTER",
        show_envvar=False,
        metavar="KEY",
        help="Go on after this row, in the same order.",
    ),
]
All = Annotated[
    bool, typer.Option("--all", envvar="MCC_ALL", show_envvar=False, help="Every row, streamed.")
]
Fields = Annotated[
    list[str] | None,
    typer.Option(
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
    typer.Option(
        "--format",
        envvar="MCC_FORMAT",
        show_envvar=False,
        help="How to write the records. \\[default: table]",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        envvar="MCC_OUTPUT",
        show_envvar=False,
        metavar="FILE",
        allow_dash=True,
        help="Write here instead of stdout; the file appears when it is complete.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "-n",
        "--dry-run",
        envvar="MCC_DRY_RUN",
        show_envvar=False,
        help="Do it all, say what would happen, roll back.",
    ),
]
Yes = Annotated[
    bool, typer.Option("-y", "--yes", envvar="MCC_YES", show_envvar=False, help="Do not ask.")
]
AllMatching = Annotated[
    bool, typer.Option("--all-matching", help="Every row that --where finds, instead of KEYs.")
]
