"""Results of axe-core: accessibility rules that a page violates.

A rule is checked where it passes or is violated, and does not apply where it is inapplicable. Where
axe could not tell (incomplete), nothing is said: that is no failure, and not fixed either. A page
may be in a list several times, once for each state it was tested in: it passes where all pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Checked, Finding, Run, Scope, short
from mcc_cli.audits.text.json_access import arr, obj, text
from mcc_cli.audits.text.json_sniff import is_document
from mcc_cli.audits.text.text_keys import many
from mcc_cli.audits.text.values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File

NAME = "axe"
TITLE = "axe-core results"
SOURCE = "axe.run() as JSON: @axe-core/cli --save, Playwright, Cypress, WebdriverIO"
SEVERITIES = {"critical": "critical", "serious": "high", "moderate": "medium", "minor": "low"}
ORDER = ("minor", "moderate", "serious", "critical")
SHOWN = 3  # elements that a finding quotes
_OUTCOMES = ("violations", "passes", "incomplete", "inapplicable")
_MARKS = ('"violations"', '"testEngine"', '"inapplicable"')


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if is_document(file, _MARKS, _is_axe, ('"testEngine"',))]


def _is_axe(found: Any) -> bool:
    """Whether this is a result, or a list of them."""
    if isinstance(found, list):
        return bool(found) and all(
            _is_axe(item) for item in found[:3] if not isinstance(item, list)
        )
    if not isinstance(found, dict) or not isinstance(found.get("violations"), list):
        return False
    rules = [obj(item) for item in found["violations"]]
    return "passes" in found or "testEngine" in found or all("nodes" in item for item in rules)


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """A run for each page."""
    for file in files:
        match = file.json
        results = [obj(item) for item in (match if isinstance(match, list) else [match])]
        file.forget()
        pages: dict[str, list[dict[str, Any]]] = {}
        for result in results:
            if not isinstance(result.get("violations"), list):
                continue
            url = text(result.get("url")) or given.base_url
            if url is None:
                raise file.refused(
                    "a result does not say of which page it is",
                    fix="name the page: --base-url https://example.com/page",
                )
            pages.setdefault(url, []).append(result)
        for url, of_page in pages.items():
            yield _run(url, of_page)


def _run(url: str, results: list[dict[str, Any]]) -> Run:
    rules: dict[str, bool] = {}
    violated: dict[str, list[dict[str, Any]]] = {}
    for outcome, applied in (("inapplicable", False), ("passes", True), ("violations", True)):
        for rule, result in _rules(results, outcome):
            rules[rule] = applied
            if outcome == "violations":
                violated.setdefault(rule, []).append(result)
    unsure = {rule for rule, _ in _rules(results, "incomplete")} - violated.keys()
    for rule in unsure:
        rules.pop(rule, None)
    items: list[Item] = [Checked(url)]
    items += [_finding(url, rule, result) for rule, result in violated.items()]
    first = results[0]
    times = [at for item in results if (at := moment(text(item.get("timestamp"))))]
    run = Run(
        "axe",
        items,
        Scope(rules=rules, resolves=True),
        version=text(obj(first.get("testEngine")).get("version")),
        at=max(times, default=None),
    )
    if unsure:
        run.notes.append(f"{url}: axe could not tell for {many(len(unsure), 'rule')}: not checked")
    return run


def _rules(results: list[dict[str, Any]], outcome: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for result in results:
        for item in arr(result.get(outcome)):
            if rule := text(obj(item).get("id")):
                yield rule, item


def _finding(url: str, rule: str, found: list[dict[str, Any]]) -> Finding:
    first = found[0]
    nodes = [obj(node) for item in found for node in arr(item.get("nodes"))]
    impacts = [item.get("impact") for item in found] or [None]
    if not any(impact in ORDER for impact in impacts if isinstance(impact, str)):
        impacts = [node.get("impact") for node in nodes]
    known = [impact for impact in impacts if isinstance(impact, str) and impact in ORDER]
    worst = max(known, key=ORDER.index, default="moderate")
    advice = [text(first.get("description")), text(first.get("helpUrl"))]
    return Finding(
        url,
        rule,
        SEVERITIES[worst],
        "accessibility",
        short(text(first.get("help")) or text(first.get("description")) or rule),
        _elements(nodes),
        short(" ".join(item for item in advice if item)),
    )


def _elements(nodes: list[dict[str, Any]]) -> str | None:
    if not nodes:
        return None
    quotes = [text(node.get("html")) or _target(node.get("target")) for node in nodes]
    shown = [item[:300] for item in quotes if item][:SHOWN]
    count = many(len(nodes), "element")
    return short(f"{count}: {'; '.join(shown)}" if shown else count)


def _target(target: Any) -> str:
    """The selectors of an element, from the page through its frames."""
    return " ".join(item for item in arr(target) if isinstance(item, str))
