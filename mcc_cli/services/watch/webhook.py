"""Posting events to a URL, signed, until the receiver accepts them.

`X-MCC-Signature: t=SECONDS,v1=HEX` is the HMAC-SHA256 of `SECONDS.BODY` with the secret that both
sides know. The time is signed too, so that a receiver can refuse old requests. A receiver accepts
with a 2xx; mcc retries after 408, 425, 429, 5xx and network errors, and stops at anything else.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import queue
import random
import socket
import threading
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from mcc_cli import __version__
from mcc_cli.errors import MccError
from mcc_cli.services.watch.exec_environment import WEBHOOK_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcc_cli.services.watch.sinks import Progress

FLAG = "--forward-to"
EXCHANGE_SECONDS = 30.0  # from name resolution to the status of the answer
LONGEST_ANSWER = 4096  # bytes of the body; the connection of a longer one is closed
BODY_SECONDS = 1.0  # for these bytes, after the status is known
RETRY_SECONDS = (0.5, 60.0)  # first and longest pause between attempts
RETRIED = {408, 425, 429, *range(500, 600)}


class Answer(NamedTuple):
    """The status of an answer, 0 without one, its reason, and its Retry-After in seconds."""

    status: int
    reason: str
    retry_after: float = 0.0
    location: str = ""


class _Response(http.client.HTTPResponse):
    """An answer whose interim answers are skipped: http.client skips 100 only (RFC 9110, 15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 101 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


def signature(secret: bytes, body: bytes, at: int) -> str:
    """The value of `X-MCC-Signature` for a body that is signed at a Unix time in seconds."""
    digest = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Webhook:
    """One URL that events are posted to, over a connection that is kept open."""

    def __init__(self, url: str, secret: str | None, say: Callable[[str], None]) -> None:
        """Check the URL. Raises MccError E-USAGE or E-CONFIG."""
        parts = _parsed(url)
        if not secret:
            raise MccError(
                "E-CONFIG",
                "no secret to sign with",
                FLAG,
                fix=f"set {WEBHOOK_SECRET} to the secret that the receiver knows",
            )
        self.secret = secret.encode(errors="surrogateescape")
        self.say = say
        self.place = _shown(parts)
        self._parts = parts
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._client = self._connection()

    def post(self, body: bytes, headers: Mapping[str, str], progress: Progress) -> None:
        """Post until a 2xx is received. Raises MccError E-SINK for a refusal."""
        pause = RETRY_SECONDS[0]
        while True:
            answer = self._exchange(body, headers, min(EXCHANGE_SECONDS, progress.remaining()))
            if 200 <= answer.status < 300:
                return
            if answer.status and answer.status not in RETRIED:
                raise self._refused(answer, headers)
            seconds = answer.retry_after or pause * random.uniform(0.5, 1.0)
            text = f"{answer.status} {answer.reason}" if answer.status else answer.reason
            self.say(f"{self.place}: {text}, retrying in {seconds:.1f} s")
            progress.sleep(seconds)
            pause = min(pause * 2, RETRY_SECONDS[1])

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _refused(self, answer: Answer, headers: Mapping[str, str]) -> MccError:
        fix = "correct the receiver and run mcc watch with the same --state"
        if 300 <= answer.status < 400:
            fix = f"post to the final URL: redirects are not followed; {fix}"
        return MccError(
            "E-SINK",
            f"the receiver answered {answer.status} {answer.reason}".rstrip()
            + "; the position stays before this event",
            FLAG,
            self.place,
            hint=f"event {headers.get('X-MCC-Delivery')}"
            + (f"; it redirects to {answer.location}" if answer.location else ""),
            fix=fix,
        )

    def _exchange(self, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """Send one request and read its answer, all within so many seconds.

        A thread does it, because neither name resolution nor a receiver that sends one byte at a
        time can be limited otherwise. After that time it is abandoned with its connection.
        """
        sent = {
            "Content-Type": "application/json",
            "User-Agent": f"mcc/{__version__}",
            "X-MCC-Signature": signature(self.secret, body, int(time.time())),
            **headers,
        }
        client = self._client
        client.timeout = seconds
        if client.sock:
            client.sock.settimeout(seconds)
        answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        finished = threading.Event()

        def work() -> None:
            _request(client, self._path, body, sent, answers.put)
            finished.set()

        threading.Thread(target=work, daemon=True).start()
        try:
            answer = answers.get(timeout=seconds)
        except queue.Empty:
            answer = Answer(0, f"no answer in {seconds:g} s")
        if not finished.wait(min(BODY_SECONDS, seconds) if answer.status else 0.0):
            _abandon(client)
            self._client = self._connection()
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        kind = (
            http.client.HTTPSConnection
            if self._parts.scheme == "https"
            else http.client.HTTPConnection
        )
        connection = kind(self._parts.hostname or "", self._parts.port)
        connection.response_class = _Response
        return connection


def _request(
    client: http.client.HTTPConnection,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    report: Callable[[Answer], None],
) -> None:
    """Send a request and report its answer as soon as the status and the headers are there.

    The first bytes of its body are read too, so that the connection can be used again.
    """
    reported = False
    try:
        client.request("POST", path, body, headers)
        answer = client.getresponse()
        report(_answer(answer))
        reported = True
        answer.read(LONGEST_ANSWER)
        if not answer.isclosed():  # what is left of the body would be read as the next answer
            client.close()
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
        client.close()
        if not reported:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            report(Answer(0, f"no answer ({reason})"))


def _answer(answer: http.client.HTTPResponse) -> Answer:
    wait = answer.getheader("Retry-After") or ""
    seconds = min(float(wait), RETRY_SECONDS[1]) if wait.isascii() and wait.isdigit() else 0.0
    location = _shown_location(answer.getheader("Location") or "")
    return Answer(answer.status, answer.reason, seconds, location)


def _abandon(client: http.client.HTTPConnection) -> None:
    """Have the thread that uses a connection fail soon."""
    with contextlib.suppress(OSError, AttributeError):
        client.sock.shutdown(socket.SHUT_RDWR)


def _parsed(url: str) -> SplitResult:
    """The parts of a URL to post to. Raises MccError E-USAGE.

    A URL that cannot be parsed is not shown: any part of it can be a secret.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _not_a_url() from None
    usable = url.isprintable() and parts.scheme in ("http", "https") and parts.hostname
    if not usable or port == 0:
        raise _not_a_url()
    if parts.username or parts.password:
        raise MccError(
            "E-USAGE",
            "a URL with a user or a password is not accepted",
            FLAG,
            _shown(parts),
            fix=f"remove them: the receiver verifies the signature made with {WEBHOOK_SECRET}",
        )
    if not url.isascii() or " " in url:
        shown = _shown(parts)
        raise MccError(
            "E-USAGE",
            "a URL must be ASCII without spaces",
            FLAG,
            shown,
            fix=f"write {quote(shown, safe='/:@[]%')}",
        )
    return parts


def _not_a_url() -> MccError:
    return MccError(
        "E-USAGE",
        "not a URL to post to (it is not shown because it may contain a secret)",
        FLAG,
        fix="write it as https://HOST/PATH, or with a port from 1 to 65535: https://HOST:8443/PATH",
    )


def _shown(parts: SplitResult) -> str:
    """A URL as it may be shown: without user, password, query and fragment.

    An @ after the port is a sign of a password that was not encoded: then only the scheme is shown.
    """
    if parts.port is not None and "@" in f"{parts.path}{parts.query}{parts.fragment}":
        return f"{parts.scheme}://…"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _shown_location(location: str) -> str:
    """The target of a redirect as it may be shown; empty if it has no host."""
    try:
        parts = urlsplit(location)
        return _shown(parts) if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""
