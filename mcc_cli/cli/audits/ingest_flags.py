"""The flags of `mcc audits ingest`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from mcc_cli.cli.framework.completion import keys_of
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.errors import MccError

READING = "Files"
DOING = "Findings"
OUTCOMES = ("new", "reopened", "open")


class FormatOut(StrEnum):
    """How the result is written to stdout."""

    text = "text"
    sarif = "sarif"


def _formats() -> list[str]:
    from mcc_cli.audits import detect

    return list(detect.formats())


def _reading(*names: str, **about: Any) -> Any:
    return option(*names, rich_help_panel=READING, **about)


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
        help="Format of the files, instead of detecting it: see mcc audits formats.",
    ),
]
Site = Annotated[
    str | None,
    _reading("--site", metavar="URL", help="Site of the files, if they do not name it."),
]
BaseUrl = Annotated[
    str | None,
    _reading(
        "--base-url",
        metavar="URL",
        help="Public address that replaces localhost and preview hosts and completes bare paths.",
    ),
]
Country = Annotated[
    str | None,
    _reading("--country", of="ingest", metavar="GB", help="Country of keywords without one."),
]
Language = Annotated[
    str | None,
    _reading("--language", of="ingest", metavar="en", help="Language of keywords without one."),
]
Contents = Annotated[
    str | None,
    _reading("--contents", metavar="queries", help="What a table holds, if its header is unknown."),
]
Dimensions = Annotated[
    str | None,
    _reading(
        "--dimensions", metavar="query,page", help="Dimensions of a Search Console API answer."
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        "--date",
        envvar="MCC_AT",
        show_envvar=False,
        rich_help_panel=READING,
        metavar="TIME",
        help="When the tool ran, if the files do not say it, or say it wrong: a time or an age.",
    ),
]
Complete = Annotated[
    bool,
    _reading(
        "--complete", of="ingest", help="The crawl covers the whole site: what is missing is gone."
    ),
]
UnknownFiles = Annotated[
    bool, _reading("--skip-unknown", help="Skip files of a folder that are of no known format.")
]
Campaign = Annotated[
    str | None,
    _doing(
        "--campaign",
        of="ingest",
        metavar="CAMPAIGN",
        autocompletion=keys_of("campaigns"),
        help="Campaign of new findings.",
    ),
]
Assign = Annotated[
    str | None,
    _doing(
        "--assign",
        metavar="USER",
        autocompletion=keys_of("users"),
        help="User to assign new and reopened findings to.",
    ),
]
ResolveMissing = Annotated[
    bool,
    _doing(
        "--resolve-missing",
        help="Resolve what the run checked and did not find, for every format.",
    ),
]
CreatePages = Annotated[
    bool, _doing("--create-pages", help="Create service pages for crawled addresses.")
]
KeepGood = Annotated[
    bool,
    _doing("--keep-good", help="Leave out rejected files and rows, and ingest the rest."),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        rich_help_panel=DOING,
        help="Ingest even if most findings would be resolved or the crawl shrank.",
    ),
]
NewSite = Annotated[
    bool,
    typer.Option(
        "--new-site",
        "--yes",
        "-y",
        rich_help_panel=DOING,
        help="Ingest findings of a host that no brand, service or page has, without asking.",
    ),
]
FailOn = Annotated[
    str | None,
    _doing(
        "--fail-on",
        metavar="new:high,…",
        help="Exit 7 if there are such findings: new, reopened or open, of this severity or worse.",
    ),
]
Diff = Annotated[
    bool, _doing("--diff", help="Show each finding that is new, reopened or resolved.")
]
Out = Annotated[
    FormatOut, _doing("--format-out", help="Write the findings as SARIF 2.1 to stdout.")
]


def conditions(text: str | None) -> list[tuple[str, tuple[str, ...]]]:
    """`new:high` as (new, (critical, high)). Raises MccError E-USAGE."""
    from mcc_cli.services.audits.runs import SEVERITIES

    result: list[tuple[str, tuple[str, ...]]] = []
    for part in [] if text is None else [part.strip() for part in text.split(",")]:
        outcome, _, least = part.partition(":")
        least = least or SEVERITIES[-1]
        if outcome not in OUTCOMES or least not in SEVERITIES:
            raise MccError(
                "E-USAGE",
                "not a condition on findings",
                "--fail-on",
                part,
                hint=f"{', '.join(OUTCOMES)}, then a colon and {', '.join(SEVERITIES)}",
                fix="--fail-on new:high",
            )
        result.append((outcome, SEVERITIES[: SEVERITIES.index(least) + 1]))
    return result
