"""What a file of an SEO tool says: runs of the tool, with what they found and what they looked at.

The rules of how findings live on (`services.ingests`) rest on a run's scope: a rule that was not
checked, or a page that was not looked at, says nothing about a finding of before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

LONGEST_TEXT = 2000  # characters of a value; some tools quote whole documents


class Finding(NamedTuple):
    """A page breaks a rule: a row of on_page_seo_audits.

    `rule` is the tool's own name of it, which does not change with language or outcome. `hides`
    says that it takes the page out of search: critical where the page is one of ours. `at` is when
    this was seen, where that is not when the run was.
    """

    url: str
    rule: str
    severity: str = "medium"
    category: str = "other"
    description: str | None = None
    current: str | None = None
    recommended: str | None = None
    hides: bool = False
    at: datetime | None = None


class UrlError(NamedTuple):
    """An address does not answer as it should: a row of url_errors."""

    url: str
    kind: str
    http_status: int | None = None
    severity: str = "medium"
    description: str | None = None
    hides: bool = False
    at: datetime | None = None


class Checked(NamedTuple):
    """An address that the run looked at, by all rules of its scope.

    An `asset` is no page: a picture or a script, which is not counted as one.
    """

    url: str
    asset: bool = False


class Row(NamedTuple):
    """A row of another entity: keywords, backlinks, competitors or service-pages.

    `values` are texts and numbers by field name, references by natural key; None leaves alone what
    is there. `note` says what else the service has to know, see `services.ingests.rows`.
    """

    entity: str
    values: Mapping[str, Any]
    note: str | None = None


Item = Finding | UrlError | Checked | Row


@dataclass
class Scope:
    """What a run looked at: only there may what is gone count as resolved.

    `rules` maps the checked rules to whether they applied; None means every rule of the tool.
    `kinds` are the URL errors that it would have seen. Pages are those of `Checked`, of the
    findings themselves, and where `hosts` is set all of the hosts that the run met. `resolves`
    says that a missing finding is resolved without being asked to; a `partial` run, cut short for
    the reason given, resolves nothing.
    """

    rules: dict[str, bool] | None = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    hosts: bool = False
    resolves: bool = False
    partial: str | None = None


@dataclass
class Run:
    """One run of a tool. `items` are read once, and `scope` is whole when they have been read.

    `tool` is what `source_tool` becomes, `at` when the tool looked, in UTC; None where the file
    does not say. `fresh` says that it fetched the pages itself, then. `notes` are told to the user.
    `bad` are rows that should say something and cannot be understood: a sentence, and how many.
    """

    tool: str
    items: Iterable[Item]
    scope: Scope = field(default_factory=Scope)
    version: str | None = None
    at: datetime | None = None
    fresh: bool = True
    site: str | None = None
    notes: list[str] = field(default_factory=list)
    bad: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Given:
    """What the user said, and what is known, for adapters to use.

    `site` is the property that the files are of (https://example.com), `base_url` replaces scheme
    and host of local and preview addresses, or completes paths. `complete` says that the crawl is
    of the whole site. `known` tells whether a URL in normal form is one of our service pages.
    """

    now: datetime
    site: str | None = None
    base_url: str | None = None
    complete: bool = False
    country: str | None = None
    language: str | None = None
    contents: str | None = None  # --contents: what a table is, where its heads do not say
    dimensions: tuple[str, ...] = ()
    known: Callable[[str], bool] = lambda _: False


def short(text: str | None) -> str | None:
    """The text without NUL and blank ends, cut to what a cell may hold; None for nothing."""
    if text is None:
        return None
    text = text.replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        text = f"{text[: LONGEST_TEXT - 1]}…"
    return text or None
