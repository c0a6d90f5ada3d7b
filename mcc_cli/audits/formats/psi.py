"""PageSpeed Insights, API version 5: a Lighthouse report, and how real visitors met the page.

What people save is often the error that the API answered; that is refused as what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import short
from mcc_cli.audits.lighthouse import crux
from mcc_cli.audits.lighthouse import page as lighthouse_page
from mcc_cli.audits.lighthouse import report as lighthouse
from mcc_cli.audits.text.json_access import num, obj, text
from mcc_cli.audits.text.json_head import members
from mcc_cli.audits.text.values import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File
    from mcc_cli.errors import MccError

NAME = "psi"
TITLE = "PageSpeed Insights (API v5 JSON)"
SOURCE = "https://www.googleapis.com/pagespeedonline/v5/runPagespeed?url=…&category=seo&key=…"
KIND = "pagespeedonline#result"
SERVICES = {
    "PageSpeed Insights": ("pagespeed", "lighthouse"),
    "Search Console": ("searchconsole", "webmasters"),
}


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each answer by itself, also one that is an error."""
    return [[file] for file in files if _is_answer(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """The run of Lighthouse and the one of the field data.

    Raises MccError E-FILE for an error that was saved instead.
    """
    for file in files:
        answer = obj(file.json)
        file.forget()
        report = obj(answer.get("lighthouseResult"))
        if not report:
            if _is_error(answer):
                raise _refusal(obj(answer["error"]), file)
            raise file.refused("this answer of PageSpeed Insights holds no Lighthouse report")
        yield lighthouse.read(report, file, given)
        page, form = lighthouse_page.page_of(report, file, given), lighthouse_page.device(report)
        at = moment(text(answer.get("analysisUTCTimestamp"))) or moment(
            text(report.get("fetchTime"))
        )
        if run := crux.run_of(answer.get("loadingExperience"), page.url, form, at):
            yield run


def _is_answer(file: File) -> bool:
    there = members(file)
    return "lighthouseResult" in there or there.get("kind") == KIND or _is_error(there)


def _is_error(answer: Mapping[str, Any]) -> bool:
    """Whether this is how APIs of Google say what went wrong."""
    error = obj(answer.get("error"))
    return num(error.get("code")) is not None and text(error.get("message")) is not None


def _refusal(error: Mapping[str, Any], file: File) -> MccError:
    all_of_it = file.start.lower()
    names = (name for name, marks in SERVICES.items() if any(mark in all_of_it for mark in marks))
    service = next(names, "an API of Google")
    code, status = num(error.get("code")), text(error.get("status"))
    what = f"{code} {status}" if status else str(code)
    message = (short(text(error.get("message"))) or "")[:300]
    fix = "ask again, and look at what was answered before it is saved"
    if code == 429:
        fix = "ask again with an API key (&key=…), or tomorrow"
    return file.refused(
        f"this is an error that {service} answered ({what}: {message}), and no report", fix=fix
    )
