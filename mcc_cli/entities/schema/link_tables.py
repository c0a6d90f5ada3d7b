"""Links: which content supports which services and sub-services."""

from datetime import datetime

from sqlmodel import SQLModel

from mcc_cli.entities.schema.base import moment, reference
from mcc_cli.entities.schema.describe import describe


class Link(SQLModel):
    """What both link tables share: the content, who linked it, and when."""

    model_config = {"validate_default": True}

    content_id: int = reference(
        "content_repository",
        "Content item that supports the page.",
        on_delete="CASCADE",
        index=False,
        primary_key=True,
    )
    created_by_id: int | None = reference("users", "Person who created the link.")
    created_at: datetime = moment("When the link was created.", now=True)


class ContentServiceLink(Link, table=True):
    """A content item linked to a service."""

    __tablename__ = "content_service_links"

    service_id: int = reference(
        "services", "Service that the content supports.", on_delete="CASCADE", primary_key=True
    )


class ContentSubServiceLink(Link, table=True):
    """A content item linked to a sub-service."""

    __tablename__ = "content_sub_service_links"

    sub_service_id: int = reference(
        "sub_services",
        "Sub-service that the content supports.",
        on_delete="CASCADE",
        primary_key=True,
    )


ENTITIES = (
    describe(
        ContentServiceLink,
        name="content-service-links",
        area="link",
        singular="content-service link",
        help="Which content supports which services.",
        label=("content_id", "service_id"),
        shown=("content_id", "service_id", "created_by_id"),
        groups={"Link": "content_id service_id created_by_id"},
    ),
    describe(
        ContentSubServiceLink,
        name="content-sub-service-links",
        area="link",
        singular="content-sub-service link",
        help="Which content supports which sub-services.",
        label=("content_id", "sub_service_id"),
        shown=("content_id", "sub_service_id", "created_by_id"),
        groups={"Link": "content_id sub_service_id created_by_id"},
    ),
)
