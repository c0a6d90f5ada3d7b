"""What the commands of both logs share: one record as a page, and the question before pruning."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from mcc_cli.cli.framework import row_flags, shared_flags
from mcc_cli.cli.framework.env_vars import option
from mcc_cli.cli.framework.output_options import emit
from mcc_cli.cli.framework.time_flags import LONGEST_DAYS
from mcc_cli.output.files import opened
from mcc_cli.output.records.formats import Format

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcc_cli.cli.framework.output_options import View
    from mcc_cli.cli.framework.state import State

OlderThan = Annotated[
    str, option("--older-than", metavar="90d", help="Only what is older than this.")
]


@dataclass(kw_only=True)
class PruneOptions:
    """The options of `prune`."""

    older_than: OlderThan
    dry_run: row_flags.DryRun = False
    yes: row_flags.Yes = False

    @property
    def seconds(self) -> float:
        """The age in seconds. Raises MccError E-USAGE."""
        return shared_flags.seconds(self.older_than, "--older-than", LONGEST_DAYS)


def write_record(
    state: State, view: View, record: Mapping[str, Any], groups: Mapping[str, str], noun: str
) -> None:
    """Write one record of a log; `groups` are the names of its fields by the title of a section."""
    from mcc_cli.output.records import record_page

    if view.format not in (Format.table, Format.json, Format.yaml):
        emit(state, view, [tuple(record[name] for name in view.names)], noun)
        return
    with opened(view.output, state.out) as out:
        if view.format is not Format.table:
            record_page.document(record, view.format, out)
            return
        sections = {
            title: {name: record[name] for name in names.split()} for title, names in groups.items()
        }
        record_page.sections(sections, out, **state.style(out))


def confirm_prune(
    state: State, options: PruneOptions, noun: str, number: int, first: str | None
) -> bool:
    """Whether to delete what was found: asks unless --yes is set, and reports a dry run.

    Raises MccError E-USAGE if the answer is no.
    """
    count = f"{number} {noun}" if number != 1 else f"1 {noun.removesuffix('s')}"
    old = f"{count} older than {options.older_than}"
    example = f", the oldest is {first}" if first else ""
    if not number:
        state.say(f"no {noun} are older than {options.older_than}")
    elif options.dry_run:
        state.say(f"{old} would be deleted{example}")
    else:
        state.confirm(f"Delete {old}{example}?", yes=options.yes)
    return not options.dry_run  # without old ones too, because a role without the right should hear


def report_prune(state: State, options: PruneOptions, noun: str, number: int) -> None:
    """Report what was deleted, or would be, in words or with --json."""
    if not options.dry_run and number:
        name = noun if number != 1 else noun.removesuffix("s")
        state.say(f"{number} {name} older than {options.older_than} deleted")
    if state.json:
        state.out.write(json.dumps({"deleted": number, "dry_run": options.dry_run}) + "\n")
