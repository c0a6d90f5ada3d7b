"""`mcc db roles`: the group roles with the rights to read, write and administer mcc."""

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
        "apply": (
            apply,
            "Create the roles mcc_reader, mcc_editor, mcc_admin with exact rights.",
        ),
        "show": (show, "Show the roles, their members and their rights."),
    }

    def load() -> dict[str, Callable[[], Any]]:
        return {name: partial(_command, name, *about) for name, about in listed.items()}

    return LazyGroup(name="roles", help="Roles that read, write or administer mcc.", load=load)


def _command(name: str, function: Callable[..., None], help: str) -> Any:
    return shared_flags.command(function, name, help=help, epilog=f"Example: mcc db roles {name}")


def apply(ctx: typer.Context, dry_run: opt.DryRun = False) -> None:
    """Create the roles and grant the rights."""
    from mcc_cli.services.operations import roles

    run = state(ctx)
    left = roles.apply(run.connection, dry_run=dry_run)
    would = "would have" if dry_run else "have"
    run.say(f"{', '.join(roles.ROLES)} {would} the rights that mcc needs, and no other")
    for each in left:
        run.say(f"warning: {each}")
    if not dry_run:
        run.say(f"give a role to a person: GRANT {roles.EDITOR} TO ana")
    if run.json:
        document = {"roles": list(roles.ROLES), "dry_run": dry_run, "warnings": left}
        run.out.write(json.dumps(document) + "\n")


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
        run.say(f"missing roles: {', '.join(missing)}; create them: mcc db roles apply")
