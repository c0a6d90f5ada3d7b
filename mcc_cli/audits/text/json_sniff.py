"""Whether a JSON file is of a format: by its first characters, then by what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.audits.source_file import File


def is_document(
    file: File, marks: tuple[str, ...], shape: Callable[[Any], bool], damaged: tuple[str, ...]
) -> bool:
    """Whether the file's start has one of the marks and its JSON the shape.

    A file that is no whole JSON is one of ours by all of the marks in `damaged`, so that reading it
    says what is wrong with it.
    """
    if file.kind not in ("json", "lines") or not any(mark in file.start for mark in marks):
        return False
    try:
        return shape(file.json)
    except MccError:
        return all(mark in file.start for mark in damaged)
