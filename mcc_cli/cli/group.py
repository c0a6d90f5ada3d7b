"""The command group of an entity: the same verbs for all 24."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from mcc_cli.cli.lazy import LazyGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcc_cli.entities.facts import Entity

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
        from mcc_cli.cli import crud, deleting, editing, exporting, importing

        verbs: dict[str, Callable[[Entity], Any]] = {
            "list": crud.list_,
            "show": crud.show,
            "exists": crud.exists,
            "create": editing.create,
            "update": editing.update,
            "delete": deleting.delete,
            "export": exporting.export,
            "import": importing.command,
            "describe": crud.describe,
        }
        if entity.name == "services":
            from mcc_cli.cli import tree

            verbs["tree"] = tree.tree
        if entity.name == "content":
            from mcc_cli.cli import linking, suggesting

            verbs |= {"link": linking.link, "unlink": linking.unlink, "links": linking.links}
            verbs["suggest-links"] = suggesting.suggest
        if entity.name in ("services", "sub-services"):
            from mcc_cli.cli import assets

            verbs["assets"] = assets.assets
        if entity.name == "audits":
            from mcc_cli.cli import audit_diff, audit_report, audit_runs, audit_summary, ingesting
            from mcc_cli.cli import finding_moves as moves

            verbs |= {"ingest": ingesting.ingest, "formats": ingesting.formats}
            verbs |= {"runs": audit_runs.runs, "show-run": audit_runs.show_run}
            verbs |= {"diff": audit_diff.diff, "summary": audit_summary.summary}
            verbs |= {"report": audit_report.report}
            verbs |= {"resolve": moves.resolve, "ignore": moves.ignore}
            verbs |= {"reopen": moves.reopen, "assign": moves.assign}
        return {name: partial(build, entity) for name, build in verbs.items()}

    return LazyGroup(
        name=entity.name, help=entity.help, rich_help_panel=PANELS[entity.area], load=load
    )
