"""indexes on what people look for in the log of events: entity, operation, actor and key."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indexes."""
    op.create_index("ix_change_events_entity", "change_events", ["entity", "id"])
    op.create_index("ix_change_events_operation", "change_events", ["operation", "id"])
    op.create_index("ix_change_events_actor", "change_events", [sa.text("lower(actor)"), "id"])
    op.create_index(
        "ix_change_events_key",
        "change_events",
        [sa.text("hashtextextended(keys[1], 0)"), "id"],
        postgresql_where=sa.text("cardinality(ids) = 1"),
    )
    op.create_index(
        "ix_change_events_rows",
        "change_events",
        ["id"],
        postgresql_where=sa.text("cardinality(ids) > 1"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("rows", "key", "actor", "operation", "entity"):
        op.drop_index(f"ix_change_events_{name}", table_name="change_events")
