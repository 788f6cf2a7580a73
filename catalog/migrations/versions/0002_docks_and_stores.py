"""Receipts, states of slots, and what probing a store gave."""

import sqlalchemy as sa
from alembic import op

from catalog.types import JsonDocument, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("path_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("lock_mode", sa.String(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=False),
        sa.Column("read_back_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_receipt_size")),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_receipt_recording_id_recording")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_receipt_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    op.create_index(op.f("ix_receipt_made_at"), "receipt", ["made_at"], unique=False)
    op.create_index(op.f("ix_receipt_recording_id"), "receipt", ["recording_id"], unique=False)
    op.create_index(op.f("ix_receipt_slot_id"), "receipt", ["slot_id"], unique=False)

    op.create_table(
        "slot_state",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column("condition", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.Column("card_since", UtcDateTime(), nullable=True),
        sa.Column("details", JsonDocument, nullable=False),
        sa.CheckConstraint(
            "condition IN ('empty', 'reading', 'secured', 'safe to remove', 'attention')",
            name=op.f("ck_slot_state_condition"),
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_slot_state_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_state")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_slot_state_slot_id")),
    )

    op.create_table(
        "storage_probe",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("store", sa.String(), nullable=False),
        sa.Column("immutable", sa.Boolean(), nullable=False),
        sa.Column("trials", JsonDocument, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("program_version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storage_probe")),
    )
    op.create_index(op.f("ix_storage_probe_at"), "storage_probe", ["at"], unique=False)
    op.create_index(op.f("ix_storage_probe_store"), "storage_probe", ["store"], unique=False)
    for table in ("receipt", "storage_probe"):
        _guard(table)

    # Comparing the store with the catalog asks by key.
    op.create_index(op.f("ix_recording_object_key"), "recording", ["object_key"], unique=False)
    op.create_index(op.f("ix_derivative_object_key"), "derivative", ["object_key"], unique=False)


def _guard(table: str) -> None:
    """Let the database itself refuse to change or remove rows of this table, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        for name, what in (
            (f"{table}_update", f"UPDATE ON {table}"),
            (f"{table}_delete", f"DELETE ON {table}"),
            (f"{table}_replace", f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"),
        ):
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END")
        return
    for name, what, each in (
        (f"{table}_change", f"UPDATE OR DELETE ON {table}", "ROW"),
        (f"{table}_truncate", f"TRUNCATE ON {table}", "STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {what} FOR EACH {each} EXECUTE FUNCTION refuse_change()")


def downgrade() -> None:
    message = "evidence is never migrated backwards: restore a backup made by the earlier version"
    raise NotImplementedError(message)
