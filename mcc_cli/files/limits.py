"""The limits of what is read from a file, in one place."""

from __future__ import annotations

BLOCK = 256 * 1024  # bytes read at once

# A text packs to a hundredth at most, an archive made to fill the disk to a thousandth.
MOST_TIMES = 200  # a packed file may unpack to so many times its size
SMALL = 20_000_000  # bytes: up to this size it may pack better
MOST_MEMBERS = 20_000  # files in one zip
MOST_BYTES = 4_000_000_000  # of all files in one zip together, unpacked
MOST_WHOLE = 100_000_000  # bytes of a document that has to be in memory at once

# JSON that PostgreSQL stores and Python cannot read is refused. Python's own limits are 4,300
# digits and about 1,000 levels, less those of the program.
DEEPEST_JSON = 200  # levels of lists and objects
LONGEST_NUMBER = 4000  # digits of a number in JSON, written without an exponent
