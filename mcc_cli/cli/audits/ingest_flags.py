"""The flags of `mcc audits ingest`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.errors import MccError

READING = "What the files are"
DOING = "What is done"
SEVERITIES = ("low", "medium", "high", "critical")
OUTCOMES = ("new", "reopened", "open")


class FormatOut(StrEnum):
    """How the result is written to stdout."""

    text = "text"
    sarif = "sarif"


def _formats() -> list[str]:
    from mcc_cli.audits import detect

    return list(detect.formats())


def _reading(name: str, **about: Any) -> Any:
    return option(name, rich_help_panel=READING, **about)


def _doing(name: str, **about: Any) -> Any:
    return option(name, rich_help_panel=DOING, **about)


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH…",
        help="Files, folders, zips, patterns such as 'drop/*.json', or - for stdin.",
        show_default=False,
    ),
]
Format = Annotated[
    str | None,
    _reading(
        "--format",
        of="ingest",
        metavar="NAME",
        autocompletion=_formats,
        help="The format, where a file does not show it: see mcc audits formats.",
    ),
]
Site = Annotated[
    str | None,
    _reading("--site", metavar="URL", help="Site that the files are of, where they do not say."),
]
BaseUrl = Annotated[
    str | None,
    _reading(
        "--base-url",
        metavar="URL",
        help="Public address in place of localhost and preview hosts, and before bare paths.",
    ),
]
Country = Annotated[
    str | None,
    _reading("--country", of="ingest", metavar="GB", help="Market of keywords without one."),
]
Language = Annotated[
    str | None,
    _reading("--language", of="ingest", metavar="en", help="Language of keywords without one."),
]
Contents = Annotated[
    str | None,
    _reading("--contents", metavar="queries", help="What a table holds whose head nobody knows."),
]
Dimensions = Annotated[
    str | None,
    _reading(
        "--dimensions", metavar="query,page", help="Dimensions of a Search Console API answer."
    ),
]
At = Annotated[
    str | None,
    _reading("--at", metavar="TIME", help="When the tool looked, in place of what the file says."),
]
Complete = Annotated[
    bool,
    _reading(
        "--complete", of="ingest", help="The crawl is of the whole site: what is missing is gone."
    ),
]
UnknownFiles = Annotated[
    bool, _reading("--skip-unknown", help="Pass over files of a folder that no format knows.")
]
Campaign = Annotated[
    str | None,
    _doing(
        "--campaign",
        of="ingest",
        metavar="CAMPAIGN",
        autocompletion=keys_of("campaigns"),
        help="Campaign that new findings belong to.",
    ),
]
Assign = Annotated[
    str | None,
    _doing(
        "--assign",
        metavar="USER",
        autocompletion=keys_of("users"),
        help="Who is to fix new and reopened findings.",
    ),
]
ResolveMissing = Annotated[
    bool,
    _doing(
        "--resolve-missing",
        help="Resolve what the run looked for and did not find, for every format.",
    ),
]
CreatePages = Annotated[
    bool, _doing("--create-pages", help="Make service pages of crawled addresses that are none.")
]
KeepGood = Annotated[
    bool,
    _doing("--keep-good", help="Leave out files and rows that are refused, and ingest the rest."),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        rich_help_panel=DOING,
        help="Also where most findings would be resolved, or the crawl shrank.",
    ),
]
FailOn = Annotated[
    str | None,
    _doing(
        "--fail-on",
        metavar="new:high,…",
        help="Exit 7 where there are such findings: new, reopened or open, and how bad at least.",
    ),
]
Diff = Annotated[bool, _doing("--diff", help="Show each finding that is new, back or resolved.")]
Out = Annotated[
    FormatOut, _doing("--format-out", help="Write the findings as SARIF 2.1 to stdout.")
]


def conditions(text: str | None) -> list[tuple[str, tuple[str, ...]]]:
    """`new:high` as (new, (high, critical)). Raises MccError E-USAGE."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for each in [] if text is None else [part.strip() for part in text.split(",")]:
        outcome, _, least = each.partition(":")
        least = least or SEVERITIES[0]
        if outcome not in OUTCOMES or least not in SEVERITIES:
            raise MccError(
                "E-USAGE",
                "this is no condition on findings",
                "--fail-on",
                each,
                hint=f"{', '.join(OUTCOMES)}, and after a colon {', '.join(SEVERITIES)}",
                fix="--fail-on new:high",
            )
        found.append((outcome, SEVERITIES[SEVERITIES.index(least) :]))
    return found
