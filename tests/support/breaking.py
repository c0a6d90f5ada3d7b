"""Files of an entity's rows with records that are wrong in known ways, and what were right."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from dataclasses import dataclass, field

from hypothesis import strategies as st

from mcc_cli.entities.schema.base import KEY

MARK = "\ufeff"
DELIMITERS = {"csv": ",", "tsv": "\t", "spreadsheet": ",", "ids": ","}
FORMS = [*DELIMITERS, "jsonl"]
# What makes a key longer than an index takes, and nothing that it could pack.
LONG = random.Random(1).randbytes(2000).hex()


@dataclass
class Record:
    """A record as it is right and as the file has it, with the codes it may be rejected by."""

    cells: dict[str, object]
    right: str
    written: str
    line: int = 0
    codes: tuple[str, ...] = ()


@dataclass
class File:
    """A file of an entity's rows: its first line, if it has one, and its records."""

    form: str
    head: str
    records: list[Record] = field(default_factory=list)

    def text(self, *, right: bool = False) -> str:
        """All of it, as it is written or as it would be right."""
        return self.head + "".join(r.right if right else r.written for r in self.records)

    def wrong(self) -> dict[int, tuple[str, ...]]:
        """The lines of the records that are wrong, and the codes each may be rejected by."""
        return {record.line: record.codes for record in self.records if record.codes}

    def corrected(self, rejects: str) -> tuple[str, dict[int, str]]:
        """A reject file with what is right in each of its records, and the code of each line."""
        right = {record.line: record.right for record in self.records}
        if self.form == "jsonl":
            return self._corrected_objects(rejects, right)
        mark = DELIMITERS[self.form]
        head, *rows = csv.reader(io.StringIO(rejects, newline=""), delimiter=mark)
        codes = {int(line): code for *_, line, code, _ in rows}
        lines = [
            right[int(own[0])].removesuffix("\n") + mark + _row(own, mark)
            for own in (row[-3:] for row in rows)
        ]
        return _row(head, mark) + "".join(lines), codes

    def _corrected_objects(self, rejects: str, right: dict[int, str]) -> tuple[str, dict[int, str]]:
        found = [json.loads(line) for line in rejects.split("\n")[:-1]]
        own = [{name: row[name] for name in row if name.startswith("_mcc_")} for row in found]
        lines = [f"{right[o['_mcc_line']].rstrip()[:-1]}, {json.dumps(o)[1:]}\n" for o in own]
        return "".join(lines), {o["_mcc_line"]: o["_mcc_code"] for o in own}


def parsed(content: bytes, form: str) -> File:
    """An export as a file of records that are right."""
    text = content.decode()
    if form == "jsonl":
        lines = [f"{line}\n" for line in text.split("\n")[:-1]]
        return File(form, "", [Record(json.loads(line), line, line) for line in lines])
    mark = DELIMITERS[form]
    begin = MARK if text.startswith(MARK) else ""
    reader = csv.reader(io.StringIO(text.removeprefix(MARK), newline=""), delimiter=mark)
    head, *rows = reader
    made = File(form, begin + _row(head, mark))
    for row in rows:
        line = _row(row, mark)
        made.records.append(Record(dict(zip(head, row, strict=True)), line, line))
    return made


def ways(entity, form):
    """How a record of an entity can be wrong: a cell and what stands there, and the codes."""
    found = []
    null = None if form == "jsonl" else "\\N"
    for column in entity.columns:
        name = column.name if form == "ids" else column.field
        if column.generated:
            continue
        if column.references:
            found.append((name, "no/such/key", ("E-REF",)))
        elif column.choices:
            found.append((name, "nonsense", ("E-CHOICE",)))
        elif column.type == "jsonb" and form != "jsonl":
            found.append((name, "{", ("E-JSON",)))
        elif column.is_list:
            found.append((name, "[1]", ("E-TYPE",)))
        elif column.type not in ("text", "jsonb"):
            found.append((name, "?", ("E-TYPE",)))
        elif column.type == "text" and column.rule:
            text = "two\x85lines" if column.rule == KEY.sentence else "no such thing!"
            found.append((name, text, ("E-RULE",)))
        if column.required:
            found.append((name, null, ("E-NULL",)))
        if column.name in entity.key and column.type == "text" and not column.choices:
            codes = ["E-LONG"]
            codes += ["E-RULE"] if column.rule else []  # a country's code has two letters
            codes += ["E-DUP"] if len(entity.uniques) > 1 else []  # as a new row it repeats others
            found.append((name, LONG, tuple(codes)))
    links = [link.ids if form == "ids" else link.name for link in entity.links]
    return found + [(name, "no-such-key", ("E-REF",)) for name in links]


def broken(entity, file, data):
    """Make some records of a file wrong, and work out the line at which each stands."""
    cells = ways(entity, file.form)
    line = 1 + _breaks(file.head)
    for number, record in enumerate(file.records):
        record.line = line
        others = [other for other in file.records[:number] if not other.codes]
        kinds = ["right", "a cell"]
        kinds += ["a key that stands above"] if others else []
        kinds += ["too few cells", "too many cells", "a stray quote"] * (file.form != "jsonl")
        match data.draw(st.sampled_from(kinds), "record"):
            case "a cell":
                name, value, record.codes = data.draw(st.sampled_from(cells), "cell")
                value = f"{record.cells[name]}{LONG}" if value == LONG else value
                record.written = _written(file, {**record.cells, name: value})
            case "a key that stands above":
                names = [
                    column.name if file.form == "ids" else column.field
                    for column in map(entity.column, entity.key)
                ]
                other = data.draw(st.sampled_from(others)).cells
                record.written = _written(
                    file, {**record.cells, **{name: other[name] for name in names}}
                )
                record.codes = ("E-DUP",)
            case "right":
                pass
            case kind:
                record.written = _ragged(file, record, kind)
                record.codes = ("E-RECORD",)
        line += _breaks(record.written)


def _ragged(file: File, record: Record, kind: str) -> str:
    mark, cells = DELIMITERS[file.form], list(record.cells.values())
    if kind == "a stray quote":  # nothing after it on the line is read
        return f'x"y{mark * (len(cells) - 1)}\n'
    return _row(cells[:-1] if kind == "too few cells" else [*cells, "more"], mark)


def _written(file: File, cells: dict[str, object]) -> str:
    if file.form == "jsonl":
        return json.dumps(cells) + "\n"
    return _row(list(cells.values()), DELIMITERS[file.form])


def _row(cells: list[object], mark: str) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=mark, lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n") + "\n"


def _breaks(text: str) -> int:
    return len(re.findall(r"\r\n|\n|\r", text))
