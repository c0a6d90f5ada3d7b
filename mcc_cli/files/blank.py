"""Blank text: nothing, or only characters that leave no mark on paper."""

from __future__ import annotations

# White space of every kind (Unicode's White_Space), and what has no width at all.
SPACES = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
BLANKS = SPACES + INVISIBLE


def is_blank(text: str) -> bool:
    """Whether the text is empty or holds nothing but BLANKS."""
    return not text.strip(BLANKS)
