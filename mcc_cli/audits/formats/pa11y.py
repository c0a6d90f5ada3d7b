"""Results of pa11y and pa11y-ci: accessibility issues of pages.

pa11y writes a list of issues without the page (--base-url names it), or an object with `pageUrl`;
pa11y-ci writes an object with the issues by URL. Only issues are written: a rule without an issue
may have passed or not been run, so nothing is resolved unless asked to.

The fields follow https://github.com/pa11y/pa11y#json and https://github.com/pa11y/pa11y-ci.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Checked, Finding, Run, Scope, UrlError, short
from mcc_cli.audits.text.json_access import arr, obj, text
from mcc_cli.audits.text.json_sniff import is_document
from mcc_cli.audits.text.text_keys import many
from mcc_cli.audits.text.urls import normal_or_none
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File

NAME = "pa11y"
TITLE = "pa11y and pa11y-ci results"
SOURCE = "pa11y URL --reporter json, or pa11y-ci --json"
SEVERITIES = {"error": "high", "warning": "medium", "notice": "low"}
SHOWN = 3  # elements that a finding quotes
_MARKS = ('"typeCode"', '"results"', '"issues"')
_DAMAGED = ('"typeCode"', '"selector"')


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if is_document(file, _MARKS, _is_result, _DAMAGED)]


def _is_result(document: Any) -> bool:
    if isinstance(document, list):
        return bool(document) and all(_is_issue(item) for item in document[:10])
    result = obj(document)
    if isinstance(result.get("issues"), list) and "pageUrl" in result:
        return True
    results = obj(result.get("results"))
    return {"total", "passes", "errors"} <= result.keys() and all(map(normal_or_none, results))


def _is_issue(item: Any) -> bool:
    return {"code", "type", "message", "selector"} <= obj(item).keys()


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each file.

    Raises MccError E-USAGE for a list of issues if nothing names the page.
    """
    for file in files:
        pages = _pages(file, given)
        rules = {
            code: True
            for issues in pages.values()
            for issue in map(obj, issues)
            if (code := text(issue.get("code")))
        }
        run = Run("pa11y", [], Scope(rules=rules, hosts=given.complete))
        run.items = [item for url, issues in pages.items() for item in _items(url, issues)]
        yield run


def _pages(file: File, given: Given) -> dict[str, list[Any]]:
    """The issues of each page."""
    document = file.json
    file.forget()
    if isinstance(document, dict) and "results" in document:
        return {url: arr(issues) for url, issues in obj(document["results"]).items()}
    url = text(obj(document).get("pageUrl")) or given.base_url
    if url is None:
        raise MccError(
            "E-USAGE",
            "pa11y does not write the page of its issues",
            "--base-url",
            fix="name the page: --base-url https://example.com/page",
            file=file.name,
        )
    return {url: arr(document) or arr(obj(document).get("issues"))}


def _items(url: str, issues: list[Any]) -> Iterator[Item]:
    """A finding for each code of a page; a page that could not be loaded is a URL error."""
    result: dict[str, list[dict[str, Any]]] = {}
    for issue in map(obj, issues):
        code = text(issue.get("code"))
        if code:
            result.setdefault(code, []).append(issue)
        elif message := text(issue.get("message")):  # pa11y-ci: an error of the run
            yield UrlError(url, "other", None, "high", short(message))
            return
    yield Checked(url)
    for code, same in result.items():
        kinds = [kind for issue in same if (kind := text(issue.get("type"))) in SEVERITIES]
        worst = min(kinds or ["error"], key=list(SEVERITIES).index)
        quotes = [text(issue.get("context")) or text(issue.get("selector")) for issue in same]
        shown = "; ".join(quote[:300] for quote in quotes[:SHOWN] if quote)
        count = many(len(same), "element")
        yield Finding(
            url,
            code,
            SEVERITIES[worst],
            "accessibility",
            short(text(same[0].get("message"))) or code,
            short(f"{count}: {shown}" if shown else count),
        )
