"""the change log; its triggers come with every upgrade, see env.py."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import UserDefinedType

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DROP = """DO $mcc$
DECLARE
  gone regprocedure;
BEGIN
  FOR gone IN SELECT p.oid FROM pg_proc AS p
    WHERE starts_with(p.proname, 'mcc_log_') AND p.pronamespace = (
      SELECT relnamespace FROM pg_class WHERE oid = 'change_events'::regclass)
  LOOP
    EXECUTE 'DROP FUNCTION ' || gone || ' CASCADE';
  END LOOP;
END $mcc$"""


class Xid8(UserDefinedType):
    """PostgreSQL's number of a transaction."""

    cache_ok = True

    def get_col_spec(self, **_):
        """The name of the type in SQL."""
        return "xid8"


def upgrade() -> None:
    op.create_table(
        "change_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("keys", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("others", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("changed", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("program", sa.Text(), nullable=True),
        sa.Column(
            "details",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_events")),
    )
    op.create_index(op.f("ix_change_events_xid"), "change_events", ["xid"])
    op.create_index(op.f("ix_change_events_at"), "change_events", ["at"], postgresql_using="brin")
    op.create_table(
        "change_log",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("pruned_to", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("pruned_xid", Xid8(), nullable=True),
        sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("one", name=op.f("ck_change_log_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_change_log")),
    )
    op.execute("INSERT INTO change_log DEFAULT VALUES")
    op.execute("REVOKE ALL ON change_events, change_log FROM PUBLIC")


def downgrade() -> None:
    op.execute(DROP)
    op.drop_table("change_log")
    op.drop_table("change_events")
