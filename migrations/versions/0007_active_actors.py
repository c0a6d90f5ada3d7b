"""the actor of an event is an active user, and no other role: new functions of the log."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change no table: env.py replaces the functions after every upgrade."""


def downgrade() -> None:
    """Change no table."""
