"""The column that each name of a file's header means, and what is wrong with the names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcc_cli.errors import MccError
from mcc_cli.services.records.did_you_mean import did_you_mean
from mcc_cli.services.records.row_input import READ_ONLY, raise_all
from mcc_cli.services.transfer.imports import header as headers
from mcc_cli.services.transfer.imports.header import DELIMITERS, OWN, LinkTarget, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcc_cli.entities.schema.facts import Column, Entity
    from mcc_cli.files.source import Source
    from mcc_cli.services.transfer.imports.field_mapping import FieldMapping
    from mcc_cli.services.transfer.imports.header import Header

DELIMITER_NAMES = {",": ",", ";": "';'", "\t": "tab", "|": "'|'"}  # as a shell takes them
LONGEST_NAME = 60
MOST_NAMES = 5
# A number, a date, a percentage, a URL, an address: what no head looks like.
VALUE = re.compile(
    r"[-+]?[\d.,  ]*\d[\d.,  ]*%?|\d{4}-\d\d.*|\d\d?[./]\d\d?[./]\d+|\w+://.*|\S+@\S+"
)


def bind(
    header: Header,
    entity: Entity,
    source: Source,
    mapping: FieldMapping,
    unknown: str,
    delimiter: str | None = None,
) -> None:
    """Find the column of each name; `unknown` is error or ignore.

    Raises one MccError E-COLUMN with every name that has no column or is there twice, and E-USAGE
    for flags that name columns which the file does not have.
    """
    header.guarded = source.skip > 0 and not header.objects
    if _known_names(header.names, entity, mapping) == 0 and not header.objects:
        header_line = _later_header(source, entity, mapping, delimiter)
        if header_line or (header.at and any(header.names)):
            raise _no_header(header, entity, source, header_line)
    _Binding(header, entity, source, mapping, unknown).bind()


class _Binding:
    """The names of one header as they are bound one by one, and the errors so far."""

    def __init__(
        self, header: Header, entity: Entity, source: Source, mapping: FieldMapping, unknown: str
    ) -> None:
        self.header, self.entity, self.source, self.mapping = header, entity, source, mapping
        self.ignore = unknown == "ignore"
        self.place = f"{source.name}:{header.at}" if header.at else "--header"
        self.errors: list[MccError] = []
        self.taken: dict[str, str] = {}
        self.mapped = {
            column.name
            for head, field in mapping.heads.items()
            if head in header.names and (column := column_of(entity, field))
        }

    def bind(self) -> None:
        """Bind every name, then the constants; raise what is wrong."""
        for index, name in enumerate(self.header.names):
            if not name:
                if self.header.at and not self.ignore:
                    self.header.nameless.append(index)
            elif not name.startswith(OWN):
                self._name(index, name)
        for name in (item for item, field in self.mapping.heads.items() if field):
            if name not in self.header.names:
                known = [item for item in self.header.names if item]
                hint = did_you_mean(name, known) or f"heads: {', '.join(known)}"
                message = "the file has no such head"
                self.errors.append(MccError("E-COLUMN", message, "--map", name, hint))
        for field, value in self.mapping.constants.items():
            self._constant(field, value)
        self._check_values()
        for error in self.errors:
            error.entity, error.file = self.entity.name, self.source.name
        raise_all(self.errors)
        if not (self.header.targets or self.header.links):
            message = "no column of this file is imported"
            raise MccError("E-COLUMN", message, self.place, entity=self.entity.name)

    def _name(self, index: int, name: str) -> None:
        field = self.mapping.heads.get(name, name)
        if not field:
            return
        if self._link(index, name, field, None):
            return
        column = column_of(self.entity, field)
        if field in READ_ONLY or (column and column.generated):
            return
        explicit = name in self.mapping.heads
        if column is None:
            if explicit or not self.ignore:
                self.errors.append(_no_column(self.entity, field, name, self.place, self.header))
        elif column.name in self.mapped and not explicit:
            if not self.ignore:
                self._twice(column, name, name)
        elif column.name in self.taken:
            self._twice(column, name, name)
        else:
            self.taken[column.name] = name
            self._target(index, name, field, column, None)

    def _twice(self, column: Column, name: str, leave_out: str) -> None:
        other = self.taken.get(column.name) or next(
            head
            for head, field in self.mapping.heads.items()
            if column_of(self.entity, field) is column
        )
        message = f'"{other}" and "{name}" are the same column'
        fix = f'leave one of them out: --map "{leave_out}="'
        if other == name:
            fix = "delete or rename one of them in the file"
        self.errors.append(
            MccError("E-COLUMN", message, self.place, name, fix=fix, column=column.name)
        )

    def _target(
        self, index: int, name: str, field: str, column: Column, constant: str | None
    ) -> None:
        by_id = bool(column.references) and _normal(field) == column.name != column.field
        guarded = self.header.guarded and constant is None
        values = self._values(name, column.name, column.field)
        self.header.targets.append(Target(index, name, column, by_id, guarded, values, constant))

    def _link(self, index: int, name: str, wanted: str, constant: str | None) -> bool:
        """Bind the links that a head means: `services`, `services+`, `services-`, or by ids."""
        how = wanted[-1:] if wanted[-1:] in ("+", "-") else "="
        base = wanted.removesuffix(how)
        result = self.entity.link(base) or self.entity.link(_normal(base))
        if result is None:
            return False
        guarded = self.header.guarded and constant is None
        values = self._values(name, result.name, result.ids)
        by_id = _normal(base) == result.ids
        links = self.header.links
        links.append(LinkTarget(index, name, result, how, by_id, guarded, values, constant))
        self.errors += _contradiction(links, self.place)
        return True

    def _values(self, *names: str) -> tuple[tuple[str, str], ...]:
        """The cells to replace in a column that has these names."""
        cells: dict[str, str] = {}
        for name, replaced in self.mapping.values.items():
            if name in names or _normal(name) in names:
                cells |= replaced
        return tuple(cells.items())

    def _constant(self, field: str, value: str) -> None:
        """A column that the file does not have, with the same cell in each row."""
        column = column_of(self.entity, field)
        index = len(self.header.names) + len(self.header.targets) + len(self.header.links)
        problem = hint = fix = None
        if self._link(index, field, field, value):
            return
        if field in READ_ONLY or (column and column.generated):
            problem = f"{field} cannot be written"
        elif column is None:
            names = [item.field for item in self.entity.columns if not item.generated]
            problem = f'{self.entity.name} has no column "{field}"'
            hint = did_you_mean(field, names) or f"columns: {', '.join(names[:12])}"
        elif column.name in self.taken:
            problem = f'the file has this column already: "{self.taken[column.name]}"'
            fix = f'leave the column of the file out: --map "{self.taken[column.name]}="'
        if problem:
            self.errors.append(MccError("E-USAGE", problem, "--set", field, hint, fix))
        elif column:
            self.taken[column.name] = field
            self._target(index, field, field, column, value)

    def _check_values(self) -> None:
        """An error for each column of --map-value that is not imported."""
        known = {name for item in self.header.targets for name in (item.name, item.column.field)}
        known |= {item.column.name for item in self.header.targets}
        known |= {name for item in self.header.links for name in (item.name, item.field.name)}
        for name in self.mapping.values:
            if name not in known and _normal(name) not in known:
                message = f'the file has no column "{name}" that is imported'
                hint = did_you_mean(name, sorted(known))
                self.errors.append(MccError("E-USAGE", message, "--map-value", name, hint))


def _normal(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def column_of(entity: Entity, name: str) -> Column | None:
    """The column that a head means: by its name or its field, in any case, spaces for _."""
    return entity.column(name) or entity.column(_normal(name))


def _known(name: str, entity: Entity, mapping: FieldMapping) -> bool:
    """Whether a name means something here: a column, links, or what only mcc writes."""
    field = mapping.heads.get(name, name)
    base = field.removesuffix("+").removesuffix("-")
    return bool(
        name in mapping.heads
        or field in READ_ONLY
        or name.startswith(OWN)
        or column_of(entity, field)
        or entity.link(base)
        or entity.link(_normal(base))
    )


def _known_names(names: Sequence[str], entity: Entity, mapping: FieldMapping) -> int:
    return sum(bool(name) and _known(name, entity, mapping) for name in names)


def _later_header(
    source: Source, entity: Entity, mapping: FieldMapping, delimiter: str | None
) -> int | None:
    """The line that looks like the header, if the file does not begin with it.

    Most of its cells name a column, and so do all that a row needs.
    """
    needed = {c.name for name in entity.key if (c := entity.column(name)) and c.required}
    for line, cells in headers.later_lines(source, delimiter)[1:]:
        filled = [cell for cell in cells if cell]
        columns = {c.name for cell in filled if (c := column_of(entity, cell))}
        heads = {c.name for cell in filled if (c := column_of(entity, mapping.heads.get(cell, "")))}
        if needed <= columns | heads and 2 * _known_names(filled, entity, mapping) > len(filled):
            return line
    return None


def _no_header(header: Header, entity: Entity, source: Source, header_line: int | None) -> MccError:
    """The error for a file of which no line, or a later one, is the header.

    The fix never renames the cells of line 1: they may be a row.
    """
    filled = [name for name in header.names if name]
    shown = ", ".join(f'"{_cut(name)}"' for name in filled[:MOST_NAMES])
    more = ", …" if len(filled) > MOST_NAMES else ""
    verb = "is no column" if len(filled) == 1 else "are no columns"
    read = f"line {header.at} was read as the header, but" if header.at else "--header:"
    fields = [column.field for column in entity.columns if not column.generated]
    key = [c.field for name in entity.key if (c := entity.column(name)) and c.required]
    names = [*key, *fields]
    example = ",".join(list(dict.fromkeys(names))[: len(header.names)])
    if header_line:
        fix = f"the header seems to be on line {header_line}: --skip-lines {header_line - 1}"
    else:
        fix = f"if line {header.at} is data, name the columns in their order: --header {example}"
        if len(header.names) > 1:
            fix += " (an empty name leaves a column out)"
    if not header_line and (other := _other_delimiter(header, entity)):
        fix = f"name what separates the cells: --delimiter {DELIMITER_NAMES[other]}"
    elif not header_line and any(len(name) > LONGEST_NAME for name in filled):
        fix = "name the encoding or the delimiter of the file: --encoding, --delimiter"
    near = (did_you_mean(_cut(name), fields) for name in filled[:MOST_NAMES])
    return MccError(
        "E-COLUMN",
        f"{read} {shown}{more} {verb} of {entity.name}",
        f"{source.name}:{header.at}" if header.at else source.name,
        hint=next(filter(None, near), None) or f"columns: {', '.join(fields[:12])}",
        fix=fix,
        entity=entity.name,
        column=filled[0] if filled else None,
        file=source.name,
        line=header.at,
    )


def _contradiction(links: list[LinkTarget], place: str) -> list[MccError]:
    """An error if the last of the heads does not go together with one before it."""
    *others, last = links
    for other in others:
        alike = "=" in (other.how, last.how) or other.how == last.how
        if other.field == last.field and alike:
            message = f'"{other.name}" and "{last.name}" both set the {last.field.name} of a row'
            return [MccError("E-COLUMN", message, place, last.name, column=last.name)]
    return []


def _other_delimiter(header: Header, entity: Entity) -> str | None:
    """The delimiter that finds columns in the only name of a header."""
    for mark in DELIMITERS if len(header.names) == 1 else "":
        parts = header.names[0].split(mark)
        if mark != header.delimiter and any(column_of(entity, part) for part in parts):
            return mark
    return None


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def _no_column(entity: Entity, field: str, head: str, place: str, header: Header) -> MccError:
    fields = [column.field for column in entity.columns if not column.generated]
    fields += [link.name for link in entity.links]
    fix = f'--map "{head}=COLUMN" to import it, --map "{head}=" to leave it out, or '
    fix += "--unknown-columns ignore"
    if header.at is None:
        fix = "name a column, or leave the name empty to leave the column out"
    elif VALUE.fullmatch(head):
        fix = f"if line {header.at} is data, name the columns in their order: --header"
    return MccError(
        "E-COLUMN",
        f'{entity.name} has no column "{_cut(field)}"',
        place,
        field,
        did_you_mean(_cut(field), fields) or f"columns: {', '.join(fields[:12])}",
        fix=fix,
        column=field,
    )
