"""What a file is by its first bytes: one table of the kinds that are no text."""

from __future__ import annotations

import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError
from mcc_cli.files.packed import GZIP

if TYPE_CHECKING:
    from typing import BinaryIO

ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WEB_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head|body|\?xml)\b", re.IGNORECASE)
BINARY = {
    GZIP: "a gzip within a gzip",
    ZIP: "a zip archive",
    b"PK\x05\x06": "a zip archive with nothing in it",
    OLD_OFFICE: "an old Excel or Word file",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"%PDF-": "a PDF",
    b"SQLite format 3\0": "an SQLite database",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}


def binary(head: bytes) -> str | None:
    """What a file that begins so is, in words, if it is no text; else None."""
    return next((kind for start, kind in BINARY.items() if head.startswith(start)), None)


def require_text(raw: BinaryIO, head: bytes, name: str) -> None:
    """Raise MccError E-FILE for a file that is no text, or a web page. `head` is its beginning."""
    kind = binary(head)
    if kind and (head.startswith(OLD_OFFICE) or (head.startswith(ZIP) and _is_spreadsheet(raw))):
        message, fix = "this is a spreadsheet", "save it as CSV UTF-8, and import that"
    elif head.startswith(ZIP):
        message, fix = "this is a zip archive", "import the files in it, one by one"
    elif kind:
        message, fix = f"this is {kind}", "unpack it, or save it as CSV UTF-8, and import that"
    elif WEB_PAGE.match(head):
        message = "this is a web page or XML, and no table"
        fix = "open it: it may be a sign-in page or an error page that was saved"
    else:
        return
    raise MccError("E-FILE", message, name, fix=fix, file=name)


def _is_spreadsheet(raw: BinaryIO) -> bool:
    """Whether a zip archive is one of Excel or of OpenDocument."""
    try:
        with zipfile.ZipFile(raw) as archive:
            names = set(archive.namelist())
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        return False
    return b"spreadsheet" in kind or any(name.startswith("xl/") for name in names)
