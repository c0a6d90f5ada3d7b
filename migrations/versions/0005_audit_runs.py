"""runs of audit tools and the findings of each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("fresh", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("partial", sa.Text(), nullable=True),
        sa.Column("rules", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checks", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("notes", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column(
            "counts",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default="{}",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_audit_runs_run_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_runs")),
    )
    op.create_index(op.f("ix_audit_runs_code"), "audit_runs", ["code"])
    op.create_index(op.f("ix_audit_runs_run_id"), "audit_runs", ["run_id"])
    op.create_index(op.f("ix_audit_runs_tool_site_at"), "audit_runs", ["tool", "site", "at"])
    op.create_table(
        "audit_run_findings",
        sa.Column("audit_run_id", sa.BigInteger(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_run_id"],
            ["audit_runs.id"],
            name=op.f("fk_audit_run_findings_audit_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "audit_run_id", "entity", "outcome", "severity", name=op.f("pk_audit_run_findings")
        ),
    )


def downgrade() -> None:
    op.drop_table("audit_run_findings")
    op.drop_table("audit_runs")
