"""Unlighthouse: scores of many pages, written for CI. What was found is in the reports beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Item, Row, Run
from mcc_cli.audits.lighthouse import scores as lighthouse_scores
from mcc_cli.audits.text import tables, urls
from mcc_cli.audits.text.json_access import arr, obj, text
from mcc_cli.audits.text.json_head import first_item, members
from mcc_cli.audits.text.values import decimal
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "unlighthouse"
TITLE = "Unlighthouse scores (ci-result.json or .csv)"
SOURCE = "unlighthouse-ci --site … --reporter jsonSimple|jsonExpanded|csvSimple|csvExpanded"
TOOL = "unlighthouse"
HEADS = {"best practices": "best-practices"}  # what is another word than the id in lower case
Scores = dict[str, float | None]


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file of scores by itself."""
    return [[file] for file in files if _is_json(file) or _table(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """The scores as rows of service pages.

    Raises MccError E-USAGE where paths are to be completed and nobody said by what.
    """
    for file in files:
        run = Run(TOOL, [])
        table = _table(file)
        result = _of_table(table, run) if table else _of_json(file)
        run.items = list(_rows(result, file, given, run))
        run.notes.append("Unlighthouse writes scores only: no rule was checked")
        yield run


def _is_json(file: File) -> bool:
    if {"path", "score"} <= obj(first_item(file)).keys():
        return True
    return {"summary", "routes"} <= members(file).keys() and '"path"' in file.start


def _table(file: File) -> Table | None:
    if file.kind != "table" or not file.start.startswith(("URL,Score", '"URL","Score"')):
        return None
    return tables.find(file, "URL", "Score", delimiters=(",",))


def _of_json(file: File) -> Iterator[tuple[str | None, Scores]]:
    """Address and scores by category of every page, and its score in all under no name."""
    result = file.json
    file.forget()
    for route in map(obj, arr(result) or arr(obj(result).get("routes"))):
        scores: Scores = {"": lighthouse_scores.percent(route.get("score"))}
        for name in lighthouse_scores.SCORED:
            scores[name] = lighthouse_scores.percent(route.get(name))
        for name, category in obj(route.get("categories")).items():
            line = obj(category)
            key = text(line.get("id")) or text(line.get("key")) or name
            scores[key] = lighthouse_scores.percent(line.get("score"))
        yield text(route.get("url")) or text(route.get("path")), scores


def _of_table(table: Table, run: Run) -> Iterator[tuple[str | None, Scores]]:
    """The same of a table, where scores go to 100 and a missing one was written as 0.

    Only the columns of categories are read: those after may stand under the head of another.
    """
    columns = {HEADS.get(name, name): place for place, name in enumerate(table.names[2:7], 2)}
    columns = {name: columns[name] for name in lighthouse_scores.SCORED if name in columns}
    zeros = 0
    for row in table.rows():
        scores = {"": _whole(row[1])}
        for name, place in columns.items():
            scores[name] = _whole(row[place]) or None
            zeros += _whole(row[place]) == 0
        yield row[0] or None, scores
    if zeros:
        run.notes.append(
            f"scores of 0 that were left out, for a missing score is written like that: {zeros}"
        )


def _whole(cell: str) -> float | None:
    number = decimal(cell)
    return float(number) if number is not None and 0 <= number <= 100 else None


def _rows(
    found: Iterator[tuple[str | None, Scores]], file: File, given: Given, run: Run
) -> Iterator[Item]:
    nowhere = unscored = 0
    for address, scores in found:
        url = _completed(address, file, given)
        if url is None:
            nowhere += 1
            continue
        if all(score is None for score in scores.values()):
            unscored += 1
            continue
        audit = lighthouse_scores.mean(scores.get(item) for item in lighthouse_scores.SCORED)
        values: dict[str, Any] = {
            "url": url,
            "seo_score": scores.get("seo"),
            "audit_score": scores.get("") if audit is None else audit,
        }
        yield Row("service-pages", values)
    if nowhere:
        run.notes.append(f"pages left out, for they have no address: {nowhere}")
    if unscored:
        run.notes.append(f"pages left out, for they have no score: {unscored}")


def _completed(address: str | None, file: File, given: Given) -> str | None:
    """The address, with a host where it is a path alone."""
    if address is None or urls.normal_or_none(address):
        return address
    base = given.base_url or given.site
    if not urls.normal_or_none(base):
        raise MccError(
            "E-USAGE",
            "Unlighthouse writes paths without a host",
            "--base-url",
            base,
            hint=f"{file.name} holds {address[:80]}",
            fix="say of which site it is: --base-url https://www.example.com",
            file=file.name,
        )
    try:
        return urls.rebased(address, base or "")
    except ValueError:
        return None
