"""The tree of services as text or as nested JSON, written while its nodes arrive."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TextIO

from mcc_cli.output import layout
from mcc_cli.output.text import safe_json, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

BOLD, CYAN, DIM = "1", "36", "2"
STATUS = {
    "active": "32",
    "published": "32",
    "qc_passed": "32",
    "in_review": "33",
    "in_progress": "33",
    "qc_pending": "33",
    "qc_failed": "31",
}
NAME = (BOLD, BOLD, CYAN, "")  # the style of a name by its level
NO_BRAND = "(no brand)"
_dumps = json.JSONEncoder(ensure_ascii=False).encode


class Depth(StrEnum):
    """How far down a tree goes."""

    brands = "brands"
    services = "services"
    sub_services = "sub-services"
    content = "content"

    @property
    def level(self) -> int:
        """The level of its last nodes: 0 for brands."""
        return list(Depth).index(self)


def write(
    nodes: Iterator[Any],
    out: TextIO,
    depth: Depth = Depth.content,
    *,
    color: bool = False,
    width: int | None = None,
) -> int:
    """Draw the `services.links.service_tree.Node`s that arrive; return the number of brands.

    On a terminal a node that does not fit into a line continues below the beginning of its name.
    """
    brands = 0
    left = [0, 0, 0, 0]  # nodes that are still to be drawn at each indentation
    for node in nodes:
        first = rest = ""
        # Content of a service is drawn below its sub-services, with their indentation.
        place = 2 if node.level == 3 and not left[3] else node.level
        if place:
            left[place] -= 1
            above = "".join("│   " if left[item] else "    " for item in range(1, place))
            first = above + ("├── " if left[place] else "└── ")
            rest = above + ("│   " if left[place] else "    ")
        else:
            brands += 1
        below = 0
        if node.level < 3:
            below = left[node.level + 1] = sum(number for _, number in _children(node, depth))
        if width is None and node.level == 3:  # most nodes of a large tree
            out.write(f"{first}{visible(node.name)} ({visible(node.slug)})  {node.status}\n")
            continue
        parts = _label(node)
        if width is None:
            out.write(f"{first}{''.join(text for text, _ in parts)}\n")
            continue
        lines = _lines(parts, max(layout.LEAST_TEXT, width - len(first) - 4 * bool(below)))
        rest += "│   " if below else ""
        for start, line in zip([first, *[rest] * len(lines)], lines, strict=False):
            out.write(_styled(start, DIM, color))
            out.write("".join(_styled(text, style, color) for text, style in line) + "\n")
    return brands


def _styled(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color and style and text else text


def _children(node: Any, depth: Depth) -> list[tuple[str, int]]:
    """The lists of nodes directly below a node, in order, and how many each has."""
    below = [
        [(1, "services", node.services)],
        [(2, "sub_services", node.sub_services), (3, "content", node.direct)],
        [(3, "content", node.content)],
        [],
    ][node.level]
    return [(name, number) for level, name, number in below if level <= depth.level]


def _label(node: Any) -> list[tuple[str, str]]:
    """A name, its key, its status and counts, each with its style."""
    name = NO_BRAND if node.name is None else node.name
    parts = [(visible(name), NAME[node.level])]
    if node.slug is not None:
        parts.append((f" ({visible(node.slug)})", DIM))
    if node.status is not None:
        parts.append((f"  {node.status}", STATUS.get(node.status, DIM)))
    if counts := _counts(node):
        parts.append((f"{' ·' if node.status else ' '} {' · '.join(counts)}", DIM))
    return parts


def _counts(node: Any) -> list[str]:
    if node.content is None:
        return []
    counts = [f"{node.content} content"]
    if node.sub_services is not None:
        counts.insert(0, _count(node.sub_services, "sub-service"))
    if node.services is not None:
        counts.insert(0, _count(node.services, "service"))
    if node.sub_services and node.direct is not None and node.direct != node.content:
        counts[-1] += f", {node.direct} directly"
    return counts


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _lines(parts: list[tuple[str, str]], room: int) -> list[list[tuple[str, str]]]:
    """The parts in lines of at most `room` cells, broken between parts if that is enough."""
    from rich.cells import cell_len

    lines: list[list[tuple[str, str]]] = [[]]
    used = 0
    for text, style in parts:
        if used + cell_len(text) <= room:
            lines[-1].append((text, style))
            used += cell_len(text)
            continue
        pieces = layout.wrap(text.strip(" ·"), room)
        lines += [[(piece, style)] for piece in pieces]
        used = cell_len(pieces[-1])
    return lines if lines[0] else lines[1:]


def document(nodes: Iterator[Any], out: TextIO, depth: Depth = Depth.content) -> int:
    """Write the tree as one JSON document: brands, each with its services, and so on down.

    The counts of a brand that is not there whole are null. Return the number of brands.
    """
    brands = 0
    out.write('{"brands": [')
    for node in nodes:
        out.write(",\n" if brands else "\n")
        _write_object(node, nodes, out, depth)
        brands += 1
    out.write("\n]}\n" if brands else "]}\n")
    return brands


def _write_object(node: Any, nodes: Iterator[Any], out: TextIO, depth: Depth) -> None:
    """Write a node and those below it, which come next."""
    text = safe_json(_dumps(_facts(node)))
    if node.level == 3:
        out.write(f"    {text}")
        return
    out.write(" " * (node.level + 1) + text[:-1])
    for name, number in _children(node, depth):
        out.write(f', "{name}": [')
        for place in range(number):
            out.write(",\n" if place else "\n")
            _write_object(next(nodes), nodes, out, depth)
        out.write("]")
    out.write("}")


def _facts(node: Any) -> dict[str, Any]:
    name = "title" if node.level == 3 else "name"
    head = {"id": node.id, "slug": node.slug, name: node.name, "status": node.status}
    match node.level:
        case 0:
            del head["slug"]
            return {
                **head,
                "service_count": node.services if node.content is not None else None,
                "sub_service_count": node.sub_services,
                "content_count": node.content,
            }
        case 1:
            return {
                **head,
                "sub_service_count": node.sub_services,
                "content_count": node.content,
                "direct_content_count": node.direct,
            }
        case 2:
            return {**head, "content_count": node.content}
    return head
