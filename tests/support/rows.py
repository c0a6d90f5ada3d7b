"""Rows of any entity, made through the command line from what the catalog says."""

from __future__ import annotations

import re

from mcc_cli.entities.catalog import ENTITIES

# A value that keeps each rule of the catalog, by the rule's sentence; {n} tells rows apart.
BY_RULE = {
    "must be an address with one @, without invisible characters or look-alike letters": (
        "ada{n}@x.example"
    ),
    "must be one line of text: it is part of the key": 'Möbel & "Co", {n}',
    "must be lower-case words joined by single hyphens": "some-words-{n}",
    "must be an http:// or https:// URL without spaces": "https://x.example/{n}?a=b",
    "must be a BCP 47 language tag, such as en or pt-BR": "pt-BR",
    "must be a schema.org type, such as Service": "Service",
    "must be a JSON object with one entry per network, such as linkedin": '{"x": {"title": "é"}}',
    "must be a lower-case domain without http:// or path, such as example.com": "x{n}.example",
    "must be two capital letters, such as GB": "A{letter}",
    'must be a JSON array of {"label": text, "weight": number above 0}': (
        '[{"label": "a", "weight": 1.5}]'
    ),
}
BY_TYPE = {
    "text": 'Möbel & "Co", {n}',
    "integer": "7",
    "bigint": "9007199254740993",
    "boolean": None,
    "date": "2026-03-0{digit}",
    "timestamptz": "2026-03-01T09:00:00.123456Z",
    "text[]": '["a, b", "c\\nd"]',
    "jsonb": '{"b": [1, null, "x"], "a": 0.5}',
}


class Maker:
    """Makes rows through the command line, and what they refer to before them."""

    def __init__(self, mcc):
        self.mcc = mcc
        self.numbers = {}
        self.keys = {}

    def value(self, entity, column, n):
        """A value for a column, and for a reference the key of a row made for it."""
        if column.references:
            if column.references not in self.keys:
                self.create(ENTITIES[column.references])
            return self.keys[column.references]
        if column.choices:
            return column.choices[-1]
        if column.type.startswith("numeric"):
            return "0.000001" if column.type.endswith(",6)") else "0.5"
        if column.minimum:
            return str(column.minimum)
        text = BY_RULE[column.rule] if column.rule else BY_TYPE[column.type]
        return re.sub(
            r"\{(n|letter|digit)\}",
            lambda m: {"n": str(n), "letter": chr(65 + n), "digit": str(n % 10)}[m[1]],
            text,
        )

    def flags(self, entity, *, full=False):
        """The flags of a new row: the least, or all that can stand together."""
        n = self.numbers[entity.name] = self.numbers.get(entity.name, 0) + 1
        found = []
        for column in entity.columns:
            needed = column.required or (entity.name, column.name) == ("qc-runs", "service_id")
            other = entity.name == "qc-runs" and column.on_delete == "CASCADE"
            if column.generated or not (needed or (full and not other)):
                continue
            if column.name == "resolved_at" and "resolved" not in found:
                found += ["--status", "resolved"]
            if column.name == "status" and "resolved_at" in {c.name for c in entity.columns}:
                continue
            if column.type == "boolean":
                found.append(f"--no-{column.flag[2:]}" if column.default == "true" else column.flag)
            else:
                found += [column.flag, self.value(entity, column, n)]
        return found

    def create(self, entity, *, full=False):
        """Create a row and return its key, as `create` printed it."""
        done = self.mcc(entity.name, "create", *self.flags(entity, full=full))
        assert done.code == 0, done.err
        assert done.out.count("\n") == 1
        key = done.out.rstrip("\n")
        self.keys.setdefault(entity.name, key)
        return key


def change(entity):
    """A flag and a value that change a row and nothing that depends on the column."""
    sources = [c.made for c in entity.columns if c.made]
    free = [
        c
        for c in entity.columns
        if c.type == "text" and not (c.rule or c.generated or c.name in entity.key)
    ]
    for column in free:
        if not column.choices and f"made from {column.name}" not in sources:
            return column, "neu ö"
    column = next(c for c in free if c.choices and c.name != "status")
    return column, column.choices[1]
