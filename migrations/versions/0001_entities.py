"""the 24 entities and their links."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FUNCTIONS = (
    r"""CREATE FUNCTION mcc_slug(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT nullif(trim(BOTH '-' FROM regexp_replace(
    lower(replace(replace(replace(replace(
      translate(
        regexp_replace(normalize(value, NFKD), U&'[\0300-\036F]', '', 'g'),
        'øłđðıØŁĐÐẞÆŒÞ', 'olddiolddßæœþ'),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th')),
    '[^a-z0-9]+', '-', 'g')), '')
$$""",
    r"""CREATE FUNCTION mcc_touch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.updated_at := OLD.updated_at;
  IF TG_NARGS = 0 AND NEW IS DISTINCT FROM OLD
    OR TG_NARGS > 0 AND to_jsonb(NEW) - TG_ARGV IS DISTINCT FROM to_jsonb(OLD) - TG_ARGV THEN
    NEW.updated_at := now();
  END IF;
  RETURN NEW;
END $$""",
    r"""CREATE FUNCTION mcc_touch_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.updated_at := OLD.updated_at;
  NEW.version_number := OLD.version_number;
  IF NEW IS DISTINCT FROM OLD THEN
    NEW.updated_at := now();
    NEW.version_number := OLD.version_number + 1;
  END IF;
  RETURN NEW;
END $$""",
    r"""CREATE FUNCTION mcc_fill_slug() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.slug := mcc_slug(to_jsonb(NEW) ->> TG_ARGV[0]);
  RETURN NEW;
END $$""",
    r"""CREATE FUNCTION mcc_fill_run_code() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.run_code := 'QC-' || lpad(NEW.id::text, greatest(6, length(NEW.id::text)), '0');
  RETURN NEW;
END $$""",
    r"""CREATE FUNCTION mcc_resolved() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.resolved_at := CASE WHEN NEW.status = 'resolved' THEN coalesce(NEW.resolved_at, now()) END;
  RETURN NEW;
END $$""",
    r"""CREATE FUNCTION mcc_status_moved() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.last_status_update_at := now();
  RETURN NEW;
END $$""",
)
TRIGGERS = (
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON asset_types FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON brands FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON competitors FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON content_types FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON countries FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON personas FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON platforms FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON qc_checklists FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON workflow_stages FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON forms FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON industry_sectors FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_10_slug BEFORE INSERT ON services FOR EACH ROW WHEN (NEW.slug IS NULL) EXECUTE FUNCTION mcc_fill_slug('service_name')",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON services FOR EACH ROW EXECUTE FUNCTION mcc_touch_version()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON backlinks FOR EACH ROW EXECUTE FUNCTION mcc_touch('domain')",
    "CREATE TRIGGER mcc_10_slug BEFORE INSERT ON content_repository FOR EACH ROW WHEN (NEW.slug IS NULL) EXECUTE FUNCTION mcc_fill_slug('title')",
    "CREATE TRIGGER mcc_20_status BEFORE UPDATE ON content_repository FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status) EXECUTE FUNCTION mcc_status_moved()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON content_repository FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_10_slug BEFORE INSERT ON sub_services FOR EACH ROW WHEN (NEW.slug IS NULL) EXECUTE FUNCTION mcc_fill_slug('sub_service_name')",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON sub_services FOR EACH ROW EXECUTE FUNCTION mcc_touch_version()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON keywords FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_20_resolved BEFORE INSERT OR UPDATE ON on_page_seo_audits FOR EACH ROW WHEN ((NEW.status = 'resolved') IS DISTINCT FROM (NEW.resolved_at IS NOT NULL)) EXECUTE FUNCTION mcc_resolved()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON on_page_seo_audits FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON service_pages FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_20_resolved BEFORE INSERT OR UPDATE ON url_errors FOR EACH ROW WHEN ((NEW.status = 'resolved') IS DISTINCT FROM (NEW.resolved_at IS NOT NULL)) EXECUTE FUNCTION mcc_resolved()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON url_errors FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
    "CREATE TRIGGER mcc_10_run_code BEFORE INSERT ON qc_runs FOR EACH ROW WHEN (NEW.run_code IS NULL) EXECUTE FUNCTION mcc_fill_run_code()",
    "CREATE TRIGGER mcc_90_touch BEFORE UPDATE ON qc_runs FOR EACH ROW EXECUTE FUNCTION mcc_touch()",
)


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    op.create_table(
        "asset_types",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("asset_type", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=True),
        sa.Column("file_formats", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_asset_types_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_types")),
        sa.UniqueConstraint("asset_type", name=op.f("uq_asset_types_asset_type")),
    )
    op.create_table(
        "brands",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_brands_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
        sa.UniqueConstraint("code", name=op.f("uq_brands_code")),
        sa.UniqueConstraint("name", name=op.f("uq_brands_name")),
    )
    op.create_table(
        "competitors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("competitor_name", sa.Text(), nullable=False),
        sa.Column("industry", sa.Text(), nullable=True),
        sa.Column("domain_authority", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("monthly_traffic", sa.BigInteger(), nullable=True),
        sa.Column("total_keywords", sa.BigInteger(), nullable=True),
        sa.Column("total_backlinks", sa.BigInteger(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "domain = lower(domain) AND domain ~ '^[^[:space:]/:]+$'",
            name=op.f("ck_competitors_domain"),
        ),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_competitors_status")),
        sa.CheckConstraint(
            "domain_authority BETWEEN 0 AND 100", name=op.f("ck_competitors_domain_authority")
        ),
        sa.CheckConstraint("monthly_traffic >= 0", name=op.f("ck_competitors_monthly_traffic")),
        sa.CheckConstraint("total_backlinks >= 0", name=op.f("ck_competitors_total_backlinks")),
        sa.CheckConstraint("total_keywords >= 0", name=op.f("ck_competitors_total_keywords")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competitors")),
        sa.UniqueConstraint("domain", name=op.f("uq_competitors_domain")),
    )
    op.create_table(
        "content_types",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "default_attributes",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'inactive')", name=op.f("ck_content_types_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_types")),
        sa.UniqueConstraint("content_type", name=op.f("uq_content_types_content_type")),
    )
    op.create_table(
        "countries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("country_name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("has_backlinks", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("has_content", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("has_smm", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z]{2}$'", name=op.f("ck_countries_code")),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_countries_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_countries")),
        sa.UniqueConstraint("code", name=op.f("uq_countries_code")),
        sa.UniqueConstraint("country_name", name=op.f("uq_countries_country_name")),
    )
    op.create_table(
        "personas",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("persona_name", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("funnel_stage", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("goals", sa.Text(), nullable=True),
        sa.Column("pain_points", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "funnel_stage IN ('awareness', 'consideration', 'decision', 'retention')",
            name=op.f("ck_personas_funnel_stage"),
        ),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_personas_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_personas")),
        sa.UniqueConstraint("persona_name", name=op.f("uq_personas_persona_name")),
    )
    op.create_table(
        "platforms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("platform_name", sa.Text(), nullable=False),
        sa.Column("recommended_size", sa.Text(), nullable=True),
        sa.Column("scheduling", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "scheduling IN ('manual', 'scheduled', 'api')", name=op.f("ck_platforms_scheduling")
        ),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_platforms_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platforms")),
        sa.UniqueConstraint("platform_name", name=op.f("uq_platforms_platform_name")),
    )
    op.create_table(
        "qc_checklists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("checklist_name", sa.Text(), nullable=False),
        sa.Column("checklist_type", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column(
            "items",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
        sa.Column("scoring_mode", sa.Text(), server_default="percentage", nullable=False),
        sa.Column(
            "pass_threshold", sa.Numeric(precision=5, scale=2), server_default="80", nullable=False
        ),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "scoring_mode IN ('binary', 'weighted', 'percentage')",
            name=op.f("ck_qc_checklists_scoring_mode"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'inactive')", name=op.f("ck_qc_checklists_status")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(items) = 'array' AND NOT jsonb_path_exists(items, '$[*].type() ? (@ != \"object\")') AND NOT jsonb_path_exists(items, '$[*] ? (!(@.label.type() == \"string\" && @.weight.type() == \"number\" && @.weight > 0))')",
            name=op.f("ck_qc_checklists_items"),
        ),
        sa.CheckConstraint(
            "pass_threshold BETWEEN 0 AND 100", name=op.f("ck_qc_checklists_pass_threshold")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_checklists")),
        sa.UniqueConstraint("checklist_name", name=op.f("uq_qc_checklists_checklist_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone_number", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), server_default="editor", nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "email ~ '^[^@[:space:]]+@[^@[:space:]]+$'", name=op.f("ck_users_email")
        ),
        sa.CheckConstraint(
            "role IN ('admin', 'manager', 'editor', 'analyst', 'viewer')",
            name=op.f("ck_users_role"),
        ),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_users_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "workflow_stages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("workflow_name", sa.Text(), nullable=False),
        sa.Column("stage_label", sa.Text(), nullable=False),
        sa.Column("stage_order", sa.Integer(), nullable=False),
        sa.Column("color_tag", sa.Text(), nullable=True),
        sa.Column("active_flag", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_stages")),
        sa.UniqueConstraint(
            "workflow_name",
            "stage_label",
            name=op.f("uq_workflow_stages_workflow_name_stage_label"),
        ),
        sa.UniqueConstraint(
            "workflow_name",
            "stage_order",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_workflow_stages_workflow_name_stage_order"),
        ),
    )
    op.create_table(
        "forms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("form_name", sa.Text(), nullable=False),
        sa.Column("form_type", sa.Text(), nullable=True),
        sa.Column("data_source", sa.Text(), nullable=True),
        sa.Column("target_url", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "fields", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint("status IN ('active', 'inactive')", name=op.f("ck_forms_status")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_forms_owner_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forms")),
        sa.UniqueConstraint("form_name", name=op.f("uq_forms_form_name")),
    )
    op.create_index(op.f("ix_forms_owner_id"), "forms", ["owner_id"], unique=False)
    op.create_table(
        "industry_sectors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("industry", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=True),
        sa.Column("country_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'inactive')", name=op.f("ck_industry_sectors_status")
        ),
        sa.ForeignKeyConstraint(
            ["country_id"],
            ["countries.id"],
            name=op.f("fk_industry_sectors_country_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_industry_sectors")),
        sa.UniqueConstraint("industry", "sector", name=op.f("uq_industry_sectors_industry_sector")),
    )
    op.create_index(
        op.f("ix_industry_sectors_country_id"), "industry_sectors", ["country_id"], unique=False
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("brand_id", sa.BigInteger(), nullable=True),
        sa.Column("project_type", sa.Text(), nullable=True),
        sa.Column("project_status", sa.Text(), server_default="planning", nullable=False),
        sa.Column("project_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("project_start_date", sa.Date(), nullable=True),
        sa.Column("project_end_date", sa.Date(), nullable=True),
        sa.Column("objective", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "project_status IN ('planning', 'active', 'on_hold', 'completed', 'cancelled')",
            name=op.f("ck_projects_project_status"),
        ),
        sa.CheckConstraint(
            "project_end_date >= project_start_date", name=op.f("ck_projects_dates")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_projects_brand_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["project_owner_id"],
            ["users.id"],
            name=op.f("fk_projects_project_owner_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("project_name", name=op.f("uq_projects_project_name")),
    )
    op.create_index(op.f("ix_projects_brand_id"), "projects", ["brand_id"], unique=False)
    op.create_index(
        op.f("ix_projects_project_owner_id"), "projects", ["project_owner_id"], unique=False
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("campaign_name", sa.Text(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("brand_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_type", sa.Text(), nullable=True),
        sa.Column("target_url", sa.Text(), nullable=True),
        sa.Column("backlinks_planned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("backlinks_completed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("campaign_start_date", sa.Date(), nullable=True),
        sa.Column("campaign_end_date", sa.Date(), nullable=True),
        sa.Column("campaign_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="planning", nullable=False),
        sa.Column("kpi_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.CheckConstraint(
            "campaign_type IN ('seo', 'content', 'social', 'email', 'paid', 'backlink', 'web', 'other')",
            name=op.f("ck_campaigns_campaign_type"),
        ),
        sa.CheckConstraint(
            "status IN ('planning', 'active', 'paused', 'completed', 'cancelled')",
            name=op.f("ck_campaigns_status"),
        ),
        sa.CheckConstraint(
            "target_url ~* '^https?://[^[:space:]/?#]+[^[:space:]]*$'",
            name=op.f("ck_campaigns_target_url"),
        ),
        sa.CheckConstraint(
            "backlinks_completed >= 0", name=op.f("ck_campaigns_backlinks_completed")
        ),
        sa.CheckConstraint("backlinks_planned >= 0", name=op.f("ck_campaigns_backlinks_planned")),
        sa.CheckConstraint(
            "campaign_end_date >= campaign_start_date", name=op.f("ck_campaigns_dates")
        ),
        sa.CheckConstraint("kpi_score BETWEEN 0 AND 100", name=op.f("ck_campaigns_kpi_score")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_campaigns_brand_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_owner_id"],
            ["users.id"],
            name=op.f("fk_campaigns_campaign_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.id"],
            name=op.f("fk_campaigns_project_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("campaign_name", name=op.f("uq_campaigns_campaign_name")),
    )
    op.create_index(op.f("ix_campaigns_brand_id"), "campaigns", ["brand_id"], unique=False)
    op.create_index(
        op.f("ix_campaigns_campaign_owner_id"), "campaigns", ["campaign_owner_id"], unique=False
    )
    op.create_index(op.f("ix_campaigns_project_id"), "campaigns", ["project_id"], unique=False)
    op.create_table(
        "services",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("og_title", sa.Text(), nullable=True),
        sa.Column("og_description", sa.Text(), nullable=True),
        sa.Column("og_image_url", sa.Text(), nullable=True),
        sa.Column(
            "social_meta", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("meta_title", sa.Text(), nullable=True),
        sa.Column("meta_description", sa.Text(), nullable=True),
        sa.Column("focus_keywords", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("h1", sa.Text(), nullable=True),
        sa.Column("h2_list", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("h3_list", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("body_content", sa.Text(), nullable=True),
        sa.Column("brand_id", sa.BigInteger(), nullable=True),
        sa.Column("content_type_id", sa.BigInteger(), nullable=True),
        sa.Column("full_url", sa.Text(), nullable=True),
        sa.Column("menu_heading", sa.Text(), nullable=True),
        sa.Column("short_tagline", sa.Text(), nullable=True),
        sa.Column("industry_sector_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("content_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("version_number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("menu_position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("breadcrumb_label", sa.Text(), nullable=True),
        sa.Column("include_in_xml_sitemap", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "sitemap_priority",
            sa.Numeric(precision=2, scale=1),
            server_default="0.8",
            nullable=False,
        ),
        sa.Column("sitemap_changefreq", sa.Text(), server_default="monthly", nullable=False),
        sa.Column("robots_index", sa.Text(), server_default="index", nullable=False),
        sa.Column("robots_follow", sa.Text(), server_default="follow", nullable=False),
        sa.Column("canonical_url", sa.Text(), nullable=True),
        sa.Column("redirect_from_urls", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("buyer_journey_stage", sa.Text(), nullable=True),
        sa.Column("primary_persona_id", sa.BigInteger(), nullable=True),
        sa.Column("primary_cta_label", sa.Text(), nullable=True),
        sa.Column("primary_cta_url", sa.Text(), nullable=True),
        sa.Column("form_id", sa.BigInteger(), nullable=True),
        sa.Column("schema_type", sa.Text(), nullable=True),
        sa.Column("core_web_vitals_status", sa.Text(), nullable=True),
        sa.Column("secondary_keywords", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("seo_score", sa.Integer(), nullable=True),
        sa.Column("word_count", sa.Integer(), nullable=True),
        sa.Column("reading_time_minutes", sa.Integer(), nullable=True),
        sa.Column("internal_links", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("external_links", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("image_alt_texts", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("faq_section_enabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "faq_content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("og_type", sa.Text(), server_default="website", nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("service_code", sa.Text(), nullable=True),
        sa.Column("service_description", sa.Text(), nullable=True),
        sa.Column("business_unit", sa.Text(), nullable=True),
        sa.Column("target_segment_notes", sa.Text(), nullable=True),
        sa.Column("show_in_main_menu", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("show_in_footer_menu", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("menu_group", sa.Text(), nullable=True),
        sa.Column("parent_menu_section", sa.Text(), nullable=True),
        sa.Column("robots_custom", sa.Text(), nullable=True),
        sa.Column("ranking_summary", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "buyer_journey_stage IN ('awareness', 'consideration', 'decision', 'retention')",
            name=op.f("ck_services_buyer_journey_stage"),
        ),
        sa.CheckConstraint(
            "core_web_vitals_status IN ('good', 'needs_improvement', 'poor')",
            name=op.f("ck_services_core_web_vitals_status"),
        ),
        sa.CheckConstraint(
            "full_url ~* '^https?://[^[:space:]/?#]+[^[:space:]]*$'",
            name=op.f("ck_services_full_url"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(social_meta) = 'object'", name=op.f("ck_services_social_meta")
        ),
        sa.CheckConstraint(
            "language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'", name=op.f("ck_services_language")
        ),
        sa.CheckConstraint(
            "robots_follow IN ('follow', 'nofollow')", name=op.f("ck_services_robots_follow")
        ),
        sa.CheckConstraint(
            "robots_index IN ('index', 'noindex')", name=op.f("ck_services_robots_index")
        ),
        sa.CheckConstraint(
            "schema_type ~ '^[A-Z][A-Za-z0-9]*$'", name=op.f("ck_services_schema_type")
        ),
        sa.CheckConstraint(
            "sitemap_changefreq IN ('always', 'hourly', 'daily', 'weekly', 'monthly', 'yearly', 'never')",
            name=op.f("ck_services_sitemap_changefreq"),
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_services_slug")),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'published', 'archived')",
            name=op.f("ck_services_status"),
        ),
        sa.CheckConstraint(
            "reading_time_minutes >= 0", name=op.f("ck_services_reading_time_minutes")
        ),
        sa.CheckConstraint("seo_score BETWEEN 0 AND 100", name=op.f("ck_services_seo_score")),
        sa.CheckConstraint(
            "sitemap_priority BETWEEN 0 AND 1", name=op.f("ck_services_sitemap_priority")
        ),
        sa.CheckConstraint("word_count >= 0", name=op.f("ck_services_word_count")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_services_brand_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["content_owner_id"],
            ["users.id"],
            name=op.f("fk_services_content_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["content_type_id"],
            ["content_types.id"],
            name=op.f("fk_services_content_type_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["forms.id"], name=op.f("fk_services_form_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["industry_sector_id"],
            ["industry_sectors.id"],
            name=op.f("fk_services_industry_sector_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["primary_persona_id"],
            ["personas.id"],
            name=op.f("fk_services_primary_persona_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
        sa.UniqueConstraint("service_code", name=op.f("uq_services_service_code")),
        sa.UniqueConstraint("slug", name=op.f("uq_services_slug")),
    )
    op.create_index(op.f("ix_services_brand_id"), "services", ["brand_id"], unique=False)
    op.create_index(
        op.f("ix_services_content_owner_id"), "services", ["content_owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_services_content_type_id"), "services", ["content_type_id"], unique=False
    )
    op.create_index(op.f("ix_services_form_id"), "services", ["form_id"], unique=False)
    op.create_index(
        op.f("ix_services_industry_sector_id"), "services", ["industry_sector_id"], unique=False
    )
    op.create_index(
        op.f("ix_services_primary_persona_id"), "services", ["primary_persona_id"], unique=False
    )
    op.create_table(
        "backlinks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("target_url", sa.Text(), nullable=True),
        sa.Column(
            "domain",
            sa.Text(),
            sa.Computed(
                "lower(\"substring\"(source_url, '^[[:space:]]*(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//)?(?:[^/?#]*@)?(\\[[^]/?#]*\\]|[^/?#:[:space:]]*)'::text))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("anchor_text", sa.Text(), nullable=True),
        sa.Column("link_type", sa.Text(), nullable=True),
        sa.Column("platform_type", sa.Text(), nullable=True),
        sa.Column("da_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("spam_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("country_id", sa.BigInteger(), nullable=True),
        sa.Column("pricing", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("linked_campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="live", nullable=False),
        sa.CheckConstraint(
            "link_type IN ('dofollow', 'nofollow', 'ugc', 'sponsored')",
            name=op.f("ck_backlinks_link_type"),
        ),
        sa.CheckConstraint(
            "status IN ('live', 'lost', 'broken', 'toxic', 'disavowed', 'planned')",
            name=op.f("ck_backlinks_status"),
        ),
        sa.CheckConstraint("da_score BETWEEN 0 AND 100", name=op.f("ck_backlinks_da_score")),
        sa.CheckConstraint("pricing >= 0", name=op.f("ck_backlinks_pricing")),
        sa.CheckConstraint("spam_score BETWEEN 0 AND 100", name=op.f("ck_backlinks_spam_score")),
        sa.ForeignKeyConstraint(
            ["country_id"],
            ["countries.id"],
            name=op.f("fk_backlinks_country_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["linked_campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_backlinks_linked_campaign_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backlinks")),
        sa.UniqueConstraint(
            "source_url",
            "target_url",
            name=op.f("uq_backlinks_source_url_target_url"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_backlinks_country_id"), "backlinks", ["country_id"], unique=False)
    op.create_index(
        op.f("ix_backlinks_linked_campaign_id"), "backlinks", ["linked_campaign_id"], unique=False
    )
    op.create_table(
        "content_repository",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("og_title", sa.Text(), nullable=True),
        sa.Column("og_description", sa.Text(), nullable=True),
        sa.Column("og_image_url", sa.Text(), nullable=True),
        sa.Column(
            "social_meta", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("meta_title", sa.Text(), nullable=True),
        sa.Column("meta_description", sa.Text(), nullable=True),
        sa.Column("focus_keywords", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("h1", sa.Text(), nullable=True),
        sa.Column("h2_list", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("h3_list", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("body_content", sa.Text(), nullable=True),
        sa.Column("brand_id", sa.BigInteger(), nullable=True),
        sa.Column("content_type_id", sa.BigInteger(), nullable=True),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("asset_type_id", sa.BigInteger(), nullable=True),
        sa.Column("asset_category", sa.Text(), nullable=True),
        sa.Column("asset_format", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("workflow_stage_id", sa.BigInteger(), nullable=True),
        sa.Column("full_url", sa.Text(), nullable=True),
        sa.Column("thumbnail_url", sa.Text(), nullable=True),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("linked_campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("promotion_channels", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("assigned_to_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "qc_report", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column(
            "last_status_update_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "full_url ~* '^https?://[^[:space:]/?#]+[^[:space:]]*$'",
            name=op.f("ck_content_repository_full_url"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(social_meta) = 'object'", name=op.f("ck_content_repository_social_meta")
        ),
        sa.CheckConstraint(
            "slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_content_repository_slug")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'in_progress', 'qc_pending', 'qc_passed', 'qc_failed', 'published', 'archived')",
            name=op.f("ck_content_repository_status"),
        ),
        sa.ForeignKeyConstraint(
            ["asset_type_id"],
            ["asset_types.id"],
            name=op.f("fk_content_repository_asset_type_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"],
            ["users.id"],
            name=op.f("fk_content_repository_assigned_to_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"],
            ["brands.id"],
            name=op.f("fk_content_repository_brand_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["content_type_id"],
            ["content_types.id"],
            name=op.f("fk_content_repository_content_type_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["linked_campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_content_repository_linked_campaign_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["workflow_stage_id"],
            ["workflow_stages.id"],
            name=op.f("fk_content_repository_workflow_stage_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_repository")),
        sa.UniqueConstraint("slug", name=op.f("uq_content_repository_slug")),
    )
    op.create_index(
        op.f("ix_content_repository_asset_type_id"),
        "content_repository",
        ["asset_type_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_content_repository_assigned_to_id"),
        "content_repository",
        ["assigned_to_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_content_repository_brand_id"), "content_repository", ["brand_id"], unique=False
    )
    op.create_index(
        op.f("ix_content_repository_content_type_id"),
        "content_repository",
        ["content_type_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_content_repository_linked_campaign_id"),
        "content_repository",
        ["linked_campaign_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_content_repository_workflow_stage_id"),
        "content_repository",
        ["workflow_stage_id"],
        unique=False,
    )
    op.create_table(
        "sub_services",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("og_title", sa.Text(), nullable=True),
        sa.Column("og_description", sa.Text(), nullable=True),
        sa.Column("og_image_url", sa.Text(), nullable=True),
        sa.Column(
            "social_meta", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("meta_title", sa.Text(), nullable=True),
        sa.Column("meta_description", sa.Text(), nullable=True),
        sa.Column("focus_keywords", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("h1", sa.Text(), nullable=True),
        sa.Column("h2_list", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("h3_list", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("body_content", sa.Text(), nullable=True),
        sa.Column("brand_id", sa.BigInteger(), nullable=True),
        sa.Column("content_type_id", sa.BigInteger(), nullable=True),
        sa.Column("full_url", sa.Text(), nullable=True),
        sa.Column("menu_heading", sa.Text(), nullable=True),
        sa.Column("short_tagline", sa.Text(), nullable=True),
        sa.Column("industry_sector_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("content_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("version_number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("menu_position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("breadcrumb_label", sa.Text(), nullable=True),
        sa.Column("include_in_xml_sitemap", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "sitemap_priority",
            sa.Numeric(precision=2, scale=1),
            server_default="0.8",
            nullable=False,
        ),
        sa.Column("sitemap_changefreq", sa.Text(), server_default="monthly", nullable=False),
        sa.Column("robots_index", sa.Text(), server_default="index", nullable=False),
        sa.Column("robots_follow", sa.Text(), server_default="follow", nullable=False),
        sa.Column("canonical_url", sa.Text(), nullable=True),
        sa.Column("redirect_from_urls", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("buyer_journey_stage", sa.Text(), nullable=True),
        sa.Column("primary_persona_id", sa.BigInteger(), nullable=True),
        sa.Column("primary_cta_label", sa.Text(), nullable=True),
        sa.Column("primary_cta_url", sa.Text(), nullable=True),
        sa.Column("form_id", sa.BigInteger(), nullable=True),
        sa.Column("schema_type", sa.Text(), nullable=True),
        sa.Column("core_web_vitals_status", sa.Text(), nullable=True),
        sa.Column("secondary_keywords", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("seo_score", sa.Integer(), nullable=True),
        sa.Column("word_count", sa.Integer(), nullable=True),
        sa.Column("reading_time_minutes", sa.Integer(), nullable=True),
        sa.Column("internal_links", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("external_links", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("image_alt_texts", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("faq_section_enabled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "faq_content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("og_type", sa.Text(), server_default="website", nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("sub_service_name", sa.Text(), nullable=False),
        sa.Column("sub_service_code", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "buyer_journey_stage IN ('awareness', 'consideration', 'decision', 'retention')",
            name=op.f("ck_sub_services_buyer_journey_stage"),
        ),
        sa.CheckConstraint(
            "core_web_vitals_status IN ('good', 'needs_improvement', 'poor')",
            name=op.f("ck_sub_services_core_web_vitals_status"),
        ),
        sa.CheckConstraint(
            "full_url ~* '^https?://[^[:space:]/?#]+[^[:space:]]*$'",
            name=op.f("ck_sub_services_full_url"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(social_meta) = 'object'", name=op.f("ck_sub_services_social_meta")
        ),
        sa.CheckConstraint(
            "language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'",
            name=op.f("ck_sub_services_language"),
        ),
        sa.CheckConstraint(
            "robots_follow IN ('follow', 'nofollow')", name=op.f("ck_sub_services_robots_follow")
        ),
        sa.CheckConstraint(
            "robots_index IN ('index', 'noindex')", name=op.f("ck_sub_services_robots_index")
        ),
        sa.CheckConstraint(
            "schema_type ~ '^[A-Z][A-Za-z0-9]*$'", name=op.f("ck_sub_services_schema_type")
        ),
        sa.CheckConstraint(
            "sitemap_changefreq IN ('always', 'hourly', 'daily', 'weekly', 'monthly', 'yearly', 'never')",
            name=op.f("ck_sub_services_sitemap_changefreq"),
        ),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("ck_sub_services_slug")),
        sa.CheckConstraint(
            "status IN ('draft', 'in_review', 'published', 'archived')",
            name=op.f("ck_sub_services_status"),
        ),
        sa.CheckConstraint(
            "reading_time_minutes >= 0", name=op.f("ck_sub_services_reading_time_minutes")
        ),
        sa.CheckConstraint("seo_score BETWEEN 0 AND 100", name=op.f("ck_sub_services_seo_score")),
        sa.CheckConstraint(
            "sitemap_priority BETWEEN 0 AND 1", name=op.f("ck_sub_services_sitemap_priority")
        ),
        sa.CheckConstraint("word_count >= 0", name=op.f("ck_sub_services_word_count")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_sub_services_brand_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["content_owner_id"],
            ["users.id"],
            name=op.f("fk_sub_services_content_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["content_type_id"],
            ["content_types.id"],
            name=op.f("fk_sub_services_content_type_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["forms.id"], name=op.f("fk_sub_services_form_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["industry_sector_id"],
            ["industry_sectors.id"],
            name=op.f("fk_sub_services_industry_sector_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["primary_persona_id"],
            ["personas.id"],
            name=op.f("fk_sub_services_primary_persona_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["services.id"],
            name=op.f("fk_sub_services_service_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sub_services")),
        sa.UniqueConstraint("service_id", "slug", name=op.f("uq_sub_services_service_id_slug")),
        sa.UniqueConstraint("sub_service_code", name=op.f("uq_sub_services_sub_service_code")),
    )
    op.create_index(op.f("ix_sub_services_brand_id"), "sub_services", ["brand_id"], unique=False)
    op.create_index(
        op.f("ix_sub_services_content_owner_id"), "sub_services", ["content_owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_sub_services_content_type_id"), "sub_services", ["content_type_id"], unique=False
    )
    op.create_index(op.f("ix_sub_services_form_id"), "sub_services", ["form_id"], unique=False)
    op.create_index(
        op.f("ix_sub_services_industry_sector_id"),
        "sub_services",
        ["industry_sector_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_sub_services_primary_persona_id"),
        "sub_services",
        ["primary_persona_id"],
        unique=False,
    )
    op.create_table(
        "tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("task_type", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("primary_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("priority", sa.Text(), server_default="medium", nullable=False),
        sa.Column("workflow_stage_id", sa.BigInteger(), nullable=True),
        sa.Column("qc_stage", sa.Text(), nullable=True),
        sa.Column("rework_count", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "priority IN ('low', 'medium', 'high', 'urgent')", name=op.f("ck_tasks_priority")
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'in_progress', 'in_review', 'blocked', 'completed', 'cancelled')",
            name=op.f("ck_tasks_status"),
        ),
        sa.CheckConstraint("rework_count >= 0", name=op.f("ck_tasks_rework_count")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_tasks_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["primary_owner_id"],
            ["users.id"],
            name=op.f("fk_tasks_primary_owner_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_tasks_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workflow_stage_id"],
            ["workflow_stages.id"],
            name=op.f("fk_tasks_workflow_stage_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint(
            "name",
            "project_id",
            "campaign_id",
            name=op.f("uq_tasks_name_project_id_campaign_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_tasks_campaign_id"), "tasks", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_tasks_primary_owner_id"), "tasks", ["primary_owner_id"], unique=False)
    op.create_index(op.f("ix_tasks_project_id"), "tasks", ["project_id"], unique=False)
    op.create_index(
        op.f("ix_tasks_workflow_stage_id"), "tasks", ["workflow_stage_id"], unique=False
    )
    op.create_table(
        "content_service_links",
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["content_repository.id"],
            name=op.f("fk_content_service_links_content_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name=op.f("fk_content_service_links_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["services.id"],
            name=op.f("fk_content_service_links_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("content_id", "service_id", name=op.f("pk_content_service_links")),
    )
    op.create_index(
        op.f("ix_content_service_links_created_by_id"),
        "content_service_links",
        ["created_by_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_content_service_links_service_id"),
        "content_service_links",
        ["service_id"],
        unique=False,
    )
    op.create_table(
        "content_sub_service_links",
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sub_service_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["content_repository.id"],
            name=op.f("fk_content_sub_service_links_content_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name=op.f("fk_content_sub_service_links_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["sub_service_id"],
            ["sub_services.id"],
            name=op.f("fk_content_sub_service_links_sub_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "content_id", "sub_service_id", name=op.f("pk_content_sub_service_links")
        ),
    )
    op.create_index(
        op.f("ix_content_sub_service_links_created_by_id"),
        "content_sub_service_links",
        ["created_by_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_content_sub_service_links_sub_service_id"),
        "content_sub_service_links",
        ["sub_service_id"],
        unique=False,
    )
    op.create_table(
        "keywords",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("keyword", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("country_id", sa.BigInteger(), nullable=True),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("keyword_type", sa.Text(), nullable=True),
        sa.Column("search_volume", sa.BigInteger(), nullable=True),
        sa.Column("competition", sa.Text(), nullable=True),
        sa.Column("difficulty", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("cpc", sa.Numeric(precision=10, scale=2), nullable=True),
        sa.Column("clicks", sa.BigInteger(), nullable=True),
        sa.Column("impressions", sa.BigInteger(), nullable=True),
        sa.Column("ctr", sa.Numeric(precision=7, scale=6), nullable=True),
        sa.Column("position", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("metrics_at", sa.Date(), nullable=True),
        sa.Column("mapped_service_id", sa.BigInteger(), nullable=True),
        sa.Column("mapped_sub_service_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False),
        sa.CheckConstraint(
            "competition IN ('low', 'medium', 'high')", name=op.f("ck_keywords_competition")
        ),
        sa.CheckConstraint(
            "intent IN ('informational', 'navigational', 'commercial', 'transactional')",
            name=op.f("ck_keywords_intent"),
        ),
        sa.CheckConstraint(
            "keyword_type IN ('short_tail', 'long_tail', 'branded', 'local', 'question', 'other')",
            name=op.f("ck_keywords_keyword_type"),
        ),
        sa.CheckConstraint(
            "language ~ '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$'", name=op.f("ck_keywords_language")
        ),
        sa.CheckConstraint(
            "status IN ('active', 'inactive', 'archived')", name=op.f("ck_keywords_status")
        ),
        sa.CheckConstraint("clicks >= 0", name=op.f("ck_keywords_clicks")),
        sa.CheckConstraint("cpc >= 0", name=op.f("ck_keywords_cpc")),
        sa.CheckConstraint("ctr BETWEEN 0 AND 1", name=op.f("ck_keywords_ctr")),
        sa.CheckConstraint("difficulty BETWEEN 0 AND 100", name=op.f("ck_keywords_difficulty")),
        sa.CheckConstraint("impressions >= 0", name=op.f("ck_keywords_impressions")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_keywords_position")),
        sa.CheckConstraint("search_volume >= 0", name=op.f("ck_keywords_search_volume")),
        sa.ForeignKeyConstraint(
            ["country_id"],
            ["countries.id"],
            name=op.f("fk_keywords_country_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["mapped_service_id"],
            ["services.id"],
            name=op.f("fk_keywords_mapped_service_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["mapped_sub_service_id"],
            ["sub_services.id"],
            name=op.f("fk_keywords_mapped_sub_service_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keywords")),
        sa.UniqueConstraint(
            "keyword",
            "language",
            "country_id",
            name=op.f("uq_keywords_keyword_language_country_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_keywords_country_id"), "keywords", ["country_id"], unique=False)
    op.create_index(
        op.f("ix_keywords_mapped_service_id"), "keywords", ["mapped_service_id"], unique=False
    )
    op.create_index(
        op.f("ix_keywords_mapped_sub_service_id"),
        "keywords",
        ["mapped_sub_service_id"],
        unique=False,
    )
    op.create_table(
        "on_page_seo_audits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), server_default="medium", nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("sub_service_id", sa.BigInteger(), nullable=True),
        sa.Column("linked_campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("assigned_to_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column(
            "detected_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_type", sa.Text(), nullable=False),
        sa.Column("source_tool", sa.Text(), server_default="manual", nullable=False),
        sa.Column("error_category", sa.Text(), server_default="other", nullable=False),
        sa.Column("issue_description", sa.Text(), nullable=True),
        sa.Column("current_value", sa.Text(), nullable=True),
        sa.Column("recommended_value", sa.Text(), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("resolution_notes", sa.Text(), nullable=True),
        sa.Column("times_reopened", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(status = 'resolved') = (resolved_at IS NOT NULL)",
            name=op.f("ck_on_page_seo_audits_resolved"),
        ),
        sa.CheckConstraint(
            "error_category IN ('metadata', 'content', 'links', 'images', 'structured_data', 'indexability', 'performance', 'accessibility', 'security', 'international', 'mobile', 'other')",
            name=op.f("ck_on_page_seo_audits_error_category"),
        ),
        sa.CheckConstraint(
            "severity IN ('critical', 'high', 'medium', 'low')",
            name=op.f("ck_on_page_seo_audits_severity"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'in_progress', 'resolved', 'ignored')",
            name=op.f("ck_on_page_seo_audits_status"),
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"],
            ["users.id"],
            name=op.f("fk_on_page_seo_audits_assigned_to_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name=op.f("fk_on_page_seo_audits_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["linked_campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_on_page_seo_audits_linked_campaign_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["services.id"],
            name=op.f("fk_on_page_seo_audits_service_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["sub_service_id"],
            ["sub_services.id"],
            name=op.f("fk_on_page_seo_audits_sub_service_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_on_page_seo_audits")),
        sa.UniqueConstraint(
            "url",
            "error_type",
            "source_tool",
            name=op.f("uq_on_page_seo_audits_url_error_type_source_tool"),
        ),
    )
    op.create_index(
        op.f("ix_on_page_seo_audits_assigned_to_id"),
        "on_page_seo_audits",
        ["assigned_to_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_on_page_seo_audits_created_by_id"),
        "on_page_seo_audits",
        ["created_by_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_on_page_seo_audits_linked_campaign_id"),
        "on_page_seo_audits",
        ["linked_campaign_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_on_page_seo_audits_service_id"), "on_page_seo_audits", ["service_id"], unique=False
    )
    op.create_index(
        op.f("ix_on_page_seo_audits_sub_service_id"),
        "on_page_seo_audits",
        ["sub_service_id"],
        unique=False,
    )
    op.create_table(
        "service_pages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("page_title", sa.Text(), nullable=False),
        sa.Column("page_type", sa.Text(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("sub_service_id", sa.BigInteger(), nullable=True),
        sa.Column("primary_keyword", sa.Text(), nullable=True),
        sa.Column("seo_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("audit_score", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("last_audit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), server_default="live", nullable=False),
        sa.CheckConstraint(
            "status IN ('draft', 'live', 'redirected', 'broken', 'archived')",
            name=op.f("ck_service_pages_status"),
        ),
        sa.CheckConstraint(
            "url ~* '^https?://[^[:space:]/?#]+[^[:space:]]*$'", name=op.f("ck_service_pages_url")
        ),
        sa.CheckConstraint(
            "audit_score BETWEEN 0 AND 100", name=op.f("ck_service_pages_audit_score")
        ),
        sa.CheckConstraint(
            "http_status BETWEEN 100 AND 599", name=op.f("ck_service_pages_http_status")
        ),
        sa.CheckConstraint("seo_score BETWEEN 0 AND 100", name=op.f("ck_service_pages_seo_score")),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["services.id"],
            name=op.f("fk_service_pages_service_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["sub_service_id"],
            ["sub_services.id"],
            name=op.f("fk_service_pages_sub_service_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_pages")),
        sa.UniqueConstraint("url", name=op.f("uq_service_pages_url")),
    )
    op.create_index(
        op.f("ix_service_pages_service_id"), "service_pages", ["service_id"], unique=False
    )
    op.create_index(
        op.f("ix_service_pages_sub_service_id"), "service_pages", ["sub_service_id"], unique=False
    )
    op.create_table(
        "url_errors",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), server_default="medium", nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("sub_service_id", sa.BigInteger(), nullable=True),
        sa.Column("linked_campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("assigned_to_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column(
            "detected_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_type", sa.Text(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("source_tool", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_url_errors_resolved")
        ),
        sa.CheckConstraint(
            "error_type IN ('not_found', 'client_error', 'server_error', 'redirect', 'redirect_chain', 'redirect_loop', 'timeout', 'dns', 'tls', 'blocked', 'soft_404', 'other')",
            name=op.f("ck_url_errors_error_type"),
        ),
        sa.CheckConstraint(
            "severity IN ('critical', 'high', 'medium', 'low')", name=op.f("ck_url_errors_severity")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'in_progress', 'resolved', 'ignored')",
            name=op.f("ck_url_errors_status"),
        ),
        sa.CheckConstraint(
            "http_status BETWEEN 100 AND 599", name=op.f("ck_url_errors_http_status")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"],
            ["users.id"],
            name=op.f("fk_url_errors_assigned_to_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["linked_campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_url_errors_linked_campaign_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["services.id"],
            name=op.f("fk_url_errors_service_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["sub_service_id"],
            ["sub_services.id"],
            name=op.f("fk_url_errors_sub_service_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_url_errors")),
        sa.UniqueConstraint("url", "error_type", name=op.f("uq_url_errors_url_error_type")),
    )
    op.create_index(
        op.f("ix_url_errors_assigned_to_id"), "url_errors", ["assigned_to_id"], unique=False
    )
    op.create_index(
        op.f("ix_url_errors_linked_campaign_id"), "url_errors", ["linked_campaign_id"], unique=False
    )
    op.create_index(op.f("ix_url_errors_service_id"), "url_errors", ["service_id"], unique=False)
    op.create_index(
        op.f("ix_url_errors_sub_service_id"), "url_errors", ["sub_service_id"], unique=False
    )
    op.create_table(
        "qc_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("run_code", sa.Text(), nullable=False),
        sa.Column("qc_checklist_id", sa.BigInteger(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=True),
        sa.Column("sub_service_id", sa.BigInteger(), nullable=True),
        sa.Column("service_page_id", sa.BigInteger(), nullable=True),
        sa.Column("qc_owner_id", sa.BigInteger(), nullable=True),
        sa.Column("qc_status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("final_score_percentage", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column(
            "analysis_report",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.Column(
            "run_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "qc_status IN ('pending', 'passed', 'failed', 'rework')",
            name=op.f("ck_qc_runs_qc_status"),
        ),
        sa.CheckConstraint(
            "final_score_percentage BETWEEN 0 AND 100",
            name=op.f("ck_qc_runs_final_score_percentage"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(content_id, service_id, sub_service_id, service_page_id) = 1",
            name=op.f("ck_qc_runs_target"),
        ),
        sa.ForeignKeyConstraint(
            ["content_id"],
            ["content_repository.id"],
            name=op.f("fk_qc_runs_content_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["qc_checklist_id"],
            ["qc_checklists.id"],
            name=op.f("fk_qc_runs_qc_checklist_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["qc_owner_id"], ["users.id"], name=op.f("fk_qc_runs_qc_owner_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["services.id"], name=op.f("fk_qc_runs_service_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["service_page_id"],
            ["service_pages.id"],
            name=op.f("fk_qc_runs_service_page_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sub_service_id"],
            ["sub_services.id"],
            name=op.f("fk_qc_runs_sub_service_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qc_runs")),
        sa.UniqueConstraint("run_code", name=op.f("uq_qc_runs_run_code")),
    )
    op.create_index(op.f("ix_qc_runs_content_id"), "qc_runs", ["content_id"], unique=False)
    op.create_index(
        op.f("ix_qc_runs_qc_checklist_id"), "qc_runs", ["qc_checklist_id"], unique=False
    )
    op.create_index(op.f("ix_qc_runs_qc_owner_id"), "qc_runs", ["qc_owner_id"], unique=False)
    op.create_index(op.f("ix_qc_runs_service_id"), "qc_runs", ["service_id"], unique=False)
    op.create_index(
        op.f("ix_qc_runs_service_page_id"), "qc_runs", ["service_page_id"], unique=False
    )
    op.create_index(op.f("ix_qc_runs_sub_service_id"), "qc_runs", ["sub_service_id"], unique=False)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    op.drop_index(op.f("ix_qc_runs_sub_service_id"), table_name="qc_runs")
    op.drop_index(op.f("ix_qc_runs_service_page_id"), table_name="qc_runs")
    op.drop_index(op.f("ix_qc_runs_service_id"), table_name="qc_runs")
    op.drop_index(op.f("ix_qc_runs_qc_owner_id"), table_name="qc_runs")
    op.drop_index(op.f("ix_qc_runs_qc_checklist_id"), table_name="qc_runs")
    op.drop_index(op.f("ix_qc_runs_content_id"), table_name="qc_runs")
    op.drop_table("qc_runs")
    op.drop_index(op.f("ix_url_errors_sub_service_id"), table_name="url_errors")
    op.drop_index(op.f("ix_url_errors_service_id"), table_name="url_errors")
    op.drop_index(op.f("ix_url_errors_linked_campaign_id"), table_name="url_errors")
    op.drop_index(op.f("ix_url_errors_assigned_to_id"), table_name="url_errors")
    op.drop_table("url_errors")
    op.drop_index(op.f("ix_service_pages_sub_service_id"), table_name="service_pages")
    op.drop_index(op.f("ix_service_pages_service_id"), table_name="service_pages")
    op.drop_table("service_pages")
    op.drop_index(op.f("ix_on_page_seo_audits_sub_service_id"), table_name="on_page_seo_audits")
    op.drop_index(op.f("ix_on_page_seo_audits_service_id"), table_name="on_page_seo_audits")
    op.drop_index(op.f("ix_on_page_seo_audits_linked_campaign_id"), table_name="on_page_seo_audits")
    op.drop_index(op.f("ix_on_page_seo_audits_created_by_id"), table_name="on_page_seo_audits")
    op.drop_index(op.f("ix_on_page_seo_audits_assigned_to_id"), table_name="on_page_seo_audits")
    op.drop_table("on_page_seo_audits")
    op.drop_index(op.f("ix_keywords_mapped_sub_service_id"), table_name="keywords")
    op.drop_index(op.f("ix_keywords_mapped_service_id"), table_name="keywords")
    op.drop_index(op.f("ix_keywords_country_id"), table_name="keywords")
    op.drop_table("keywords")
    op.drop_index(
        op.f("ix_content_sub_service_links_sub_service_id"), table_name="content_sub_service_links"
    )
    op.drop_index(
        op.f("ix_content_sub_service_links_created_by_id"), table_name="content_sub_service_links"
    )
    op.drop_table("content_sub_service_links")
    op.drop_index(op.f("ix_content_service_links_service_id"), table_name="content_service_links")
    op.drop_index(
        op.f("ix_content_service_links_created_by_id"), table_name="content_service_links"
    )
    op.drop_table("content_service_links")
    op.drop_index(op.f("ix_tasks_workflow_stage_id"), table_name="tasks")
    op.drop_index(op.f("ix_tasks_project_id"), table_name="tasks")
    op.drop_index(op.f("ix_tasks_primary_owner_id"), table_name="tasks")
    op.drop_index(op.f("ix_tasks_campaign_id"), table_name="tasks")
    op.drop_table("tasks")
    op.drop_index(op.f("ix_sub_services_primary_persona_id"), table_name="sub_services")
    op.drop_index(op.f("ix_sub_services_industry_sector_id"), table_name="sub_services")
    op.drop_index(op.f("ix_sub_services_form_id"), table_name="sub_services")
    op.drop_index(op.f("ix_sub_services_content_type_id"), table_name="sub_services")
    op.drop_index(op.f("ix_sub_services_content_owner_id"), table_name="sub_services")
    op.drop_index(op.f("ix_sub_services_brand_id"), table_name="sub_services")
    op.drop_table("sub_services")
    op.drop_index(op.f("ix_content_repository_workflow_stage_id"), table_name="content_repository")
    op.drop_index(op.f("ix_content_repository_linked_campaign_id"), table_name="content_repository")
    op.drop_index(op.f("ix_content_repository_content_type_id"), table_name="content_repository")
    op.drop_index(op.f("ix_content_repository_brand_id"), table_name="content_repository")
    op.drop_index(op.f("ix_content_repository_assigned_to_id"), table_name="content_repository")
    op.drop_index(op.f("ix_content_repository_asset_type_id"), table_name="content_repository")
    op.drop_table("content_repository")
    op.drop_index(op.f("ix_backlinks_linked_campaign_id"), table_name="backlinks")
    op.drop_index(op.f("ix_backlinks_country_id"), table_name="backlinks")
    op.drop_table("backlinks")
    op.drop_index(op.f("ix_services_primary_persona_id"), table_name="services")
    op.drop_index(op.f("ix_services_industry_sector_id"), table_name="services")
    op.drop_index(op.f("ix_services_form_id"), table_name="services")
    op.drop_index(op.f("ix_services_content_type_id"), table_name="services")
    op.drop_index(op.f("ix_services_content_owner_id"), table_name="services")
    op.drop_index(op.f("ix_services_brand_id"), table_name="services")
    op.drop_table("services")
    op.drop_index(op.f("ix_campaigns_project_id"), table_name="campaigns")
    op.drop_index(op.f("ix_campaigns_campaign_owner_id"), table_name="campaigns")
    op.drop_index(op.f("ix_campaigns_brand_id"), table_name="campaigns")
    op.drop_table("campaigns")
    op.drop_index(op.f("ix_projects_project_owner_id"), table_name="projects")
    op.drop_index(op.f("ix_projects_brand_id"), table_name="projects")
    op.drop_table("projects")
    op.drop_index(op.f("ix_industry_sectors_country_id"), table_name="industry_sectors")
    op.drop_table("industry_sectors")
    op.drop_index(op.f("ix_forms_owner_id"), table_name="forms")
    op.drop_table("forms")
    op.drop_table("workflow_stages")
    op.drop_index("uq_users_email", table_name="users")
    op.drop_table("users")
    op.drop_table("qc_checklists")
    op.drop_table("platforms")
    op.drop_table("personas")
    op.drop_table("countries")
    op.drop_table("content_types")
    op.drop_table("competitors")
    op.drop_table("brands")
    op.drop_table("asset_types")
    op.execute(
        "DROP FUNCTION mcc_status_moved, mcc_resolved, mcc_fill_run_code, mcc_fill_slug, mcc_touch_version, mcc_touch, mcc_slug"
    )
