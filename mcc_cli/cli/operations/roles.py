"""`mcc db roles`: the group roles with the rights to read, write and administer mcc."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework import row_flags
from mcc_cli.cli.framework.lazy_group import LazyGroup
from mcc_cli.cli.framework.verb import NoOptions, verb
from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.cli.framework.state import State


@dataclass
class ApplyOptions:
    """The options of `db roles apply`."""

    dry_run: row_flags.DryRun = False


def group() -> LazyGroup:
    """The group `mcc db roles`."""
    listed: dict[str, tuple[type[Any], Callable[[State, Any], None], str]] = {
        "apply": (
            ApplyOptions,
            apply,
            "Create the roles mcc_reader, mcc_editor, mcc_admin with exact rights.",
        ),
        "show": (NoOptions, show, "Show the roles, their members and their rights."),
    }

    def load() -> dict[str, Callable[[], Any]]:
        return {name: partial(_command, name, *about) for name, about in listed.items()}

    return LazyGroup(name="roles", help="Roles that read, write or administer mcc.", load=load)


def _command(name: str, options: type[Any], run: Callable[[State, Any], None], help: str) -> Any:
    return verb(name, options, run, help=help, epilog=f"Example: mcc db roles {name}")


def apply(state: State, options: ApplyOptions) -> None:
    """Create the roles and grant the rights."""
    from mcc_cli.services.operations import roles

    left = roles.apply(state.connection, dry_run=options.dry_run)
    would = "would have" if options.dry_run else "have"
    state.say(f"{', '.join(roles.ROLES)} {would} the rights that mcc needs, and no other")
    for text in left:
        state.say(f"warning: {text}")
    if not options.dry_run:
        state.say(f"give a role to a person: GRANT {roles.EDITOR} TO ana")
    if state.json:
        document = {"roles": list(roles.ROLES), "dry_run": options.dry_run, "warnings": left}
        state.out.write(json.dumps(document) + "\n")


def show(state: State, options: NoOptions) -> None:
    """Show the roles."""
    from mcc_cli.services.operations import roles

    result = roles.show(state.connection)
    if state.json:
        state.out.write(json_text(result) + "\n")
        return
    for name, about in result.items():
        state.out.write(f"{name}: {about['purpose']}\n")
        state.out.write(f"  members: {visible(', '.join(about['members']) or 'none')}\n")
        by: dict[str, list[str]] = {}
        for table, rights in about["rights"].items():
            by.setdefault(" ".join(rights) or "nothing", []).append(table)
        for rights, tables in by.items():
            most = len(tables) > 6
            shown = f"{len(tables)} tables" if most else ", ".join(tables)
            state.out.write(f"  {rights}: {shown}\n")
    state.out.flush()
    missing = [name for name in roles.ROLES if name not in result]
    if missing:
        state.say(f"missing roles: {', '.join(missing)}; create them: mcc db roles apply")
