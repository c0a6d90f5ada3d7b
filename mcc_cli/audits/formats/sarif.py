"""SARIF 2.1 logs whose results lie at web addresses, those of `mcc audits ingest` among them.

Results of a page and a rule are one finding. One that is absent, suppressed or not a failure is
none. Of a result's properties, `severity`, `category`, `current_value`, `recommended_value`,
`detected_at` and `http_status` are read. A result is a URL error where its rule is a kind of URL
error, and its properties hold an `http_status` or a `category` of null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from mcc_cli.audits.base import Checked, Finding, Run, Scope, UrlError, short
from mcc_cli.audits.text import urls
from mcc_cli.audits.text.choices import CATEGORIES, HIDING, KINDS, SEVERITIES, http_status
from mcc_cli.audits.text.json_access import arr, num, obj, text
from mcc_cli.audits.text.json_sniff import is_document
from mcc_cli.audits.text.text_keys import kebab, many
from mcc_cli.audits.text.values import moment
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Item
    from mcc_cli.audits.source_file import File

NAME = "sarif"
TITLE = "SARIF 2.1 log"
SOURCE = "mcc audits ingest --format-out sarif, and any tool that writes SARIF"
_MARKS = ('"runs"',)


def claims(files: Sequence[File]) -> list[list[File]]:
    """Each file by itself."""
    return [[file] for file in files if is_document(file, _MARKS, _is_log, ('"runs"', "sarif"))]


def _is_log(found: Any) -> bool:
    runs = obj(found).get("runs")
    if not isinstance(runs, list):
        return False
    named = "sarif" in (text(obj(found).get("$schema")) or "").lower()
    numbered = (text(obj(found).get("version")) or "").startswith(("2.", "1.0."))
    return named or (numbered and all("tool" in obj(item) for item in runs))


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """A run for each of the log."""
    for file in files:
        log = obj(file.json)
        file.forget()
        version = text(log.get("version")) or ""
        if not version.startswith("2.1"):
            raise file.refused(
                f"this is SARIF {version or 'without a version'}, and 2.1.0 is what is read",
                fix="convert it with the SARIF Multitool: sarif transform",
            )
        result = [obj(item) for item in arr(log.get("runs"))]
        if not result:
            raise file.refused("the SARIF log holds no run: no tool wrote into it")
        for item in result:
            yield _run(file, item, given)


def _run(file: File, log: dict[str, Any], given: Given) -> Run:
    results = Results(log, given.base_url)
    if results.homeless and not results.found and given.base_url is None:
        raise MccError(
            "E-USAGE",
            "the results lie in files, and at no web address",
            "--base-url",
            hint="findings are of pages; a path is one below an address",
            fix="say which address: --base-url https://example.com",
            file=file.name,
        )
    driver = obj(obj(log.get("tool")).get("driver"))
    called = [obj(item) for item in arr(log.get("invocations"))]
    times = [
        at
        for item in called
        if (at := moment(text(item.get("endTimeUtc")) or text(item.get("startTimeUtc"))))
    ]
    items: list[Item] = [Checked(url) for url in results.pages]
    items += results.items()
    scope = Scope(
        rules={rule: applied for rule, applied in results.rules.items() if rule not in KINDS},
        kinds=frozenset(KINDS & results.rules.keys()),
        hosts=given.complete,
    )
    if any(item.get("executionSuccessful") is False for item in called):
        scope.partial = "the tool says that its run failed"
    return Run(
        kebab(text(driver.get("name")) or "") or "sarif",
        items,
        scope,
        version=text(driver.get("semanticVersion")) or text(driver.get("version")),
        at=max(times, default=None),
        notes=results.notes(),
    )


LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": "low"}
SCORES = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"))  # of GitHub's security-severity
DEEPEST = 10  # bases of addresses that lean on each other
SHOWN = 3  # messages that a finding quotes


@dataclass
class Results:
    """The results of a run, sorted out.

    `found` has those of each page and rule together, `pages` what was looked at without a result.
    Of `rules` those are left out that have results which are not told: they count as not checked.
    """

    run: dict[str, Any]
    base_url: str | None
    found: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    rules: dict[str, bool] = field(default_factory=dict)
    pages: dict[str, None] = field(default_factory=dict)
    applied: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)
    homeless: int = 0
    nameless: int = 0
    absent: int = 0
    open: int = 0
    ignored: int = 0

    def __post_init__(self) -> None:
        driver = obj(obj(self.run.get("tool")).get("driver"))
        self.described = [obj(item) for item in arr(driver.get("rules"))]
        self.by_id = {rule: item for item in self.described if (rule := text(item.get("id")))}
        self.rules.update(dict.fromkeys(self.by_id, True))
        for artifact in map(obj, arr(self.run.get("artifacts"))):
            if "analysisTarget" in arr(artifact.get("roles")) and (
                url := self._address(obj(artifact.get("location")))
            ):
                self.pages[url] = None
        for result in map(obj, arr(self.run.get("results"))):
            self._sort(result)
        for rule in self.untold:
            self.rules.pop(rule, None)

    def items(self) -> Iterator[Item]:
        """A finding for each page and rule."""
        for (url, rule), results in self.found.items():
            yield self._item(url, rule, results)

    def notes(self) -> list[str]:
        """What was left out, and why."""
        return [
            f"{many(number, 'result')} {why}"
            for number, why in (
                (self.absent, "of an earlier run, gone now (baselineState absent): no findings"),
                (self.ignored, "suppressed by the tool: left out, and their rules not checked"),
                (
                    self.open,
                    "for a person to judge (open, review): left out, and their rules not checked",
                ),
                (self.homeless, "at no web address left out; --base-url says what paths are below"),
                (self.nameless, "without a rule left out"),
            )
            if number
        ]

    def _sort(self, result: dict[str, Any]) -> None:
        rule = self._rule(result)
        if rule is None:
            self.nameless += 1
            return
        if result.get("baselineState") == "absent":
            self.absent += 1
            self._applies(rule)
            return
        kind = text(result.get("kind")) or "fail"
        if kind in ("pass", "notApplicable", "informational"):
            if kind == "notApplicable":
                self.rules[rule] = rule in self.applied
            else:
                self._applies(rule)
            self.pages.update(dict.fromkeys(self._addresses(result)))
            return
        if kind != "fail":
            self.open += 1
            self.untold.add(rule)
            return
        if _is_suppressed(result):
            self.ignored += 1
            self.untold.add(rule)
            return
        addresses = dict.fromkeys(self._addresses(result))
        if not addresses:
            self.homeless += 1
            self.untold.add(rule)
        self._applies(rule)
        for url in addresses:
            self.found.setdefault((url, rule), []).append(result)

    def _applies(self, rule: str) -> None:
        self.applied.add(rule)
        self.rules[rule] = True

    def _rule(self, result: dict[str, Any]) -> str | None:
        reference = obj(result.get("rule"))
        if named := text(result.get("ruleId")) or text(reference.get("id")):
            return named
        for index in (result.get("ruleIndex"), reference.get("index")):
            if isinstance(index, int) and 0 <= index < len(self.described):
                return text(self.described[index].get("id"))
        return None

    def _addresses(self, result: dict[str, Any]) -> Iterator[str]:
        for location in map(obj, arr(result.get("locations"))):
            artifact = obj(obj(location.get("physicalLocation")).get("artifactLocation"))
            if url := self._address(artifact):
                yield url

    def _address(self, artifact: dict[str, Any], depth: int = 0) -> str | None:
        """The web address of an artifact: by its base, or below ours; None where it has none."""
        index = artifact.get("index")
        if "uri" not in artifact and isinstance(index, int) and depth < DEEPEST:
            all_ = arr(self.run.get("artifacts"))
            there = obj(all_[index]) if 0 <= index < len(all_) else {}
            return self._address(obj(there.get("location")), depth + 1)
        uri = text(artifact.get("uri")) or ""
        try:
            if base := text(artifact.get("uriBaseId")):
                uri = urljoin(self._base(base), uri)
            scheme = urlsplit(uri).scheme.lower()
            if scheme in ("http", "https"):
                return uri
            if not scheme and uri and self.base_url:
                return urls.rebased(uri.removeprefix("./"), self.base_url)
        except ValueError:
            pass
        return None

    def _base(self, name: str) -> str:
        bases, result = obj(self.run.get("originalUriBaseIds")), ""
        for _ in range(DEEPEST):
            base = obj(bases.get(name))
            result = urljoin(text(base.get("uri")) or "", result)
            outer = text(base.get("uriBaseId"))
            if outer is None:
                break
            name = outer
        return result

    def _item(self, url: str, rule: str, results: list[dict[str, Any]]) -> Item:
        severity = min((self._severity(rule, item) for item in results), key=SEVERITIES.index)
        line = obj(results[0].get("properties"))
        about = self.by_id.get(rule, {})
        message = self._message(rule, results[0])
        at = moment(text(line.get("detected_at")))
        status = num(line.get("http_status"))
        if rule in KINDS and (status is not None or line.get("category", "") is None):
            code = http_status(int(status)) if status is not None else None
            return UrlError(url, rule, code, severity, message, rule in HIDING, at)
        current = text(line.get("current_value"))
        if current is None and len(results) > 1:
            parts = [self._message(rule, item) or rule for item in results[:SHOWN]]
            current = f"{many(len(results), 'place')}: {'; '.join(part[:300] for part in parts)}"
        advice = text(line.get("recommended_value")) or text(obj(about.get("help")).get("text"))
        return Finding(
            url,
            rule,
            severity,
            _category(line, obj(about.get("properties"))),
            message,
            short(current),
            short(advice or text(about.get("helpUri"))),
            at=at,
        )

    def _severity(self, rule: str, result: dict[str, Any]) -> str:
        about = self.by_id.get(rule, {})
        for properties in (obj(result.get("properties")), obj(about.get("properties"))):
            word = text(properties.get("severity"))
            if word in SEVERITIES:
                return word
            if (score := _score(properties.get("security-severity"))) is not None:
                return next((word for limit, word in SCORES if score >= limit), "low")
        default = text(obj(about.get("defaultConfiguration")).get("level"))
        level = text(result.get("level")) or default or "warning"
        return LEVELS.get(level, "medium")

    def _message(self, rule: str, result: dict[str, Any]) -> str | None:
        about, message = self.by_id.get(rule, {}), obj(result.get("message"))
        match = text(message.get("text")) or text(message.get("markdown"))
        if match is None:
            known = obj(about.get("messageStrings"))
            match = text(obj(known.get(text(message.get("id")) or "default")).get("text"))
        for number, item in enumerate(arr(message.get("arguments"))):
            if match and isinstance(item, str):
                match = match.replace(f"{{{number}}}", item)
        return short(match or text(obj(about.get("shortDescription")).get("text")))


def _is_suppressed(result: dict[str, Any]) -> bool:
    """Whether somebody has decided that the result does not count, and nobody refused that."""
    match = [obj(item) for item in arr(result.get("suppressions"))]
    undecided = ("underReview", "rejected")
    return bool(match) and not any(
        item.get("status") in undecided or item.get("state") in undecided for item in match
    )


def _category(*properties: dict[str, Any]) -> str:
    for item in properties:
        for word in (item.get("category"), *arr(item.get("tags"))):
            if isinstance(word, str) and word.replace("-", "_").lower() in CATEGORIES:
                return word.replace("-", "_").lower()
    return "other"


def _score(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
