"""the actor of an event is an active user, and no other role: the log's functions made anew."""

import sqlalchemy as sa
from alembic import op

from mcc_cli.entities.schema import event_triggers
from mcc_cli.entities.schema.models import DECLARED

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = """SELECT c.relname, array_agg(a.attname::text) FROM pg_attribute AS a
  JOIN pg_class AS c ON c.oid = a.attrelid
  WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'change_events'::regclass)
    AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.relname"""


def upgrade() -> None:
    present = {table: set(columns) for table, columns in op.get_bind().execute(sa.text(COLUMNS))}
    for statement in event_triggers.statements(DECLARED, present):
        op.execute(statement)


def downgrade() -> None:
    """Leave the functions: what they write is right at every revision."""
