"""Of which page a Lighthouse report is, and seen with which device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mcc_cli.audits.text import urls
from mcc_cli.audits.text.json_access import obj, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.source_file import File


class Page(NamedTuple):
    """The page of a report: `url` is what its findings are of, the others are in normal form."""

    url: str
    asked: str | None
    shown: str | None

    @property
    def redirected(self) -> bool:
        """Whether the address asked for led to another one."""
        return bool(self.asked and self.shown and self.asked != self.shown)

    @property
    def moved(self) -> bool:
        """Whether `url` is an address that led to another one."""
        return self.redirected and urls.normal_or_none(self.url) == self.asked


def page_of(report: Mapping[str, Any], file: File, given: Given) -> Page:
    """The page of a report: the address asked for where it is one of ours, else where it led.

    Raises MccError E-FILE for a report without any address.
    """
    request = text(report.get("requestedUrl"))
    shown = text(report.get("finalDisplayedUrl"))
    if not urls.normal_or_none(shown):
        shown = text(report.get("finalUrl"))
    first, last = urls.normal_or_none(request), urls.normal_or_none(shown)
    if request and first and (last is None or first == last or _is_ours(first, given)):
        return Page(request, first, last)
    if shown and last:
        return Page(shown, first, last)
    raise file.refused("the report does not say of which page it is")


def device(report: Mapping[str, Any]) -> str:
    """mobile or desktop: whose screen and network were emulated."""
    settings = obj(report.get("configSettings"))
    for name in ("formFactor", "emulatedFormFactor"):
        if settings.get(name) in ("mobile", "desktop"):
            return str(settings[name])
    agent = text(obj(report.get("environment")).get("networkUserAgent"))
    return "desktop" if agent and "Mobile" not in agent else "mobile"


def _is_ours(url: str, given: Given) -> bool:
    if given.known(url):
        return True
    try:
        return bool(given.base_url) and given.known(urls.rebased(url, given.base_url or ""))
    except ValueError:
        return False
