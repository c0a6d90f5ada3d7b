"""Screaming Frog SEO Spider: exports of issues, tabs and addresses, one or a folder of them.

All files of a folder are one run. The tool's command line puts the issues of a crawl into a folder
of their own, below the files that tell of all of it: then these belong to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcc_cli.audits.screaming_frog import crawl, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.source_file import File

NAME = "screaming-frog"
TITLE = "Screaming Frog SEO Spider"
UNDATED = True  # only some of its files say when they were made
SOURCE = "Bulk Export > Issues > All; Reports > Issues Overview, Crawl Overview; any tab > Export"


def claims(files: Sequence[File]) -> list[list[File]]:
    """The files of each folder that the tool wrote."""
    folders: dict[str, list[File]] = {}
    reports: set[str] = set()
    for file in files:
        if seen := shapes.look(file):
            folders.setdefault(file.folder, []).append(file)
            if seen.shape == shapes.OVERVIEW:
                reports.add(file.folder)
    for parent in list(folders):
        below = [folder for folder in reports if folder and _above(folder) == parent]
        if parent not in reports and len(below) == 1:
            folders[below[0]] += folders.pop(parent)
    return list(folders.values())


def runs(files: Sequence[File], given: Given) -> Iterator[Run]:
    """The one run that the files of a folder tell of. Raises MccError E-FILE."""
    yield crawl.run(files, given)


def _above(folder: str) -> str:
    """The folder in which a folder lies."""
    return folder.rpartition("/")[0]
