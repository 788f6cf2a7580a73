"""Recordings and what is known of them: sightings, takes, derivatives; and the claims of those being secured."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from catalog.tables.base import Row, document_field, list_field, one_of, optional_time_field, state_field, time_field


class RecordingKind(StrEnum):
    """What the content turned out to be; UNKNOWN until it was described."""

    UNKNOWN = "unknown"
    VIDEO = "video"
    AUDIO = "audio"
    PHOTO = "photo"
    SIDECAR = "sidecar"
    OTHER = "other"


class Take(Row, table=True):
    """Consecutive segments of one device that belong together (连续记录); `gaps` are reported, never closed."""

    __tablename__ = "take"
    device_serial: str = Field(index=True)
    started_at: datetime = time_field(index=True)
    gaps: list[dict[str, Any]] = list_field()


class Recording(Row, table=True):
    """One original, immutable for ever (原始记录). A row exists only once the original is secured."""

    __tablename__ = "recording"
    __table_args__ = (
        one_of("kind", RecordingKind),
        CheckConstraint("size >= 0", name="size"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        # Of those that stay: what was disposed of and comes again is another recording.
        Index(
            "uq_recording_sha256_staying",
            "sha256",
            unique=True,
            sqlite_where=text("leaving_since IS NULL"),
            postgresql_where=text("leaving_since IS NULL"),
        ),
        Index("ix_recording_sha256", "sha256"),
    )
    # secured: content and where it lies. Never changes.
    sha256: str = Field(min_length=64, max_length=64)
    sm3: str | None = Field(default=None, max_length=64)
    size: int = Field(sa_type=BigInteger, index=True)
    object_key: str = Field(index=True)
    object_version: str
    secured_at: datetime = time_field(index=True)
    locked_until: datetime | None = optional_time_field(index=True)
    # identified: from name and folder. Unknown stays None.
    name: str
    device_serial: str | None = Field(default=None, index=True)
    officer_code: str | None = Field(default=None, index=True)
    sequence: int | None = None
    important: bool = False
    encrypted: bool = False
    named_case: str | None = None
    identification: dict[str, Any] = document_field()
    # described: what the media says.
    kind: RecordingKind = state_field(RecordingKind, RecordingKind.UNKNOWN, index=True)
    media: dict[str, Any] = document_field()
    problems: list[dict[str, Any]] = list_field()
    problem_count: int = Field(default=0, index=True)
    duration_s: float | None = None
    captured_at: datetime | None = optional_time_field(index=True)
    captured_until: datetime | None = optional_time_field()
    capture_time: dict[str, Any] = document_field()
    latitude: float | None = None
    longitude: float | None = None
    position: dict[str, Any] = document_field()
    # derived: whether a browser plays the original, and why or why not.
    playback: dict[str, Any] = document_field()
    # tied together; `officer_origin` tells whether the name of the file or an assignment of the device says so
    officer_id: UUID | None = Field(default=None, foreign_key="officer.id", index=True)
    officer_origin: str | None = None
    take_id: UUID | None = Field(default=None, foreign_key="take.id", index=True)
    main_recording_id: UUID | None = Field(default=None, foreign_key="recording.id", index=True)
    # leaving: its deletion was ordered, so nobody may take its bytes for held; the same content is secured anew.
    leaving_since: datetime | None = optional_time_field()
    # disposed of: the bytes are gone, lawfully; what is known of them stays.
    disposed_at: datetime | None = optional_time_field(index=True)


class Sighting(Row, table=True):
    """The same content seen at a place (发现): a path as the card spelled it. One recording may have many."""

    __tablename__ = "sighting"
    __table_args__ = (UniqueConstraint("recording_id", "source", "path_bytes", "modified_ns"),)
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    source: str = Field(default="", index=True)
    path_bytes: bytes = Field(sa_type=LargeBinary)
    path: str
    name: str = Field(index=True)
    name_encoding: str
    folder: str = Field(default="", index=True)
    size: int = Field(sa_type=BigInteger)
    modified_ns: int = Field(sa_type=BigInteger)
    important: bool = False
    slot_id: UUID | None = Field(default=None, foreign_key="slot.id")
    first_seen_at: datetime = time_field()
    last_seen_at: datetime = time_field()
    times_seen: int = 1


class Derivative(Row, table=True):
    """Anything made from a recording (衍生件); may be lost and made again."""

    __tablename__ = "derivative"
    __table_args__ = (
        UniqueConstraint("recording_id", "kind"),
        CheckConstraint("bucket = 'derivatives'", name="bucket"),
    )
    recording_id: UUID = Field(foreign_key="recording.id", index=True)
    kind: str
    media_type: str
    size: int = Field(sa_type=BigInteger)
    sha256: str = Field(min_length=64, max_length=64)
    bucket: str
    object_key: str = Field(index=True)
    object_version: str
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    details: dict[str, Any] = document_field()
    made_at: datetime = time_field()


class ContentClaim(Row, table=True):
    """Who is about to complete the upload of a content: keeps two processes from storing it twice.

    A claim outlives a killed process until `lease_until`; whoever comes next finds in it where the bytes may
    already lie.
    """

    __tablename__ = "content_claim"
    sha256: str = Field(unique=True, min_length=64, max_length=64)
    recording_id: UUID
    object_key: str
    owner: str
    lease_until: datetime = time_field()
