"""The first schema."""

import sqlalchemy as sa
from alembic import op

from catalog.types import JsonDocument, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("level IN ('prefecture', 'county', 'township')", name=op.f("ck_agency_level")),
        sa.ForeignKeyConstraint(["parent_id"], ["agency.id"], name=op.f("fk_agency_parent_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("code", name=op.f("uq_agency_code")),
    )
    op.create_index(op.f("ix_agency_parent_id"), "agency", ["parent_id"], unique=False)

    op.create_table(
        "content_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_claim")),
        sa.UniqueConstraint("sha256", name=op.f("uq_content_claim_sha256")),
    )
    op.create_table(
        "custody_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.Column("result", sa.String(32), nullable=False),
        sa.Column("details", JsonDocument, nullable=False),
        sa.CheckConstraint("result IN ('done', 'denied', 'failed')", name=op.f("ck_custody_event_result")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_event")),
    )
    op.create_index(op.f("ix_custody_event_at"), "custody_event", ["at"], unique=False)
    op.create_index(op.f("ix_custody_event_subject_id"), "custody_event", ["subject_id"], unique=False)

    op.create_table(
        "take",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_serial", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("gaps", JsonDocument, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_take")),
    )
    op.create_index(op.f("ix_take_device_serial"), "take", ["device_serial"], unique=False)
    op.create_index(op.f("ix_take_started_at"), "take", ["started_at"], unique=False)

    op.create_table(
        "case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "category IN ('licensing', 'inspection', 'penalty', 'compulsion', 'levy', 'requisition')",
            name=op.f("ck_case_category"),
        ),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_case_status")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_case_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
        sa.UniqueConstraint("number", name=op.f("uq_case_number")),
    )
    op.create_index(op.f("ix_case_agency_id"), "case", ["agency_id"], unique=False)

    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_device_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("serial", name=op.f("uq_device_serial")),
    )
    op.create_index(op.f("ix_device_agency_id"), "device", ["agency_id"], unique=False)

    op.create_table(
        "officer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("certificate_number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("device_code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_officer_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("certificate_number", name=op.f("uq_officer_certificate_number")),
    )
    op.create_index(op.f("ix_officer_agency_id"), "officer", ["agency_id"], unique=False)
    op.create_index(op.f("ix_officer_device_code"), "officer", ["device_code"], unique=False)

    op.create_table(
        "station",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_station_agency_id_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("name", name=op.f("uq_station_name")),
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "stage IN ('initiation', 'investigation', 'review', 'decision', 'service', 'execution', 'archiving')",
            name=op.f("ck_activity_stage"),
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_activity_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_activity_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("number", name=op.f("uq_activity_number")),
    )
    op.create_index(op.f("ix_activity_agency_id"), "activity", ["agency_id"], unique=False)
    op.create_index(op.f("ix_activity_case_id"), "activity", ["case_id"], unique=False)
    op.create_index(op.f("ix_activity_ended_at"), "activity", ["ended_at"], unique=False)
    op.create_index(op.f("ix_activity_started_at"), "activity", ["started_at"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_assignment_device_id_device")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_assignment_officer_id_officer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint(
            "device_id", "officer_id", "starts_at", name=op.f("uq_assignment_device_id_officer_id_starts_at")
        ),
    )
    op.create_index(op.f("ix_assignment_device_id"), "assignment", ["device_id"], unique=False)
    op.create_index(op.f("ix_assignment_officer_id"), "assignment", ["officer_id"], unique=False)

    op.create_table(
        "recording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sm3", sa.String(64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("secured_at", UtcDateTime(), nullable=False),
        sa.Column("locked_until", UtcDateTime(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("device_serial", sa.String(), nullable=True),
        sa.Column("officer_code", sa.String(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("important", sa.Boolean(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("named_case", sa.String(), nullable=True),
        sa.Column("identification", JsonDocument, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("media", JsonDocument, nullable=False),
        sa.Column("problems", JsonDocument, nullable=False),
        sa.Column("problem_count", sa.Integer(), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("captured_at", UtcDateTime(), nullable=True),
        sa.Column("captured_until", UtcDateTime(), nullable=True),
        sa.Column("capture_time", JsonDocument, nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("position", JsonDocument, nullable=False),
        sa.Column("playback", JsonDocument, nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("officer_origin", sa.String(), nullable=True),
        sa.Column("take_id", sa.Uuid(), nullable=True),
        sa.Column("main_recording_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('unknown', 'video', 'audio', 'photo', 'sidecar', 'other')", name=op.f("ck_recording_kind")
        ),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_recording_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_recording_longitude")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_recording_size")),
        sa.ForeignKeyConstraint(
            ["main_recording_id"], ["recording.id"], name=op.f("fk_recording_main_recording_id_recording")
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_recording_officer_id_officer")),
        sa.ForeignKeyConstraint(["take_id"], ["take.id"], name=op.f("fk_recording_take_id_take")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
        sa.UniqueConstraint("sha256", name=op.f("uq_recording_sha256")),
    )
    op.create_index(op.f("ix_recording_captured_at"), "recording", ["captured_at"], unique=False)
    op.create_index(op.f("ix_recording_device_serial"), "recording", ["device_serial"], unique=False)
    op.create_index(op.f("ix_recording_kind"), "recording", ["kind"], unique=False)
    op.create_index(op.f("ix_recording_locked_until"), "recording", ["locked_until"], unique=False)
    op.create_index(op.f("ix_recording_main_recording_id"), "recording", ["main_recording_id"], unique=False)
    op.create_index(op.f("ix_recording_officer_code"), "recording", ["officer_code"], unique=False)
    op.create_index(op.f("ix_recording_officer_id"), "recording", ["officer_id"], unique=False)
    op.create_index(op.f("ix_recording_problem_count"), "recording", ["problem_count"], unique=False)
    op.create_index(op.f("ix_recording_secured_at"), "recording", ["secured_at"], unique=False)
    op.create_index(op.f("ix_recording_size"), "recording", ["size"], unique=False)
    op.create_index(op.f("ix_recording_take_id"), "recording", ["take_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("station_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_slot_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("station_id", "name", name=op.f("uq_slot_station_id_name")),
    )
    op.create_table(
        "activity_officer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_activity_officer_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_activity_officer_officer_id_officer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_officer")),
        sa.UniqueConstraint("activity_id", "officer_id", name=op.f("uq_activity_officer_activity_id_officer_id")),
    )
    op.create_index(op.f("ix_activity_officer_activity_id"), "activity_officer", ["activity_id"], unique=False)
    op.create_index(op.f("ix_activity_officer_officer_id"), "activity_officer", ["officer_id"], unique=False)

    op.create_table(
        "case_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.String(32), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("reasons", JsonDocument, nullable=False),
        sa.Column("linked_by", sa.String(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("origin IN ('matched', 'device', 'person')", name=op.f("ck_case_link_origin")),
        sa.CheckConstraint(
            "stage IN ('initiation', 'investigation', 'review', 'decision', 'service', 'execution', 'archiving')",
            name=op.f("ck_case_link_stage"),
        ),
        sa.CheckConstraint("state IN ('suggested', 'confirmed', 'rejected')", name=op.f("ck_case_link_state")),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name=op.f("fk_case_link_activity_id_activity")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_link_case_id_case")),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_case_link_recording_id_recording")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link")),
        sa.UniqueConstraint("recording_id", "case_id", name=op.f("uq_case_link_recording_id_case_id")),
    )
    op.create_index(op.f("ix_case_link_case_id"), "case_link", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_link_recording_id"), "case_link", ["recording_id"], unique=False)
    op.create_index(op.f("ix_case_link_state"), "case_link", ["state"], unique=False)

    op.create_table(
        "derivative",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("object_version", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.Column("details", JsonDocument, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_derivative_recording_id_recording")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_derivative")),
        sa.UniqueConstraint("recording_id", "kind", name=op.f("uq_derivative_recording_id_kind")),
    )
    op.create_index(op.f("ix_derivative_recording_id"), "derivative", ["recording_id"], unique=False)

    op.create_table(
        "fingerprint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_fingerprint_recording_id_recording")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fingerprint")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_fingerprint_recording_id")),
    )
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
        sa.CheckConstraint("kind IN ('probe', 'derive', 'match', 'manifest')", name=op.f("ck_job_kind")),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_job_state")),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_job_recording_id_recording")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("recording_id", "kind", name=op.f("uq_job_recording_id_kind")),
    )
    op.create_index(op.f("ix_job_recording_id"), "job", ["recording_id"], unique=False)
    op.create_index("ix_job_state_due_at", "job", ["state", "due_at"], unique=False)

    op.create_table(
        "sighting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recording_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("path_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_encoding", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("important", sa.Boolean(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=True),
        sa.Column("first_seen_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("times_seen", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], name=op.f("fk_sighting_recording_id_recording")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_sighting_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint(
            "recording_id",
            "source",
            "path_bytes",
            "modified_ns",
            name=op.f("uq_sighting_recording_id_source_path_bytes_modified_ns"),
        ),
    )
    op.create_index(op.f("ix_sighting_folder"), "sighting", ["folder"], unique=False)
    op.create_index(op.f("ix_sighting_name"), "sighting", ["name"], unique=False)
    op.create_index(op.f("ix_sighting_recording_id"), "sighting", ["recording_id"], unique=False)
    op.create_index(op.f("ix_sighting_source"), "sighting", ["source"], unique=False)
    _guard_evidence()


SECURED_COLUMNS = "id, sha256, sm3, size, object_key, object_version, secured_at"


def _guard_evidence() -> None:
    """Let the database itself refuse to change or remove what is evidence, whoever asks."""
    if op.get_bind().dialect.name == "sqlite":
        for name, what in (
            ("custody_event_update", "UPDATE ON custody_event"),
            ("custody_event_delete", "DELETE ON custody_event"),
            ("recording_update", f"UPDATE OF {SECURED_COLUMNS} ON recording"),
            ("recording_delete", "DELETE ON recording"),
            # INSERT OR REPLACE deletes without asking the triggers of DELETE, unless a connection says otherwise.
            (
                "custody_event_replace",
                "INSERT ON custody_event WHEN EXISTS (SELECT 1 FROM custody_event WHERE id = NEW.id)",
            ),
            (
                "recording_replace",
                "INSERT ON recording WHEN EXISTS (SELECT 1 FROM recording WHERE id = NEW.id OR sha256 = NEW.sha256)",
            ),
        ):
            op.execute(f"CREATE TRIGGER {name} BEFORE {what} BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END")
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'evidence is append-only'; END $$"
    )
    for name, what, each in (
        ("custody_event_change", "UPDATE OR DELETE ON custody_event", "ROW"),
        ("custody_event_truncate", "TRUNCATE ON custody_event", "STATEMENT"),
        ("recording_change", f"UPDATE OF {SECURED_COLUMNS} ON recording", "ROW"),
        ("recording_delete", "DELETE ON recording", "ROW"),
        ("recording_truncate", "TRUNCATE ON recording", "STATEMENT"),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {what} FOR EACH {each} EXECUTE FUNCTION refuse_change()")


def downgrade() -> None:
    message = "evidence is never migrated backwards: restore a backup made by the earlier version"
    raise NotImplementedError(message)
