"""A Lighthouse report of any version from 3 on, as a run: its failed audits and its scores.

The id of an audit is the rule. Only audits whose score is a verdict are judged; what is not in
the report, could not be run, or has to be looked at by hand, was not checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Checked, Finding, Item, Run, Scope, short
from mcc_cli.audits.lighthouse import errors, rules, texts
from mcc_cli.audits.lighthouse import page as lighthouse_page
from mcc_cli.audits.lighthouse import scores as lighthouse_scores
from mcc_cli.audits.text.json_access import num, obj, text
from mcc_cli.audits.text.json_head import members
from mcc_cli.audits.text.values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.lighthouse.page import Page
    from mcc_cli.audits.source_file import File

    Audits = dict[str, dict[str, Any]]
    Verdicts = dict[str, bool | float]  # False for what did not apply, else a score

TOOLS = {"mobile": "lighthouse", "desktop": "lighthouse-desktop"}
FAILED = "Lighthouse could not load the page"
MOST_NAMED = 10
LONGEST_NAME = 200


def is_report(file: File) -> bool:
    """Whether the file begins as a report does, also one whose members were sorted by name."""
    there = members(file)
    if "lighthouseVersion" in there:
        return True
    return "audits" in there and '"scoreDisplayMode"' in file.start


def read(report: Any, file: File, given: Given) -> Run:
    """The run that a report tells of. Raises MccError E-FILE for what is no report."""
    report = obj(report)
    audits, categories = report.get("audits"), report.get("categories")
    if "reportCategories" in report:
        raise file.refused("this report is of Lighthouse 2; those of 3 and later can be read")
    if not isinstance(audits, dict) or not isinstance(categories, dict):
        raise file.refused("this is no whole Lighthouse report: it has no audits or no categories")
    audits = {name: obj(item) for name, item in audits.items() if _is_name(name)}
    categories = {name: obj(item) for name, item in categories.items()}
    page, form = lighthouse_page.page_of(report, file, given), lighthouse_page.device(report)
    run = Run(
        TOOLS[form],
        [],
        version=short(text(report.get("lighthouseVersion"))),
        at=moment(text(report.get("fetchTime"))),
    )
    mode = text(report.get("gatherMode")) or "navigation"
    if code := errors.code_of(report):
        message = text(obj(report.get("runtimeError")).get("message"))
        run.items = [errors.of_run(page.url, code, message)]
        _nothing(run, page, f"{FAILED} ({code})")
    elif mode != "navigation":
        _nothing(run, page, f"the report is of a {mode}, and not of the page as it loads")
    elif verdicts := _verdicts(audits):
        _judge(run, page, form, audits, categories, verdicts)
    else:
        _nothing(run, page, "no audit of the report has a verdict")
    return run


def _is_name(name: str) -> bool:
    return name.isascii() and name.isprintable() and 0 < len(name) < LONGEST_NAME


def _nothing(run: Run, page: Page, why: str) -> None:
    run.scope.partial = why
    run.notes.append(f"{page.url}: {why}; nothing was checked")


def _verdicts(audits: Audits) -> Verdicts:
    """The verdict of each audit that has one."""
    result: Verdicts = {}
    for name, audit in audits.items():
        mode = (text(audit.get("scoreDisplayMode")) or "").replace("-", "").replace("_", "").lower()
        score = num(audit.get("score"))
        if mode == "notapplicable":
            result[name] = False
        elif mode in rules.JUDGED and score is not None:
            result[name] = score
    return result


def _judge(
    run: Run,
    page: Page,
    form: str,
    audits: Audits,
    categories: Audits,
    verdicts: Verdicts,
) -> None:
    """Put down what was found on the page, and by which rules.

    Of a page that is not there, that alone counts: the rest is of the error page.
    """
    run.notes += _notes(page, audits, categories)
    run.items = [Checked(page.url)]
    scored = categories
    status = lighthouse_scores.answer(page, audits)
    if status is not None and status >= 400:
        run.notes.append(f"{page.url} answered with {status}: nothing else of it was judged")
        of_answer = rules.OF_ANSWER
        verdicts = {name: name in of_answer and score for name, score in verdicts.items()}
        scored = {}
        message = short(text(audits.get("http-status-code", {}).get("title")))
        run.items.append(errors.of_status(page.url, status, message))
    run.items += _findings(page, audits, categories, verdicts)
    run.items.append(lighthouse_scores.row(page, audits, scored, form, run.at))
    kinds = errors.kinds(moved=page.moved, answered=status is not None)
    run.scope = Scope(
        {name: verdict is not False for name, verdict in verdicts.items()}, kinds, resolves=True
    )


def _findings(page: Page, audits: Audits, categories: Audits, verdicts: Verdicts) -> Iterator[Item]:
    places = rules.places(categories)
    for name, score in verdicts.items():
        if score is False or score >= rules.PASS:
            continue
        place = places.get(name, rules.NOWHERE)
        yield Finding(
            page.url,
            name,
            rules.severity(name, score, place),
            rules.category(name, place),
            texts.description(name, audits[name]),
            texts.current(name, audits[name]),
            texts.recommended(audits[name]),
            hides=name in rules.HIDING,
        )


def _notes(page: Page, audits: Audits, categories: Audits) -> Iterator[str]:
    """What the user has to know: where the page led, and what could not be run."""
    if page.redirected:
        yield f"{page.asked} led to {page.shown}; what was found counts for {page.url}"
    failed = [name for name, item in audits.items() if item.get("scoreDisplayMode") == "error"]
    if failed:
        more = f" and {len(failed) - MOST_NAMED} more" if len(failed) > MOST_NAMED else ""
        named = ", ".join(failed[:MOST_NAMED])
        yield f"{page.url}: not checked, for Lighthouse could not run it: {named}{more}"
    scores = lighthouse_scores.of_categories(categories)
    for name in lighthouse_scores.SCORED:
        if name in categories and name not in scores:
            yield f"{page.url}: there is no {name} score, for not all of its audits could be run"
