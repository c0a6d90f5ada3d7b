"""Lighthouse CI: a folder .lighthouseci, or the one of the filesystem target with a manifest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcc_cli.audits.lighthouse import ci, html
from mcc_cli.audits.lighthouse import report as lighthouse
from mcc_cli.audits.text.json_access import obj
from mcc_cli.audits.text.json_head import first_item, members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File

NAME = "lighthouse-ci"
TITLE = "Lighthouse CI folder"
SOURCE = "lhci collect or lhci autorun: the folder .lighthouseci, or the upload.outputDir"
OVER = ("lighthouse", "lighthouse-html")
FOLDER = ".lighthouseci"
OWN = re.compile(r"lhr-\d+\.(json|html)|flags-.*\.json|links\.json|assertion-results\.json")
ENOUGH = 2  # files with names of its own tell the folder


def claims(files: Sequence[File]) -> list[list[File]]:
    """The files of each of its folders."""
    folders: dict[str, list[File]] = {}
    for file in files:
        folders.setdefault(file.folder, []).append(file)
    return [group for item in folders.values() if (group := _group(item))]


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """A run for each page and device. Raises MccError E-FILE for a folder without reports."""
    roles = [(file, _role(file)) for file in files]
    manifest = ci.manifest(f.json for f, role in roles if role == "manifest")
    asserted = [f.json for f, role in roles if role == "assertions"]
    result, older = ci.choices([_seen(file) for file in _reports(roles)], manifest)
    if not result:
        raise files[0].refused(
            "Lighthouse CI writes its reports next to this file, and none is here",
            fix="ingest the whole folder",
        )
    notes = list(_notes(result, older, asserted))
    missing = manifest.listed - {file.base for file in files}
    if missing:
        notes.append(f"reports that the manifest lists and the folder lacks: {len(missing)}")
    for choice in result:
        file = choice.seen.file
        run = lighthouse.read(_report(file), file, given)
        run.notes += notes
        notes = []
        yield run


def _group(files: list[File]) -> list[File]:
    """Those of a folder's files that belong to Lighthouse CI, if any do."""
    roles = [(file, role) for file in files if (role := _role(file))]
    there = {role for _, role in roles}
    own = sum(bool(OWN.fullmatch(file.base)) for file, _ in roles)
    mine = bool(there & {"manifest", "assertions"}) or (
        "report" in there and (own >= ENOUGH or files[0].folder.rpartition("/")[2] == FOLDER)
    )
    return [file for file, _ in roles] if mine else []


def _role(file: File) -> str | None:
    """What the file is to Lighthouse CI: report, page, manifest, assertions or aside."""
    if file.kind == "html":
        return "page" if html.carries(file, html.REPORT) else None
    if file.kind != "json":
        return None
    if lighthouse.is_report(file):
        return "report"
    first = obj(first_item(file))
    if {"url", "isRepresentativeRun", "jsonPath"} <= first.keys():
        return "manifest"
    if {"operator", "expected", "level"} <= first.keys():
        return "assertions"
    if not OWN.fullmatch(file.base):
        return None
    if file.base == "assertion-results.json":
        return "assertions" if file.start[1:].lstrip().startswith("]") else None
    return "aside" if file.base.startswith("flags-") or _is_links(file) else None


def _is_links(file: File) -> bool:
    there = members(file)
    return all(isinstance(item, str) and item.startswith("http") for item in there.values())


def _reports(roles: Sequence[tuple[File, str | None]]) -> list[File]:
    """The reports, as JSON where there are both."""
    result = [file for file, role in roles if role == "report"]
    stems = {_stem(file) for file in result}
    return result + [file for file, role in roles if role == "page" and _stem(file) not in stems]


def _stem(file: File) -> str:
    return file.path.rpartition(".")[0]


def _report(file: File) -> object:
    if file.kind == "html":
        return html.embedded(file, html.REPORT)
    report = file.json
    file.forget()
    return report


def _seen(file: File) -> ci.Seen:
    return ci.seen(_report(file), file)


def _notes(found: Sequence[ci.Choice], older: int, asserted: Sequence[object]) -> Iterator[str]:
    several = [choice for choice in found if choice.runs > 1]
    if several:
        runs = sum(choice.runs for choice in several)
        how = "named by the manifest" if all(c.said for c in several) else "nearest to the median"
        yield f"runs: {runs}, pages: {len(several)}; of each page the run {how} was taken"
    if older:
        yield (
            f"runs left out, for the manifest does not list them: {older}; to have them as well,"
            " ingest each file by itself"
        )
    counts = ci.failed_assertions(asserted)
    if counts:
        by_level = ", ".join(f"{count} {level}" for level, count in sorted(counts.items()))
        yield f"assertions of Lighthouse CI that failed: {by_level}"
