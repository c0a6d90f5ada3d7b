"""Paths as files to ingest: a file, a folder with what is in it, the members of a zip.

Nothing of a zip is unpacked to disk, and what could not be honest is refused before it is read.
"""

from __future__ import annotations

import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from mcc_cli import private_files
from mcc_cli.audits.source_file import File
from mcc_cli.errors import MccError
from mcc_cli.files import spool
from mcc_cli.files.kinds import ZIP
from mcc_cli.files.limits import MOST_BYTES, MOST_MEMBERS, MOST_TIMES, SMALL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import ExitStack

READ = {".lighthouseci", ".unlighthouse", ".", ".."}  # though they begin with a dot
SKIPPED = {"__MACOSX", "Thumbs.db", "desktop.ini"}


def bundles(path: Path, stack: ExitStack) -> Iterator[list[File]]:
    """The files at a path, those that may belong together in one list; `-` is stdin.

    A folder is one list with all below it, a zip one of its own, wherever it lies. Hidden files
    are passed over. What is opened stays so for as long as the stack. Raises MccError E-FILE for
    what cannot be read, when all else has been, with the others it carries.
    """
    if str(path) == "-":
        yield from _bundle("stdin", _spooled("stdin", spool.stdin(), stack), stack)
        return
    plain: list[File] = []
    errors: list[MccError] = []
    try:
        folder = path.is_dir()
        if path.is_fifo() or path.is_char_device():
            with path.open("rb") as pipe:
                yield from _bundle(str(path), _spooled(str(path), pipe, stack), stack)
            return
        result = sorted(item for item in path.rglob("*") if item.is_file()) if folder else [path]
    except OSError as error:
        raise _unreadable(error, path) from error
    for item in result:
        inner = item.relative_to(path) if folder else Path(item.name)
        if folder and _hidden(inner.parts):
            continue
        try:
            with item.open("rb") as file:
                zipped = file.read(4) == ZIP
            if zipped:
                yield from _bundle(str(item), item, stack)
            else:
                plain.append(_file(str(item), inner.as_posix(), item))
        except OSError as error:
            errors.append(_unreadable(error, item))
        except MccError as error:
            errors.append(error)
    if plain:
        yield plain
    if errors:
        first, *others = errors
        first.others = tuple(others)
        raise first


def _unreadable(error: OSError, path: Path) -> MccError:
    name = error.filename if isinstance(error.filename, str) else str(path)
    return MccError("E-FILE", f"cannot read it: {error.strerror or error}", name, file=name)


def _hidden(parts: Sequence[str]) -> bool:
    return any((part[:1] == "." and part not in READ) or part in SKIPPED for part in parts)


def _file(name: str, inner: str, path: Path) -> File:
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return File(name, inner, modified, lambda: path.open("rb"))


def _spooled(name: str, pipe: BinaryIO, stack: ExitStack) -> Path:
    """What comes through a pipe as a file that can be read again."""
    try:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mcc-"))
        path = Path(folder) / "pipe"
        with open(path, "xb", opener=private_files.opener) as file:
            file.writelines(spool.blocks(pipe, name))
    except OSError as error:
        raise spool.no_room(name, error) from None
    return path


def _bundle(name: str, path: Path, stack: ExitStack) -> Iterator[list[File]]:
    with path.open("rb") as file:
        zipped = file.read(4) == ZIP
    if not zipped:
        yield [_file(name, name, path)]
        return
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise MccError("E-FILE", f"the zip file is damaged: {error}", name, file=name) from error
    if "xl/workbook.xml" in archive.NameToInfo:
        raise MccError(
            "E-FILE",
            "this is an Excel file",
            name,
            fix="export it as CSV, from the tool or from Excel",
            file=name,
        )
    result = [_member(name, archive, item) for item in _members(name, archive)]
    if result:
        yield result


def _members(name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files in a zip that are to be read. Raises MccError E-FILE for a zip that is a trap."""
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise _trap(name, f"it holds {len(infos)} files, and may hold {MOST_MEMBERS}")
    if sum(item.file_size for item in infos) > MOST_BYTES:
        raise _trap(name, f"unpacked it is larger than {MOST_BYTES // 10**9} GB")
    kept = []
    for item in infos:
        parts = item.filename.replace("\\", "/").split("/")
        if not item.filename or item.is_dir() or _hidden(parts):
            continue
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise _trap(name, f"it names a file outside of itself: {item.filename!r}")
        if item.flag_bits & 1:
            raise _trap(name, f"{item.filename!r} is encrypted")
        if item.file_size > SMALL and item.file_size > MOST_TIMES * max(item.compress_size, 1):
            raise _trap(name, f"{item.filename!r} unpacks to {item.file_size // 10**6} MB")
        kept.append(item)
    return kept


def _member(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> File:
    try:
        modified = datetime(*info.date_time, tzinfo=UTC)
    except ValueError:
        modified = datetime(1980, 1, 1, tzinfo=UTC)
    return File(
        f"{name}/{info.filename}",
        info.filename,
        modified,
        lambda: _opened(archive, info),
    )


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    """A member to read. Raises BadZipFile for whatever damage there is to it."""
    try:
        return cast("BinaryIO", archive.open(info))
    except (OSError, ValueError, RuntimeError) as error:
        raise zipfile.BadZipFile(str(error)) from error


def _trap(name: str, what: str) -> MccError:
    return MccError(
        "E-FILE",
        f"this zip file is not read: {what}",
        name,
        fix="unpack it yourself, look at it, and ingest the folder",
        file=name,
    )
