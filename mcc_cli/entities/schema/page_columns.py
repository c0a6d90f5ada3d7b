"""What services, sub-services and content share: columns of a page, as mixins without a table."""

from decimal import Decimal
from typing import Any, Literal

from sqlmodel import SQLModel

from mcc_cli.entities.schema.base import (
    LANGUAGE,
    URL,
    ChangeFrequency,
    Check,
    JourneyStage,
    PublishStatus,
    VitalsStatus,
    boolean,
    choice,
    integer,
    json,
    numeric,
    reference,
    text,
    texts,
)

SCHEMA_TYPE = Check("{c} ~ '^[A-Z][A-Za-z0-9]*$'", "must be a schema.org type, such as Service")
PER_NETWORK = Check(
    "jsonb_typeof({c}) = 'object'",
    "must be a JSON object with one entry per network, such as linkedin",
)

BODY = (
    "h1 h2_list h3_list body_content word_count reading_time_minutes "
    "internal_links external_links image_alt_texts faq_section_enabled faq_content"
)
CALL_TO_ACTION = "primary_cta_label primary_cta_url form_id"
SOCIAL = "og_title og_description og_image_url og_type social_meta"


class Filed(SQLModel):
    """Where a page or an asset belongs."""

    brand_id: int | None = reference("brands", "Brand it is published under.")
    content_type_id: int | None = reference(
        "content_types", "Kind of content, such as landing page or case study."
    )


class Headings(SQLModel):
    """The text a visitor reads."""

    h1: str | None = text("Main heading that visitors see on the page.")
    h2_list: list[str] = texts("Section headings, in page order.")
    h3_list: list[str] = texts("Headings below the sections, in page order.")
    body_content: str | None = text("Main text, as Markdown or HTML.")


class Meta(SQLModel):
    """What a search result shows, and the terms it should rank for."""

    meta_title: str | None = text("Title in search results; about 60 characters fit.")
    meta_description: str | None = text("Summary in search results; about 155 characters fit.")
    focus_keywords: list[str] = texts("Search terms it should rank for, most important first.")


class OpenGraph(SQLModel):
    """What a shared link looks like."""

    og_title: str | None = text("Title of the preview when a link to it is shared.")
    og_description: str | None = text("Text of the preview when a link to it is shared.")
    og_image_url: str | None = text("Address of the preview image; 1200 × 630 pixels suit most.")
    social_meta: dict[str, Any] | None = json(
        "Previews per network, as JSON: title, description and image_url of each.",
        rule=PER_NETWORK,
    )


class WebPage(Filed, Headings, Meta, OpenGraph):
    """A page of the site that sells something: a service or a part of one."""

    full_url: str | None = text(
        "Public address; audited URLs below it count as this page's.", rule=URL
    )
    menu_heading: str | None = text("Wording in menus where the name is too long.")
    short_tagline: str | None = text("One line that sells it on cards and teasers.")
    industry_sector_id: int | None = reference(
        "industry_sectors", "Industry and sector the page speaks to."
    )
    language: str = text("Language of the page, such as en or pt-BR.", default="en", rule=LANGUAGE)
    status: PublishStatus = choice(
        "Step on the way from draft to published.", default="draft", order="ascending"
    )
    content_owner_id: int | None = reference("users", "Person who keeps the page up to date.")
    version_number: int = integer("Revision; grows by one with every real change.", default=1)

    menu_position: int = integer("Place among its menu neighbours; lower comes first.", default=0)
    breadcrumb_label: str | None = text("Wording in the breadcrumb trail above the page.")

    include_in_xml_sitemap: bool = boolean(
        "Whether the XML sitemap lists it for search engines.", default=True
    )
    sitemap_priority: Decimal = numeric(
        2, 1, "Weight in the XML sitemap, from 0 to 1.", default="0.8", ge=0, le=1
    )
    sitemap_changefreq: ChangeFrequency = choice(
        "How often the sitemap says the page changes.", default="monthly", order="descending"
    )
    robots_index: Literal["index", "noindex"] = choice(
        "Whether search engines may list the page.", default="index"
    )
    robots_follow: Literal["follow", "nofollow"] = choice(
        "Whether search engines may follow the page's links.", default="follow"
    )
    canonical_url: str | None = text("Address search engines should credit instead of duplicates.")
    redirect_from_urls: list[str] = texts("Old addresses that lead to this page.")

    buyer_journey_stage: JourneyStage | None = choice(
        "How far along the buyer is at this page.", order="ascending"
    )
    primary_persona_id: int | None = reference("personas", "Persona the page is written for first.")

    primary_cta_label: str | None = text("Words on the main button, such as Get a quote.")
    primary_cta_url: str | None = text("Address or path the main button leads to.")
    form_id: int | None = reference("forms", "Form that visitors fill in on the page.")

    schema_type: str | None = text(
        "Type of its schema.org markup, such as Service.", rule=SCHEMA_TYPE
    )
    core_web_vitals_status: VitalsStatus | None = choice(
        "Google's verdict on loading and layout.", order="descending"
    )
    secondary_keywords: list[str] = texts("Further search terms the page may rank for.")
    seo_score: int | None = integer("SEO rating of the page, 0 to 100.", ge=0, le=100)

    word_count: int | None = integer("Number of words in the body.", ge=0)
    reading_time_minutes: int | None = integer("Minutes an average reader needs.", ge=0)
    internal_links: list[str] = texts("Addresses on our own site that the page links to.")
    external_links: list[str] = texts("Addresses on other sites that the page links to.")
    image_alt_texts: list[str] = texts("Alternative texts of the images, in page order.")
    faq_section_enabled: bool = boolean(
        "Whether the page shows its questions and answers.", default=False
    )
    faq_content: Any | None = json("Questions and answers of the FAQ section, as JSON.")

    og_type: str = text("Open Graph type, such as website or article.", default="website")
