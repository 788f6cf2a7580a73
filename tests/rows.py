"""Rows for tests: recordings, sightings and cases as the catalog keeps them, every fact to be overridden."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import jobs
from catalog.tables import Case, Recording, Sighting
from catalog.tables.cases import Category
from catalog.tables.jobs import JobKind
from catalog.types import new_id

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def recording(name: str = "a.mp4", **facts: Any) -> Recording:
    recording_id = facts.pop("id", None) or new_id()
    standing = {
        "sha256": hashlib.sha256(recording_id.bytes).hexdigest(),
        "size": 1,
        "object_key": f"2026/03/02/{recording_id}",
        "object_version": "1",
        "secured_at": NOW,
    }
    return Recording(id=recording_id, name=name, **{**standing, **facts})


def sighting(of: Recording, name: str | None = None, *, folder: str = "", source: str = "/card") -> Sighting:
    shown = name or of.name
    path = f"{folder}/{shown}" if folder else shown
    return Sighting(
        recording_id=of.id,
        source=source,
        path_bytes=path.encode(),
        path=f"{source}/{path}",
        name=shown,
        name_encoding="utf-8",
        folder=folder,
        size=of.size,
        modified_ns=0,
        first_seen_at=NOW,
        last_seen_at=NOW,
    )


def case(number: str, **facts: Any) -> Case:
    return Case(**{"number": number, "category": Category.PENALTY, "opened_at": NOW, **facts})


def add(session: Session, *rows: Any) -> None:
    """One by one, since what a row refers to must stand there before it."""
    for row in rows:
        session.add(row)
        session.flush()


def secured(catalog: Catalog, kind: JobKind = JobKind.PROBE, *, now: datetime = NOW) -> UUID:
    """Put a recording on record with one job, and return the id of the job."""
    with catalog.writing() as session:
        row = recording()
        add(session, row)
        return jobs.add(session, row.id, kind, now=now)
