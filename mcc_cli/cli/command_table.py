"""What stands below `mcc`, each built when it is asked for: the tools, then the entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework.lazy_group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Callable

TOOLS = "Tools"


def commands() -> dict[str, Callable[[], Any]]:
    """Everything below `mcc`: the tools, then a group for each entity."""
    from mcc_cli.entities.catalog import ENTITIES

    def quickstart() -> Any:
        from mcc_cli.cli.transfer import quickstart

        return quickstart.command()

    def seed() -> Any:
        from mcc_cli.cli.transfer import seed

        return seed.command()

    def export() -> Any:
        from mcc_cli.cli.transfer import dir_transfer

        return dir_transfer.export()

    def import_() -> Any:
        from mcc_cli.cli.transfer import dir_transfer

        return dir_transfer.import_()

    def topics() -> Any:
        from mcc_cli.cli.manual import help_topics

        return help_topics.command()

    def group(name: str, help: str, load: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: LazyGroup(name=name, help=help, rich_help_panel=TOOLS, load=load)

    def database() -> Any:
        from mcc_cli.cli.operations import database

        return database.commands()

    def links() -> Any:
        from mcc_cli.cli.links import link_files

        return link_files.commands()

    def runs() -> Any:
        from mcc_cli.cli.history import runs

        return runs.commands()

    def events() -> Any:
        from mcc_cli.cli.history import events

        return events.commands()

    def watch() -> Any:
        from mcc_cli.cli.watch import command

        return command.command()

    def top() -> Any:
        from mcc_cli.cli.operations import top

        return top.command()

    def metrics() -> Any:
        from mcc_cli.cli.operations import metrics

        return metrics.command()

    def doctor() -> Any:
        from mcc_cli.cli.operations import doctor

        return doctor.command()

    def config() -> Any:
        from mcc_cli.cli.operations import config

        return config.commands()

    tools: dict[str, Callable[[], Any]] = {
        "quickstart": quickstart,
        "db": group("db", "The database: start, stop, migrate, reset, psql.", database),
        "import": import_,
        "export": export,
        "seed": seed,
        "links": group("links", "The links of content as files: import, export.", links),
        "runs": group("runs", "The log of imports, seeds and ingests.", runs),
        "events": group("events", "The log of every change, whoever made it.", events),
        "watch": watch,
        "top": top,
        "metrics": metrics,
        "doctor": doctor,
        "config": group("config", "The configuration file: profiles, defaults of flags.", config),
        "help": topics,
    }

    def group_of(name: str) -> Callable[[], Any]:
        def build() -> Any:
            from mcc_cli.cli.entity_group import group

            return group(ENTITIES[name])

        return build

    return {**tools, **{name: group_of(name) for name in ENTITIES}}
