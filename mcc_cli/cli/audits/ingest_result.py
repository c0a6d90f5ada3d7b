"""The result of `mcc audits ingest`: what was checked, and the findings by outcome and severity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.cli.framework.state import State
    from mcc_cli.services.audits.ingest_result import Ingested, Outcome

MOST_RUNS = 10
LABELS = {
    "new": "new",
    "reopened": "reopened",
    "open": "still open",
    "resolved": "resolved",
    "ignored": "ignored",
    "before": "resolved since",
    "passed": "passed",
}
WIDEST = max(map(len, LABELS.values()))
COLOURS = {"new": 33, "reopened": 31, "resolved": 32}
SHOWN_COUNTS = ("new", "reopened", "open", "resolved", "ignored", "not_checked", "rejected")


def tell(
    run: State,
    outcome: Outcome,
    code: str,
    failed: Sequence[tuple[str, tuple[str, ...]]],
    *,
    sarif: bool,
    diff: bool,
) -> None:
    """Print it: the data to stdout where they are asked for, the rest to stderr.

    `failed` are the conditions of --fail-on, outcome and severities, where it ends with exit 7.
    """
    if run.json:
        text = json_text(document(outcome, code), default=str)
        run.out.write(f"{text}\n")
    if sarif:
        from mcc_cli.output.machine.sarif import document as as_sarif

        result = as_sarif([item.facts for item in outcome.runs], outcome.changes)
        run.out.write(json_text(result) + "\n")
    elif diff and not run.json:
        run.out.writelines(f"{line}\n" for line in changes(run, outcome))
    run.out.flush()
    _errors(run, outcome)
    for line in _runs(outcome):
        run.say(line)
    if not (run.quiet or run.as_events):  # the last event has these numbers
        color = bool(run.style(run.err)["color"])
        run.err.writelines(f"{line}\n" for line in _table(outcome, color=color))
    for entity, report in outcome.rows.items():
        if not report.read:
            continue
        counts = " ".join(f"{name}={n}" for name, n in report.counts().items() if n)
        run.say(f"{entity}: {counts or 'nothing'}")
    if outcome.passed:
        one = outcome.passed == 1
        are = "page is no service page" if one else "pages are no service pages"
        run.say(f"{outcome.passed} crawled {are} (--create-pages adds {'it' if one else 'them'})")
    if passed := outcome.total("passed"):
        those = "it was" if passed == 1 else "they were"
        run.say(
            f"{_many(passed, 'open finding')} passed: {those} checked and not found; "
            "--resolve-missing resolves what passed"
        )
    for what, severities in failed:
        if number := outcome.total(what, *severities):
            those = _many(number, f"{LABELS[what]} finding")
            run.say(f"--fail-on {what}:{severities[-1]}: {those}, exit 7")
    totals = outcome.totals()
    counts = " ".join(f"{name}={totals[name]}" for name in SHOWN_COUNTS)
    notes = " (nothing written)" if outcome.refused else " (dry run)" if outcome.dry_run else ""
    run.say(
        f"ingest: runs={len(outcome.runs)} {counts} run={code} {outcome.seconds:.1f}s{notes}",
        **_summary(outcome),
        pages_left_out=outcome.passed,
        seconds=round(outcome.seconds, 3),
    )


def _errors(run: State, outcome: Outcome) -> None:
    rejected = [error for report in outcome.rows.values() for error in report.errors]
    if not run.json:
        for error in reversed([*outcome.errors, *rejected]):
            run.problem(error)


def _runs(outcome: Outcome) -> Iterator[str]:
    """A line for each run; where there are many, one for each tool."""
    message: set[str] = set()
    if len(outcome.runs) <= MOST_RUNS:
        for item in outcome.runs:
            yield _line(item)
            for note in dict.fromkeys(item.facts["notes"]):
                yield f"  {visible(note)}"
        return
    tools: dict[str, list[Ingested]] = {}
    for item in outcome.runs:
        tools.setdefault(item.facts["tool"], []).append(item)
    for tool, runs in tools.items():
        pages = sum(item.facts["pages"] for item in runs)
        yield f"{tool}: {_many(len(runs), 'run')}, {_many(pages, 'page')} looked at"
        for note in dict.fromkeys(note for item in runs for note in item.facts["notes"]):
            if note not in message and len(message) < MOST_RUNS:
                message.add(note)
                yield f"  {visible(note)}"


def _line(each: Ingested) -> str:
    """What a run looked at; no issue and nothing checked read differently."""
    facts = each.facts
    who = " ".join(filter(None, (facts["tool"], facts["version"])))
    where = f" {visible(facts['site'])}" if facts["site"] else ""
    line = f"{who}{where}, {facts['at']:%Y-%m-%d %H:%M}Z"
    if not each.facts["checks"]:
        pages = _many(facts["pages"], "page")
        line += f": {pages} named, none checked" if facts["pages"] else ": no page was checked"
    else:
        rules = f" by {_many(facts['rules'], 'rule')}" if facts["rules"] else ""
        if facts["rules"] == 0:
            rules = " by their HTTP answers alone"
        result = sum(
            sum(each.counts.get(name, {}).values())
            for name in ("new", "reopened", "open", "ignored", "before")
        )
        issues = _many(result, "issue") if result else "no issue"
        line += f": {_many(facts['pages'], 'page')} looked at{rules}, {issues}"
    if each.later:
        line += f"; older than run {each.later}: what that run checked is history"
    if facts["partial"]:
        line += f"; not whole: {visible(facts['partial'])}"
    if each.repeated:
        line += f" (the same content as in run {each.repeated})"
    return line


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _table(outcome: Outcome, *, color: bool) -> Iterator[str]:
    from mcc_cli.services.audits.runs import SEVERITIES

    rows = [(name, label, outcome.by_severity(name)) for name, label in LABELS.items()]
    rows.append(("", "not checked", {item: outcome.unchecked.get(item, 0) for item in SEVERITIES}))
    rows = [row for row in rows if any(row[2].values())]
    if not rows:
        return
    yield " " * WIDEST + "".join(f"{item:>10}" for item in SEVERITIES)
    for name, label, by in rows:
        numbers = "".join(f"{by[item] or '-':>10}" for item in SEVERITIES)
        head = f"{label:<{WIDEST}}"
        if color and name in COLOURS:
            head = f"\x1b[{COLOURS[name]}m{head}\x1b[0m"
        yield head + numbers


def changes(run: State, outcome: Outcome) -> Iterator[str]:
    """The findings that are new, back or resolved, and how many more there are."""
    color = bool(run.style()["color"])
    for item in outcome.changes:
        label = f"{LABELS[item.outcome]:<10}"
        if color and item.outcome in COLOURS:
            label = f"\x1b[{COLOURS[item.outcome]}m{label}\x1b[0m"
        line = f"{label}{item.severity:<9} {visible(item.url)}  {visible(item.rule)}"
        yield line + (f": {visible(item.current)[:60]}" if item.current else "")
    total = sum(outcome.total(name) for name in ("new", "reopened", "resolved"))
    if total > len(outcome.changes):
        yield f"… and {total - len(outcome.changes)} more"


def document(outcome: Outcome, code: str) -> dict[str, Any]:
    """The result as JSON."""
    from mcc_cli.output.records.render import plain

    return {
        "run": code,
        **_summary(outcome),
        "runs": [
            {
                **{name: plain(value) for name, value in item.facts.items()},
                "counts": item.counts,
                "repeated": item.repeated,
                "later": item.later,
            }
            for item in outcome.runs
        ],
        "rows": {name: report.counts() for name, report in outcome.rows.items()},
        "pages_left_out": outcome.passed,
        "changes": [item._asdict() for item in outcome.changes],
        "errors": [
            error.as_dict()
            for error in [*outcome.errors, *(e for r in outcome.rows.values() for e in r.errors)]
        ],
        "seconds": round(outcome.seconds, 3),
    }


def _summary(outcome: Outcome) -> dict[str, Any]:
    """What an ingest came to, in numbers."""
    from mcc_cli.services.audits.runs import OUTCOMES, SEVERITIES

    return {
        "dry_run": outcome.dry_run,
        "written": outcome.written,
        **outcome.totals(),
        "by_severity": {
            **{name: outcome.by_severity(name) for name in OUTCOMES[:5]},
            "passed": outcome.by_severity("passed"),
            "not_checked": {item: outcome.unchecked.get(item, 0) for item in SEVERITIES},
        },
    }
