"""`mcc db roles`: the group roles with the rights that reading, writing and keeping mcc take."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from mcc_cli.cli.framework import row_flags as opt
from mcc_cli.cli.framework import shared_flags
from mcc_cli.cli.framework.lazy_group import LazyGroup
from mcc_cli.cli.framework.state import state
from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable


def group() -> LazyGroup:
    """The group `mcc db roles`."""
    listed: dict[str, tuple[Callable[..., None], str]] = {
        "apply": (apply, "Make the roles mcc_reader, mcc_editor and mcc_admin, with exact rights."),
        "show": (show, "Show the roles, who is in them, and what they may do."),
    }

    def load() -> dict[str, Callable[[], Any]]:
        return {name: partial(_command, name, *about) for name, about in listed.items()}

    return LazyGroup(name="roles", help="Who may read, write, and keep the database.", load=load)


def _command(name: str, function: Callable[..., None], help: str) -> Any:
    return shared_flags.command(function, name, help=help, epilog=f"Example: mcc db roles {name}")


def apply(ctx: typer.Context, dry_run: opt.DryRun = False) -> None:
    """Make the roles and give the rights."""
    from mcc_cli.services.operations import roles

    run = state(ctx)
    roles.apply(run.connection, dry_run=dry_run)
    would = "would have" if dry_run else "have"
    run.say(f"{', '.join(roles.ROLES)} {would} the rights that mcc takes, and no other")
    if not dry_run:
        run.say(f"let people in: GRANT {roles.EDITOR} TO ana")
    if run.json:
        run.out.write(json.dumps({"roles": list(roles.ROLES), "dry_run": dry_run}) + "\n")


def show(ctx: typer.Context) -> None:
    """Show the roles."""
    from mcc_cli.services.operations import roles

    run = state(ctx)
    found = roles.show(run.connection)
    if run.json:
        run.out.write(json_text(found) + "\n")
        return
    for name, about in found.items():
        run.out.write(f"{name}: {about['purpose']}\n")
        run.out.write(f"  members: {visible(', '.join(about['members']) or 'nobody')}\n")
        by: dict[str, list[str]] = {}
        for table, rights in about["rights"].items():
            by.setdefault(" ".join(rights) or "nothing", []).append(table)
        for rights, tables in by.items():
            most = len(tables) > 6
            shown = f"{len(tables)} tables" if most else ", ".join(tables)
            run.out.write(f"  {rights}: {shown}\n")
    run.out.flush()
    missing = [name for name in roles.ROLES if name not in found]
    if missing:
        run.say(f"not there: {', '.join(missing)}; make them: mcc db roles apply")
