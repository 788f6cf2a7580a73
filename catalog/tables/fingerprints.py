"""Perceptual fingerprints of videos, as opaque versioned bytes; `ingest/fingerprint` knows what they say."""

from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field

from catalog.tables.base import Row


class Fingerprint(Row, table=True):
    __tablename__ = "fingerprint"
    recording_id: UUID = Field(foreign_key="recording.id", unique=True)
    content: bytes = Field(sa_type=LargeBinary)
