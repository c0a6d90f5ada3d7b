"""A page that Lighthouse could not load, or that answered with an error, as a URL error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import UrlError, short
from mcc_cli.audits.http_status import Answer, answer
from mcc_cli.audits.text.json_access import obj, text

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a page that loaded does not have, whatever else is wrong with it.
KINDS = frozenset(
    ("not_found", "client_error", "server_error", "redirect_loop", "timeout", "dns", "tls", "other")
)
OTHER = Answer("other", "medium", False, "The page does not answer as it should.")
ANSWERS = frozenset({"not_found", "client_error", "server_error"})
REDIRECTS = frozenset({"redirect", "redirect_chain"})
_BY_CODE = {
    "DNS_FAILURE": "dns",
    "INSECURE_DOCUMENT_REQUEST": "tls",
    "CHROME_INTERSTITIAL_ERROR": "tls",
    "PAGE_HUNG": "timeout",
    "PROTOCOL_TIMEOUT": "timeout",
    "CRI_TIMEOUT": "timeout",
}
_BY_NETWORK = {
    "ERR_NAME_": "dns",
    "ERR_CERT_": "tls",
    "ERR_SSL_": "tls",
    "ERR_TIMED_OUT": "timeout",
    "ERR_CONNECTION_TIMED_OUT": "timeout",
    "ERR_TOO_MANY_REDIRECTS": "redirect_loop",
}
_UNANSWERED = {"FAILED_DOCUMENT_REQUEST", "NO_DOCUMENT_REQUEST"}
_STATUS = re.compile(r"(?<!\d)[45]\d\d(?!\d)")


def code_of(report: Mapping[str, Any]) -> str | None:
    """The code of the error that ended the run; None where it ended well."""
    code = text(obj(report.get("runtimeError")).get("code"))
    return None if code == "NO_ERROR" else code


def kinds(*, moved: bool, answered: bool) -> frozenset[str]:
    """The errors that would have been seen on a page that loaded.

    One that led elsewhere may be an error as a redirect; without its status it may be not found.
    """
    result = KINDS if moved else KINDS | REDIRECTS
    return result if answered else result - ANSWERS


def of_run(url: str, code: str, message: str | None) -> UrlError:
    """The error of a page for which Lighthouse has no results."""
    status = _STATUS.search(message or "") if code == "ERRORED_DOCUMENT_REQUEST" else None
    note = short(f"{code}: {message}" if message else code)
    if status:
        return of_status(url, int(status[0]), note)
    kind = _BY_CODE.get(code, "other")
    if code in _UNANSWERED:
        kind = next((k for mark, k in _BY_NETWORK.items() if mark in (message or "")), "other")
    unanswered = code in _UNANSWERED or kind in ("dns", "tls")
    severity = "high" if unanswered else "medium"
    return UrlError(url, kind, None, severity, note, hides=unanswered)


def of_status(url: str, status: int, told: str | None) -> UrlError:
    """The error of a page that answers with a status of 400 or more."""
    kind, severity, hides, what = answer(status) or OTHER
    return UrlError(url, kind, status, severity, told or what, hides=hides)
