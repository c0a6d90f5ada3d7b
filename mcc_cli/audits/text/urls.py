"""The normal form of a URL, by which pages are matched.

Scheme and host in lower case, international names as ASCII, no default port, no fragment, `/` for
an empty path, percent-encoding in capitals, of all letters but ASCII ones, no parameters of
trackers. Path and query are case sensitive, and a slash at the end of a path means another page:
sites redirect to either.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

_PORTS = {"http": 80, "https": 443}
_PERCENT = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)
_STRANGE = re.compile(r"[^\x21-\x7e]+")
_BLANK = re.compile(r"\s")
_TRACKING = re.compile(r"(?:utm_[^=&]*|gclid|fbclid|msclkid)(?:=|$)", re.IGNORECASE)
_LOCAL = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0|[^.]+\.local(?:host)?")


@lru_cache(maxsize=20_000)
def normal(url: str) -> str:
    """The normal form. Raises ValueError for what is no http or https URL."""
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname or "\0" in url:
        raise ValueError("not an http or https URL")
    if not parts.hostname.isprintable():
        raise ValueError("not an http or https URL")
    host = _ascii(parts.hostname.rstrip("."))
    port = parts.port
    where = f"[{host}]" if ":" in host else host
    if port is not None and port != _PORTS[scheme]:
        where = f"{where}:{port}"
    path = _encoded(parts.path) or "/"
    query = _encoded(parts.query)
    if query and _TRACKING.search(query):
        query = "&".join(item for item in query.split("&") if not _TRACKING.match(item))
    return urlunsplit((scheme, where, path, query, ""))


def normal_or_none(url: str | None) -> str | None:
    """The normal form; None for what has none."""
    try:
        return normal(url) if url else None
    except ValueError:
        return None


def host_of(url: str) -> str:
    """Host, and port where it is not the usual one, of a URL in normal form."""
    return urlsplit(url).netloc


def is_local(url: str) -> bool:
    """Whether a URL in normal form leads to the machine itself."""
    return bool(_LOCAL.fullmatch(urlsplit(url).hostname or ""))


def rebased(url: str, base: str) -> str:
    """The URL with scheme and host of `base`, below its path; a bare path is completed by it."""
    there = urlsplit(normal(base))
    parts = urlsplit(url)
    path = there.path.rstrip("/") + (parts.path if parts.path.startswith("/") else f"/{parts.path}")
    return normal(urlunsplit((there.scheme, there.netloc, path, parts.query, "")))


def _encoded(text: str) -> str:
    """A path or query as a browser sends it."""
    if _STRANGE.search(text):
        text = _STRANGE.sub(lambda match: quote(match[0], errors="replace"), text)
    return _PERCENT.sub(lambda match: match[0].upper(), text) if "%" in text else text


def _ascii(host: str) -> str:
    """The host in lower case, an international one in its ASCII form. Raises ValueError."""
    host = host.lower()
    if _BLANK.search(host):
        raise ValueError("not a host name")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("not a host name") from None
