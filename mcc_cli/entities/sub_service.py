"""Sub-services: the parts of a service that have a page of their own."""

from mcc_cli.entities.schema import triggers
from mcc_cli.entities.schema.base import SLUG, Record, reference, text, unique
from mcc_cli.entities.schema.describe import describe
from mcc_cli.entities.schema.page_columns import BODY, CALL_TO_ACTION, SOCIAL, WebPage


class SubService(WebPage, Record, table=True):
    """A part of a service, with everything its page needs."""

    __tablename__ = "sub_services"
    __table_args__ = (unique("service_id", "slug"),)

    service_id: int = reference(
        "services", "Service that it is a part of.", on_delete="RESTRICT", index=False
    )
    slug: str | None = text(
        "Last part of the address; unique within its service.",
        rule=SLUG,
        made="made from sub_service_name",
    )
    sub_service_name: str = text("Name of the sub-service, as customers know it.")
    sub_service_code: str | None = text("Short code used in reports and file names.", unique=True)
    description: str | None = text("What customers get, in a paragraph.")


ENTITY = describe(
    SubService,
    name="sub-services",
    area="content",
    position=2,
    singular="sub-service",
    help="Parts of a service that have a page of their own.",
    label=("service_id", "slug"),
    shown=("service_id", "slug", "sub_service_name", "status", "language", "seo_score"),
    example="--service technical-seo --sub-service-name 'Edge SEO'",
    example_key="technical-seo/log-file-analysis",
    groups={
        "Basics": "service_id sub_service_name slug sub_service_code status full_url language "
        "short_tagline description",
        "Audience": "content_type_id buyer_journey_stage primary_persona_id industry_sector_id",
        "SEO": "meta_title meta_description focus_keywords secondary_keywords seo_score "
        "schema_type core_web_vitals_status",
        "Body": BODY,
        "Call to action": CALL_TO_ACTION,
        "Navigation": "menu_heading menu_position breadcrumb_label",
        "Social": SOCIAL,
        "Sitemap and robots": "include_in_xml_sitemap sitemap_priority sitemap_changefreq "
        "robots_index robots_follow canonical_url redirect_from_urls",
        "Ownership": "brand_id content_owner_id version_number",
    },
    made_by=[triggers.slug_from("sub_service_name"), triggers.VERSION],
)
