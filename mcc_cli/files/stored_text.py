"""Text that PostgreSQL can store: no NUL, and nothing that was not UTF-8."""

from __future__ import annotations

from mcc_cli.errors import MccError


def require_storable(text: str, place: str, column: str | None = None) -> None:
    """Raise MccError E-BYTES for a NUL and for bytes that were not UTF-8."""
    if "\0" in text:
        message = "text cannot hold a NUL byte"
    elif any("\ud800" <= char <= "\udfff" for char in text):
        message = "this is not valid UTF-8"
    else:
        return
    raise MccError("E-BYTES", message, place, legible(text), column=column)


def legible(text: str) -> str:
    """The text with what cannot be shown spelled out: a byte that is not UTF-8 as `\\xff`."""
    try:
        known = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half of a surrogate pair, from JSON
        known = text.encode("utf-8", "backslashreplace").decode()
    return known.replace("\0", "\\x00")
