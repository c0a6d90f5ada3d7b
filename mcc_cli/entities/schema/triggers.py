"""What the database sets in a row by itself, for any client: functions and BEFORE ROW triggers.

BEFORE triggers fire in the order of their names, so the numbers put `touch` last: it compares the
row as the others have left it. Every function has a fixed search_path. `@schema` stands for the
schema of the tables, which is known only where the statement runs: see `mcc_cli.db.triggers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Table

_HEAD = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$"

ARGUMENTS = {"mcc_slug": "text"}  # the functions that take some
FUNCTIONS: dict[str, str] = {
    # Marks are removed before lower(), which knows only ASCII in a database of locale C;
    # Latin letters that Unicode does not decompose are replaced by name.
    "mcc_slug": """
CREATE OR REPLACE FUNCTION @schema.mcc_slug(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT nullif(trim(BOTH '-' FROM regexp_replace(
    lower(replace(replace(replace(replace(
      translate(
        regexp_replace(normalize(value, NFKD), U&'[\\0300-\\036F]', '', 'g'),
        'øłđðıØŁĐÐẞÆŒÞ', 'olddiolddßæœþ'),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')),
    '[^a-z0-9]+', '-', 'g')), '')
$$""",
    # In a BEFORE trigger NEW has no generated columns yet: the arguments name those to ignore.
    "mcc_touch": f"""
CREATE OR REPLACE FUNCTION @schema.mcc_touch() {_HEAD}
BEGIN
  NEW.updated_at := OLD.updated_at;
  IF TG_NARGS = 0 AND NEW IS DISTINCT FROM OLD
    OR TG_NARGS > 0 AND to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
    NEW.updated_at := now();
  END IF;
  RETURN NEW;
END $$""",
    "mcc_touch_version": f"""
CREATE OR REPLACE FUNCTION @schema.mcc_touch_version() {_HEAD}
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
CREATE OR REPLACE FUNCTION @schema.mcc_fill_slug() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.slug := @schema.mcc_slug(to_jsonb(NEW) ->> TG_ARGV[0]);
  RETURN NEW;
END $$""",
    "mcc_fill_run_code": f"""
CREATE OR REPLACE FUNCTION @schema.mcc_fill_run_code() {_HEAD}
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
CREATE OR REPLACE FUNCTION @schema.mcc_resolved() {_HEAD}
BEGIN
  NEW.resolved_at := CASE WHEN NEW.status = 'resolved' THEN coalesce(NEW.resolved_at, now()) END;
  RETURN NEW;
END $$""",
    # The owner of the table can repair any run, as they could disable the trigger anyway.
    "mcc_own_run": f"""
CREATE OR REPLACE FUNCTION @schema.mcc_own_run() {_HEAD}
BEGIN
  IF (OLD.db_role <> session_user OR OLD.state <> 'running') AND NOT pg_has_role(session_user,
      (SELECT c.relowner FROM pg_class AS c WHERE c.oid = TG_RELID), 'MEMBER') THEN
    RAISE insufficient_privilege USING MESSAGE =
      format('run %s is not a running run of %s', OLD.code, session_user);
  END IF;
  RETURN NEW;
END $$""",  # noqa: S608  (no value)
    "mcc_status_moved": f"""
CREATE OR REPLACE FUNCTION @schema.mcc_status_moved() {_HEAD}
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
        """The statement that creates it on `table`, or replaces it."""
        when = f"WHEN ({self.when}) " if self.when else ""
        return (
            f"CREATE OR REPLACE TRIGGER mcc_{self.name} BEFORE {self.events} ON @schema.{table} "
            f"FOR EACH ROW {when}EXECUTE FUNCTION @schema.{self.call}"
        )


VERSION = Trigger("90_touch", "UPDATE", "", "mcc_touch_version()")
RUN_CODE = Trigger("10_run_code", "INSERT", "NEW.run_code IS NULL", "mcc_fill_run_code()")
RESOLVED = Trigger(
    "20_resolved",
    "INSERT OR UPDATE",
    "(NEW.status = 'resolved') IS DISTINCT FROM (NEW.resolved_at IS NOT NULL)",
    "mcc_resolved()",
)
OWN_RUN = Trigger("10_own", "UPDATE", "", "mcc_own_run()")
STATUS_MOVED = Trigger(
    "20_status", "UPDATE", "NEW.status IS DISTINCT FROM OLD.status", "mcc_status_moved()"
)


def slug_from(column: str) -> Trigger:
    """Derive the slug from `column` if a new row has none."""
    return Trigger("10_slug", "INSERT", "NEW.slug IS NULL", f"mcc_fill_slug('{column}')")


def _touch(generated: Sequence[str]) -> Trigger:
    names = ", ".join(f"'{name}'" for name in generated)
    return Trigger("90_touch", "UPDATE", "", f"mcc_touch({names})")


# The triggers of each table. A table's own `info` would be written into its revision by Alembic.
_OF_TABLE: dict[str, list[Trigger]] = {}


def attach(table: Table, made_by: Sequence[Trigger]) -> None:
    """Note the triggers of `table`; every table with `updated_at` is touched."""
    wanted = list(made_by)
    if "updated_at" in table.c and VERSION not in wanted:
        wanted.append(_touch([c.name for c in table.c if c.computed is not None]))
    _OF_TABLE[table.name] = wanted


def of_tables(tables: Iterable[Table]) -> dict[tuple[str, str], str]:
    """The statement that creates each trigger of these tables, by table and name."""
    return {
        (table.name, f"mcc_{item.name}"): item.ddl(table.name)
        for table in tables
        for item in _OF_TABLE.get(table.name, ())
    }


def statements(
    tables: Iterable[Table], present: Mapping[str, set[str]] | None = None
) -> Iterator[str]:
    """The SQL that creates or replaces the functions, and the triggers of these tables.

    `present` are the columns of each table in the database. At a revision at which a table lacks
    some of its columns, its triggers stay as the revisions have left them.
    """
    yield from FUNCTIONS.values()
    yield from of_tables(
        table
        for table in tables
        if present is None or set(table.c.keys()) <= present.get(table.name, set())
    ).values()
