"""Write `docs/reference` and `docs/man/mcc.1` anew, in the folder where it is run."""

from __future__ import annotations

from pathlib import Path

from mcc_cli.cli.manual import command_tree, markdown, roff


def files() -> dict[str, str]:
    """The text of each file of the manual, by its path in the checkout."""
    commands = command_tree.commands()
    made = {f"docs/reference/{name}": page for name, page in markdown.pages(commands).items()}
    return {**made, "docs/man/mcc.1": roff.page(commands)}


def write(checkout: Path) -> None:
    """Write the manual into a checkout; pages of commands that are gone go too."""
    made = files()
    for old in (checkout / "docs" / "reference").glob("*.md"):
        if f"docs/reference/{old.name}" not in made:
            old.unlink()
    for name, page in made.items():
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, "utf-8")


if __name__ == "__main__":
    write(Path.cwd())
