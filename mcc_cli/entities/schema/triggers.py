"""The rules that need a trigger, as SQL: what the database sets by itself, for any client.

BEFORE triggers fire in the order of their names, so the numbers put `touch` last: it compares the
row as the others have left it. Every function has a fixed search_path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, event
from sqlmodel import SQLModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table

INFO = "triggers"  # where a table keeps the statements that make its triggers, by name
_HEAD = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$"

FUNCTIONS: dict[str, str] = {
    # Marks are taken off before lower(), which in a database of locale C knows ASCII alone;
    # Latin letters that Unicode does not decompose are spelled out.
    "mcc_slug": """
CREATE FUNCTION mcc_slug(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT nullif(trim(BOTH '-' FROM regexp_replace(
    lower(replace(replace(replace(replace(
      translate(
        regexp_replace(normalize(value, NFKD), U&'[\\0300-\\036F]', '', 'g'),
        'øłđðıØŁĐÐẞÆŒÞ', 'olddiolddßæœþ'),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')),
    '[^a-z0-9]+', '-', 'g')), '')
$$""",
    # In a BEFORE trigger NEW has no generated columns yet: the arguments name those to pass over.
    "mcc_touch": f"""
CREATE FUNCTION mcc_touch() {_HEAD}
BEGIN
  NEW.updated_at := OLD.updated_at;
  IF TG_NARGS = 0 AND NEW IS DISTINCT FROM OLD
    OR TG_NARGS > 0 AND to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
    NEW.updated_at := now();
  END IF;
  RETURN NEW;
END $$""",
    "mcc_touch_version": f"""
CREATE FUNCTION mcc_touch_version() {_HEAD}
BEGIN
  NEW.updated_at := OLD.updated_at;
  NEW.version_number := OLD.version_number;
  IF NEW IS DISTINCT FROM OLD THEN
    NEW.updated_at := now();
    NEW.version_number := OLD.version_number + 1;
  END IF;
  RETURN NEW;
END $$""",
    "mcc_fill_slug": """
CREATE FUNCTION mcc_fill_slug() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.slug := mcc_slug(to_jsonb(NEW) ->> TG_ARGV[0]);
  RETURN NEW;
END $$""",
    "mcc_fill_run_code": f"""
CREATE FUNCTION mcc_fill_run_code() {_HEAD}
DECLARE
  number bigint := NEW.id;
  taken boolean;
BEGIN
  LOOP -- a restored row has its code and another id
    NEW.run_code := 'QC-' || lpad(number::text, greatest(6, length(number::text)), '0');
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE run_code = $1)', TG_RELID::regclass)
      INTO taken USING NEW.run_code;
    EXIT WHEN NOT taken;
    number := number + 1;
  END LOOP;
  RETURN NEW;
END $$""",  # noqa: S608  (no value)
    "mcc_resolved": f"""
CREATE FUNCTION mcc_resolved() {_HEAD}
BEGIN
  NEW.resolved_at := CASE WHEN NEW.status = 'resolved' THEN coalesce(NEW.resolved_at, now()) END;
  RETURN NEW;
END $$""",
    "mcc_status_moved": f"""
CREATE FUNCTION mcc_status_moved() {_HEAD}
BEGIN
  NEW.last_status_update_at := now();
  RETURN NEW;
END $$""",
}


class Trigger:
    """One BEFORE ROW trigger: a suffix of its name, when it fires, and the function it runs."""

    def __init__(self, name: str, events: str, when: str, call: str) -> None:
        self.name = name
        self.events = events
        self.when = when
        self.call = call

    def ddl(self, table: str) -> str:
        """The CREATE TRIGGER statement on `table`."""
        when = f"WHEN ({self.when}) " if self.when else ""
        return (
            f"CREATE TRIGGER mcc_{self.name} BEFORE {self.events} ON {table} "
            f"FOR EACH ROW {when}EXECUTE FUNCTION {self.call}"
        )


VERSION = Trigger("90_touch", "UPDATE", "", "mcc_touch_version()")
RUN_CODE = Trigger("10_run_code", "INSERT", "NEW.run_code IS NULL", "mcc_fill_run_code()")
RESOLVED = Trigger(
    "20_resolved",
    "INSERT OR UPDATE",
    "(NEW.status = 'resolved') IS DISTINCT FROM (NEW.resolved_at IS NOT NULL)",
    "mcc_resolved()",
)
STATUS_MOVED = Trigger(
    "20_status", "UPDATE", "NEW.status IS DISTINCT FROM OLD.status", "mcc_status_moved()"
)


def slug_from(column: str) -> Trigger:
    """Make the slug from `column` where a new row has none."""
    return Trigger("10_slug", "INSERT", "NEW.slug IS NULL", f"mcc_fill_slug('{column}')")


def _touch(generated: Sequence[str]) -> Trigger:
    names = ", ".join(f"'{name}'" for name in generated)
    return Trigger("90_touch", "UPDATE", "", f"mcc_touch({names})")


def as_ddl(statement: str) -> DDL:
    """A statement for an event of SQLAlchemy to execute."""
    return DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]


def attach(table: Table, made_by: Sequence[Trigger]) -> None:
    """Have the triggers created with `table`; every table with `updated_at` is touched."""
    wanted = list(made_by)
    if "updated_at" in table.c and VERSION not in wanted:
        wanted.append(_touch([c.name for c in table.c if c.computed is not None]))
    table.info[INFO] = {f"mcc_{each.name}": each.ddl(table.name) for each in wanted}
    for statement in table.info[INFO].values():
        event.listen(table, "after_create", as_ddl(statement))


for _statement in FUNCTIONS.values():
    event.listen(SQLModel.metadata, "before_create", as_ddl(_statement))
