"""How the text of a file is encoded: by its byte order mark, by name, or by its bytes."""

from __future__ import annotations

import codecs
import contextlib
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError
from mcc_cli.files import utf8

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",  # before that of UTF-16, with which it begins
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# These names leave the byte order to a BOM. Without one, they mean what Windows writes.
BY_BOM = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


def known(name: str) -> str:
    """Python's name of an encoding of text. Raises MccError E-USAGE for an unknown one."""
    try:
        with contextlib.suppress(UnicodeError):  # one letter may be half of a character
            b"a".decode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        raise MccError(
            "E-USAGE",
            "there is no such encoding",
            "--encoding",
            name,
            hint="such as utf-8, utf-16, cp1252, latin-1, shift_jis",
        ) from None


def marked(head: bytes, named: str | None = None) -> tuple[str, int] | None:
    """The encoding that a BOM at the start of `head` declares, and the BOM's length in bytes.

    None without a BOM, and with one of another encoding than the `named` one.
    """
    for bom, result in BOMS.items():
        if head.startswith(bom) and named in (None, result, *_open_names(result)):
            return result, len(bom)
    return None


def unmarked(head: bytes, blocks: Callable[[], Iterable[bytes]]) -> tuple[str, utf8.Fault | None]:
    """The encoding of text without a BOM, and the first fault if it is damaged UTF-8.

    It is UTF-16 if every second byte of `head` is NUL; UTF-8 if all `blocks` are, or are but for
    some damage; else cp1252.
    """
    if wide := utf8.wide_order(head):
        return wide, None
    if utf8.valid(blocks()):
        return "utf-8", None
    fault = utf8.fault(blocks())
    return ("utf-8", fault) if fault.mixed else ("cp1252", None)


def as_utf8(
    blocks: Iterable[bytes], encoding: str, skip: int = 0, errors: str = "strict"
) -> Iterator[bytes]:
    """The text in `blocks` as UTF-8, without its first `skip` bytes.

    UTF-8 is passed on unchecked. Raises UnicodeError for what is not of the encoding.
    """
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)(errors)
    for block in blocks:
        data, skip = block[skip:], max(0, skip - len(block))
        if decoder is not None:
            data = decoder.decode(data).encode()
        if data:
            yield data
    if decoder is not None and (text := decoder.decode(b"", final=True)):
        yield text.encode()


def width(encoding: str) -> int:
    """How many bytes most characters have."""
    return {"utf-16": 2, "utf-32": 4}.get(encoding[:6], 1)


def _open_names(encoding: str) -> list[str]:
    """The names that mean this encoding among others."""
    return [name for name in BY_BOM if encoding.startswith(name.removesuffix("-sig"))]
