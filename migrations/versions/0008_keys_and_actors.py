"""keys of one line, addresses that look like no other, and runs of the role that logged in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

KEYS = (
    ("asset_types", "asset_type"),
    ("backlinks", "source_url"),
    ("backlinks", "target_url"),
    ("brands", "name"),
    ("campaigns", "campaign_name"),
    ("content_types", "content_type"),
    ("forms", "form_name"),
    ("industry_sectors", "industry"),
    ("industry_sectors", "sector"),
    ("keywords", "keyword"),
    ("on_page_seo_audits", "error_type"),
    ("on_page_seo_audits", "source_tool"),
    ("on_page_seo_audits", "url"),
    ("personas", "persona_name"),
    ("platforms", "platform_name"),
    ("projects", "project_name"),
    ("qc_checklists", "checklist_name"),
    ("qc_runs", "run_code"),
    ("tasks", "name"),
    ("url_errors", "url"),
    ("workflow_stages", "stage_label"),
    ("workflow_stages", "workflow_name"),
)
KEY = r"{c} !~ '[\u0001-\u001F\u007F-\u009F\u2028\u2029]' AND {c} ~ '\S'"
ADDRESS = r"""{c} ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND {c} IS NFKC NORMALIZED AND {c} !~ '[\u0001-\u0020\u007F-\u00A0\u00AD\u034F\u061C\u115F\u1160\u1680\u17B4\u17B5\u180B-\u180F\u2000-\u200F\u2028-\u202F\u205F-\u206F\u2800\u3000\u3164\uE000-\uF8FF\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFF\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U0010FFFF]' AND ({c} ~ '^[!-~\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u0130\u0132-\u0137\u0139-\u017E\u01A0\u01A1\u01AF\u01B0\u01CD-\u01DC\u01E6-\u01F0\u01F4\u01F5\u01F8-\u021B\u021E\u021F\u0226-\u0233\u1E00-\u1E99\u1EA0-\u1EF9]+$' OR {c} !~ '[A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u0130\u0132-\u0137\u0139-\u017E\u01A0\u01A1\u01AF\u01B0\u01CD-\u01DC\u01E6-\u01F0\u01F4\u01F5\u01F8-\u021B\u021E\u021F\u0226-\u0233\u1E00-\u1E99\u1EA0-\u1EF9]')"""
FORMER_ADDRESS = "email ~ '^[^@[:space:]]+@[^@[:space:]]+$'"


def add_check(name, table, condition):
    """Hold new rows to a rule; those that are there too, unless one of them breaks it.

    In that case `mcc doctor` says that the constraint is not validated.
    """
    op.execute(sa.DDL(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID"))
    op.execute(
        sa.DDL(
            f"DO $$ BEGIN ALTER TABLE {table} VALIDATE CONSTRAINT {name}; "
            "EXCEPTION WHEN check_violation THEN NULL; END $$"
        )
    )


def upgrade() -> None:
    for table, column in KEYS:
        add_check(f"ck_{table}_{column}", table, KEY.format(c=column))
    op.drop_constraint(op.f("ck_users_email"), "users")
    add_check("ck_users_email", "users", ADDRESS.format(c="email"))
    op.alter_column("runs", "db_role", server_default=sa.text("SESSION_USER"))


def downgrade() -> None:
    op.alter_column("runs", "db_role", server_default=sa.text("CURRENT_USER"))
    op.drop_constraint(op.f("ck_users_email"), "users")
    op.execute(sa.DDL(f"ALTER TABLE users ADD CONSTRAINT ck_users_email CHECK ({FORMER_ADDRESS})"))
    for table, column in reversed(KEYS):
        op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
