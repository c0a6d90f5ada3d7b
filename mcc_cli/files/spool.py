"""Files that can be read twice: a pipe, stdin and a gzip go to a file of their own first."""

from __future__ import annotations

import contextlib
import gzip
import re
import sys
import tempfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BLOCK = 256 * 1024
GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml)\b", re.IGNORECASE)
# How other files begin that are no text, with what they are.
OTHERS = {
    GZIP: "a gzip within a gzip",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"%PDF-": "a PDF",
    b"SQLite format 3\0": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


def readable(path: Path, stack: contextlib.ExitStack) -> tuple[str, BinaryIO]:
    """The file at `path`, or stdin for `-`, with its name for messages; `stack` closes it.

    Raises MccError E-FILE for what cannot be read, or cannot be copied where it has to be.
    """
    name = name_of(path)
    if str(path) == "-":  # also where it is a file: somebody may have begun to read it
        return name, _spooled(blocks(_stdin(), name), name, stack)
    raw = _open(path, stack)
    return name, raw if raw.seekable() else _spooled(blocks(raw, name), name, stack)


def name_of(path: Path) -> str:
    """What messages and the log call the file at `path`."""
    return "stdin" if str(path) == "-" else str(path)


def unpacked(raw: BinaryIO, name: str, stack: contextlib.ExitStack) -> BinaryIO:
    """The content of the file where it is a gzip, else the file. Raises MccError E-FILE."""
    raw.seek(0)
    packed = raw.read(len(GZIP)) == GZIP
    raw.seek(0)
    return _spooled(_gunzipped(raw, name), name, stack) if packed else raw


def refuse_other(raw: BinaryIO, head: bytes, name: str) -> None:
    """Raise MccError E-FILE for what is no text or no table, known by how the file begins."""
    if head.startswith(OLD_EXCEL) or (head.startswith(ZIP) and _is_spreadsheet(raw)):
        message, fix = "this is a spreadsheet", "save it as CSV UTF-8, and import that"
    elif head.startswith(ZIP):
        message, fix = "this is a zip archive", "import the files in it, one by one"
    elif WEB_PAGE.match(head):
        message = "this is a web page or XML, and no table"
        fix = "look at it: a page that asks to sign in, or tells an error, may have been saved"
    elif kind := next((kind for begin, kind in OTHERS.items() if head.startswith(begin)), None):
        message, fix = f"this is {kind}", "unpack it, or save it as CSV UTF-8, and import that"
    else:
        return
    raise MccError("E-FILE", message, name, fix=fix, file=name)


def _is_spreadsheet(raw: BinaryIO) -> bool:
    """Whether a zip archive is one of Excel or of OpenDocument."""
    import zipfile

    try:
        with zipfile.ZipFile(raw) as archive:
            names = set(archive.namelist())
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        return False
    return b"spreadsheet" in kind or any(each.startswith("xl/") for each in names)


def blocks(raw: BinaryIO, name: str) -> Iterator[bytes]:
    """The rest of the file in blocks of 256 KiB. Raises MccError E-FILE."""
    try:
        while block := raw.read(BLOCK):
            yield block
    except OSError as error:
        raise _unreadable(name, error) from None


def _open(path: Path, stack: contextlib.ExitStack) -> BinaryIO:
    try:
        return stack.enter_context(path.open("rb"))
    except OSError as error:
        raise _unreadable(str(path), error) from None


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise _unreadable("stdin", "it is closed")
    return sys.stdin.buffer


def _gunzipped(raw: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=raw) as packed:
            while block := packed.read(BLOCK):
                yield block
    except (OSError, EOFError, zlib.error) as error:
        raise MccError("E-FILE", f"the gzip file is damaged: {error}", name, file=name) from None


def _spooled(content: Iterable[bytes], name: str, stack: contextlib.ExitStack) -> BinaryIO:
    """The content in a file of its own: a pipe and a gzip can be read but once."""
    try:
        spooled = tempfile.TemporaryFile()  # noqa: SIM115
        stack.callback(_closed, spooled)
        for block in content:
            spooled.write(block)
        spooled.seek(0)
    except OSError as error:
        raise MccError(
            "E-FILE",
            f"there is no room for a copy of the file: {error.strerror}",
            name,
            file=name,
            fix="make room for temporary files, or name another folder for them: TMPDIR",
        ) from None
    return spooled


def _closed(spooled: BinaryIO) -> None:
    with contextlib.suppress(OSError):  # what there was no room for fails here again
        spooled.close()


def _unreadable(name: str, reason: OSError | str) -> MccError:
    why = reason if isinstance(reason, str) else reason.strerror
    return MccError("E-FILE", f"cannot read the file: {why}", name, file=name)
