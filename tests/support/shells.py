"""Interactive shells on a terminal of their own, with `mcc` completed by its own scripts."""

from __future__ import annotations

import os
import pty
import select
import signal
import time
from pathlib import Path

from terminal import MCC

PATIENCE_SECONDS = 60
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "--interactive"],
}
SETUP = {
    "bash": 'eval "$(mcc --show-completion bash)"',
    "zsh": 'autoload -Uz compinit; compinit -D -u; eval "$(mcc --show-completion zsh)"',
    "fish": "mcc --show-completion fish | source",
}
STUB = """#!/bin/sh
if [ -n "$_MCC_COMPLETE" ] || [ "$1" = --show-completion ]; then exec {mcc} "$@"; fi
printf '%s\\0' "$@" > {folder}/words.new
mv {folder}/words.new {folder}/words
"""


class Shell:
    """A shell in `folder`, in which `mcc` completes as it does, and records what it is called with.

    An empty line is sent first, so that what is typed is read by the shell's line editor.
    """

    def __init__(self, name, folder, database, **env):
        self.folder = folder
        tools = folder / "tools"
        tools.mkdir()
        stub = tools / "mcc"
        stub.write_text(STUB.format(mcc=MCC, folder=tools))
        stub.chmod(0o755)
        self.words_file = tools / "words"
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            variables = {
                "PATH": f"{tools}:/usr/bin:/bin",
                "TERM": "dumb",
                "HOME": str(tools),
                "LC_ALL": "C.UTF-8",
                "MCC_DATABASE_URL": database,
                **env,
            }
            os.execvpe(START[name][0], START[name], variables)
        self.seen = b""
        self.type(SETUP[name] + "; mcc ready\r")
        self.recorded()

    def type(self, keys):
        """Send these keys."""
        os.write(self.master, keys.encode())

    def complete(self, start):
        """The words that `mcc` is called with after this start, Tab and Enter."""
        self.words_file.unlink(missing_ok=True)
        self.type(f"{start}\t\r")
        return self.recorded()

    def recorded(self):
        """Wait for a call of `mcc`; its words."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.words_file.exists():
            assert time.monotonic() < deadline, self.seen.decode(errors="replace")[-3000:]
            if select.select([self.master], [], [], 0.02)[0]:
                self.seen += os.read(self.master, 65536)
        return self.words_file.read_bytes().decode().split("\0")[:-1]

    def files(self):
        """The names in its folder."""
        return sorted(path.name for path in Path(self.folder).iterdir())

    def close(self):
        """End it."""
        os.close(self.master)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
