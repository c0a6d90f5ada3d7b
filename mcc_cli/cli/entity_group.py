"""The command group of an entity: the same verbs for every entity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.framework.lazy_group import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.entities.schema.facts import Entity

PANELS = {
    "core": "Core",
    "content": "Content",
    "master": "Master data",
    "seo": "SEO",
    "qc": "Quality control",
}


def group(entity: Entity) -> LazyGroup:
    """The group `mcc ENTITY`, its verbs built when one is used."""

    def load() -> dict[str, Callable[[], Any]]:
        from mcc_cli.cli.records import deleting, reading, writing
        from mcc_cli.cli.transfer import exporting, importing

        verbs: dict[str, Callable[[Entity], Any]] = {
            "list": reading.list_,
            "show": reading.show,
            "exists": reading.exists,
            "create": writing.create,
            "update": writing.update,
            "delete": deleting.delete,
            "export": exporting.command,
            "import": importing.command,
            "describe": reading.describe,
        }
        if entity.name == "services":
            from mcc_cli.cli.links import service_tree

            verbs["tree"] = service_tree.tree
        if entity.name == "content":
            from mcc_cli.cli.links import content_links, suggestions

            verbs |= {
                "link": content_links.link,
                "unlink": content_links.unlink,
                "links": content_links.links,
            }
            verbs["suggest-links"] = suggestions.suggest
        if entity.name in ("services", "sub-services"):
            from mcc_cli.cli.links import page_links

            verbs["assets"] = page_links.assets
        if entity.name == "audits":
            from mcc_cli.cli.audits import diff, ingesting, report, runs, summary
            from mcc_cli.cli.audits import triage as moves

            verbs |= {"ingest": ingesting.ingest, "formats": ingesting.formats}
            verbs |= {"runs": runs.runs, "show-run": runs.show_run}
            verbs |= {"diff": diff.diff, "summary": summary.summary}
            verbs |= {"report": report.report}
            verbs |= {"resolve": moves.resolve, "ignore": moves.ignore}
            verbs |= {"reopen": moves.reopen, "assign": moves.assign}
        return {name: partial(build, entity) for name, build in verbs.items()}

    return LazyGroup(
        name=entity.name, help=entity.help, rich_help_panel=PANELS[entity.area], load=load
    )
