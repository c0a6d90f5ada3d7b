"""Service pages: the site's URLs that sell a service, and how they score."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from mcc_cli.entities.schema.base import (
    URL,
    Record,
    choice,
    integer,
    moment,
    numeric,
    reference,
    text,
)
from mcc_cli.entities.schema.describe import describe


class ServicePage(Record, table=True):
    """One live or planned URL of a service or a sub-service."""

    __tablename__ = "service_pages"

    url: str = text("Full address of the page, with https://.", unique=True, rule=URL)
    page_title: str = text("Title of the page, as browsers show it.")
    page_type: str | None = text("Role of the page, such as landing page or pricing.")
    service_id: int | None = reference("services", "Service that the page sells.")
    sub_service_id: int | None = reference("sub_services", "Sub-service that the page sells.")
    primary_keyword: str | None = text("Search term the page should rank for first.")
    seo_score: Decimal | None = numeric(5, 2, "SEO rating of the page, 0 to 100.", ge=0, le=100)
    audit_score: Decimal | None = numeric(
        5, 2, "Score of the last on-page audit, 0 to 100.", ge=0, le=100
    )
    last_audit_at: datetime | None = moment("When the page was last audited.")
    http_status: int | None = integer(
        "Status code the server last answered, such as 200.", ge=100, le=599
    )
    status: Literal["draft", "live", "redirected", "broken", "archived"] = choice(
        "What visitors find at the address at present.", default="live"
    )


ENTITY = describe(
    ServicePage,
    name="service-pages",
    area="content",
    position=4,
    singular="service page",
    help="URLs that sell a service, and how they score.",
    label=("url",),
    shown=("url", "page_title", "service_id", "status", "http_status", "seo_score"),
    example="--url https://www.northlight.example/edge-seo --page-title 'Edge SEO'",
    example_key="https://www.northlight.example/services/technical-seo",
    groups={
        "Basics": "url page_title page_type status service_id sub_service_id",
        "SEO": "primary_keyword seo_score",
        "Last check": "audit_score last_audit_at http_status",
    },
)
