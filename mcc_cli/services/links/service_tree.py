"""The services as a tree: brand, service, sub-service, and the content linked to each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from psycopg import sql

from mcc_cli.db.errors import translated
from mcc_cli.entities.catalog import ENTITIES
from mcc_cli.services.records import keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcc_cli.db.connection.connect import Connection

CHUNK = 2000  # rows fetched at once


class Node(NamedTuple):
    """A node of the tree, with how many there are below it.

    `level` is 0 for a brand, 1 for a service, 2 for a sub-service, 3 for content. The services
    without a brand are below a node without id and name. `content` counts each content item once,
    `direct` those that are linked to the service itself. `sub_services` and `content` of a brand
    are None if only one of its services is in the tree.
    """

    level: int
    id: int | None
    slug: str | None
    name: str | None
    status: str | None
    services: int | None
    sub_services: int | None
    content: int | None
    direct: int | None


# One statement, so that all of it is of one moment. A node comes before what is below it,
# sub-services before content. `brand` 0 is no brand.
_WITH = """
WITH service AS (
  SELECT s.id, s.slug, s.service_name AS name, s.status, coalesce(s.brand_id, 0) AS brand,
    row_number() OVER (ORDER BY lower(s.service_name), s.id) AS place
  FROM services s WHERE {chosen}
), part AS (
  SELECT p.id, p.slug, p.sub_service_name AS name, p.status, s.id AS service, s.brand,
    s.place AS service_place, row_number() OVER (ORDER BY lower(p.sub_service_name), p.id) AS place
  FROM service s JOIN sub_services p ON p.service_id = s.id
), link AS (
  SELECT s.brand, s.id AS service, s.place AS service_place, 2 AS below, 0 AS part,
    0 AS part_place, l.content_id
  FROM service s JOIN content_service_links l ON l.service_id = s.id
  UNION ALL
  SELECT p.brand, p.service, p.service_place, 1, p.id, p.place, l.content_id
  FROM part p JOIN content_sub_service_links l ON l.sub_service_id = p.id
), below_brand AS (
  SELECT brand, count(DISTINCT content_id) AS content FROM link GROUP BY brand
), below_service AS (
  SELECT service, count(DISTINCT content_id) AS content, count(*) FILTER (WHERE below = 2) AS direct
  FROM link GROUP BY service
), below_part AS (
  SELECT part, count(*) AS content FROM link WHERE below = 1 GROUP BY part
), parts AS (
  SELECT service, brand, count(*) AS number FROM part GROUP BY service, brand
), brand AS (
  SELECT s.brand AS id, b.name, b.status, count(*) AS services, sum(p.number)::bigint AS parts,
    row_number() OVER (ORDER BY b.id IS NULL, lower(b.name), b.id) AS place
  FROM service s LEFT JOIN brands b ON b.id = s.brand LEFT JOIN parts p ON p.service = s.id
  GROUP BY s.brand, b.id
)
SELECT level, id, slug, name, status, services, sub_services, content, direct FROM (
"""
_LEVELS = (
    """
  SELECT 0 AS level, nullif(b.id, 0) AS id, NULL AS slug, b.name, b.status, b.services,
    coalesce(b.parts, 0) AS sub_services, coalesce(w.content, 0) AS content, NULL::bigint AS direct,
    b.place AS brand, 0 AS service, 0 AS below, 0 AS part
  FROM brand b LEFT JOIN below_brand w ON w.brand = b.id""",
    """
  SELECT 1, s.id, s.slug, s.name, s.status, NULL, coalesce(p.number, 0), coalesce(w.content, 0),
    coalesce(w.direct, 0), b.place, s.place, 0, 0
  FROM service s JOIN brand b ON b.id = s.brand LEFT JOIN below_service w ON w.service = s.id
    LEFT JOIN parts p ON p.service = s.id""",
    """
  SELECT 2, p.id, p.slug, p.name, p.status, NULL, NULL, coalesce(w.content, 0), NULL,
    b.place, p.service_place, 1, p.place
  FROM part p JOIN brand b ON b.id = p.brand LEFT JOIN below_part w ON w.part = p.id""",
    """
  SELECT 3, c.id, c.slug, c.title, c.status, NULL, NULL, NULL, NULL,
    b.place, l.service_place, l.below, l.part_place
  FROM link l JOIN brand b ON b.id = l.brand JOIN content_repository c ON c.id = l.content_id""",
)
_ORDER = ") node ORDER BY brand, service, below, part, level, lower(name), id"


def nodes(connection: Connection, service: str | None = None, deepest: int = 3) -> Iterator[Node]:
    """The nodes of the tree in its order, streamed: brands that have services by name, then none.

    With the key of a service, that one alone below its brand. `deepest` is the last level. Raises
    MccError E-NOTFOUND or E-AMBIGUOUS.
    """
    entity = ENTITIES["services"]
    chosen: sql.Composable = sql.SQL("true")
    text = _WITH + " UNION ALL ".join(_LEVELS[: deepest + 1]) + _ORDER
    with translated(entity):
        if service is not None:
            number = keys.resolve(connection, entity, service)
            chosen = sql.SQL("s.id = {}").format(sql.Literal(number))
        with connection.transaction():
            connection.execute("SET LOCAL jit = off")
            with connection.cursor("mcc_tree") as cursor:
                cursor.itersize = CHUNK
                for row in cursor.execute(sql.SQL(text).format(chosen=chosen)):
                    node = Node._make(row)
                    if service is not None and node.level == 0:
                        node = node._replace(sub_services=None, content=None)
                    yield node
