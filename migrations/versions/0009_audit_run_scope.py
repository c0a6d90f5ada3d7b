"""what each audit run checked: rules, URL errors, pages."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit_runs", sa.Column("checked_rules", sa.ARRAY(sa.Text()), nullable=True))
    for name in ("checked_kinds", "checked_urls"):
        column = sa.Column(name, sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
        op.add_column("audit_runs", column)
    op.add_column(
        "audit_runs",
        sa.Column("whole_site", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    for name in ("whole_site", "checked_urls", "checked_kinds", "checked_rules"):
        op.drop_column("audit_runs", name)
