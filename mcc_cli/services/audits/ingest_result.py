"""What an ingest is asked to do, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcc_cli.services.audits.runs import OUTCOMES, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mcc_cli.errors import MccError
    from mcc_cli.services.audits.judgements import Change
    from mcc_cli.services.transfer.imports.report import Report


@dataclass
class Options:
    """How files are read and what is done with what they say; see the flags of the command.

    `campaign`, `assign` and `actor` are ids. `all_changes` asks for what became of every finding.
    """

    format: str | None = None
    given: dict[str, Any] = field(default_factory=dict)  # of `Given`, but for what is known
    at: datetime | None = None
    campaign: int | None = None
    assign: int | None = None
    actor: int | None = None
    resolve_missing: bool = False
    force: bool = False
    create_pages: bool = False
    keep_good: bool = False
    new_site: bool = False
    ignore_unknown: bool = False
    dry_run: bool = False
    diff: int | None = None
    all_changes: bool = False
    lock_wait: float = 0.0
    tell: Callable[[str], None] = lambda _: None


@dataclass
class Ingested:
    """One run of a tool: its facts, and its findings by outcome and severity.

    `repeated` is the code of the ingest that had the same content before. `judged` runs were of
    pages; those that `checks`, a fact, is true of also said whether they are sound. `later` is the
    code of a later run that judged some of these pages already.
    """

    facts: dict[str, Any]
    counts: dict[str, dict[str, int]]
    repeated: str | None = None
    judged: bool = True
    later: str | None = None


@dataclass
class Outcome:
    """What became of all files: runs, rows of other entities, and what was not looked at.

    `counts` are the findings of the whole ingest by outcome and severity; those that `passed`
    were checked and not found, and are still open. `bad` rows of tables could not be understood;
    `errors` tell of them, and of files left out.
    """

    dry_run: bool = False
    runs: list[Ingested] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    rows: dict[str, Report] = field(default_factory=dict)
    passed: int = 0
    bad: int = 0
    unchecked: dict[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    errors: list[MccError] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def refused(self) -> bool:
        """Whether a row was rejected, so that nothing was written."""
        return any(report.rejected for report in self.rows.values())

    @property
    def written(self) -> bool:
        """Whether the ingest was committed."""
        return not (self.dry_run or self.refused)

    def total(self, outcome: str, *severities: str) -> int:
        """How many findings ended so, of these severities or of any."""
        by = self.counts.get(outcome, {})
        return sum(n for severity, n in by.items() if not severities or severity in severities)

    def by_severity(self, outcome: str) -> dict[str, int]:
        """How many findings ended so, by severity."""
        return {severity: self.total(outcome, severity) for severity in SEVERITIES}

    def totals(self) -> dict[str, int]:
        """The counts of the last line, and those that every run has."""
        result = {outcome: self.total(outcome) for outcome in OUTCOMES[:5]}
        reports = self.rows.values()
        return {
            "read": sum(result.values()) + self.bad + sum(item.read for item in reports),
            "created": result["new"] + sum(item.created for item in reports),
            "updated": result["reopened"] + result["resolved"] + sum(r.updated for r in reports),
            "unchanged": result["open"] + result["ignored"] + sum(r.unchanged for r in reports),
            "rejected": self.bad + sum(item.rejected for item in reports),
            **result,
            "passed": self.total("passed"),
            "not_checked": sum(self.unchecked.values()),
        }
