"""${message}"""

import sqlalchemy as sa
from alembic import op

from catalog.types import EnumText, JsonDocument, UtcDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    message = "evidence is never migrated backwards: restore a backup made by the earlier version"
    raise NotImplementedError(message)
