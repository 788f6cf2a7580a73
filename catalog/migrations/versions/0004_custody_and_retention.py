"""The tree over the custody log; retention, holds, disposal, fixity. What is on record by now is sealed."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel import SQLModel

from catalog.canonical import row_digest
from catalog.seals import SALT_BYTES, SEALS_AN_EVENT, sealed_tables
from catalog.types import JsonDocument, OptionalJsonDocument, UtcDateTime, new_id

_ROWS_AT_ONCE = 2000

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approver",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("enrolled_by", sa.String(), nullable=False),
        sa.Column("enrolled_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approver")),
        sa.UniqueConstraint("name", name=op.f("uq_approver_name")),
    )
    op.create_table(
        "custody_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("introduced_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_key")),
        sa.UniqueConstraint("ordinal", name=op.f("uq_custody_key_ordinal")),
        sa.UniqueConstraint("public_key", name=op.f("uq_custody_key_public_key")),
    )
    op.create_table(
        "custody_leaf",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_custody_leaf")),
        sa.UniqueConstraint("event_id", name=op.f("uq_custody_leaf_event_id")),
    )
    op.create_table(
        "custody_object",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('key', 'segment', 'checkpoint', 'stamp', 'certificate')", name=op.f("ck_custody_object_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_object")),
    )
    op.create_index(op.f("ix_custody_object_locked_until"), "custody_object", ["locked_until"], unique=False)
    op.create_index(op.f("ix_custody_object_object_key"), "custody_object", ["object_key"], unique=False)
    op.create_table(
        "custody_pending",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_custody_pending")),
        sa.UniqueConstraint("event_id", name=op.f("uq_custody_pending_event_id")),
    )
    op.create_table(
        "custody_subtree",
        sa.Column("height", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("height", "number", name=op.f("pk_custody_subtree")),
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.Column("release_document", sa.String(), nullable=True),
        sa.Column("release_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("number", name=op.f("uq_hold_number")),
    )
    op.create_table(
        "manifest_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("noun", sa.String(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest_change")),
    )
    op.create_table(
        "manifest_page",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("noun", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manifest_page")),
        sa.UniqueConstraint("noun", "page", name=op.f("uq_manifest_page_noun_page")),
    )
    op.create_table(
        "retention_change",
        sa.Column("arrival", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("arrival", name=op.f("pk_retention_change")),
    )
    op.create_table(
        "retention_evaluation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("schedule_version_id", sa.Uuid(), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("counting", sa.Integer(), nullable=False),
        sa.Column("recordings", sa.Integer(), nullable=False),
        sa.Column("evaluated_at", UtcDateTime(), nullable=False),
        sa.Column("all_evaluated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_retention_evaluation_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_evaluation")),
    )
    op.create_table(
        "schedule_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("loaded_by", sa.String(), nullable=False),
        sa.Column("loaded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_version")),
        sa.UniqueConstraint("schedule", "version", name=op.f("uq_schedule_version_schedule_version")),
    )
    op.create_table(
        "custody_checkpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_custody_checkpoint_size")),
        sa.ForeignKeyConstraint(["key_id"], ["custody_key.id"], name=op.f("fk_custody_checkpoint_key_id_custody_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_checkpoint")),
    )
    op.create_index(op.f("ix_custody_checkpoint_at"), "custody_checkpoint", ["at"], unique=False)
    op.create_index(op.f("ix_custody_checkpoint_size"), "custody_checkpoint", ["size"], unique=False)
    op.create_table(
        "disposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("schedule_version_id", sa.Uuid(), nullable=False),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("list_sha256", sa.String(64), nullable=False),
        sa.Column("recoverable_until", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("certificate_key", sa.String(), nullable=True),
        sa.Column("certificate_version", sa.String(), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'approved', 'rejected', 'recovered', 'executing', 'done')",
            name=op.f("ck_disposal_state"),
        ),
        sa.ForeignKeyConstraint(
            ["schedule_version_id"],
            ["schedule_version.id"],
            name=op.f("fk_disposal_schedule_version_id_schedule_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal")),
        sa.UniqueConstraint("number", name=op.f("uq_disposal_number")),
    )
    op.create_index(op.f("ix_disposal_state"), "disposal", ["state"], unique=False)
    op.create_table(
        "schedule_activation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_version_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'in force', 'rejected', 'superseded')", name=op.f("ck_schedule_activation_state")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_version_id"],
            ["schedule_version.id"],
            name=op.f("fk_schedule_activation_schedule_version_id_schedule_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_activation")),
    )
    op.create_index(
        op.f("ix_schedule_activation_schedule_version_id"), "schedule_activation", ["schedule_version_id"], unique=False
    )
    op.create_index(
        "uq_schedule_activation_in_force",
        "schedule_activation",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'in force'"),
        postgresql_where=sa.text("state = 'in force'"),
    )
    op.create_index(
        "uq_schedule_activation_proposed",
        "schedule_activation",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "custody_stamp",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("checkpoint_id", sa.Uuid(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=True),
        sa.Column("stamped_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'stamped')", name=op.f("ck_custody_stamp_state")),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["custody_checkpoint.id"], name=op.f("fk_custody_stamp_checkpoint_id_custody_checkpoint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_stamp")),
        sa.UniqueConstraint("checkpoint_id", "authority", name=op.f("uq_custody_stamp_checkpoint_id_authority")),
    )
    op.create_index(op.f("ix_custody_stamp_checkpoint_id"), "custody_stamp", ["checkpoint_id"], unique=False)
    op.create_index(op.f("ix_custody_stamp_state"), "custody_stamp", ["state"], unique=False)
    op.create_table(
        "disposal_approval",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("disposal_id", sa.Uuid(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("list_sha256", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("verdict IN ('approved', 'rejected')", name=op.f("ck_disposal_approval_verdict")),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["approver.id"], name=op.f("fk_disposal_approval_approver_id_approver")
        ),
        sa.ForeignKeyConstraint(
            ["disposal_id"], ["disposal.id"], name=op.f("fk_disposal_approval_disposal_id_disposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_approval")),
        sa.UniqueConstraint("disposal_id", "approver_id", name=op.f("uq_disposal_approval_disposal_id_approver_id")),
    )
    op.create_index(op.f("ix_disposal_approval_approver_id"), "disposal_approval", ["approver_id"], unique=False)
    op.create_index(op.f("ix_disposal_approval_disposal_id"), "disposal_approval", ["disposal_id"], unique=False)
    op.create_table(
        "classification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("retention_class", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("classified_by", sa.String(), nullable=False),
        sa.Column("classified_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "retention_class IN ('ordinary', 'evidence', 'obstruction', 'major incident', 'complex')",
            name=op.f("ck_classification_retention_class"),
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_classification_recording_id_recording")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification")),
    )
    op.create_index(op.f("ix_classification_recording_id"), "classification", ["recording_id"], unique=False)
    op.create_table(
        "disposal_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("disposal_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("reasons", JsonDocument, nullable=False),
        sa.Column("kept_because", JsonDocument, nullable=False),
        sa.Column("deleted_versions", JsonDocument, nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('listed', 'kept', 'recovered', 'deleting', 'deleted')", name=op.f("ck_disposal_item_state")
        ),
        sa.ForeignKeyConstraint(["disposal_id"], ["disposal.id"], name=op.f("fk_disposal_item_disposal_id_disposal")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_disposal_item_recording_id_recording")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_item")),
        sa.UniqueConstraint("disposal_id", "recording_id", name=op.f("uq_disposal_item_disposal_id_recording_id")),
    )
    op.create_index(op.f("ix_disposal_item_disposal_id"), "disposal_item", ["disposal_id"], unique=False)
    op.create_index(op.f("ix_disposal_item_recording_id"), "disposal_item", ["recording_id"], unique=False)
    op.create_index(op.f("ix_disposal_item_state"), "disposal_item", ["state"], unique=False)
    op.create_table(
        "fixity_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("bytes_read", sa.BigInteger(), nullable=False),
        sa.Column("sha256_found", sa.String(64), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('intact', 'differs', 'missing', 'unreadable')", name=op.f("ck_fixity_check_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_fixity_check_recording_id_recording")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixity_check")),
    )
    op.create_index(op.f("ix_fixity_check_at"), "fixity_check", ["at"], unique=False)
    op.create_index(op.f("ix_fixity_check_recording_id"), "fixity_check", ["recording_id"], unique=False)
    op.create_table(
        "fixity_state",
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("waits_since", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("serves", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('intact', 'differs', 'missing', 'unreadable')", name=op.f("ck_fixity_state_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_fixity_state_recording_id_recording")
        ),
        sa.PrimaryKeyConstraint("recording_id", "object_version", name=op.f("pk_fixity_state")),
    )
    op.create_index(op.f("ix_fixity_state_outcome"), "fixity_state", ["outcome"], unique=False)
    op.create_index(op.f("ix_fixity_state_owner"), "fixity_state", ["owner"], unique=False)
    op.create_index(op.f("ix_fixity_state_waits_since"), "fixity_state", ["waits_since"], unique=False)
    op.create_table(
        "hold_subject",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(recording_id IS NULL) <> (case_id IS NULL)", name=op.f("ck_hold_subject_one_subject")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_hold_subject_case_id_case")),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_hold_subject_hold_id_hold")),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recording.id"], name=op.f("fk_hold_subject_recording_id_recording")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_subject")),
        sa.UniqueConstraint("hold_id", "case_id", name=op.f("uq_hold_subject_hold_id_case_id")),
        sa.UniqueConstraint("hold_id", "recording_id", name=op.f("uq_hold_subject_hold_id_recording_id")),
    )
    op.create_index(op.f("ix_hold_subject_case_id"), "hold_subject", ["case_id"], unique=False)
    op.create_index(op.f("ix_hold_subject_hold_id"), "hold_subject", ["hold_id"], unique=False)
    op.create_index(op.f("ix_hold_subject_recording_id"), "hold_subject", ["recording_id"], unique=False)
    op.create_table(
        "stored_lock",
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_stored_lock_recording_id_recording")),
        sa.PrimaryKeyConstraint("bucket", "object_key", "object_version", name=op.f("pk_stored_lock")),
    )
    op.create_index(op.f("ix_stored_lock_ends_at"), "stored_lock", ["ends_at"], unique=False)
    op.create_index(op.f("ix_stored_lock_recording_id"), "stored_lock", ["recording_id"], unique=False)
    op.create_table(
        "lock_listing",
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("after_key", sa.String(), nullable=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_lock_listing")),
    )
    op.create_table(
        "replacement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_replacement_recording_id_recording")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replacement")),
    )
    op.create_index(op.f("ix_replacement_recording_id"), "replacement", ["recording_id"], unique=False)
    op.create_table(
        "retention_decision",
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("blocked_by", JsonDocument, nullable=False),
        sa.Column("evaluated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('kept', 'expired', 'blocked', 'forever', 'undecided')",
            name=op.f("ck_retention_decision_outcome"),
        ),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_retention_decision")),
    )
    op.create_index(
        "ix_retention_decision_kept_expires_at",
        "retention_decision",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("outcome = 'kept'"),
        postgresql_where=sa.text("outcome = 'kept'"),
    )
    op.add_column("custody_event", sa.Column("role", sa.String(), nullable=True))
    op.add_column("custody_event", sa.Column("approval", sa.String(), nullable=True))
    op.add_column("custody_event", sa.Column("address", sa.String(), nullable=True))
    op.add_column("custody_event", sa.Column("salt", sa.LargeBinary(), nullable=True))
    op.add_column("custody_event", sa.Column("seals", OptionalJsonDocument, nullable=True))
    op.add_column("recording", sa.Column("leaving_since", UtcDateTime(), nullable=True))
    op.add_column("recording", sa.Column("disposed_at", UtcDateTime(), nullable=True))
    op.create_index(op.f("ix_recording_disposed_at"), "recording", ["disposed_at"], unique=False)
    _let_content_come_again()
    _keep_derivatives_in_their_bucket()

    op.execute(
        'ALTER TABLE "case" ADD COLUMN archive_tier VARCHAR(32) CONSTRAINT ck_case_archive_tier'
        " CHECK (archive_tier IN ('permanent', '30 years', '10 years'))"
    )
    _let_jobs_hold()
    for table, key in (
        ("custody_leaf", "position"),
        ("custody_key", "id"),
        ("custody_checkpoint", "id"),
        ("schedule_version", "id"),
        ("disposal_approval", "id"),
        ("fixity_check", "id"),
        ("replacement", "id"),
    ):
        _guard(table, key)
    _take_over()
    # The manifests of earlier versions do not hold everything.
    op.execute(
        "UPDATE job SET state = 'waiting', attempts = 0, progress = 0, last_error = NULL, finished_at = NULL"
        " WHERE kind = 'manifest' AND state IN ('done', 'failed')"
    )
    _let_events_wait()
    _notice_changes()


def _let_content_come_again() -> None:
    """One recording of a content at a time, instead of one for ever: what was disposed of may be docked again."""
    if op.get_bind().dialect.name == "sqlite":
        _drop_unique_sha256_of_sqlite()
    else:
        op.drop_constraint(op.f("uq_recording_sha256"), "recording", type_="unique")
    op.create_index(
        "uq_recording_sha256_staying",
        "recording",
        ["sha256"],
        unique=True,
        sqlite_where=sa.text("leaving_since IS NULL"),
        postgresql_where=sa.text("leaving_since IS NULL"),
    )
    op.create_index("ix_recording_sha256", "recording", ["sha256"], unique=False)


def _drop_unique_sha256_of_sqlite() -> None:
    def without(made: str) -> str:
        wanted, dropped = re.subn(r",\s*CONSTRAINT uq_recording_sha256 UNIQUE \(sha256\)", "", made)
        assert dropped == 1, made
        return wanted

    _made_anew_on_sqlite("recording", without, but="recording_replace")
    op.execute(
        "CREATE TRIGGER recording_replace BEFORE INSERT ON recording WHEN EXISTS (SELECT 1 FROM recording"
        " WHERE id = NEW.id OR (sha256 = NEW.sha256 AND leaving_since IS NULL))"
        " BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END"
    )


def _keep_derivatives_in_their_bucket() -> None:
    """A row of what was made can name nothing of the originals: whoever deletes by it deletes no evidence."""
    name, check = op.f("ck_derivative_bucket"), "bucket = 'derivatives'"
    if op.get_bind().dialect.name != "sqlite":
        op.create_check_constraint(name, "derivative", check)
        return

    def with_check(made: str) -> str:
        wanted, put = re.subn(r",\s*CONSTRAINT pk_derivative ", f", CONSTRAINT {name} CHECK ({check})\\g<0>", made)
        assert put == 1, made
        return wanted

    _made_anew_on_sqlite("derivative", with_check)


def _made_anew_on_sqlite(table: str, change: Callable[[str], str], *, but: str = "") -> None:
    """SQLite changes no constraint: the table is made anew beside the old one and takes its place and its name, as
    https://www.sqlite.org/lang_altertable.html#otheralter has it. Foreign keys are off while migrations run.

    Its indexes and triggers are made again, `but` for one.
    """
    bind = op.get_bind()
    of_table = f"SELECT sql FROM sqlite_master WHERE tbl_name = '{table}' AND sql IS NOT NULL AND type"
    (made,) = bind.execute(sa.text(f"{of_table} = 'table'")).scalars().all()
    beside = bind.execute(sa.text(f"{of_table} <> 'table' AND name <> '{but}'")).scalars().all()
    wanted, named = re.subn(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE {table}_anew", change(made))
    assert named == 1, made
    columns = ", ".join(f'"{column["name"]}"' for column in sa.inspect(bind).get_columns(table))
    op.execute(wanted)
    op.execute(f"INSERT INTO {table}_anew ({columns}) SELECT {columns} FROM {table}")
    op.execute(f"DROP TABLE {table}")
    # Else what refers to it would be made to refer to nothing, while it is not there.
    op.execute("PRAGMA legacy_alter_table=ON")
    op.execute(f"ALTER TABLE {table}_anew RENAME TO {table}")
    op.execute("PRAGMA legacy_alter_table=OFF")
    for each in beside:
        op.execute(each)


def _let_jobs_hold() -> None:
    kinds = "kind IN ('probe', 'derive', 'match', 'manifest', 'hold')"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_job_kind"), "job", type_="check")
        op.create_check_constraint(op.f("ck_job_kind"), "job", kinds)
        return
    # SQLite changes no constraint of a table that is there: the table is made anew and takes over the rows.
    op.execute("ALTER TABLE job RENAME TO job_before")
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(kinds, name=op.f("ck_job_kind")),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_job_state")),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_job_recording_id_recording")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("recording_id", "kind", name=op.f("uq_job_recording_id_kind")),
    )
    columns = (
        "id, recording_id, kind, state, attempts, due_at, again, owner, lease_until, progress, last_error, created_at,"
        " finished_at"
    )
    op.execute(f"INSERT INTO job ({columns}) SELECT {columns} FROM job_before")
    op.execute("DROP TABLE job_before")
    op.create_index(op.f("ix_job_recording_id"), "job", ["recording_id"], unique=False)
    op.create_index("ix_job_state_due_at", "job", ["state", "due_at"], unique=False)


def _guard(table: str, key: str) -> None:
    """Let the database itself refuse to change or remove rows of this table, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        for name, what in (
            (f"{table}_update", f"UPDATE ON {table}"),
            (f"{table}_delete", f"DELETE ON {table}"),
            (f"{table}_replace", f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"),
        ):
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END")
        return
    for name, what, each in (
        (f"{table}_change", f"UPDATE OR DELETE ON {table}", "ROW"),
        (f"{table}_truncate", f"TRUNCATE ON {table}", "STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {what} FOR EACH {each} EXECUTE FUNCTION refuse_change()")


def _let_events_wait() -> None:
    """Every event, also those of earlier versions, waits for its position in the tree, in the order of arrival."""
    op.execute("INSERT INTO custody_pending (event_id) SELECT id FROM custody_event ORDER BY at, id")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER custody_event_arrival AFTER INSERT ON custody_event"
            " BEGIN INSERT INTO custody_pending (event_id) VALUES (NEW.id); END"
        )
        return
    # With the rights of its owner: who may add an event needs no others.
    op.execute(
        "CREATE FUNCTION custody_event_arrived() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        " SET search_path = pg_catalog, public AS"
        " $$ BEGIN INSERT INTO public.custody_pending (event_id) SELECT id FROM arrived; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER custody_event_arrival AFTER INSERT ON custody_event"
        " REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION custody_event_arrived()"
    )


_CHANGED = "INSERT INTO {schema}retention_change (recording_id) "
_LINKED = "SELECT recording_id FROM {schema}case_link WHERE state = 'confirmed' AND case_id = "
_SUBJECTS = (
    "SELECT recording_id FROM {schema}hold_subject WHERE hold_id = NEW.id AND recording_id IS NOT NULL"
    " UNION ALL SELECT case_link.recording_id FROM {schema}hold_subject JOIN {schema}case_link"
    " ON case_link.case_id = hold_subject.case_id AND case_link.state = 'confirmed'"
    " WHERE hold_subject.hold_id = NEW.id"
)
# On what of a row the length of its keeping rests: trigger, when it fires, whose keeping may have become another.
_CHANGES = (
    ("recording_come", "INSERT ON recording", "", "VALUES (NEW.id)"),
    (
        "recording_changed",
        "UPDATE OF captured_at, captured_until, capture_time, secured_at, important, kind, disposed_at ON recording",
        "OLD.captured_at IS DISTINCT FROM NEW.captured_at OR OLD.captured_until IS DISTINCT FROM NEW.captured_until"
        " OR OLD.capture_time IS DISTINCT FROM NEW.capture_time OR OLD.secured_at IS DISTINCT FROM NEW.secured_at"
        " OR OLD.important IS DISTINCT FROM NEW.important OR OLD.kind IS DISTINCT FROM NEW.kind"
        " OR OLD.disposed_at IS DISTINCT FROM NEW.disposed_at",
        "VALUES (NEW.id)",
    ),
    ("case_link_come", "INSERT ON case_link", "NEW.state = 'confirmed'", "VALUES (NEW.recording_id)"),
    (
        "case_link_changed",
        "UPDATE ON case_link",
        "OLD.state = 'confirmed' OR NEW.state = 'confirmed'",
        "VALUES (OLD.recording_id), (NEW.recording_id)",
    ),
    ("case_link_gone", "DELETE ON case_link", "OLD.state = 'confirmed'", "VALUES (OLD.recording_id)"),
    (
        "case_changed",
        'UPDATE OF status, closed_at, category, archive_tier, number ON "case"',
        "",
        f"{_LINKED} NEW.id",
    ),
    ("classification_come", "INSERT ON classification", "", "VALUES (NEW.recording_id)"),
    ("classification_changed", "UPDATE ON classification", "", "VALUES (OLD.recording_id), (NEW.recording_id)"),
    ("classification_gone", "DELETE ON classification", "", "VALUES (OLD.recording_id)"),
    ("hold_changed", "UPDATE ON hold", "", _SUBJECTS),
    ("hold_on_recording", "INSERT ON hold_subject", "NEW.recording_id IS NOT NULL", "VALUES (NEW.recording_id)"),
    ("hold_on_case", "INSERT ON hold_subject", "NEW.case_id IS NOT NULL", f"{_LINKED} NEW.case_id"),
    ("hold_off_recording", "DELETE ON hold_subject", "OLD.recording_id IS NOT NULL", "VALUES (OLD.recording_id)"),
    ("hold_off_case", "DELETE ON hold_subject", "OLD.case_id IS NOT NULL", f"{_LINKED} OLD.case_id"),
)


def _notice_changes() -> None:
    """Whatever changes how long a recording stays puts it on the list of those to be evaluated again."""
    op.execute("INSERT INTO retention_change (recording_id) SELECT id FROM recording")
    for name, what, when, whose in _CHANGES:
        condition = f" WHEN ({when})" if when else ""
        if op.get_bind().dialect.name == "sqlite":
            # Spelled so that older releases of SQLite know it, too.
            condition = condition.replace("IS DISTINCT FROM", "IS NOT")
            body = (_CHANGED + whose).format(schema="")
            op.execute(f"CREATE TRIGGER retention_{name} AFTER {what} FOR EACH ROW{condition} BEGIN {body}; END")
            continue
        # With the rights of its owner: who may change a fact needs no others.
        body = (_CHANGED + whose).format(schema="public.")
        op.execute(
            f"CREATE FUNCTION retention_{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
            f" SET search_path = pg_catalog, public AS $$ BEGIN {body}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER retention_{name} AFTER {what} FOR EACH ROW{condition}"
            f" EXECUTE FUNCTION retention_{name}()"
        )


def _take_over() -> None:
    """Seal every row that an earlier version left, as it stands now: changes from here on can be told."""
    bind = op.get_bind()
    there = sa.inspect(bind)
    now = datetime.now(UTC)
    portion: dict[str, str] = {}
    for table in sealed_tables():
        if not there.has_table(table.name):  # made by a later version
            continue
        present = {column["name"] for column in there.get_columns(table.name)}
        columns = [column for column in table.columns if column.name in present]
        for row in _in_portions(table, columns):
            portion[f"{table.name}/{row['id']}"] = row_digest({str(name): value for name, value in row.items()})
            if len(portion) == SEALS_AN_EVENT:
                _tell_taken_over(portion, now)
                portion = {}
    if portion:
        _tell_taken_over(portion, now)


def _in_portions(table: sa.Table, columns: Sequence[sa.Column[Any]]) -> Iterator[sa.RowMapping]:
    """By id: an archive of millions of rows is not read into memory at once."""
    query = sa.select(*columns).order_by(table.c.id).limit(_ROWS_AT_ONCE)
    rows = op.get_bind().execute(query).mappings().all()
    while rows:
        yield from rows
        rows = op.get_bind().execute(query.where(table.c.id > rows[-1]["id"])).mappings().all()


def _tell_taken_over(seals: dict[str, Any], now: datetime) -> None:
    events = SQLModel.metadata.tables["custody_event"]
    op.get_bind().execute(
        sa.insert(events).values(
            id=new_id(),
            at=now,
            actor="zhilu",
            action="taken over",
            subject_kind="catalog",
            result="done",
            details={"rows": len(seals)},
            salt=os.urandom(SALT_BYTES),
            seals=seals,
        )
    )


def downgrade() -> None:
    message = "evidence is never migrated backwards: restore a backup made by the earlier version"
    raise NotImplementedError(message)
