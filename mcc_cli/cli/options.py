"""The flags that are the same everywhere, declared once."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from mcc_cli.cli.complete import complete_fields, complete_where
from mcc_cli.cli.context import remember
from mcc_cli.errors import MccError
from mcc_cli.output.formats import Format

LONGEST_SECONDS = 2_000_000  # PostgreSQL counts milliseconds in 31 bits
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
SHARED = "Shared flags"


def seconds(text: str) -> float:
    """`500ms`, `30s`, `5m` or `2h` in seconds; a bare number is seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h)?", text.strip())
    found = float(match[1]) * _UNITS[match[2] or "s"] if match else 0.0
    if not 0 < found <= LONGEST_SECONDS:
        raise MccError(
            "E-USAGE",
            "this is not a duration between 1ms and 23 days",
            "--timeout",
            text,
            fix="write 500ms, 30s, 5m or 2h",
        )
    return found


def at_most(given: str | int) -> int:
    """A number of rows, from 0 up; the default comes as a number already."""
    text = str(given)
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise MccError(
            "E-USAGE", "must be a number of rows, 0 or more", "--limit", text, fix="--limit 100"
        )
    return int(text)


def _shared(
    database_url: Annotated[
        str | None,
        typer.Option(
            "--database-url",
            metavar="URL",
            expose_value=False,
            callback=remember("database_url"),
            rich_help_panel=SHARED,
            help="PostgreSQL to use; else MCC_DATABASE_URL, DATABASE_URL, or mcc's own server.",
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            envvar="MCC_PROFILE",
            show_envvar=False,
            metavar="NAME",
            expose_value=False,
            callback=remember("profile"),
            rich_help_panel=SHARED,
            help="Database of this name in config.toml.",
        ),
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            "--timeout",
            envvar="MCC_TIMEOUT",
            show_envvar=False,
            metavar="30s",
            expose_value=False,
            callback=remember("timeout", seconds),
            rich_help_panel=SHARED,
            help="Give up on a statement after this long (exit 8).",
        ),
    ] = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json",
            envvar="MCC_JSON",
            show_envvar=False,
            expose_value=False,
            callback=remember("json"),
            rich_help_panel=SHARED,
            help="One JSON document on stdout; on failure one JSON error on stderr.",
        ),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "-q",
            "--quiet",
            envvar="MCC_QUIET",
            show_envvar=False,
            expose_value=False,
            callback=remember("quiet"),
            rich_help_panel=SHARED,
            help="Say nothing on stderr but errors.",
        ),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "-v",
            "--verbose",
            envvar="MCC_VERBOSE",
            show_envvar=False,
            expose_value=False,
            callback=remember("verbose"),
            rich_help_panel=SHARED,
            help="Show the traceback of a failure.",
        ),
    ] = False,
    no_color: Annotated[
        bool,
        typer.Option(
            "--no-color",
            envvar="MCC_NO_COLOR",
            show_envvar=False,
            expose_value=False,
            callback=remember("no_color"),
            rich_help_panel=SHARED,
            help="No colours, also by NO_COLOR.",
        ),
    ] = False,
) -> None:
    """Carry the shared flags."""


def command(function: Callable[..., None], name: str, **about: Any) -> Any:
    """A function as a Typer command that also takes the shared flags."""
    built = _built(function, name, **about)
    built.params.extend(shared())
    return built


def shared() -> list[Any]:
    """The shared flags as parameters."""
    if not _SHARED:
        _SHARED.extend(_built(_shared, "shared").params)
    return _SHARED


def _built(function: Callable[..., None], name: str, **about: Any) -> Any:
    app = typer.Typer(add_completion=False)
    app.command(name, **about)(function)
    return typer.main.get_command(app)


_SHARED: list[Any] = []

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
        help="Order by these; -FIELD is descending. [default: id]",
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
        help="How to write the records. [default: table]",
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
