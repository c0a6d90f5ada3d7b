"""The services as a tree: brand, service, sub-service, and the content linked to each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import keys

if TYPE_CHECKING:
    from mcc_cli.db.connection.connect import Connection

NO_BRAND = "(no brand)"

# One statement, so that all of it is of one moment: each row comes after the one it stands under.
_ROWS = """
WITH service AS (
  SELECT id, slug, service_name, status, brand_id FROM services WHERE {chosen}
)
SELECT * FROM (
  SELECT 1 AS level, s.id AS service, NULL::bigint AS sub_service, s.id, s.slug,
    s.service_name AS name, s.status, b.id AS brand, b.name AS brand_name, b.status AS brand_status
  FROM service s LEFT JOIN brands b ON b.id = s.brand_id
  UNION ALL
  SELECT 2, p.service_id, p.id, p.id, p.slug, p.sub_service_name, p.status,
    NULL, NULL, NULL
  FROM service s JOIN sub_services p ON p.service_id = s.id
  UNION ALL
  SELECT 3, l.service_id, NULL, c.id, c.slug, c.title, c.status, NULL, NULL, NULL
  FROM service s JOIN content_service_links l ON l.service_id = s.id
    JOIN content_repository c ON c.id = l.content_id
  UNION ALL
  SELECT 3, p.service_id, p.id, c.id, c.slug, c.title, c.status, NULL, NULL, NULL
  FROM service s JOIN sub_services p ON p.service_id = s.id
    JOIN content_sub_service_links l ON l.sub_service_id = p.id
    JOIN content_repository c ON c.id = l.content_id
) r
ORDER BY level, brand IS NULL, lower(brand_name), brand, lower(name), id"""


@dataclass(frozen=True)
class Content:
    """A content item where it is linked."""

    id: int
    slug: str
    title: str
    status: str


@dataclass(frozen=True)
class SubService:
    """A sub-service and the content linked to it."""

    id: int
    slug: str
    name: str
    status: str
    content: list[Content] = field(default_factory=list)


@dataclass(frozen=True)
class Service:
    """A service, its sub-services, and the content linked to the service itself."""

    id: int
    slug: str
    name: str
    status: str
    sub_services: list[SubService] = field(default_factory=list)
    content: list[Content] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many content items are linked to it or to a part of it, each counted once."""
        return len(self.linked)

    @property
    def linked(self) -> set[int]:
        """The ids of the content linked to it or to a part of it."""
        parts = (each.id for part in self.sub_services for each in part.content)
        return {each.id for each in self.content}.union(parts)


@dataclass(frozen=True)
class Brand:
    """A brand and its services; without `id` it stands for the services that have none.

    `whole` tells whether these are all its services, so that counting them means something.
    """

    id: int | None
    name: str
    status: str | None
    whole: bool
    services: list[Service] = field(default_factory=list)

    @property
    def parts(self) -> int:
        """How many sub-services its services have."""
        return sum(len(each.sub_services) for each in self.services)

    @property
    def total(self) -> int:
        """How many content items are linked below it, each counted once."""
        return len(set[int]().union(*(each.linked for each in self.services)))


def read(connection: Connection, service: str | None = None) -> list[Brand]:
    """The brands that have services, by name, and last the services without a brand.

    With the key of a service, that one alone below its brand. Raises MccError E-NOTFOUND or
    E-AMBIGUOUS.
    """
    entity = ENTITIES["services"]
    chosen: sql.Composable = sql.SQL("true")
    with translated(entity):
        if service is not None:
            number = keys.resolve(connection, entity, service)
            chosen = sql.SQL("id = {}").format(sql.Literal(number))
        rows = connection.execute(sql.SQL(_ROWS).format(chosen=chosen)).fetchall()
    brands: dict[int | None, Brand] = {}
    services: dict[int, Service] = {}
    parts: dict[int, SubService] = {}
    for level, above, part, id, slug, name, status, brand, brand_name, brand_status in rows:
        if level == 1:
            if brand not in brands:
                whole = service is None
                brands[brand] = Brand(brand, brand_name or NO_BRAND, brand_status, whole)
            services[id] = Service(id, slug, name, status)
            brands[brand].services.append(services[id])
        elif level == 2:
            parts[id] = SubService(id, slug, name, status)
            services[above].sub_services.append(parts[id])
        else:
            owner = services[above] if part is None else parts[part]
            owner.content.append(Content(id, slug, name, status))
    return list(brands.values())
