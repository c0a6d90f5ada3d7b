"""The names of the formats, apart from what writes them: a command's help needs only these."""

from enum import StrEnum


class Format(StrEnum):
    """How records are written."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    tsv = "tsv"
    yaml = "yaml"
    ids = "ids"
    # str has a method of this name
    count = "count"  # type: ignore[assignment]
