"""Where a URL belongs: the page of ours that it is, its service and its sub-service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mcc_cli.audits.text.urls import host_of, is_local, normal, normal_or_none, rebased

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

PREVIEWS = (
    ".vercel.app",
    ".netlify.app",
    ".pages.dev",
    ".onrender.com",
    ".herokuapp.com",
    ".web.app",
    ".surge.sh",
    ".ngrok.io",
    ".ngrok-free.app",
    ".amplifyapp.com",
    ".azurestaticapps.net",
    ".fly.dev",
    ".github.io",
    ".gitlab.io",
)
PAGES = "SELECT url, service_id, sub_service_id, status = 'live', page_title FROM service_pages"
FULL_URLS = """SELECT full_url, id, NULL::bigint FROM services WHERE full_url IS NOT NULL
UNION ALL SELECT full_url, service_id, id FROM sub_services WHERE full_url IS NOT NULL"""

HOSTS = """SELECT website FROM brands WHERE website IS NOT NULL
UNION SELECT full_url FROM services WHERE full_url IS NOT NULL
UNION SELECT full_url FROM sub_services WHERE full_url IS NOT NULL
UNION SELECT site FROM audit_runs WHERE site IS NOT NULL"""


class Page(NamedTuple):
    """A service page: its URL as it is stored, where it belongs, whether it is live."""

    url: str
    service: int | None
    sub_service: int | None
    live: bool
    title: str


class Place(NamedTuple):
    """A URL in normal form, its host, and the service and sub-service that it belongs to."""

    url: str
    host: str
    service: int | None
    sub_service: int | None


@dataclass
class Places:
    """What the database knows of URLs, by their normal form; each URL is looked up once.

    `prefixes` are the addresses of services, without a slash at the end. `base` is the address in
    place of local and preview ones. `local` counts the local addresses for which there was none,
    `strange` what is no http or https URL, since `begin`.
    """

    pages: dict[str, Page]
    prefixes: dict[str, tuple[int | None, int | None]]
    base: str | None = None
    hosts: frozenset[str] = frozenset()
    created: set[str] = field(default_factory=set)
    local: int = 0
    strange: int = 0
    _known: dict[str, Place] = field(default_factory=dict)
    _nowhere: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Count anew, for the next run."""
        self.local = self.strange = 0
        self._nowhere.clear()

    def place(self, url: str) -> Place | None:
        """Where a URL belongs; None for what is no page."""
        result = self._known.get(url)
        if result or url in self._nowhere:
            return result
        if len(self._known) + len(self._nowhere) > 100_000:
            self._known.clear()
            self._nowhere.clear()
        result = self._find(url)
        if result:
            self._known[url] = result
        else:
            self._nowhere.add(url)
        return result

    def is_live(self, url: str) -> bool:
        """Whether a URL in normal form is a live page of ours."""
        page = self.pages.get(url)
        return url in self.created if page is None else page.live

    def is_ours(self, host: str) -> bool:
        """Whether a brand, a service, a page or an ingested run has this host, or its domain.

        True for every host as long as none is known.
        """
        name = _bare(host)
        known = {_bare(item) for item in self.hosts}
        return not known or any(name == item or name.endswith(f".{item}") for item in known)

    def _find(self, url: str) -> Place | None:
        try:
            known = normal(url)
        except ValueError:
            self.strange += 1
            return None
        host = urlsplit(known).hostname or ""
        if is_local(known) or (self.base and host.endswith(PREVIEWS)):
            if self.base is None:
                self.local += 1
                return None
            known = rebased(known, self.base)
        page = self.pages.get(known)
        if page and (page.service or page.sub_service):
            return Place(known, host_of(known), page.service, page.sub_service)
        return Place(known, host_of(known), *self._nearest(known))

    def _nearest(self, url: str) -> tuple[int | None, int | None]:
        """The service with the longest address that the URL is below, on the same host."""
        path = url.partition("?")[0].rstrip("/")
        while not path.endswith("/"):  # of the scheme
            if path in self.prefixes:
                return self.prefixes[path]
            path = path.rpartition("/")[0]
        return None, None


def load(connection: Connection, base: str | None = None) -> Places:
    """What the database knows now."""
    pages = {}
    for url, service, sub_service, live, title in connection.execute(PAGES):
        known = normal_or_none(url)
        if known:
            pages[known] = Page(url, service, sub_service, live, title)
    prefixes = {}
    for url, service, sub_service in connection.execute(FULL_URLS):
        known = normal_or_none(url)
        if known:
            prefixes[known.partition("?")[0].rstrip("/")] = (service, sub_service)
    hosts = {
        host_of(known)
        for (url,) in connection.execute(HOSTS)
        if (known := normal_or_none(url if "://" in url else f"https://{url}"))
    }
    return Places(pages, prefixes, base, frozenset(hosts | {host_of(url) for url in pages}))


def _bare(host: str) -> str:
    """A host without port and www."""
    return host.partition(":")[0].removeprefix("www.")
