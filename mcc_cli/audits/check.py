"""What a format reads from a file: `python -m mcc_cli.audits.check FORMAT FILE`.

For people who write a format. FILE is a file, a zip or a folder. The runs are printed as JSON. If
`FILE.expected.json` exists, they are compared with it: exit 1 and a diff if they differ. `--write`
writes it. `FILE.given.json` holds the flags that the user would give, by the names of `base.Given`;
its key `known` lists service pages.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcc_cli.audits import base, detect, unpack
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)  # of every check, so that results do not change
EXPECTED = ".expected.json"
GIVEN = ".given.json"


def given(sample: Path) -> base.Given:
    """The flags in `SAMPLE.given.json`; none if there is no such file."""
    beside = sample.with_name(f"{sample.name}{GIVEN}")
    values = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
    known = set(values.pop("known", ()))
    values["dimensions"] = tuple(values.get("dimensions", ()))
    return base.Given(now=NOW, known=known.__contains__, **values)


def read(sample: Path, flags: base.Given | None = None, only: str | None = None) -> Any:
    """The groups and runs that mcc reads from a sample, or the error, as JSON values.

    `only` is the name of a format; otherwise the format is detected.
    """
    flags = flags or given(sample)
    try:
        with ExitStack() as stack:
            result: dict[str, Any] = {"groups": [], "unknown": []}
            for files in unpack.bundles(sample, stack):
                groups, unknown = detect.groups(files, only)
                result["unknown"] += sorted(file.path for file in unknown)
                for group in groups:
                    runs = [_run(run) for run in group.runs(flags)]
                    result["groups"].append({"format": group.format.NAME, "runs": runs})
            return json.loads(json.dumps(result, default=str))
    except MccError as error:
        message = error.message.replace(str(sample.parents[1]), "")
        return {"error": error.code, "message": message, "line": error.line}


def expected(sample: Path) -> Any:
    """The content of `SAMPLE.expected.json`."""
    return json.loads(sample.with_name(f"{sample.name}{EXPECTED}").read_text("utf-8"))


def text(found: Any) -> str:
    """The result of `read` as it is written to `SAMPLE.expected.json`."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _run(run: base.Run) -> dict[str, Any]:
    items = [{"is": type(item).__name__, **_present(item._asdict())} for item in run.items]
    scope = run.scope
    return {
        "tool": run.tool,
        "version": run.version,
        "at": run.at,
        "fresh": run.fresh,
        "site": run.site,
        "notes": run.notes,
        **({"bad": run.bad} if run.bad else {}),
        "rules": scope.rules,
        "kinds": sorted(scope.kinds),
        "hosts": scope.hosts,
        "resolves": scope.resolves,
        "partial": scope.partial,
        "items": items,
    }


def _present(values: dict[str, Any]) -> dict[str, Any]:
    """The values that are neither None nor False."""
    return {
        name: value for name, value in values.items() if value is not None and value is not False
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a format against a file; the exit status."""
    parser = argparse.ArgumentParser("python -m mcc_cli.audits.check", description=__doc__)
    parser.add_argument("format", metavar="FORMAT", choices=list(detect.formats()))
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write FILE{EXPECTED}")
    options = parser.parse_args(arguments)
    sample: Path = options.file.absolute()
    if not sample.exists():
        parser.error(f"{options.file}: no such file or folder")
    result = text(read(sample, only=options.format))
    sys.stdout.write(result)
    beside = sample.with_name(f"{sample.name}{EXPECTED}")
    if options.write:
        beside.write_text(result, "utf-8")
    if "error" in json.loads(result) and not beside.exists():
        return 1
    if not beside.exists():
        sys.stderr.write(f"there is no {beside.name} to compare with: --write creates it\n")
        return 0
    before = beside.read_text("utf-8")
    sys.stderr.writelines(
        difflib.unified_diff(
            before.splitlines(keepends=True), result.splitlines(keepends=True), beside.name, "now"
        )
    )
    return int(before != result)


if __name__ == "__main__":
    sys.exit(main())
