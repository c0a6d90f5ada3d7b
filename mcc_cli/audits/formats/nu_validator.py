"""Messages of the Nu Html Checker as JSON: errors and warnings of HTML documents.

The checker has no identifiers: a rule is the text of a message without quoted values and numbers.
Only messages are written, so nothing is resolved unless asked to.

The fields follow https://github.com/validator/validator/wiki/Output-»-JSON.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Checked, Finding, Run, Scope, UrlError, short
from mcc_cli.audits.text import urls
from mcc_cli.audits.text.json_access import arr, num, obj, text
from mcc_cli.audits.text.json_sniff import is_document
from mcc_cli.audits.text.text_keys import kebab, many
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File

NAME = "nu-validator"
TITLE = "Nu Html Checker (W3C validator) messages"
SOURCE = "validator.w3.org/nu/?out=json&doc=URL, or vnu --format json --stdout URL"
SHOWN = 3  # extracts that a finding quotes
# Quoted values and numbers; names of elements and attributes stay.
_VALUES = re.compile(r"[“\"](?![a-z][a-z0-9:-]{0,20}[”\"]).*?[”\"]|\d+")
_MARKS = ('"messages"',)
_DAMAGED = ('"messages"', '"lastLine"')


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if is_document(file, _MARKS, _is_output, _DAMAGED)]


def _is_output(document: Any) -> bool:
    messages = obj(document).get("messages")
    if not isinstance(messages, list) or not obj(document).keys() <= {
        "url",
        "messages",
        "language",
        "source",
        "parseTree",
    }:
        return False
    known = {"info", "error", "non-document-error"}
    return all(obj(item).get("type") in known for item in messages[:10])


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """One run for each file. Raises MccError E-USAGE if nothing names the page."""
    for file in files:
        document = obj(file.json)
        file.forget()
        pages: dict[str, list[dict[str, Any]]] = {}
        if page := _address(document.get("url"), given):
            pages[page] = []
        nowhere = 0
        for message in map(obj, arr(document.get("messages"))):
            url = _address(message.get("url"), given) or page or given.base_url
            if url:
                pages.setdefault(url, []).append(message)
            else:
                nowhere += 1
        if not pages:
            raise MccError(
                "E-USAGE",
                "the messages do not name the page",
                "--base-url",
                fix="name the page: --base-url https://example.com/page",
                file=file.name,
            )
        items = [item for url, messages in pages.items() for item in _items(url, messages)]
        rules = {item.rule: True for item in items if isinstance(item, Finding)}
        run = Run("nu-validator", items, Scope(rules=rules, hosts=given.complete))
        if nowhere:
            run.notes.append(f"{many(nowhere, 'message')} without a page left out")
        yield run


def _address(value: Any, given: Given) -> str | None:
    """The web address of a document; one of a file is below the base URL."""
    url = text(value)
    if url is None or urls.normal_or_none(url):
        return url
    path = url.removeprefix("file:").lstrip("/")
    try:
        return urls.rebased(path, given.base_url) if given.base_url else None
    except ValueError:
        return None


def _items(url: str, messages: list[dict[str, Any]]) -> Iterator[Item]:
    """A finding for each rule; a document that could not be fetched is a URL error."""
    result: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for message in messages:
        line = text(message.get("message")) or "invalid document"
        kind, sub = text(message.get("type")), text(message.get("subType"))
        if kind == "non-document-error":
            yield UrlError(url, "other", None, "high", short(line))
            return
        if kind == "info" and sub != "warning":
            continue
        severity = "low" if kind == "info" else "high" if sub == "fatal" else "medium"
        rule = kebab(_VALUES.sub(" ", line))[:120].rstrip("-") or "invalid"
        result.setdefault((rule, severity), []).append(message)
    yield Checked(url)
    seen: set[str] = set()
    for (rule, severity), same in sorted(result.items(), key=lambda each: each[0][1] != "high"):
        if rule in seen:
            continue
        seen.add(rule)
        lines = [_line(message) for message in same[:SHOWN]]
        yield Finding(
            url,
            rule,
            severity,
            "content",
            short(text(same[0].get("message"))),
            short(f"{many(len(same), 'place')}: {'; '.join(lines)}"),
        )


def _line(message: dict[str, Any]) -> str:
    line = num(message.get("lastLine"))
    extract = " ".join((text(message.get("extract")) or "").split())[:120]
    return " ".join(filter(None, (f"line {line:g}" if line is not None else "", extract))) or "-"
