"""Whether bytes are UTF-8, and where not, whether they are another encoding or damaged UTF-8."""

from __future__ import annotations

import codecs
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# A character of more than one byte, as UTF-8 has it: no longer than it must be, no surrogate.
WIDE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}"
    rb"|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
BAD = re.compile(rb"[\x80-\xff]")
BEGUN = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{0,2}\Z")  # it may go on in the next block
NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")  # not in Windows-1252 that people write
SOME = 256  # bytes: enough to tell UTF-16 by its NUL bytes


@dataclass
class Fault:
    """The first byte that is not UTF-8, with its line; `mixed` where the rest speaks for UTF-8."""

    line: int
    byte: int
    mixed: bool

    def __str__(self) -> str:
        return f"at line {self.line}: byte 0x{self.byte:02X}"


def valid(blocks: Iterable[bytes]) -> bool:
    """Whether all of it is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def fault(blocks: Iterable[bytes]) -> Fault:
    """What is wrong with bytes that are not all `valid`.

    They are `mixed` if a character of several bytes comes before the first bad byte, or if
    there are as many such characters as bad bytes: such text is UTF-8 that something damaged.
    """
    wide = bad = 0
    line, last = 1, b""
    first: Fault | None = None
    left = b""
    for block in itertools.chain(blocks, [b""]):
        data = left + block
        begun = BEGUN.search(data) if block else None
        whole, left = (data[: begun.start()], data[begun.start() :]) if begun else (data, b"")
        if whole.isascii() and first:
            continue
        result = len(WIDE.findall(whole))
        rest = WIDE.sub(lambda match: b"a" * len(match[0]), whole)
        bad += len(BAD.findall(rest))
        if first is None and (match := BAD.search(rest)):
            before = whole[: match.start()]
            mixed = wide > 0 or WIDE.search(before) is not None
            first = Fault(line + _breaks(before, last), match[0][0], mixed)
        line += _breaks(whole, last)
        last = whole[-1:] or last
        wide += result
    assert first is not None
    first.mixed = first.mixed or wide >= bad
    return first


def _breaks(text: bytes, last: bytes) -> int:
    """How many lines end in the text; CR LF across its start is counted already."""
    both = text.count(b"\r\n") + (last == b"\r" and text.startswith(b"\n"))
    return text.count(b"\n") + text.count(b"\r") - both


def wide_order(head: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` for text that is so by its NUL bytes; else None."""
    pairs = head[: SOME - SOME % 2]
    for name, nuls, others in (("le", pairs[1::2], pairs[::2]), ("be", pairs[::2], pairs[1::2])):
        if len(pairs) >= 4 and b"\0" not in others and nuls.count(b"\0") * 4 >= len(nuls) * 3:
            return f"utf-16-{name}"
    return None
