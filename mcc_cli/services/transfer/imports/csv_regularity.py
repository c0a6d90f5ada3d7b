"""One look over the bytes of a delimited file before the database gets them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcc_cli.files.blank import BLANKS
from mcc_cli.services.transfer.imports.csv_records import LONGEST_CELL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.header import Header

RARE_SPACES = [bytes([byte]) for byte in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F)]
WIDE_SPACE = re.compile(
    b'(?:%b)[,;|\t\r\n"]' % b"|".join(each.encode() for each in BLANKS if not each.isascii())
)
END_MARK = re.compile(rb"(?:^|[\r\n])\\\.[\r\n]")


@dataclass
class Scan:
    """What the rows of a file are like.

    `regular`: COPY reads them as our grammar does: no stray quote, no NUL, no end mark. `escapes`:
    there is a backslash somewhere. `spaces`: some cells may hold nothing but BLANKS. `breaks`
    counts the ends of lines, one missing at the end of the file included; it is -1 if they are not
    all alike.
    """

    regular: bool = True
    escapes: bool = False
    spaces: bool = False
    breaks: int = 0


def rows_of(source: Source, header: Header) -> Iterator[bytes]:
    """The bytes after the header."""
    skip = header.skip
    for block in source.blocks():
        if skip < len(block):
            yield block[skip:] if skip else block
        skip = max(0, skip - len(block))


def scan(source: Source, header: Header) -> Scan:
    """Look at every row; of an irregular file, no further than the place that shows it."""
    delimiter = re.escape(header.delimiter.encode())
    runs = re.compile(
        rb'(?:(?:"(?:[^"]|"")*+"|[^"\r\n%b]*+)(?:%b|\r\n|\n|\r(?!\n)))*+' % (delimiter, delimiter)
    )
    edges = header.delimiter.encode() + b"\r\n"
    irregular = Scan(regular=False, escapes=True, spaces=True)
    result = Scan()
    feeds = returns = both = 0
    left, last, inside, bare = b"", b"\n", False, 0
    for block in rows_of(source, header):
        seen = last + block
        last = seen[-4:]
        result.escapes = result.escapes or b"\\" in block
        result.spaces = result.spaces or _has_spaces(seen, header.delimiter.encode())
        feeds += block.count(b"\n")
        returns += block.count(b"\r")
        both += seen[-1 - len(block) :].count(b"\r\n") if returns else 0
        if b"\0" in block or (b"\\." in seen and END_MARK.search(b"\n" + seen + b"\n")):
            return irregular
        if inside and block.startswith(b'"'):
            return irregular  # a quote in a cell that began, bare, in the block before
        inside = False
        if not left and b'"' not in block:
            inside = block[-1:] not in edges
            bare = 0 if any(edge in block for edge in edges) else bare + len(block)
            if bare > LONGEST_CELL // 2:
                return irregular  # the grammar tells a cell that is too long
            continue
        text = left + block
        match = runs.match(text)
        left = text[match.end() if match else 0 :]
        if left and not left.startswith(b'"') and b'"' in left:
            return irregular
        if len(left) > 4 * len(block) + 1024 * 1024:
            return irregular
    result.regular = b'"' not in left or bool(re.fullmatch(rb'"(?:[^"]|"")*+"', left))
    result.spaces = result.spaces or _has_spaces(last + b"\n", header.delimiter.encode())
    result.breaks = (feeds or returns) + (last[-1:] not in (b"\n", b"\r"))
    if feeds and returns and not feeds == returns == both:
        result.breaks = -1  # some of them stand inside cells
    return result


def _has_spaces(text: bytes, delimiter: bytes) -> bool:
    """Whether there may be a cell that is not empty and holds nothing but BLANKS.

    What is looked for is how such a cell ends, or, if it holds line breaks, how it begins.
    """
    breaks = [item for item in (b"\r", b"\n") if item in text]  # one byte is found at once
    spaces = [item for item in (b" ", b"\t") if item in text and item != delimiter]
    ends = [delimiter, *breaks]
    if b'"' in text:
        if any(edge + b'"' + item in text for edge in ends for item in breaks):
            return True
        ends.append(b'"')
    return (
        any(space + end in text for space in spaces for end in ends)
        or any(item in text for item in RARE_SPACES)
        or (not text.isascii() and WIDE_SPACE.search(text) is not None)
    )
