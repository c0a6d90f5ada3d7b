"""Posting events to a URL, signed, until they are taken.

`X-MCC-Signature: t=SECONDS,v1=HEX` is the HMAC-SHA256 of `SECONDS.BODY` with the secret that both
sides know. The time is signed too, so that a receiver can refuse what is old.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import random
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from mcc_cli import __version__
from mcc_cli.errors import MccError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FLAG = "--forward-to"
SECRET = "MCC_WEBHOOK_SECRET"
SECONDS = 30
BACKOFF_SECONDS = (0.5, 60.0)
AGAIN = {408, 425, 429}  # of the 4xx; and every 5xx


def signature(secret: bytes, body: bytes, at: int) -> str:
    """The value of `X-MCC-Signature`."""
    digest = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Webhook:
    """One URL; `wait` lets seconds pass between attempts and can raise what ends them.

    `rest` gives the seconds until nothing is to be waited for any more. Raises MccError E-USAGE and
    E-CONFIG.
    """

    def __init__(
        self,
        url: str,
        secret: str | None,
        say: Callable[[str], None],
        wait: Callable[[float], None],
        rest: Callable[[], float],
    ) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _no_url(_plain(url)) from None
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise _no_url(_plain(url))
        if parts.username or parts.password:
            raise MccError(
                "E-USAGE",
                "a URL with a user or a password is not taken",
                FLAG,
                _plain(url),
                fix=f"leave it out: {SECRET} tells the receiver who it is",
            )
        if not (url.isascii() and url.isprintable()) or " " in url:
            raise MccError(
                "E-USAGE",
                "a URL has no spaces and only the letters of English",
                FLAG,
                _plain(url),
                fix=f"write {quote(_plain(url), safe='/:@[]%')}",
            )
        if not secret:
            raise MccError(
                "E-CONFIG",
                "there is no secret to sign with",
                FLAG,
                fix=f"set {SECRET} to the secret that the receiver knows",
            )
        self.secret = secret.encode()
        self.say = say
        self.wait = wait
        self.rest = rest
        self.place = _plain(url)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._client = kind(parts.hostname, port, timeout=SECONDS)

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Post until a 2xx comes; raises MccError E-SINK for an answer that will not change."""
        pause = BACKOFF_SECONDS[0]
        while True:
            status, asked, reason = self._try(body, headers)
            if 200 <= status < 300:
                return
            if status and status < 500 and status not in AGAIN:
                raise MccError(
                    "E-SINK",
                    f"the receiver answered {status} {reason}; the position stays before it",
                    FLAG,
                    self.place,
                    hint=f"event {headers.get('X-MCC-Delivery')}",
                    fix="correct the receiver and watch on with the same --state",
                )
            seconds = asked or pause * random.uniform(0.5, 1.0)
            answer = f"{status} {reason}" if status else reason
            self.say(f"{self.place}: {answer}, again in {seconds:.1f} s")
            self.wait(seconds)
            pause = min(pause * 2, BACKOFF_SECONDS[1])

    def _try(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, float, str]:
        """The status (0: no answer), the seconds to wait that were asked for, and a reason."""
        sent = {
            "Content-Type": "application/json",
            "User-Agent": f"mcc/{__version__}",
            "X-MCC-Signature": signature(self.secret, body, int(time.time())),
            **headers,
        }
        self._client.timeout = min(SECONDS, self.rest())
        if self._client.sock:
            self._client.sock.settimeout(self._client.timeout)
        try:
            self._client.request("POST", self._path, body, sent)
            answer = self._client.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._client.close()
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            return 0, 0.0, f"no answer ({why})"
        wait = answer.getheader("Retry-After") or ""
        seconds = min(float(wait), BACKOFF_SECONDS[1]) if wait.isascii() and wait.isdigit() else 0.0
        return answer.status, seconds, answer.reason


def _no_url(shown: str) -> MccError:
    return MccError(
        "E-USAGE",
        "this is no URL to post to",
        FLAG,
        shown,
        fix="write it whole: https://HOST/PATH, or http:// and a port from 1 to 65535",
    )


def _plain(url: str) -> str:
    """The URL as it may be shown: without what can be a password or a token."""
    scheme, mark, rest = url.partition("://") if "://" in url else ("", "", url)
    host, slash, path = rest.partition("?")[0].partition("#")[0].partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"
