"""A network between mcc and the server that can fail: it falls silent, or breaks off."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading

from psycopg.conninfo import conninfo_to_dict

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


class Network:
    """A TCP port before the socket of a database's server; `url` leads through it.

    A cut leaves every connection open, and dead. After `limit` bytes from the client a connection
    breaks off, at both ends.
    """

    def __init__(self, database, limit=None):
        facts = conninfo_to_dict(database)
        self.path = f"{facts['host']}/.s.PGSQL.5432"
        self.limit = limit
        self.broken = 0  # connections
        self.cut = threading.Event()
        self.closed = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"host=127.0.0.1 port={self.listener.getsockname()[1]}"
        self.url += f" user={facts['user']} dbname={facts['dbname']} sslmode=disable"
        self.threads = []
        self._thread(self._accept)

    def _thread(self, work, *arguments):
        self.threads.append(threading.Thread(target=work, args=arguments))
        self.threads[-1].start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self._thread(self._forward, self.listener.accept()[0])

    def _forward(self, near):
        far = socket.socket(socket.AF_UNIX)
        far.connect(self.path)
        sent = 0
        with near, far:
            while not self.cut.is_set():
                for each in select.select([near, far], [], [], 0.02)[0]:
                    if self.cut.is_set():
                        break
                    number = self._pass(each, far if each is near else near)
                    sent += number if each is near else 0
                    if self.limit is not None and sent > self.limit:
                        self.broken += 1
                        near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        return
                    if not number:
                        return
            self.closed.wait()

    @staticmethod
    def _pass(source, target):
        try:
            data = source.recv(65536)
            target.sendall(data)
        except OSError:
            return 0
        return len(data)

    def close(self):
        self.cut.set()
        self.closed.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for each in self.threads:
            each.join(30)
