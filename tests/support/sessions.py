"""Two sessions on one database: one holds a lock, the other runs into it."""

from __future__ import annotations

import threading
import time

import psycopg

PATIENCE_SECONDS = 60
BLOCKED = "SELECT cardinality(pg_blocking_pids(%s)) > 0"


class Waiting:
    """Work on a connection of its own, in a thread; started when it waits for a lock."""

    def __init__(self, url, work):
        self.connection = psycopg.connect(url, autocommit=True)
        self.result = self.error = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            self.result = self._work(self.connection)
        except Exception as error:  # noqa: BLE001  (the test looks at it)
            self.error = error

    def until_blocked(self, observer):
        """Start, and return when the server says that it waits for a lock."""
        self._thread.start()
        pid = self.connection.info.backend_pid
        until(lambda: observer.execute(BLOCKED, [pid]).fetchone()[0] or not self._thread.is_alive())
        assert self._thread.is_alive(), f"it did not wait: {self.result or self.error!r}"
        return self

    def finish(self):
        """Its result, after the lock was released. Raises what it raised."""
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()
        self.connection.close()
        if self.error is not None:
            raise self.error
        return self.result


def until(condition):
    """Return when the condition holds; fail after a minute."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "the condition never held"
        time.sleep(0.02)
