"""`mcc audits summary`: how much is open, of what, and where it is going."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.audits import runs
from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.log_tables import format_of, no_conflict
from mcc_cli.cli.framework.state import State, state
from mcc_cli.errors import MccError
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from mcc_cli.entities.schema.facts import Entity
    from mcc_cli.services.audits.summaries import Summary

HELP = """How many findings are open: audits and URL errors together, as bars.

Below it what the last runs of each tool found. --where narrows the findings; the runs, which are \
of all findings, are then left out."""


class By(StrEnum):
    """What open findings are counted by."""

    severity = "severity"
    category = "category"
    service = "service"
    tool = "tool"
    url = "url"


def summary(_entity: Entity) -> Any:
    """The command `summary`."""

    def run(
        ctx: typer.Context,
        by: Annotated[By, option("--by", help="What to count by.")] = By.severity,
        where: opt.Where = None,
        site: runs.Site = None,
        limit: opt.Limit = 20,
        every: opt.All = False,
        form: opt.As = None,
        output: opt.Output = None,
    ) -> None:
        from mcc_cli.output.records import record_page, render
        from mcc_cli.output.screens import audit_bars
        from mcc_cli.services.audits import summaries

        run = state(ctx)
        no_conflict(ctx, None, None, every=every)
        form = format_of(ctx, form, None)
        if form is Format.ids:
            raise MccError("E-USAGE", "counts have no ids", "--format", form.value)
        found = summaries.summary(
            run.reading, by, where or [], runs.host(site), runs=0 if where else 12
        )
        groups = found.groups if every else found.groups[:limit]
        names = (by.value, *summaries.COUNTS)
        with opened(output, run.out) as out:
            if form is Format.count:
                out.write(f"{found.total['open']}\n")
            elif form in (Format.json, Format.yaml):
                record_page.document(_document(found, by, groups), form, out)
            elif form is Format.table:
                audit_bars.write(found, by, groups, out, **run.style(out))
            else:
                rows = ([each["name"], *(each[n] for n in summaries.COUNTS)] for each in groups)
                render.write(names, rows, form, out)
        run.out.flush()
        _say(run, found)
        if (more := len(found.groups) - len(groups)) and form is not Format.count:
            run.say(f"… there {'is' if more == 1 else 'are'} {more} more: --limit N or --all")

    return shared_flags.command(
        run,
        "summary",
        help=HELP,
        epilog="Example: mcc audits summary --by service --where severity=critical,high",
    )


def _say(run: State, found: Summary) -> None:
    for name, why in found.left_out.items():
        run.say(f"{name} are left out: {why}")
    if found.state == "unchecked":
        run.say("begin with a report of your tools: mcc audits ingest FILE; mcc audits formats")


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
                    {name: plain(value) for name, value in each.items() if name != "ids"}
                    for each in line.runs
                ],
            }
            for line in found.trend
        ],
    }
