"""dates of the years 1 to 9999; no JSON null; codes of quality checks that a restore may have taken."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DAYS = (
    ("campaigns", "campaign_end_date"),
    ("campaigns", "campaign_start_date"),
    ("keywords", "metrics_at"),
    ("projects", "project_end_date"),
    ("projects", "project_start_date"),
    ("tasks", "due_date"),
)
MOMENTS = (
    ("backlinks", "first_seen_at"),
    ("backlinks", "last_seen_at"),
    ("content_repository", "last_status_update_at"),
    ("on_page_seo_audits", "detected_at"),
    ("on_page_seo_audits", "last_seen_at"),
    ("on_page_seo_audits", "resolved_at"),
    ("qc_runs", "run_at"),
    ("service_pages", "last_audit_at"),
    ("url_errors", "detected_at"),
    ("url_errors", "last_seen_at"),
    ("url_errors", "resolved_at"),
)
DOCUMENTS = (
    ("content_repository", "qc_report"),
    ("content_repository", "social_meta"),
    ("content_types", "default_attributes"),
    ("forms", "fields"),
    ("qc_checklists", "items"),
    ("qc_runs", "analysis_report"),
    ("services", "faq_content"),
    ("services", "social_meta"),
    ("sub_services", "faq_content"),
    ("sub_services", "social_meta"),
)
RUN_CODE = r"""CREATE OR REPLACE FUNCTION mcc_fill_run_code() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number bigint := NEW.id;
  taken boolean;
BEGIN
  LOOP -- a restored row has its code and another id
    NEW.run_code := 'QC-' || lpad(number::text, greatest(6, length(number::text)), '0');
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE run_code = $1)', TG_RELID::regclass)
      INTO taken USING NEW.run_code;
    EXIT WHEN NOT taken;
    number := number + 1;
  END LOOP;
  RETURN NEW;
END $$"""
FORMER_RUN_CODE = r"""CREATE OR REPLACE FUNCTION mcc_fill_run_code() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  NEW.run_code := 'QC-' || lpad(NEW.id::text, greatest(6, length(NEW.id::text)), '0');
  RETURN NEW;
END $$"""


def upgrade() -> None:
    op.execute(RUN_CODE)
    for table, column in DAYS:
        rule = f"{column} BETWEEN '0001-01-01' AND '9999-12-31'"
        op.create_check_constraint(op.f(f"ck_{table}_{column}_era"), table, rule)
    for table, column in MOMENTS:
        rule = f"{column} >= '0001-01-01T00:00:00Z' AND {column} < '10000-01-01T00:00:00Z'"
        op.create_check_constraint(op.f(f"ck_{table}_{column}_era"), table, rule)
    for table, column in DOCUMENTS:
        op.create_check_constraint(op.f(f"ck_{table}_{column}_json"), table, f"{column} <> 'null'")


def downgrade() -> None:
    for table, column in DOCUMENTS:
        op.drop_constraint(op.f(f"ck_{table}_{column}_json"), table)
    for table, column in (*DAYS, *MOMENTS):
        op.drop_constraint(op.f(f"ck_{table}_{column}_era"), table)
    op.execute(FORMER_RUN_CODE)
