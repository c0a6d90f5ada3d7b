"""The variables of the environment that say what flags say, and the flags that have none."""

from __future__ import annotations

from typing import Any

import typer

PREFIX = "MCC_"
# The flags that can be set only on the command line, by the reason. They have no default in the
# file either. A name that is here and has a variable too has it only in some commands: --where in
# those that read rows, --search in the lists of an entity.
REASONS = {
    "it writes or deletes many rows, confirms, or overrides a check": (
        "--all-matching --apply --bulk --cascade --confirm --fix --force --new-site --reset"
    ),
    "it selects the rows to change, or the values to write": (
        "--from-json --if-unchanged-since --link --note --service --set --set-null --sub-service "
        "--to --toggle --unlink --where"
    ),
    "it changes what the command does": (
        "--check --explain-config --field --install-completion --list --programs "
        "--save-mapping --search --show-completion --version"
    ),
}
TYPED = {flag: reason for reason, flags in REASONS.items() for flag in flags.split()}


def option(*names: str, of: str = "", **about: Any) -> Any:
    """A flag that reads the variable of its name: --lock-wait MCC_LOCK_WAIT.

    `of` is the command that the variable begins with, where another means something else by the
    name: MCC_WATCH_STATE. The help shows such a variable, as nobody would guess it.
    """
    long = max(names, key=len).partition("/")[0].strip("-")
    variable = PREFIX + (f"{of}_{long}" if of else long).replace("-", "_").upper()
    return typer.Option(*names, envvar=variable, show_envvar=bool(of), **about)


def lines(text: str) -> list[str]:
    """The values of a flag that can be given several times: one a line, blank lines are none."""
    return [line for item in text.split("\n") if (line := item.removesuffix("\r")).strip()]
