"""Services: what a brand sells, one page each."""

from mcc_cli.entities.schema import triggers
from mcc_cli.entities.schema.base import SLUG, Record, boolean, text
from mcc_cli.entities.schema.describe import describe
from mcc_cli.entities.schema.page_columns import BODY, CALL_TO_ACTION, SOCIAL, WebPage


class Service(WebPage, Record, table=True):
    """A service on offer, with everything its page needs."""

    __tablename__ = "services"

    slug: str | None = text(
        "Last part of the address, such as technical-seo.",
        unique=True,
        rule=SLUG,
        made="made from service_name",
    )
    service_name: str = text("Name of the service, as customers know it.")
    service_code: str | None = text("Short code used in reports and file names.", unique=True)
    service_description: str | None = text("What customers get, in a paragraph.")
    business_unit: str | None = text("Part of the company that delivers the service.")
    target_segment_notes: str | None = text("Notes on which customers it is meant for.")
    show_in_main_menu: bool = boolean("Whether the top menu lists the service.", default=False)
    show_in_footer_menu: bool = boolean("Whether the footer menu lists the service.", default=False)
    menu_group: str | None = text("Column or block of the menu it is in.")
    parent_menu_section: str | None = text("Top-level menu entry that it opens under.")
    robots_custom: str | None = text("Further robots directives, such as max-snippet:-1.")
    ranking_summary: str | None = text("How the page ranks at present, in words.")


ENTITY = describe(
    Service,
    name="services",
    area="content",
    position=1,
    singular="service",
    help="What the brands sell, with each page's texts and SEO.",
    label=("slug",),
    shown=("slug", "service_name", "status", "brand_id", "language", "seo_score"),
    example="--service-name 'Local SEO' --brand Northlight",
    example_key="technical-seo",
    groups={
        "Basics": "service_name slug service_code status full_url language "
        "short_tagline service_description",
        "Audience": "content_type_id buyer_journey_stage primary_persona_id "
        "industry_sector_id target_segment_notes",
        "SEO": "meta_title meta_description focus_keywords secondary_keywords seo_score "
        "ranking_summary schema_type core_web_vitals_status",
        "Body": BODY,
        "Call to action": CALL_TO_ACTION,
        "Navigation": "menu_heading menu_group menu_position parent_menu_section "
        "breadcrumb_label show_in_main_menu show_in_footer_menu",
        "Social": SOCIAL,
        "Sitemap and robots": "include_in_xml_sitemap sitemap_priority sitemap_changefreq "
        "robots_index robots_follow robots_custom canonical_url redirect_from_urls",
        "Ownership": "brand_id business_unit content_owner_id version_number",
    },
    made_by=[triggers.slug_from("service_name"), triggers.VERSION],
)
