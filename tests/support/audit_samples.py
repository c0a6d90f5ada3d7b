"""The samples of audit formats: files in fixtures/audits/FORMAT, with what is expected of each.

A sample is a file, a zip or a folder `NAME` beside `NAME.expected.json`, and `NAME.given.json` for
the user's flags; see `mcc_cli.audits.check`. After reading the change of a format closely, run
`python tests/support/audit_samples.py`: it writes all expected files, for `git diff` to show.
"""

from __future__ import annotations

from pathlib import Path

from mcc_cli.audits.check import EXPECTED, GIVEN, NOW, expected, given, read, text

__all__ = ["BESIDE", "FOLDER", "NOW", "expected", "given", "read", "samples"]

FOLDER = Path(__file__).parents[2] / "fixtures" / "audits"
BESIDE = (EXPECTED, GIVEN)


def samples() -> list[Path]:
    """Every sample, by format and name."""
    return sorted(
        each
        for folder in FOLDER.iterdir()
        if folder.is_dir()
        for each in folder.iterdir()
        if not each.name.endswith(BESIDE)
    )


def main() -> None:
    """Write what is expected of every sample."""
    for sample in samples():
        sample.with_name(f"{sample.name}{EXPECTED}").write_text(text(read(sample)), "utf-8")


if __name__ == "__main__":
    main()
