"""Findings as SARIF 2.1: baselineState says what became of each since the run before."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
STATES = {
    "new": "new",
    "reopened": "updated",
    "open": "unchanged",
    "ignored": "unchanged",
    "resolved": "absent",
}


class Finding(Protocol):
    """A finding and what became of it."""

    @property
    def run(self) -> int: ...
    @property
    def outcome(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def category(self) -> str | None: ...
    @property
    def message(self) -> str | None: ...
    @property
    def status(self) -> str: ...


def document(runs: Sequence[Mapping[str, Any]], findings: Iterable[Finding]) -> dict[str, Any]:
    """The document of the runs, numbered from 1 as the findings number them.

    A run has a tool, its version, and where that is known when it was (at) and why it is not whole
    (partial).
    """
    results: dict[int, list[dict[str, Any]]] = {n: [] for n in range(1, len(runs) + 1)}
    for item in findings:
        results.setdefault(item.run, []).append(_result(item))
    shown = []
    for number, run in enumerate(runs, 1):
        rules = sorted({item["ruleId"] for item in results[number]})
        driver = {"name": run["tool"], "rules": [{"id": rule} for rule in rules]}
        if run["version"]:
            driver["version"] = run["version"]
        one: dict[str, Any] = {"tool": {"driver": driver}, "results": results[number]}
        if at := run.get("at"):
            ended = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            call = {"executionSuccessful": not run.get("partial"), "endTimeUtc": ended}
            one["invocations"] = [call]
        shown.append(one)
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": shown}


def _result(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity],
        "message": {"text": finding.message or finding.rule},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": finding.url}}}],
        "partialFingerprints": {"mcc/v1": f"{finding.url} {finding.rule}"},
        "baselineState": STATES[finding.outcome],
        "properties": {"severity": finding.severity, "category": finding.category},
    }
    if finding.status == "ignored":
        result["suppressions"] = [{"kind": "external"}]
    return result
