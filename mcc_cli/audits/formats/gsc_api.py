"""Answers of the Search Console API, saved as JSON: Search Analytics and URL Inspection.

A file has one answer, a list of them, or one on each line. Search Analytics does not name its
dimensions, so the user has to; URL Inspection does not repeat the URL, so the file has to have it
beside the result.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.gsc.analytics import analytics
from mcc_cli.audits.gsc.inspections import inspections, page
from mcc_cli.audits.text.json_access import arr, obj
from mcc_cli.audits.text.json_sniff import is_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File
    from mcc_cli.errors import MccError

NAME = "gsc-api"
TITLE = "Search Console API"
SOURCE = "the answers of searchanalytics.query and of urlInspection.index.inspect, saved as JSON"
_MARKS = ('"indexStatusResult"', '"inspectionResult"', '"responseAggregationType"', '"keys"')
_ANALYTICS = ('"rows"', '"keys"')
_INSPECTION = ('"inspectionResult"',)


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if _is_answer(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """A run for Search Analytics and one for URL Inspection, of each file."""
    for file in files:
        answers = _answers(file)
        rows = [item for item in answers if _is_analytics(item)]
        results = [item for item in answers if _is_inspection(item)]
        if not rows and not results:
            raise file.refused(
                "this is no answer of the Search Console API",
                fix="it has rows with keys, clicks and impressions, or an inspectionResult",
            )
        if results and not any(page(item) for item in results):
            raise file.refused(
                "the inspection does not say of which URL it is: the API leaves it out",
                fix='save it with the result: {"inspectionUrl": "https://…", '
                '"inspectionResult": {…}}',
            )
        if rows:
            yield analytics(rows, given, file.name)
        if results:
            yield inspections(results, given)


def _is_answer(file: File) -> bool:
    if file.kind == "lines":
        first = file.start.partition("\n")[0]
        try:
            result = json.loads(first)
        except (ValueError, RecursionError):
            return False
        return _is_analytics(result) or _is_inspection(result)
    return any(
        is_document(file, _MARKS, _holds_answer, damaged) for damaged in (_ANALYTICS, _INSPECTION)
    )


def _holds_answer(found: Any) -> bool:
    several = arr(found) or [found]
    return any(_is_analytics(item) or _is_inspection(item) for item in several[:10])


def _is_analytics(found: Any) -> bool:
    """Whether this is an answer with rows, or one without any."""
    answer = obj(found)
    first = obj(next(iter(arr(answer.get("rows"))), None))
    if "keys" in first and "clicks" in first and "impressions" in first:
        return True
    return "responseAggregationType" in answer and not arr(answer.get("rows"))


def _is_inspection(found: Any) -> bool:
    return "indexStatusResult" in obj(obj(found).get("inspectionResult"))


def _answers(file: File) -> list[Any]:
    """The answers in a file. Raises MccError E-FILE for what is no JSON."""
    if file.kind != "lines":
        result = file.json
        file.forget()
        return arr(result) or [result]
    result = []
    with file.opened() as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                result.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise _broken(file, number, error) from None
    return result


def _broken(file: File, line: int, error: Exception) -> MccError:
    return file.refused(f"this line is not JSON: {getattr(error, 'msg', error)}", line)
