"""The tree of services, drawn by Rich or as nested JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.output.text import json_text, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text
    from rich.tree import Tree

WIDE = 10_000  # off a terminal nothing is cut
INDENT = 4
NARROWEST = 8
STATUS = {
    "active": "green",
    "published": "green",
    "qc_passed": "green",
    "in_review": "yellow",
    "in_progress": "yellow",
    "qc_pending": "yellow",
    "qc_failed": "red",
}


class Depth(StrEnum):
    """How far down a tree goes."""

    brands = "brands"
    services = "services"
    sub_services = "sub-services"
    content = "content"

    def reaches(self, level: Depth) -> bool:
        """Whether what stands at `level` is shown."""
        return list(Depth).index(self) >= list(Depth).index(level)


def write(
    brands: Sequence[Any],
    out: TextIO,
    depth: Depth = Depth.content,
    *,
    color: bool = False,
    width: int | None = None,
) -> None:
    """Draw a tree for each `services.link_tree.Brand`; on a terminal long titles are cut to fit."""
    from rich.console import Console

    console = Console(
        file=out,
        width=width or WIDE,
        force_terminal=color,
        no_color=not color,
        highlight=False,
        emoji=False,
    )
    for brand in brands:
        console.print(_brand(brand, depth, console.width))


def _brand(brand: Any, depth: Depth, width: int) -> Tree:
    from rich.tree import Tree

    counts = [
        _count(len(brand.services), "service"),
        _count(brand.parts, "sub-service"),
        _content(brand.total),
    ]
    told = counts if brand.whole else []
    tree = Tree(
        _label(brand.name, "bold", None, brand.status, told, width),
        guide_style="dim",
        highlight=False,
    )
    for service in brand.services if depth.reaches(Depth.services) else ():
        _service(tree, service, depth, width - INDENT)
    return tree


def _service(tree: Tree, service: Any, depth: Depth, width: int) -> None:
    here = len(service.content)
    direct = f", {here} directly" if service.sub_services and here != service.total else ""
    told = [_count(len(service.sub_services), "sub-service"), _content(service.total) + direct]
    branch = tree.add(_label(service.name, "bold", service.slug, service.status, told, width))
    if not depth.reaches(Depth.sub_services):
        return
    for part in service.sub_services:
        told = [_content(len(part.content))]
        twig = branch.add(_label(part.name, "cyan", part.slug, part.status, told, width - INDENT))
        _leaves(twig, part.content, depth, width - 2 * INDENT)
    _leaves(branch, service.content, depth, width - INDENT)


def _leaves(tree: Tree, content: Sequence[Any], depth: Depth, width: int) -> None:
    for each in content if depth.reaches(Depth.content) else ():
        tree.add(_label(each.title, "", each.slug, each.status, [], width))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _content(number: int) -> str:
    return f"{number} content"


def _label(
    name: str, style: str, key: str | None, status: str | None, told: Sequence[str], width: int
) -> Text:
    """A name, its key, its status and counts on one line; the name is cut where they do not fit."""
    from rich.text import Text

    rest = Text()
    if key is not None:
        rest.append(f" ({visible(key)})", "dim")
    if status is not None:
        rest.append("  ").append(status, STATUS.get(status, "dim"))
    if told:
        rest.append(f"{' ·' if status else ' '} {' · '.join(told)}", "dim")
    label = Text(visible(name), style, no_wrap=True, overflow="ellipsis")
    label.truncate(max(NARROWEST, width - rest.cell_len), overflow="ellipsis")
    return Text(no_wrap=True, overflow="ellipsis").append_text(label).append_text(rest)


def document(brands: Sequence[Any], out: TextIO, depth: Depth = Depth.content) -> None:
    """Write the tree as one JSON document: brands, each with its services, and so on down.

    The counts of a brand that is not there whole are null.
    """
    found = {"brands": [_brand_object(brand, depth) for brand in brands]}
    out.write(json_text(found) + "\n")


def _brand_object(brand: Any, depth: Depth) -> dict[str, Any]:
    found = {
        "id": brand.id,
        "name": brand.name if brand.id is not None else None,
        "status": brand.status,
        "service_count": len(brand.services) if brand.whole else None,
        "sub_service_count": brand.parts if brand.whole else None,
        "content_count": brand.total if brand.whole else None,
    }
    if depth.reaches(Depth.services):
        found["services"] = [_service_object(each, depth) for each in brand.services]
    return found


def _service_object(service: Any, depth: Depth) -> dict[str, Any]:
    found = {
        "id": service.id,
        "slug": service.slug,
        "name": service.name,
        "status": service.status,
        "sub_service_count": len(service.sub_services),
        "content_count": service.total,
        "direct_content_count": len(service.content),
    }
    if depth.reaches(Depth.sub_services):
        found["sub_services"] = [
            {
                "id": part.id,
                "slug": part.slug,
                "name": part.name,
                "status": part.status,
                "content_count": len(part.content),
                **_leaf_objects(part.content, depth),
            }
            for part in service.sub_services
        ]
        found |= _leaf_objects(service.content, depth)
    return found


def _leaf_objects(content: Sequence[Any], depth: Depth) -> dict[str, Any]:
    if not depth.reaches(Depth.content):
        return {}
    leaves = [
        {"id": each.id, "slug": each.slug, "title": each.title, "status": each.status}
        for each in content
    ]
    return {"content": leaves}
