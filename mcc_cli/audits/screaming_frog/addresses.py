"""Addresses of files that a build names anew each time: the same picture keeps one address.

`hero.BhNWIdjw.png` becomes `hero.*.png`, or every deploy would resolve a finding and open another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcc_cli.audits.base import Checked

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDS = r"\.(?:png|jpe?g|webp|avif|gif|svg|css|m?js|woff2?)$"
_HASH = re.compile(rf"(?<=[-.])([0-9A-Za-z_-]{{8}}|[0-9a-f]{{16,64}})(?={_ENDS})")
_MIXED = re.compile(r"[A-Za-z]\d+[A-Za-z]|\d[A-Za-z]+\d")
_CAPITALS = re.compile(r"[a-z][A-Z].*[a-z][A-Z]|[a-z][A-Z]{2}|[A-Z]{2}[a-z]+[A-Z]")
_ALL_THREE = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)")
_NUMBERED = re.compile(r"[A-Za-z]?[a-z]+[-_]?\d+")
_SIZE = re.compile(r"\d+x\d+(?:-\w+)?")


def lasting(url: str) -> str:
    """The address without what a build put into its name."""
    if "." not in url[-6:]:
        return url
    result = _HASH.search(url)
    if not result or not _is_hash(result[1]):
        return url
    return f"{url[: result.start(1)]}*{url[result.end(1) :]}"


def checked(url: str, *, asset: bool = False) -> Iterator[Checked]:
    """That an address was looked at: as it is, for URL errors, and as findings name it."""
    named = lasting(url)
    yield Checked(url, asset or named != url)
    if named != url:
        yield Checked(named, asset=True)


def _is_hash(text: str) -> bool:
    """Whether letters and digits are those of a hash: no word, no date, no 1024x768."""
    if _SIZE.fullmatch(text) or _NUMBERED.fullmatch(text):
        return False
    return any(item.search(text) for item in (_MIXED, _CAPITALS, _ALL_THREE))
