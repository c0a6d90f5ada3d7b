"""Tables of findings in plain columns: url, error_type, severity, and more where they are known.

Heads and words are in `audits/data/generic_csv`. A row is a URL error where its `kind` says so, or
where its error type is one of theirs and it has a status code. Rows that are resolved or ignored
are no findings. seonaut's table (URL, Issue Type, Priority) is one of these.

The heads and words are in `data/generic_csv`, and those of more languages beside them.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING

from mcc_cli.audits.base import Finding, Run, Scope, UrlError, short
from mcc_cli.audits.http_status import answer
from mcc_cli.audits.text import tables, values
from mcc_cli.audits.text.choices import CATEGORIES, HIDING, KINDS, SEVERITIES, http_status
from mcc_cli.audits.text.json_access import arr, obj
from mcc_cli.audits.text.languages import languages
from mcc_cli.audits.text.skipped_counts import RowsByReason
from mcc_cli.audits.text.text_keys import kebab, many
from mcc_cli.audits.text.values import fold, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File
    from mcc_cli.audits.text.tables import Table

NAME = "generic-csv"
TITLE = "Table of findings (CSV)"
SOURCE = "any tool or spreadsheet: columns url, error_type, severity[, category, description, …]"
SEONAUT = {"url", "issue type", "priority"}
MOST_TOOLS = 50
LONGEST_RULE = 200
REMEMBERED = 10_000  # cells whose meaning is kept, for the same ones come again and again


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if find(file)]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """A run for each tool that the table names."""
    for file in files:
        table = find(file)
        if table is None:
            continue
        columns = columns_of(table)
        default = "seonaut" if set(table.names) == SEONAUT else NAME
        for tool in _tools(table, columns["tool"], default):
            run = Run(tool, (), Scope(hosts=given.complete))
            run.items = _items(table, columns, run, default)
            yield run


def _tools(table: Table, place: int, default: str) -> list[str]:
    """The tools that the rows name, the one with the most rows first."""
    if place == MISSING:
        return [default]
    named: Counter[str] = Counter()
    for row in table.rows():
        named[row[place]] += 1
        if len(named) > MOST_TOOLS:
            raise table.file.refused(
                f"its column {table.heads[place]!r} names more than {MOST_TOOLS} tools",
                table.at,
                "give the column another name, or put the name of the tool into it",
            )
    result: Counter[str] = Counter()
    for name, number in named.items():
        result[kebab(name) or default] += number
    return [tool for tool, _ in result.most_common()] or [default]


def _items(table: Table, columns: dict[str, int], run: Run, default: str) -> Iterator[Item]:
    tool_of = lru_cache(REMEMBERED)(lambda cell: kebab(cell) or default)
    severity_of, category_of = meaning("severities", SEVERITIES), meaning("categories", CATEGORIES)
    kind_of, state_of = meaning("kinds"), meaning("states")
    code_of = lru_cache(REMEMBERED)(lambda cell: http_status(whole(cell)))
    time_of = lru_cache(REMEMBERED)(moment)
    url_at, rule_at, severity_at = columns["url"], columns["rule"], columns["severity"]
    tool_at, kind_at, status_at = columns["tool"], columns["kind"], columns["status"]
    code_at, time_at, category_at = columns["http_status"], columns["at"], columns["category"]
    text_at, current_at, advice_at = (
        columns[name] for name in ("description", "current", "recommended")
    )
    rules = run.scope.rules = {}
    errors: set[str] = set()
    out, over, timeless = RowsByReason(), RowsByReason(), 0
    for row in table.rows():
        row.append("")  # the cell of columns that are not there
        if tool_at != MISSING and tool_of(row[tool_at]) != run.tool:
            continue
        url, rule = row[url_at].strip(), (short(row[rule_at]) or "")[:LONGEST_RULE]
        severity = severity_of(row[severity_at])
        if not url or not rule:
            out.add("without an address" if not url else "without an error type", table.at)
        elif severity is None:
            out.add(_unknown(row[severity_at]), table.at)
        elif state_of(row[status_at]) == "over":
            over.add(f"as {fold(row[status_at])}", table.at)
        else:
            text, code, at = short(row[text_at]), code_of(row[code_at]), time_of(row[time_at])
            if at is None and row[time_at]:
                timeless += 1
            is_error = kind_of(row[kind_at]) == "url_error"
            if is_error or (code is not None and rule.casefold() in KINDS):
                error = _error(url, rule, severity, code, text, at)
                errors.add(error.kind)
                yield error
                continue
            rules[rule] = True
            category = category_of(row[category_at]) or "other"
            current, advice = short(row[current_at]), short(row[advice_at])
            yield Finding(url, rule, severity, category, text, current, advice, at=at)
    run.scope.kinds = frozenset(errors)
    run.bad |= out.sentences()
    run.notes += over.sentences("left out")
    if out.counts:
        run.scope.partial = "rows of the table were left out"
    if timeless:
        run.notes.append(f"{many(timeless, 'row')} whose time cannot be read: the file's is taken")


def _error(
    url: str, rule: str, severity: str, code: int | None, text: str | None, at: datetime | None
) -> UrlError:
    """A URL error; where the rule is no kind of them, the status code says which it is."""
    kind = rule.casefold()
    if kind not in KINDS:
        result = answer(code)
        kind, text = result.kind if result else "other", short(f"{rule}: {text}" if text else rule)
    return UrlError(url, kind, code, severity, text, kind in HIDING, at)


def _unknown(cell: str) -> str:
    word = cell.strip()[:40]
    if not word:
        return "without a severity"
    return f"whose severity {word!r} is none of {', '.join(SEVERITIES)}, nor another word for one"


FAMILY = "generic_csv"
NEEDED = ("url", "rule", "severity")
MISSING = -1
WITHIN = 3  # records, the head among them; Excel may write sep=; above it


def meaning(table: str, allowed: Collection[str] | None = None) -> Callable[[str], str | None]:
    """A function that says what a cell means, by a table of the language files; None if nothing."""
    known = {
        fold(spelling): word
        for language in languages(FAMILY).values()
        for word, spellings in obj(language.get(table)).items()
        for spelling in _texts(spellings)
        if allowed is None or word in allowed
    }
    return lru_cache(1_000)(lambda cell: known.get(fold(cell)) if cell else None)


def heads() -> dict[str, list[str]]:
    """The heads that each column may have."""
    result: dict[str, list[str]] = {}
    for language in languages(FAMILY).values():
        for column, spellings in obj(language.get("heads")).items():
            for item in _texts(spellings):
                variants = [item, item.replace(" ", "_"), item.replace(" ", "-")]
                result.setdefault(column, []).extend(variants)
    return result


def _texts(value: object) -> list[str]:
    return [item for item in arr(value) if isinstance(item, str)]


def find(file: File) -> tables.Table | None:
    """The table of findings in a file; None where there is none."""
    if file.kind != "table":
        return None
    known = heads()
    result = tables.find(file, *(known[column] for column in NEEDED), within=WITHIN, full=False)
    if result is None:
        return None
    columns = columns_of(result)
    return result if len({columns[column] for column in NEEDED}) == len(NEEDED) else None


def columns_of(table: tables.Table) -> dict[str, int]:
    """The place of each column; MISSING for one that the table has not."""
    places = {column: table.column(*spellings) for column, spellings in heads().items()}
    return {column: MISSING if place is None else place for column, place in places.items()}


def moment(text: str) -> datetime | None:
    """A time, or the beginning of a day."""
    if result := values.moment(text):
        return result
    day = values.day(text)
    return datetime.combine(day, time(), UTC) if day else None
