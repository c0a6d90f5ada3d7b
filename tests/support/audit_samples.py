"""The samples of audit formats: files in fixtures/audits/FORMAT, with what is expected of each.

A sample is a file, a zip or a folder `NAME` beside `NAME.expected.json`, and `NAME.given.json`
where the user says something. Run `python tests/support/audit_samples.py` after reading the change
of a format closely: it writes what is expected anew, for `git diff` to show.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mcc_cli.audits import base, detect, unpack
from mcc_cli.errors import MccError

FOLDER = Path(__file__).parents[2] / "fixtures" / "audits"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BESIDE = (".expected.json", ".given.json")


def samples() -> list[Path]:
    """Every sample, by format and name."""
    return sorted(
        each
        for folder in FOLDER.iterdir()
        if folder.is_dir()
        for each in folder.iterdir()
        if not each.name.endswith(BESIDE)
    )


def given(sample: Path) -> base.Given:
    """What the user says with the sample; `known` are the pages of ours."""
    beside = sample.with_name(f"{sample.name}.given.json")
    values = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
    known = set(values.pop("known", ()))
    values["dimensions"] = tuple(values.get("dimensions", ()))
    return base.Given(now=NOW, known=known.__contains__, **values)


def read(sample: Path, said: base.Given | None = None, only: str | None = None) -> Any:
    """What mcc makes of a sample: its groups with their runs, or the error, as JSON."""
    try:
        with ExitStack() as stack:
            found: dict[str, Any] = {"groups": [], "unknown": []}
            for files in unpack.bundles(sample, stack):
                groups, unknown = detect.groups(files, only)
                found["unknown"] += sorted(file.path for file in unknown)
                for group in groups:
                    runs = [_run(run) for run in group.runs(said or given(sample))]
                    found["groups"].append({"format": group.format.NAME, "runs": runs})
            return json.loads(json.dumps(found, default=str))
    except MccError as error:
        message = error.message.replace(str(FOLDER), "")
        return {"error": error.code, "message": message, "line": error.line}


def expected(sample: Path) -> Any:
    """What is written beside the sample."""
    return json.loads(sample.with_name(f"{sample.name}.expected.json").read_text("utf-8"))


def _run(run: base.Run) -> dict[str, Any]:
    items = [{"is": type(each).__name__, **_said(each._asdict())} for each in run.items]
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


def _said(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is not said."""
    return {
        name: value for name, value in values.items() if value is not None and value is not False
    }


def main() -> None:
    """Write what is expected of every sample."""
    for sample in samples():
        text = json.dumps(read(sample), ensure_ascii=False, indent=1)
        sample.with_name(f"{sample.name}.expected.json").write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
