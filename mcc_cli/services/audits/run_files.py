"""The files at paths as runs of tools, and every file that is refused."""

from __future__ import annotations

import contextlib
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mcc_cli.audits import detect, unpack
from mcc_cli.audits.text.text_keys import many
from mcc_cli.errors import MccError
from mcc_cli.services.records.row_input import raise_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack
    from pathlib import Path

    from mcc_cli.audits.base import Given, Run
    from mcc_cli.audits.detect import Group
    from mcc_cli.audits.source_file import File
    from mcc_cli.services.audits.ingest_result import Options

# 2026-01-04, 2026.01.04.15.30.00 (as Screaming Frog names folders), 2026-01-04T15 in a name.
_DATE = re.compile(
    r"(?<!\d)(20\d\d)[-._](\d\d)[-._](\d\d)"
    r"(?:[T ._-](\d\d)(?:[.:_-](\d\d))?(?:[.:_-](\d\d))?)?(?!\d)"
)
REFUSED = {"E-FILE", "E-FORMAT", "E-USAGE"}  # what is wrong with one file, and not with others


@dataclass
class Read:
    """A run as a file tells it, when it was, and the digest of its files.

    `told` says that the time is the file's word or the user's, and not that of its copy on disk.
    """

    group: Group
    run: Run
    at: datetime
    sha256: str
    told: bool = True


def read(
    paths: Sequence[Path], options: Options, given: Given, stack: ExitStack
) -> tuple[list[Read], list[MccError]]:
    """The runs of all files, the oldest first, and with `keep_good` why others are refused.

    Raises MccError with the others it carries for all that is refused.
    """
    result: list[Read] = []
    errors: list[MccError] = []
    for path in paths:
        try:
            for files in unpack.bundles(path, stack):
                for group in _groups(files, options, errors):
                    try:
                        result += _runs(group, given, options.at)
                    except MccError as error:
                        if error.code not in REFUSED:
                            raise
                        errors.append(error)
        except MccError as error:
            if error.code not in REFUSED or error.place in ("--format",):
                raise
            errors += [error, *error.others]
    if errors and not (options.keep_good and result):
        raise_all(errors)
    if not result:
        raise MccError(
            "E-FILE", "there is no file to read", str(paths[0]), fix="name a file or a full folder"
        )
    return sorted(result, key=lambda each: each.at), errors


def _groups(files: Sequence[File], options: Options, errors: list[MccError]) -> list[Group]:
    """The groups of files of known formats; each other file is one of the `errors`."""
    left = list(files)
    while True:
        try:
            groups, unknown = detect.groups(left, options.format)
            break
        except MccError as error:
            known = [file for file in left if file.name != error.file]
            if error.code != "E-FORMAT" or len(known) == len(left):
                raise
            errors.append(error)
            left = known
    pictures = [file for file in unknown if detect.is_picture(file)] if groups else []
    if pictures:
        options.tell(f"{many(len(pictures), 'picture')} or other media skipped")
        unknown = [file for file in unknown if file not in pictures]
    if not options.ignore_unknown:
        errors += [detect.unknown(file, options.format) for file in unknown]
    return groups


def _runs(group: Group, given: Given, at: datetime | None) -> list[Read]:
    digest = hashlib.sha256()
    for file in sorted(group.files, key=lambda file: file.path):
        for block in file.blocks():
            digest.update(block)
    result = []
    for run in group.runs(given):
        text = at or run.at
        if text is None and getattr(group.format, "UNDATED", False):
            text, note = _dated(group)
            run.notes.append(note)
        newest = max(file.modified for file in group.files)
        when = min(text or newest, given.now)  # a clock may be wrong
        result.append(Read(group, run, when, digest.hexdigest(), told=when == text))
    return result


def _dated(group: Group) -> tuple[datetime | None, str]:
    """When a run was whose files do not say it, by a date in their path; and a note about it."""
    for file in group.files:
        for match in reversed(list(_DATE.finditer(file.name))):
            numbers = [int(part) for part in match.groups(default="0")]
            with contextlib.suppress(ValueError):
                result = datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]
                return result, f"the time of the run is that in the name {match[0]!r}"
    newest = max(file.modified for file in group.files)
    return None, (
        f"the files do not say when the tool ran: the newest file is of {newest:%Y-%m-%d %H:%M}Z; "
        "--date says otherwise"
    )
