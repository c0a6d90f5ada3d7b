"""What Screaming Frog calls things, in every language that a file of ours or of the user's knows.

The files are mcc_cli/audits/data/screaming_frog/LANGUAGE.toml; a user adds a language as
`audits.languages` says, in the folder `screaming_frog`. The tool has no identifiers: a rule is
known by the name of its issue in English, as files are named by it, without configured numbers.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from mcc_cli.audits.text.json_access import obj
from mcc_cli.audits.text.languages import VARIABLE, languages
from mcc_cli.audits.text.values import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PRIORITIES = ("high", "medium", "low")
UNITS = {"characters": "characters", "pixels": "pixels", "kb": "KB"}
_DROPPED = re.compile(r"[:\-<>&!\"]")
_JOINED = re.compile(r"[\s./%]+")


class Rule(NamedTuple):
    """An issue that the tool knows: `slug` without numbers, `name` with X for them."""

    slug: str
    name: str
    priority: str


class Limit(NamedTuple):
    """The number that was configured, and what it counts: 60 characters."""

    number: int
    unit: str


@dataclass(frozen=True)
class Words:
    """The words of all languages together; names are folded, and slugs without numbers."""

    heads: Mapping[str, frozenset[str]]
    overview: Mapping[str, frozenset[str]]
    crawl: Mapping[str, frozenset[str]]
    words: Mapping[str, tuple[str, ...]]
    tabs: Mapping[str, str]
    rules: Mapping[str, Rule]
    english: Mapping[str, str]
    others: re.Pattern[str]
    numbers: re.Pattern[str]
    units: Mapping[str, str]
    optional_tabs: frozenset[str]
    optional: frozenset[str]

    def known(self, text: str) -> tuple[str, Limit | None]:
        """The slug of an issue by its name or the name of its file, and its number.

        What is not known keeps a slug of its own.
        """
        own = slug(text)
        if own in self.english:
            return self.english[own], None
        masked, limit = self._masked(own)
        return self.english.get(masked, masked), limit

    def is_other(self, own: str) -> bool:
        """Whether a file of this slug holds no issue."""
        return bool(self.others.fullmatch(own))

    def tab(self, rule: str) -> str:
        """The tab of a rule, such as page_titles, in whatever language its slug is; empty for none.

        What a rule's slug begins with is the tab's name.
        """
        fits = (tab for tab in self.tabs if rule.startswith(f"{tab}_"))
        return self.tabs.get(max(fits, key=len, default=""), "")

    def priority(self, text: str) -> str | None:
        """high, medium or low, for a word of any language."""
        word = fold(text)
        return next((item for item in PRIORITIES if word in self.words[item]), None)

    def looked_for(self, listed: Iterable[str]) -> set[str]:
        """The rules that a crawl has looked for, of which it found those listed."""
        listed = set(listed)
        tabs = {self.tab(rule) for rule in listed}
        return listed | {
            rule
            for rule in self.rules
            if rule not in self.optional
            and ((tab := self.tab(rule)) not in self.optional_tabs or tab in tabs)
        }

    def _masked(self, own: str) -> tuple[str, Limit | None]:
        result = self.numbers.search(own)
        if not result:
            return own, None
        number = int(re.sub(r"\D", "", result[1])[:9])
        masked = f"{own[: result.start(1)]}x{own[result.end(1) :]}"
        return masked, Limit(number, self.units[result[2]])


def slug(name: str) -> str:
    """An issue's name as the tool makes names of files of it."""
    return re.sub(r"_+", "_", _JOINED.sub("_", _DROPPED.sub("", fold(name))))


def words() -> Words:
    """The words of all languages. Raises MccError E-CONFIG for a file of the user's."""
    return _words(os.environ.get(VARIABLE, ""))


@lru_cache(maxsize=8)
def _words(_: str) -> Words:
    known = list(languages("screaming_frog").values())
    rules: dict[str, Rule] = {}
    for language in known:
        for table in ("seen", "documented"):
            for name, text in obj(obj(language.get("issues")).get(table)).items():
                rules[slug(name)] = Rule(slug(name), name, str(text).rpartition(" ")[2])
    english = {item: item for item in rules}
    units: dict[str, str] = {}
    for language in known:
        for name, meant in obj(obj(language.get("issues")).get("translated")).items():
            english.setdefault(slug(name), slug(str(meant)))
        for key, unit in UNITS.items():
            for word in _texts(obj(language.get("words")).get(key)):
                units.setdefault(slug(word), unit)
    others = [
        pattern
        for language in known
        for pattern in _texts(obj(language.get("passed_over")).get("names"))
    ]
    optional = obj(known[0].get("optional"))
    return Words(
        heads=_merged(known, "heads"),
        overview=_merged(known, "overview"),
        crawl=_merged(known, "crawl"),
        words={key: tuple(item) for key, item in _merged(known, "words").items()},
        tabs={
            slug(name): str(tab)
            for language in known
            for name, tab in obj(language.get("tabs")).items()
        },
        rules=rules,
        english=english,
        others=re.compile("|".join(map(translate, others))),
        numbers=re.compile(rf"(?<=_)(\d[\d_,]*)_({'|'.join(map(re.escape, units))})(?=_|$)"),
        units=units,
        optional_tabs=frozenset(_texts(optional.get("tabs"))),
        optional=frozenset(_texts(optional.get("issues"))),
    )


def _merged(known: list[dict[str, Any]], table: str) -> dict[str, frozenset[str]]:
    """The names of a table, by key, of all languages."""
    result: dict[str, set[str]] = {}
    for language in known:
        for key, names in obj(language.get(table)).items():
            result.setdefault(key, set()).update(map(fold, _texts(names)))
    return {key: frozenset(names) for key, names in result.items()}


def _texts(value: Any) -> list[str]:
    """A list of texts, or one text alone; anything else in a user's file is no word."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
