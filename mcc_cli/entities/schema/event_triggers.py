"""The triggers of the change log as SQL, generated from the entities.

`@schema` stands for the schema of the tables: see `mcc_cli.db.triggers`.

Each table has one function and four statement-level triggers. They write a row of `change_events`
for each `MOST_ROWS` rows, and of updates one for each set of columns that changed.

plpgsql keeps the plan of a statement from its first run. After one row, that plan is a nested loop,
which takes minutes for 20,000; so a statement over many rows is planned by EXECUTE each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import SQLModel

from mcc_cli.entities.schema.change_event import CHANNEL, GATE
from mcc_cli.entities.schema.event_sql import LINKED, WHO, created, deleted, noun, relinked, updated

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from mcc_cli.entities.schema.facts import Entity

FEW = 64
PREFIX = "mcc_log_"
RUNS = "runs"
FINISHED = f"{PREFIX}finish"
LOG = "change_events"
_KEY_1, _KEY_2 = GATE
_HEAD = """CREATE OR REPLACE FUNCTION @schema.{name}() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $log$"""
# If the gate cannot be locked, somebody watches.
_BELL = f"""IF NOT (CASE WHEN pg_try_advisory_lock({_KEY_1}, {_KEY_2})
      THEN pg_advisory_unlock({_KEY_1}, {_KEY_2}) ELSE false END) THEN
    PERFORM pg_notify('{CHANNEL}', '');
  END IF;"""
_FUNCTION = """{head}
#variable_conflict use_column
DECLARE
  few bigint;
  logged bigint;
  written bigint := 0;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO @schema.change_events (entity, name, operation, ids, keys, actor, program)
    VALUES ('{entity}', '{truncated}', 'truncated', '{{}}', '{{}}', {who});
    written := 1;
  ELSE
    SELECT count(*) INTO few FROM (SELECT FROM mcc_rows LIMIT {few} + 1) AS q;
    IF few = 0 THEN
      RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
{created}
    ELSIF TG_OP = 'DELETE' THEN
{deleted}
    ELSE
{updated}
    END IF;
  END IF;
  IF written > 0 THEN
    {bell}
  END IF;
  RETURN NULL;
END $log$"""
_TRIGGERS = {
    "insert": "INSERT ON @schema.{0} REFERENCING NEW TABLE AS mcc_rows",
    "update": "UPDATE ON @schema.{0} REFERENCING OLD TABLE AS mcc_old NEW TABLE AS mcc_rows",
    "delete": "DELETE ON @schema.{0} REFERENCING OLD TABLE AS mcc_rows",
    "truncate": "TRUNCATE ON @schema.{0}",
}
# A run that ends is an event of its own kind, one row at a time.
_RUN_FUNCTION = """{head}
BEGIN
  INSERT INTO @schema.change_events (entity, name, operation, ids, keys, actor, program, details)
  VALUES ('runs', NEW.kind || '_finished', 'finished', ARRAY[NEW.id], ARRAY[NEW.code], {who},
    jsonb_build_object('kind', NEW.kind, 'entity', NEW.entity, 'file', NEW.file,
      'state', NEW.state, 'exit', NEW.exit, 'dry_run', NEW.dry_run, 'counts', NEW.counts,
      'error', NEW.error));
  {bell}
  RETURN NULL;
END $log$"""
_RUN_TRIGGER = """CREATE OR REPLACE TRIGGER mcc_log_finish AFTER UPDATE ON @schema.runs
FOR EACH ROW WHEN (OLD.state = 'running' AND NEW.state <> 'running')
EXECUTE FUNCTION @schema.mcc_log_runs()"""


def statements(
    entities: Iterable[Entity], present: Mapping[str, Collection[str]] | None = None
) -> Iterator[str]:
    """The SQL that creates or replaces the log's functions and triggers.

    `present` are the columns that each table has at a revision of the schema; without it, those of
    the models. At a revision without the log there is none.
    """
    entities = list(entities)
    if present is not None and LOG not in present:
        return
    for entity in entities:
        if present is None or entity.table in present:
            yield from of_entity(entity, entities, present and present[entity.table])
    if present is None or RUNS in present:
        yield from of_runs()


def of_entity(
    entity: Entity, entities: Iterable[Entity], columns: Collection[str] | None = None
) -> Iterator[str]:
    """The SQL for the table of one entity, or for a link table."""
    tables = {item.table: item for item in entities}
    table = SQLModel.metadata.tables[entity.table]
    stored = {c.name: c for c in table.c if c.computed is None or c.computed.persisted}
    shown = [c.name for c in entity.columns if c.name in stored]
    fields = {
        name: name.removesuffix("_id") if stored[name].foreign_keys else name
        for name in dict.fromkeys((*shown, *stored))
        if columns is None or name in columns
    }
    if entity.area == "link":
        changes = [relinked(entity, tables, "mcc_old", "mcc_rows", "unlinked")]
        changes.append(relinked(entity, tables, "mcc_rows", "mcc_old", "linked"))
        logged_as, truncated = LINKED, f"{entity.table}_truncated"
    else:
        changes = [updated(entity, tables, fields)]
        logged_as, truncated = entity.name, f"{noun(entity.name, plural=True)}_truncated"
    name = f"{PREFIX}{entity.table}"
    function = _FUNCTION.format(
        head=_HEAD.format(name=name),
        entity=logged_as,
        truncated=truncated,
        who=WHO,
        few=FEW,
        created=_either(created(entity, tables)),
        deleted=_either(deleted(entity, tables)),
        updated="\n".join(map(_either, changes)),
        bell=_BELL,
    )
    yield from _private(name, function)
    for when, how in _TRIGGERS.items():
        yield (
            f"CREATE OR REPLACE TRIGGER {PREFIX}{when} AFTER {how.format(entity.table)}\n"
            f"FOR EACH STATEMENT EXECUTE FUNCTION @schema.{name}()"
        )


def of_runs() -> Iterator[str]:
    """The SQL for the log of runs."""
    name = f"{PREFIX}{RUNS}"
    function = _RUN_FUNCTION.format(head=_HEAD.format(name=name), who=WHO, bell=_BELL)
    yield from _private(name, function)
    yield _RUN_TRIGGER


def functions(entities: Iterable[Entity]) -> list[str]:
    """The names of the log's functions."""
    return [f"{PREFIX}{table}" for table in (*(item.table for item in entities), RUNS)]


def triggers(entities: Iterable[Entity]) -> list[tuple[str, str]]:
    """The log's triggers, each as its table and its name."""
    names = [f"{PREFIX}{when}" for when in _TRIGGERS]
    return [*((item.table, name) for item in entities for name in names), (RUNS, FINISHED)]


def _private(name: str, function: str) -> Iterator[str]:
    """The function, only for its owner: others could forge events with a table of theirs."""
    yield function
    yield f"REVOKE ALL ON FUNCTION @schema.{name}() FROM PUBLIC"


def _either(statement: str) -> str:
    """The statement with its cached plan, or planned for the actual number of rows."""
    return f"""      IF few > {FEW} THEN
        EXECUTE $many${statement}$many$;
      ELSE
        {statement};
      END IF;
      GET DIAGNOSTICS logged = ROW_COUNT;
      written := written + logged;"""
