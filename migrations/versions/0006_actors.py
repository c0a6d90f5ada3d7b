"""the actor of an event is a user, or the database role: new functions of the log."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change no table: env.py replaces the functions after every upgrade."""


def downgrade() -> None:
    """Change no table."""
