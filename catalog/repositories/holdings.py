"""What the catalog says lies in the store: which versions it knows, a page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from catalog.tables import ContentClaim, Derivative, Recording

KeyAndVersion = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Holding:
    """One recording as the catalog says it lies in the store; size in bytes."""

    recording_id: UUID
    key: str
    version: str
    size: int
    locked_until: datetime | None


def page(session: Session, *, after: UUID | None, limit: int) -> Sequence[Holding]:
    """The next recordings by id, after the given one."""
    columns: Any = (Recording.object_key, Recording.object_version, Recording.size, Recording.locked_until)
    query = select(Recording).options(load_only(*columns)).order_by(col(Recording.id))
    if after is not None:
        query = query.where(col(Recording.id) > after)
    return [
        Holding(row.id, row.object_key, row.object_version, row.size, row.locked_until)
        for row in session.exec(query.limit(limit)).all()
    ]


def originals_among(session: Session, keys: Sequence[str]) -> set[KeyAndVersion]:
    """The versions on record as originals under these keys. Keys end in the id of their recording, mostly."""
    columns = select(Recording.object_key, Recording.object_version)
    found = _by_ids(session, columns.where(col(Recording.id).in_(_ids_in(keys))), keys)
    rest = set(keys) - {key for key, _version in found}
    if rest:
        found |= set(session.exec(columns.where(col(Recording.object_key).in_(rest))).all())
    return found


def derivatives_among(session: Session, bucket: str, keys: Sequence[str]) -> set[KeyAndVersion]:
    """The versions on record as derivatives under these keys. Keys hold the id of their recording, mostly."""
    columns = select(Derivative.object_key, Derivative.object_version).where(Derivative.bucket == bucket)
    found = _by_ids(session, columns.where(col(Derivative.recording_id).in_(_ids_in(keys))), keys)
    rest = set(keys) - {key for key, _version in found}
    if rest:
        found |= set(session.exec(columns.where(col(Derivative.object_key).in_(rest))).all())
    return found


def claims_on(session: Session, keys: Iterable[str]) -> dict[str, datetime]:
    """The end of the lease of each claim under these keys."""
    rows = session.exec(
        select(ContentClaim.object_key, ContentClaim.lease_until).where(col(ContentClaim.object_key).in_(list(keys)))
    ).all()
    return dict(rows)


def id_in(key: str) -> UUID | None:
    """The id that a key of ours holds, None if it holds none."""
    for part in reversed(key.split("/")):
        try:
            return UUID(part)
        except ValueError:
            continue
    return None


def _ids_in(keys: Iterable[str]) -> list[UUID]:
    return [found for key in keys if (found := id_in(key)) is not None]


def _by_ids(session: Session, query: Any, keys: Iterable[str]) -> set[KeyAndVersion]:
    wanted = set(keys)
    return {(key, version) for key, version in session.exec(query).all() if key in wanted}
