"""SARIF 2.1 logs whose results lie at web addresses, those of `mcc audits ingest` among them.

Results of a page and a rule are one finding. One that is absent, suppressed or not a failure is
none. Of a result's properties, `severity`, `category`, `current_value`, `recommended_value`,
`detected_at` and `http_status` are read. A result is a URL error where its rule is a kind of URL
error, and its properties hold an `http_status` or a `category` of null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.audits.base import Checked, Run, Scope
from mcc_cli.audits.sarif import Results
from mcc_cli.audits.text.choices import KINDS
from mcc_cli.audits.text.json_access import arr, obj, text
from mcc_cli.audits.text.json_sniff import is_document
from mcc_cli.audits.text.text_keys import kebab
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
    return named or (numbered and all("tool" in obj(each) for each in runs))


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
        found = [obj(each) for each in arr(log.get("runs"))]
        if not found:
            raise file.refused("the SARIF log holds no run: no tool wrote into it")
        for each in found:
            yield _run(file, each, given)


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
    called = [obj(each) for each in arr(log.get("invocations"))]
    times = [
        at
        for each in called
        if (at := moment(text(each.get("endTimeUtc")) or text(each.get("startTimeUtc"))))
    ]
    items: list[Item] = [Checked(url) for url in results.pages]
    items += results.items()
    scope = Scope(
        rules={rule: applied for rule, applied in results.rules.items() if rule not in KINDS},
        kinds=frozenset(KINDS & results.rules.keys()),
        hosts=given.complete,
    )
    if any(each.get("executionSuccessful") is False for each in called):
        scope.partial = "the tool says that its run failed"
    return Run(
        kebab(text(driver.get("name")) or "") or "sarif",
        items,
        scope,
        version=text(driver.get("semanticVersion")) or text(driver.get("version")),
        at=max(times, default=None),
        notes=results.notes(),
    )
