"""Keeping and reading perceptual fingerprints."""

from collections.abc import Iterator
from uuid import UUID

from sqlmodel import Session, select

from catalog.tables import Fingerprint


def keep(session: Session, recording_id: UUID, content: bytes) -> None:
    """Keep the fingerprint of a recording in place of an earlier one."""
    standing = session.exec(select(Fingerprint).where(Fingerprint.recording_id == recording_id)).one_or_none()
    row = standing or Fingerprint(recording_id=recording_id, content=content)
    row.content = content
    session.add(row)


def every(session: Session) -> Iterator[tuple[UUID, bytes]]:
    """All fingerprints with their recordings, fetched a hundred at a time."""
    statement = select(Fingerprint.recording_id, Fingerprint.content).execution_options(yield_per=100)
    yield from session.exec(statement)
