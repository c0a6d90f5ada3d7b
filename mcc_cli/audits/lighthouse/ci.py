"""Which reports in a folder of Lighthouse CI count: one for each page and device.

Each page is loaded several times, and with the filesystem target every report is there twice.
The manifest says which run is representative; else it is the one nearest to the medians of First
Contentful Paint and Time to Interactive, which is Lighthouse CI's own rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mcc_cli.audits.lighthouse import errors
from mcc_cli.audits.lighthouse import page as lighthouse_page
from mcc_cli.audits.text import urls
from mcc_cli.audits.text.json_access import arr, num, obj, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mcc_cli.audits.source_file import File

PAINT, READY = "first-contentful-paint", "interactive"
LONGEST = 1e9  # milliseconds


class Seen(NamedTuple):
    """A report in short: which run it tells of, and where it stands among the others."""

    file: File
    page: str
    device: str
    key: tuple[str | None, ...]  # the same of the copies of a report
    paint: float
    ready: float
    failed: bool


class Manifest(NamedTuple):
    """The names of the reports that manifests list, and of those that are representative."""

    listed: frozenset[str]
    representative: frozenset[str]


class Choice(NamedTuple):
    """The report that counts for a page, of how many."""

    seen: Seen
    runs: int
    said: bool  # by a manifest


def seen(report: Any, file: File) -> Seen:
    """The report in short."""
    report = obj(report)
    request = text(report.get("requestedUrl")) or text(report.get("finalUrl")) or ""
    page, device = urls.normal_or_none(request) or request, lighthouse_page.device(report)
    audits = obj(report.get("audits"))
    return Seen(
        file,
        page,
        device,
        (page, device, text(report.get("fetchTime")), text(report.get("lighthouseVersion"))),
        _value(audits, PAINT),
        _value(audits, READY),
        errors.code_of(report) is not None,
    )


def manifest(documents: Iterable[Any]) -> Manifest:
    """What manifests list. Their paths are those of the machine that wrote them: names count."""
    entries = [obj(entry) for document in documents for entry in arr(document)]
    named = [(base(text(item.get("jsonPath")) or ""), item) for item in entries]
    return Manifest(
        frozenset(name for name, _ in named if name),
        frozenset(name for name, item in named if item.get("isRepresentativeRun") is True),
    )


def choices(reports: Sequence[Seen], listed: Manifest) -> tuple[list[Choice], int]:
    """The report that counts for every page and device, and how many are older than a manifest.

    Where a manifest lists some of the runs of a page, the others are of another day.
    """
    copies: dict[tuple[str | None, ...], list[Seen]] = {}
    for report in reports:
        copies.setdefault(report.key, []).append(report)
    pages: dict[tuple[str, str], list[list[Seen]]] = {}
    for item in copies.values():
        pages.setdefault((item[0].page, item[0].device), []).append(item)
    result, older = [], 0
    for runs in pages.values():
        current = [item for item in runs if _named(item, listed.listed)]
        older += len(runs) - len(current) if current else 0
        current = current or runs
        named = [item for item in current if _named(item, listed.representative)]
        chosen = (named or [_median(current)])[0][0]
        result.append(Choice(chosen, len(current), bool(named)))
    return result, older


def failed_assertions(documents: Iterable[Any]) -> dict[str, int]:
    """How many assertions failed, by level: error or warn."""
    counts: dict[str, int] = {}
    for item in (obj(entry) for document in documents for entry in arr(document)):
        level = text(item.get("level"))
        if item.get("passed") is not True and level in ("error", "warn"):
            counts[level] = counts.get(level, 0) + 1
    return counts


def base(path: str) -> str:
    """The last part of a path of any system."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _named(copies: Iterable[Seen], names: frozenset[str]) -> bool:
    return any(item.file.base in names for item in copies)


def _value(audits: Mapping[str, Any], name: str) -> float:
    value = num(obj(audits.get(name)).get("numericValue"))
    return value if value is not None and 0 <= value <= LONGEST else 0


def _median(runs: list[list[Seen]]) -> list[Seen]:
    """The run nearest to the medians, of those that did not fail where there are any."""
    well = [each for each in runs if not each[0].failed] or runs
    middle = len(well) // 2
    paint = sorted(each[0].paint for each in well)[middle]
    ready = sorted(each[0].ready for each in well)[middle]
    return min(well, key=lambda each: (each[0].paint - paint) ** 2 + (each[0].ready - ready) ** 2)
