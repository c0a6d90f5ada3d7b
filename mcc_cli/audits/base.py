"""The contract of an audit format: what a file of an SEO tool becomes.

A format is a module (or any object) with the members of `Format`. mcc has its own in
`mcc_cli.audits.formats`; an installed package adds more with an entry point in the group
`mcc.audit_formats`. `docs/development/adding-a-format.md` is the how-to.

A format turns files into `Run`s: one run of the tool with its `Item`s (findings, URL errors,
checked addresses, rows of other entities) and its `Scope`, which says what the run checked. The
scope decides what may count as resolved: a rule that was not checked, or a page that was not
visited, says nothing about an earlier finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from mcc_cli.audits.source_file import File

LONGEST_TEXT = 2000  # characters of a value; some tools quote whole documents


class Finding(NamedTuple):
    """A page breaks a rule: a row of on_page_seo_audits.

    `rule` is the tool's own identifier, independent of language and outcome; `severity` one of
    critical, high, medium, low; `category` one of `text.choices.CATEGORIES`. `current` is what the
    page has, `recommended` what it should have. `hides`: the problem removes the page from search
    results, so it is critical on a live service page. `at` is when it was seen, if that differs
    from the run's time.
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
    """An address answers with an error or a redirect: a row of url_errors.

    `kind` is one of `text.choices.KINDS`; `http_status` is None if there was no answer.
    """

    url: str
    kind: str
    http_status: int | None = None
    severity: str = "medium"
    description: str | None = None
    hides: bool = False
    at: datetime | None = None


class Checked(NamedTuple):
    """An address that the run visited and checked by every rule of its scope.

    `asset`: an image or a script, which does not count as a page.
    """

    url: str
    asset: bool = False


class Row(NamedTuple):
    """A row of another entity: keywords, backlinks, competitors or service-pages.

    `values` are texts and numbers by field name, references by natural key; None keeps the stored
    value. `note` is a hint for the merge with stored rows, see `services.audits.row_merge`.
    """

    entity: str
    values: Mapping[str, Any]
    note: str | None = None


Item = Finding | UrlError | Checked | Row


@dataclass
class Scope:
    """What a run checked: only inside it a missing finding counts as resolved.

    `rules` maps each checked rule to whether it applied; None means every rule of the tool.
    `kinds` are the URL errors that the run would have reported. The pages are those of `Checked`
    and of the findings; with `hosts`, every page of the hosts in the run. `resolves`: a missing
    finding is resolved without `--resolve-missing`. `evident` are checked rules that each page
    proves or disproves by itself: their missing findings are resolved in any case. `partial` is
    the reason why the run is incomplete; such a run resolves nothing.
    """

    rules: dict[str, bool] | None = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    hosts: bool = False
    resolves: bool = False
    evident: frozenset[str] = frozenset()
    partial: str | None = None


@dataclass
class Run:
    """One run of a tool. `items` are read once; `scope`, `notes` and `bad` are final after that.

    `tool` becomes `source_tool`. `at` is when the tool ran, in UTC, None if the file does not say.
    `fresh`: the tool fetched the pages itself at that time. `notes` are sentences for the user.
    `bad` counts rows that cannot be understood, by a sentence for each reason: they are rejected,
    and without `--keep-good` the whole ingest with them.
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
    """The user's flags and the known pages, for formats to use.

    `now` is the server's time. `site` is the property of the files (https://example.com);
    `base_url` replaces scheme and host of local and preview addresses, and completes bare paths.
    `complete`: the crawl covers the whole site. `contents` (--contents) says what a table holds
    whose header does not; `dimensions` names the keys of a Search Console API answer. `known`
    tells whether a URL in normal form is a service page.
    """

    now: datetime
    site: str | None = None
    base_url: str | None = None
    complete: bool = False
    country: str | None = None
    language: str | None = None
    contents: str | None = None
    dimensions: tuple[str, ...] = ()
    known: Callable[[str], bool] = lambda _: False


class Format(Protocol):
    """What every audit format has: a module of `audits.formats`, or one of another package.

    Two attributes are optional. `OVER` is a set of names of formats: files that these claim too
    belong to this one. `UNDATED`: the tool does not write when it ran, so that a date in the path
    of the files counts.
    """

    NAME: str  # of --format, in kebab-case
    TITLE: str  # the tool and its report
    SOURCE: str  # where in the tool the user gets the file

    def claims(self, files: Sequence[File]) -> list[list[File]]:
        """The files that this format reads, in groups that belong together.

        `files` are all files of a folder or zip, or a single file. Decide by content (`file.kind`,
        `file.start`), never by name; read no more than the start. Raise nothing: damaged content
        is either not claimed, or claimed and refused by `runs`.
        """
        ...

    def runs(self, files: Sequence[File], given: Given) -> Iterator[Run]:
        """The runs in one group of `claims`.

        Raises MccError E-FILE (`file.refused(message, line, fix)`) if the file is damaged, cut off
        or an error message of the tool; E-USAGE, with the flag as its place and `file=file.name`,
        if a flag is missing. Both may also be raised while `items` are read.
        """
        ...


def short(text: str | None) -> str | None:
    """The text without NUL and surrounding blanks, cut to `LONGEST_TEXT`; None if it is empty."""
    if text is None:
        return None
    text = text.replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        text = f"{text[: LONGEST_TEXT - 1]}…"
    return text or None
