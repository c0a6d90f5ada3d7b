"""`mcc db`: the database itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.verb import NoOptions, verb
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State


@dataclass
class PathOptions:
    """The options of `db path`."""

    programs: Annotated[
        bool,
        typer.Option("--programs", help="The folder of its programs: psql, pg_dump, pg_restore."),
    ] = False


@dataclass
class PsqlOptions:
    """The options of `db psql`."""

    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="PSQL-ARGUMENT…", help="Passed on to psql.")
    ] = None


@dataclass
class ResetOptions:
    """The options of `db reset`."""

    yes: row_flags.Yes = False
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm",
            metavar="NAME",
            help="Name of the database, if mcc did not start its server.",
        ),
    ] = None


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    listed: dict[str, tuple[type[Any], Callable[[State, Any], None], str]] = {
        "start": (NoOptions, start, "Start mcc's own PostgreSQL."),
        "stop": (NoOptions, stop, "Stop mcc's own PostgreSQL."),
        "status": (NoOptions, status, "Show which database is used, its version and its schema."),
        "url": (NoOptions, url, "Print the URL of the database, without a password."),
        "path": (PathOptions, path, "Print the data folder of mcc's own PostgreSQL."),
        "psql": (PsqlOptions, psql, "Open psql on the database; its own flags are passed on."),
        "migrate": (NoOptions, migrate, "Upgrade the schema to the revision that this mcc needs."),
        "reset": (ResetOptions, reset, "Drop all of mcc's tables and create them again, empty."),
    }

    def roles() -> Any:
        from mcc_cli.cli.operations import roles as db_roles

        return db_roles.group()

    return {
        **{name: partial(_command, name, *about) for name, about in listed.items()},
        "roles": roles,
    }


def _command(name: str, options: type[Any], run: Callable[[State, Any], None], help: str) -> Any:
    settings = {"ignore_unknown_options": True} if name == "psql" else {}
    epilog = f"Example: mcc db {EXAMPLES.get(name, name)}"
    return verb(name, options, run, help=help, epilog=epilog, context_settings=settings)


EXAMPLES = {"psql": "psql -c 'select count(*) from keywords'", "reset": "reset --yes"}


def start(state: State, options: NoOptions) -> None:
    """Start the embedded server."""
    from mcc_cli.db.server import embedded

    _require_own(state)
    before = embedded.status(embedded.data_dir())
    state.connection  # noqa: B018  (connecting starts it and creates the schema)
    if before:
        state.say("PostgreSQL is already running")


def stop(state: State, options: NoOptions) -> None:
    """Stop the embedded server."""
    from mcc_cli.db.server import embedded

    _require_own(state)
    stopped = embedded.stop(embedded.data_dir())
    state.say("PostgreSQL stopped" if stopped else "PostgreSQL is not running")


def status(state: State, options: NoOptions) -> None:
    """Show facts of the database; mcc's own server is not started for that."""
    from mcc_cli.db import preflight, schema
    from mcc_cli.db.connection import connect
    from mcc_cli.db.revisions import REVISIONS
    from mcc_cli.db.server import embedded

    target = state.target
    facts: dict[str, Any] = {"source": target.source}
    if target.url is None:
        facts["data"] = str(embedded.data_dir())
        if embedded.status(embedded.data_dir()) is None:
            _facts(state, {**facts, "running": False})
            raise typer.Exit(Exit.UNREACHABLE)
    connection = state.bare_connection
    result = schema.revision(connection)
    current = "current" if result == schema.HEAD else "needs: mcc db migrate"
    if unfit := preflight.encoding(connection) or preflight.foreign(connection, result):
        current = unfit.message
    elif result is not None and result not in REVISIONS:
        current = "newer than this mcc"
    facts |= {
        "running": True,
        "database": connect.place(connection.info.dsn),
        "user": connection.info.user,
        "version": connection.info.parameter_status("server_version"),
        "schema": result or "none",
        "state": current,
    }
    _facts(state, facts)


def _facts(state: State, facts: dict[str, Any]) -> None:
    if state.json:
        state.out.write(json.dumps(facts) + "\n")
        return
    for name, value in facts.items():
        shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        state.out.write(f"{name:<9} {visible(str(shown))}\n")


def url(state: State, options: NoOptions) -> None:
    """Print a URL that psql and other programs take."""
    from mcc_cli.db.connection import connect
    from mcc_cli.db.server import embedded

    target = state.target
    if target.url is None:
        state.connection  # noqa: B018  (a URL is of use only while the server runs)
        server = embedded.running(embedded.data_dir())
        assert server is not None
        if target.schema is None:
            state.out.write(server.url() + "\n")
            return
        facts = connect.parsed(server.conninfo())
    else:
        facts = connect.parsed(target.url, target.source)
    from psycopg import conninfo

    facts = {name: value for name, value in facts.items() if name not in connect.SECRETS}
    if target.schema:
        facts["options"] = _options(facts.get("options"), target.schema)
    state.out.write(conninfo.make_conninfo("", **facts) + "\n")


def _options(given: str | None, schema: str) -> str:
    """Options of libpq with the schema as search path."""
    return f"{given or ''} -c search_path={schema}".strip()


def path(state: State, options: PathOptions) -> None:
    """Print the data folder, or that of the programs."""
    from mcc_cli.db.server import embedded

    folder = embedded.binaries(embedded.VERSION) if options.programs else embedded.data_dir()
    state.out.write(f"{folder}\n")


def psql(state: State, options: PsqlOptions) -> None:
    """Become psql; connection facts go by the environment, so that no password is in argv."""
    import os
    import shutil

    from mcc_cli.db.server import embedded

    connection = state.bare_connection
    names = {"host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE"}
    names |= {"user": "PGUSER", "channel_binding": "PGCHANNELBINDING"}
    for fact in ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslnegotiation"):
        names[fact] = f"PG{fact.upper()}"
    facts = connection.info.get_parameters()
    env = dict(os.environ)
    if state.target.url is None:  # what is set for another server would keep psql from this one
        env = {name: value for name, value in env.items() if not name.startswith("PG")}
    for fact, name in names.items():
        env.pop(name, None)
        if facts.get(fact):
            env[name] = str(facts[fact])
    if connection.info.password:
        env["PGPASSWORD"] = connection.info.password
    if state.target.schema:
        env["PGOPTIONS"] = _options(env.get("PGOPTIONS"), state.target.schema)
    result = shutil.which("psql") if state.target.url else None
    program = result or str(embedded.binaries(embedded.VERSION) / "psql")
    state.close()
    state.out.flush()
    try:
        os.execve(program, [program, *(options.arguments or [])], env)
    except OSError as error:
        raise MccError("E-CONFIG", f"cannot run psql: {error.strerror}", place=program) from None


def migrate(state: State, options: NoOptions) -> None:
    """Upgrade the schema."""
    from mcc_cli.db import schema
    from mcc_cli.services.operations import roles

    governed = roles.applied(state.bare_connection)
    if schema.migrate(state.bare_connection, state.say) == schema.HEAD:
        state.say(f"schema is already at {schema.HEAD}")
    elif governed:  # new objects get their rights, too
        roles.apply(state.bare_connection)


def reset(state: State, options: ResetOptions) -> None:
    """Empty the database. All of its rows are lost."""
    from mcc_cli.db import schema
    from mcc_cli.services.operations import roles

    connection = state.bare_connection
    name = connection.info.dbname
    if state.target.url is not None and options.confirm != name:
        raise MccError(
            "E-USAGE",
            f'mcc did not start this server: reset drops all of mcc\'s tables in "{name}"',
            place="mcc db reset",
            value=options.confirm,
            fix=f"mcc db reset --yes --confirm {name}",
        )
    state.confirm(f'Drop all of mcc\'s tables in "{name}", with their rows?', yes=options.yes)
    with connection.transaction():
        governed = roles.applied(connection)
        schema.clear(connection)
        schema.migrate(connection, lambda _: None)
        if governed:
            roles.apply(connection)
    state.say(f'database "{name}" is empty, its schema at {schema.HEAD}')


def _require_own(state: State) -> None:
    """Raise MccError E-USAGE if a database is named: only mcc's own is started and stopped."""
    if state.target.url is not None:
        raise MccError(
            "E-USAGE",
            f"{state.target.source} names a database, but mcc starts and stops only its own",
            fix="leave --database-url, --profile, MCC_DATABASE_URL and DATABASE_URL out"
            + ("; mcc config unset default_profile" if state.target.by_default else ""),
        )
