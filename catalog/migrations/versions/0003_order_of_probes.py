"""In which order probes of a store were put on record, whatever the clocks said. Unknown of those before this version."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Empty in the rows that are there: what is append-only is not filled in afterwards.
    op.add_column("storage_probe", sa.Column("number", sa.Integer(), nullable=True))


def downgrade() -> None:
    message = "evidence is never migrated backwards: restore a backup made by the earlier version"
    raise NotImplementedError(message)
