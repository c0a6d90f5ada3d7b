"""Addresses that do not answer as they should, as the response codes of a crawl show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.base import UrlError, short
from mcc_cli.audits.text import cell_numbers
from mcc_cli.audits.text.values import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.audits.screaming_frog.shapes import Seen
    from mcc_cli.audits.screaming_frog.words import Words

TAB = "response_codes"
NO_ANSWER = frozenset({"timeout", "dns", "tls", "other"})
KINDS = {  # what the issues of a tab can turn out to be, by what their names hold
    "client_error": frozenset({"not_found", "client_error"}),
    "server_error": frozenset({"server_error"}),
    "redirect_chain": frozenset({"redirect_chain"}),
    "redirect_loop": frozenset({"redirect_loop"}),
    "redirection": frozenset({"redirect"}),
    "no_response": NO_ANSWER,
    "blocked": frozenset({"blocked"}),
}
GONE = {404, 410}


def kinds(rule: str) -> frozenset[str]:
    """The kinds of URL errors that a rule of response codes can show; empty for other rules."""
    if not rule.startswith(f"{TAB}_"):
        return frozenset()
    return next((result for part, result in KINDS.items() if part in rule), frozenset())


def kind(said: Words, code: int | None, status: str) -> str | None:
    """The kind of error of a status code and its text; None for an answer as it should be."""
    if not code:
        text = fold(status)
        for word in ("blocked", "timeout", "dns", "tls"):
            if any(item in text for item in said.words[word]):
                return word
        return "other"
    if code in GONE:
        return "not_found"
    if 500 <= code < 600:
        return "server_error"
    if code >= 400:
        return "client_error"
    return "redirect" if code >= 300 else None


def words_of(code: int | None, status: str, target: str) -> str | None:
    """What was seen: 301 Moved Permanently to https://example.com/."""
    text = " ".join(item for item in (str(code or ""), status.strip()) if item)
    return short(f"{text} to {target}".strip() if target else text)


def reader(
    seen: Seen, rule: str, severity: str, said: Words, *, external: bool
) -> Callable[[list[str], str], UrlError | str]:
    """A function of a row and its address that returns the error, for a rule of response codes.

    It returns the cell instead if the status code is none: only 0 means that nothing answered.
    """
    code_at = seen.column("status_code")
    status_at = seen.column("status")
    target_at = seen.column("redirect_url")
    own = kinds(rule)
    usual = (
        next(iter(own)) if len(own) == 1 else "client_error" if "client_error" in own else "other"
    )

    def read(row: list[str], url: str) -> UrlError | str:
        code = cell_numbers.status(row[code_at]) if code_at is not None else 0
        if code is None:
            return row[code_at or 0]
        status = row[status_at] if status_at is not None else ""
        result = kind(said, code, status) or "other"
        if own and result not in own:
            result = usual
        target = row[target_at] if target_at is not None else ""
        return UrlError(
            url,
            result,
            code or None,
            "low" if external else severity,
            words_of(code or None, status, target),
            not external and hides(result, code or None),
        )

    return read


def hides(found: str, code: int | None) -> bool:
    """Whether an error takes the page out of search."""
    return found in {"not_found", "server_error", "blocked"} or (found in NO_ANSWER and not code)
