"""Lighthouse reports as CSV, version 10 on: three tables below each other in one file.

They hold less than the JSON. An audit without a score may be one that did not apply or one that
could not be run, so it was not checked; and there are no weights.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.lighthouse import report as lighthouse
from mcc_cli.audits.text import tables
from mcc_cli.audits.text.values import decimal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File

NAME = "lighthouse-csv"
TITLE = "Lighthouse report (CSV)"
SOURCE = "lighthouse URL --output=csv"
HEADS = ["requestedUrl", "finalDisplayedUrl", "fetchTime", "gatherMode"]
AUDITS = ["category", "audit", "score", "displayValue", "description"]
WEIGHTS = {"seo": 1, "accessibility": 3, "best-practices": 1}  # medium, medium, low
HIDDEN = {"interactive", "max-potential-fid", "first-meaningful-paint"}
METRICS = {
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
    "speed-index",
}


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each report by itself."""
    return [[file] for file in files if _is_report(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """The run of each report. Raises MccError E-FILE for one that is cut off."""
    for file in files:
        run = lighthouse.read(_report(file), file, given)
        run.notes.append(
            "the CSV of Lighthouse does not say for which device it is: it was taken as mobile;"
            " audits without a score were not checked"
        )
        yield run


def _is_report(file: File) -> bool:
    return file.kind == "table" and tables.first_rows(file, ",", 1) == [HEADS]


def _report(file: File) -> dict[str, Any]:
    """The report as its JSON would be, as far as the CSV has it."""
    audits: dict[str, Any] = {}
    categories: dict[str, Any] = {}
    report: dict[str, Any] = {"audits": audits, "categories": categories}
    head: list[str] = []
    with file.opened() as text:
        reader = csv.reader(text)
        try:
            for row in reader:
                if not row or row[0] in (HEADS[0], "category"):
                    head = row
                elif head == HEADS:
                    report |= {
                        name: value
                        for name, value in zip(HEADS, row, strict=False)
                        if value != "null"
                    }
                elif head == AUDITS[:1] + AUDITS[2:3] and len(row) > 1:
                    categories[row[0]] = {"score": _score(row[1]), "auditRefs": []}
                elif head == AUDITS and len(row) == len(AUDITS):
                    _add(row, audits, categories)
        except csv.Error as error:
            raise file.refused(str(error), reader.line_num) from None
    if not audits:
        raise file.refused("the report is cut off: it has no audits")
    return report


def _add(row: list[str], audits: dict[str, Any], categories: dict[str, Any]) -> None:
    category, name, score, shown, description = row
    group = "metrics" if name in METRICS else "hidden" if name in HIDDEN else None
    ref = {"id": name, "weight": WEIGHTS.get(category, 0), "group": group}
    categories.setdefault(category, {"auditRefs": []})["auditRefs"].append(ref)
    audits[name] = {
        "scoreDisplayMode": "numeric",
        "score": _score(score),
        "displayValue": shown,
        "description": description,
    }


def _score(text: str) -> float | None:
    number = decimal(text)
    return None if number is None else float(number)
