"""Draw the screens of the README: `python docs/make_screens.py [FOLDER]`, docs/images by default.

Each is what the installed `mcc` prints on a terminal of a fixed width, on the demo's rows in a
server of its own; Rich turns the colours into SVG. Times and run codes differ from run to run.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

WIDTH, LINES = 100, 50
MCC = Path(sys.executable).with_name("mcc")
UP, WIPE, CURSOR = "\x1b[1A", "\x1b[2K", "\x1b[?25"
FEED = """keyword,language,country,mapped_service,search_volume,difficulty,status
edge seo,en,GB,technical-seo,320,41,active
crawl budget,en,GB,technial-seo,1300,38,active
log file analysis,en,UK,technical-seo,590,44,active
faceted navigation,en,GB,technical-seo,1k,47,active
hreflang checker,en,GB,technical-seo,880,140,actve
"""


@dataclass(frozen=True)
class Screen:
    """The lines that are typed, and what others do while the last of them watches."""

    typed: list[str]
    others: list[str] = field(default_factory=list)


SCREENS = {
    "quickstart": Screen(["mcc quickstart"]),
    "list": Screen(
        [
            "mcc audits list --where status=open --sort -severity --limit 6 \\\n"
            "    --fields id,severity,error_type,service,assigned_to.name",
            "mcc services list --where 'seo_score<80' --sort seo_score \\\n"
            "    --fields slug,brand,status,seo_score,content_owner.name",
        ]
    ),
    "import": Screen(["mcc keywords import feed.csv"]),
    "watch": Screen(
        ["mcc watch services content --count 5"],
        [
            "mcc services update web-analytics --status in_review "
            "--as jonas.brehm@klarpfad.example",
            "mcc content create --title 'Guide to hreflang' --brand Northlight",
            "mcc content link guide-to-hreflang --service technical-seo",
            "mcc content update guide-to-hreflang --status in_progress",
            "mcc db psql -c \"UPDATE services SET status = 'published' "
            "WHERE slug = 'web-analytics'\"",
        ],
    ),
}


def main(target: Path) -> None:
    """Draw all screens into a folder."""
    home = Path(tempfile.mkdtemp(prefix="mcc-screens-"))
    home.chmod(0o755)  # as root the server runs under another account
    env = {"HOME": str(home), "MCC_DATA_DIR": str(home / "data")}
    quietly = {"env": {**env, "PATH": "/usr/bin:/bin"}, "capture_output": True}
    try:
        subprocess.run([MCC, "quickstart"], check=True, **quietly)
        for name, screen in SCREENS.items():
            drawn = svg(name, shown(screen, env, home))
            (target / f"{name}.svg").write_text(drawn, "utf-8")
    finally:
        subprocess.run([MCC, "db", "stop"], check=False, **quietly)
        shutil.rmtree(home)


def shown(screen: Screen, env: dict[str, str], where: Path) -> Text:
    """What a terminal shows when the lines are typed; `env` names the database."""
    env = {
        "PATH": f"{MCC.parent}:/usr/bin:/bin",
        "MCC_CONFIG": str(where / "config.toml"),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        **env,
    }
    (where / "feed.csv").write_text(FEED)
    text = Text()
    for line in screen.typed:
        text.append("$ ", "bold green").append(f"{line}\n", "bold")
        said = on_terminal(line, screen, env, where)
        text.append_text(Text.from_ansi(left(said))).append("\n")
    text.rstrip()
    return text


def on_terminal(line: str, screen: Screen, env: dict[str, str], where: Path) -> str:
    """What a line prints on a terminal; the others come when it says that it is ready."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, WIDTH, 0, 0))
    command = ["/bin/bash", "-c", line]
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=where, start_new_session=True
    )
    os.close(slave)
    said = b""
    waiting = list(screen.others)
    while part := read(master):
        said += part
        while waiting and b"ready" in said:
            other = ["/bin/bash", "-c", waiting.pop(0)]
            subprocess.run(other, env=env, cwd=where, check=True, capture_output=True)
    os.close(master)
    process.wait()
    return said.decode()


def read(terminal: int) -> bytes:
    """The next bytes; none where the program has ended, which Linux tells as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def left(said: str) -> str:
    """What is left on the terminal where a progress bar was drawn over and wiped."""
    rows, at = [""], 0
    for part in re.split(r"(\r?\n|\r|\x1b\[1A|\x1b\[2K|\x1b\[\?25[lh])", said):
        if part.endswith("\n"):
            at += 1
            rows += [""] * (at == len(rows))
        elif part == UP:
            at -= 1
        elif part == WIPE:
            rows[at] = ""
        elif part and part[0] != "\r" and not part.startswith(CURSOR):
            rows[at] += part
    return "\n".join(rows)


def svg(name: str, text: Text) -> str:
    """A screen as SVG, with an empty last line, for Rich cuts off the foot of that one."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    console.print(text, highlight=False)
    console.print()
    drawn = console.export_svg(title="mcc", theme=SVG_EXPORT_THEME, unique_id=name)
    # Rich would fetch its font from the network; whoever looks has one of equal widths.
    drawn = re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)
    return drawn.replace("Fira Code", "DejaVu Sans Mono, Menlo, Consolas")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("images"))
