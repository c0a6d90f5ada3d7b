"""Files by the names that the help, the README and the recipes use, made of the demo's rows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.resources import folder

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = {
    "report.json": "lighthouse/v13-mobile.json",
    "crawl.zip": "screaming-frog/issues.zip",
}


def make(name: str, where: Path, mcc: Callable[..., object]) -> bool:
    """Make the file or folder of this name, with `mcc` where it writes one; False for others."""
    if name in SAMPLES:
        shutil.copy(folder("fixtures") / "audits" / SAMPLES[name], where / name)
    elif name == "links.csv":
        mcc("links", "export", "services", "-o", name)
    elif name == "backup":
        mcc("export", name)
    elif name.removesuffix(".csv") in ENTITIES and name.endswith(".csv"):
        mcc(name.removesuffix(".csv"), "export", "-o", name)
    else:
        return False
    return True
