"""The JSON that a page written by Lighthouse carries in a script."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mcc_cli.audits.text.json_access import storable

if TYPE_CHECKING:
    from mcc_cli.audits.source_file import File

REPORT = "__LIGHTHOUSE_JSON__"
FLOW = "__LIGHTHOUSE_FLOW_JSON__"


def carries(file: File, name: str) -> bool:
    """Whether the page is one of Lighthouse's, with a variable of this name.

    Old versions write 100 KB of styles and code before it: their pages are known by the title.
    """
    if file.kind != "html":
        return False
    if name in file.start:
        return True
    titled = "<title>lighthouse" in file.start[:10_000].lower()
    return titled and not any(item in file.start for item in (REPORT, FLOW)) and _has(file, name)


def embedded(file: File, name: str) -> Any:
    """The value of the variable. Raises MccError E-FILE where it is damaged or cut off."""
    page = storable(file.text())
    start = re.search(rf"{name}\s*=\s*(?=\{{)", page)
    if start is None:
        raise file.refused("this page of Lighthouse holds no report", fix="save it as JSON")
    try:
        return json.JSONDecoder().raw_decode(page, start.end())[0]
    except (ValueError, RecursionError) as error:
        message = getattr(error, "msg", "it is nested too deeply").removesuffix(" starting at")
        raise file.refused(f"the report in this page is damaged or cut off: {message}") from None


def _has(file: File, name: str) -> bool:
    """Whether the name stands anywhere in it, or else nothing more does: it was cut off."""
    wanted, last = name.encode(), b""
    for block in file.text_blocks():
        if wanted in last + block:
            return True
        last = block[-len(wanted) :]
    return name == REPORT and b"</html>" not in last
