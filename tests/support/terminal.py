"""`mcc` on a terminal of its own, for what is drawn there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from program import MCC

PATIENCE_SECONDS = 60
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """`mcc` on a terminal of so many columns and lines, and what it has written there.

    `begins` is where a picture begins, with or without the codes that move the cursor.
    """

    def __init__(self, words, columns, lines, begins, **env):
        self.begins = begins
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            [MCC, *words],
            env={"PATH": "/usr/bin:/bin", "TERM": "xterm", **env},
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(slave)
        self.text = ""

    def until(self, pattern):
        """Read on until the newest picture has the pattern; the picture."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not re.search(pattern, self.picture(), re.DOTALL):
            assert time.monotonic() < deadline, self.picture()
            if not select.select([self.master], [], [], 1.0)[0]:
                continue
            try:
                self.text += os.read(self.master, 65536).decode()
            except OSError as error:  # the other side is gone
                raise AssertionError(self.process.stderr.read() + self.text) from error
        return self.picture()

    def picture(self):
        """What is drawn since the picture was begun for the last time, without colours."""
        return CODES.sub("", self.begins.split(self.text)[-1])

    def press(self, keys):
        """Type these keys."""
        os.write(self.master, keys.encode())

    def end(self):
        """Interrupt it; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.status()

    def status(self):
        """Wait for its end; its exit status."""
        status = self.process.wait(60)
        self.errors = self.process.stderr.read()
        self.process.stderr.close()
        os.close(self.master)
        return status

    def close(self):
        """End it where a test has not."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
