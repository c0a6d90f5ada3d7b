"""`mcc audits summary`: how many findings are open, by group, and their trend."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from mcc_cli.cli.audits import runs
from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import OutputFlags, choose, emit
from mcc_cli.cli.framework.verb import verb
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from mcc_cli.cli.framework.state import State
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.audits.summaries import Summary

SHOWN = 20  # groups of a table
HELP = """Count the open findings, audits and URL errors together, as bars.

Below the bars: what the last runs of each tool found; left out with --where, as runs count all \
findings."""


class By(StrEnum):
    """What open findings are counted by."""

    severity = "severity"
    category = "category"
    service = "service"
    tool = "tool"
    url = "url"


@dataclass(kw_only=True)
class SummaryOptions(OutputFlags):
    """The options of `summary`."""

    by: Annotated[By, option("--by", help="What to count by.")] = By.severity
    where: row_flags.Where = None
    site: runs.Site = None
    limit: row_flags.Limit = None
    all: row_flags.All = False


def summary(_entity: Entity) -> Any:
    """The command `summary`."""
    example = "Example: mcc audits summary --by service --where severity=critical,high"
    return verb("summary", SummaryOptions, write_summary, help=HELP, epilog=example)


def write_summary(state: State, options: SummaryOptions) -> None:
    """Write how many findings are open, and what the last runs found."""
    from mcc_cli.output.records import record_page
    from mcc_cli.output.screens import audit_bars
    from mcc_cli.services.audits import summaries

    names = (options.by.value, *summaries.COUNTS)
    view = choose(state, options, known=names, ids=None)
    if options.all and state.typed("limit"):
        raise MccError("E-USAGE", "--all and --limit exclude each other", fix="give one of them")
    result = summaries.summary(
        state.reading,
        options.by,
        options.where or [],
        runs.host(options.site),
        runs=0 if options.where else 12,
    )
    limit = options.limit
    if limit is None and view.format is Format.table:
        limit = SHOWN
    groups = result.groups if options.all or limit is None else result.groups[:limit]
    if view.format is Format.table:
        with opened(view.output, state.out) as out:
            audit_bars.write(result, options.by, groups, out, **state.style(out))
    elif view.format in (Format.json, Format.yaml):
        with opened(view.output, state.out) as out:
            record_page.document(_document(result, options.by, groups), view.format, out)
    else:
        rows = ([item["name"], *(item[name] for name in summaries.COUNTS)] for item in groups)
        emit(state, view, rows, "findings", count=lambda: result.total["open"])
    state.out.flush()
    _say(state, result)
    if (more := len(result.groups) - len(groups)) and view.format is not Format.count:
        state.remark(f"… there {'is' if more == 1 else 'are'} {more} more: --limit N or --all")


def _say(run: State, found: Summary) -> None:
    for name, why in found.left_out.items():
        run.say(f"{name} are left out: {why}")
    if found.state == "unchecked":
        run.say("ingest a report of your tools first: mcc audits ingest FILE; mcc audits formats")


def _document(found: Summary, by: By, groups: list[dict[str, Any]]) -> dict[str, Any]:
    from mcc_cli.output.records.render import plain

    return {
        "state": found.state,
        **found.total,
        "last_checked": plain(found.checked),
        "by": by.value,
        "groups": groups,
        "left_out": found.left_out,
        "trend": [
            {
                "tool": line.tool,
                "site": line.site,
                "runs": [
                    {name: plain(value) for name, value in item.items() if name != "ids"}
                    for item in line.runs
                ],
            }
            for line in found.trend
        ],
    }
