"""`mcc db`: the database itself."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.state import State, state
from mcc_cli.errors import Exit, MccError
from mcc_cli.output.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable


def commands() -> dict[str, Callable[[], Any]]:
    """The commands of the group."""
    listed = {
        "start": (start, "Start mcc's own PostgreSQL, if it does not run yet."),
        "stop": (stop, "Stop mcc's own PostgreSQL."),
        "status": (status, "Tell which database is used, its version and its schema."),
        "url": (url, "Print the URL of the database, without a password."),
        "path": (path, "Print the folder in which mcc's own PostgreSQL keeps its data."),
        "psql": (psql, "Open psql on the database; its own flags are passed on."),
        "migrate": (migrate, "Bring the schema to the revision that this mcc needs."),
        "reset": (reset, "Drop all of mcc's tables and create them again, empty."),
    }

    def roles() -> Any:
        from mcc_cli.cli.operations import roles as db_roles

        return db_roles.group()

    return {
        **{name: partial(_command, name, *about) for name, about in listed.items()},
        "roles": roles,
    }


def _command(name: str, function: Callable[..., None], help: str) -> Any:
    example = f"Example: mcc db {EXAMPLES.get(name, name)}"
    settings = {"ignore_unknown_options": True} if name == "psql" else {}
    return shared_flags.command(
        function, name, help=help, epilog=example, context_settings=settings
    )


EXAMPLES = {"psql": "psql -c 'select count(*) from keywords'", "reset": "reset --yes"}


def start(ctx: typer.Context) -> None:
    """Start the embedded server."""
    from mcc_cli.db.server import embedded

    run = _own(state(ctx))
    before = embedded.status(embedded.data_dir())
    run.connection  # noqa: B018  (connecting starts it and makes the schema)
    if before:
        run.say("PostgreSQL runs already")


def stop(ctx: typer.Context) -> None:
    """Stop the embedded server."""
    from mcc_cli.db.server import embedded

    run = _own(state(ctx))
    stopped = embedded.stop(embedded.data_dir())
    run.say("PostgreSQL stopped" if stopped else "PostgreSQL does not run")


def status(ctx: typer.Context) -> None:
    """Tell about the database; it is not started for that."""
    from mcc_cli.db import preflight, schema
    from mcc_cli.db.connection import connect
    from mcc_cli.db.revisions import REVISIONS
    from mcc_cli.db.server import embedded

    run = state(ctx)
    target = run.target
    facts: dict[str, Any] = {"source": target.source}
    if target.url is None:
        facts["data"] = str(embedded.data_dir())
        if embedded.status(embedded.data_dir()) is None:
            _facts(run, {**facts, "running": False})
            raise typer.Exit(Exit.UNREACHABLE)
    connection = run.bare_connection
    found = schema.revision(connection)
    current = "current" if found == schema.HEAD else "needs: mcc db migrate"
    if unfit := preflight.encoding(connection) or preflight.foreign(connection, found):
        current = unfit.message
    elif found is not None and found not in REVISIONS:
        current = "newer than this mcc"
    facts |= {
        "running": True,
        "database": connect.place(connection.info.dsn),
        "user": connection.info.user,
        "version": connection.info.parameter_status("server_version"),
        "schema": found or "none",
        "state": current,
    }
    _facts(run, facts)


def _facts(run: State, facts: dict[str, Any]) -> None:
    if run.json:
        run.out.write(json.dumps(facts) + "\n")
        return
    for name, value in facts.items():
        shown = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        run.out.write(f"{name:<9} {visible(str(shown))}\n")


def url(ctx: typer.Context) -> None:
    """Print a URL that psql and other programs take."""
    from mcc_cli.db.connection import connect
    from mcc_cli.db.server import embedded

    run = state(ctx)
    target = run.target
    if target.url is None:
        run.connection  # noqa: B018  (a URL is of use only where something answers)
        server = embedded.running(embedded.data_dir())
        assert server is not None
        if target.schema is None:
            run.out.write(server.url() + "\n")
            return
        facts = connect.parsed(server.conninfo())
    else:
        facts = connect.parsed(target.url, target.source)
    from psycopg import conninfo

    secret = ("password", "sslpassword")
    facts = {name: value for name, value in facts.items() if name not in secret}
    if target.schema:
        facts["options"] = _options(facts.get("options"), target.schema)
    run.out.write(conninfo.make_conninfo("", **facts) + "\n")


def _options(given: str | None, schema: str) -> str:
    """Options of libpq with the schema as search path."""
    return f"{given or ''} -c search_path={schema}".strip()


def path(ctx: typer.Context) -> None:
    """Print the data folder."""
    from mcc_cli.db.server import embedded

    state(ctx).out.write(f"{embedded.data_dir()}\n")


def psql(
    ctx: typer.Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="PSQL-ARGUMENT…", help="Passed on to psql.")
    ] = None,
) -> None:
    """Become psql; connection facts go by the environment, so that no password is in argv."""
    import os
    import shutil

    from mcc_cli.db.server import embedded

    run = state(ctx)
    connection = run.bare_connection
    names = {"host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE"}
    names |= {"user": "PGUSER", "channel_binding": "PGCHANNELBINDING"}
    for fact in ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslnegotiation"):
        names[fact] = f"PG{fact.upper()}"
    facts = connection.info.get_parameters()
    env = dict(os.environ)
    if run.target.url is None:  # what is set for another server would keep psql from this one
        env = {name: value for name, value in env.items() if not name.startswith("PG")}
    for fact, name in names.items():
        env.pop(name, None)
        if facts.get(fact):
            env[name] = str(facts[fact])
    if connection.info.password:
        env["PGPASSWORD"] = connection.info.password
    if run.target.schema:
        env["PGOPTIONS"] = _options(env.get("PGOPTIONS"), run.target.schema)
    found = shutil.which("psql") if run.target.url else None
    program = found or str(embedded.binaries(embedded.VERSION) / "psql")
    run.close()
    run.out.flush()
    try:
        os.execve(program, [program, *(arguments or [])], env)
    except OSError as error:
        raise MccError("E-CONFIG", f"cannot run psql: {error.strerror}", place=program) from None


def migrate(ctx: typer.Context) -> None:
    """Upgrade the schema."""
    from mcc_cli.db import schema
    from mcc_cli.services.operations import roles

    run = state(ctx)
    governed = roles.applied(run.bare_connection)
    if schema.migrate(run.bare_connection, run.say) == schema.HEAD:
        run.say(f"schema is at {schema.HEAD} already")
    elif governed:  # what is new has the rights of its kind, too
        roles.apply(run.bare_connection)


def reset(
    ctx: typer.Context,
    yes: opt.Yes = False,
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm", metavar="NAME", help="Name of the database, where mcc did not start it."
        ),
    ] = None,
) -> None:
    """Empty the database. All of its rows are lost."""
    from mcc_cli.db import schema
    from mcc_cli.services.operations import roles

    run = state(ctx)
    connection = run.bare_connection
    name = connection.info.dbname
    if run.target.url is not None and confirm != name:
        raise MccError(
            "E-USAGE",
            f'mcc did not start this server: reset drops all of mcc\'s tables in "{name}"',
            place="mcc db reset",
            value=confirm,
            fix=f"mcc db reset --yes --confirm {name}",
        )
    run.confirm(f'Drop all of mcc\'s tables in "{name}", with their rows?', yes=yes)
    with connection.transaction():
        governed = roles.applied(connection)
        schema.clear(connection)
        schema.migrate(connection, lambda _: None)
        if governed:
            roles.apply(connection)
    run.say(f'database "{name}" is empty again, schema at {schema.HEAD}')


def _own(run: State) -> State:
    if run.target.url is not None:
        raise MccError(
            "E-USAGE",
            f"a database is named by {run.target.source}; mcc starts and stops only its own",
            fix="leave --database-url, --profile, MCC_DATABASE_URL and DATABASE_URL out"
            + ("; mcc config unset default_profile" if run.target.by_default else ""),
        )
    return run
