"""What the name of an export says that nothing in it does: the property, and the day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.source_file import File

_NAME = re.compile(
    r"(?:^|[/\\])(?P<property>[^/\\]+?)-(?P<report>(?:Performance-on-|Coverage|core-web-vitals"
    r"|Latest links|Latest_links|More sample links|Top )[^/\\]*?)-?(?P<day>\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"(?P<scheme>https?)___(?P<host>[a-z0-9.-]+)(?:_|$)", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]+", re.IGNORECASE)


@dataclass(frozen=True)
class Export:
    """The property as https://example.com, the report, and the day on which it was exported."""

    site: str | None = None
    report: str = ""
    day: date | None = None

    @property
    def at(self) -> datetime | None:
        """The day as a time."""
        return midnight(self.day)


def export(files: Iterable[File], given: Given) -> Export:
    """What the names of the zip, the folder or the files say; what the user said is stronger."""
    result = Export()
    for file in files:
        for match in _NAME.finditer(file.name):
            result = Export(_site(match["property"]), match["report"].lower(), _day(match["day"]))
        if result.site:
            break
    return Export(given.site or result.site, result.report, result.day)


def midnight(day: date | None) -> datetime | None:
    """The begin of the day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None


def _site(written: str) -> str | None:
    """`https___www.example.com_` and `example.com` as a site; None for other names."""
    if match := _PREFIX.match(written):
        return f"{match['scheme'].lower()}://{match['host'].lower()}"
    return f"https://{written.lower()}" if _DOMAIN.fullmatch(written) else None


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
