"""What the catalog and its log say lies in the store beside originals: pages, certificates, stamps, and their locks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from catalog.tables import CustodyEvent, CustodyObject, Derivative, ManifestPage, StoredLock
from catalog.tables.custody import CustodyAction
from storage.model import Bucket, VersionReference


@dataclass(slots=True)
class ToldObject:
    """A version that is to be there: the digests that are told of it, by the log and by its row."""

    written_at: datetime
    sha256: set[str] = field(default_factory=set)


def pages(session: Session) -> Mapping[VersionReference, ToldObject]:
    """The newest version of each page: as its row says, and as the log does."""
    newest: dict[str, tuple[VersionReference, str, datetime]] = {}
    told_of: dict[VersionReference, set[str]] = {}
    for event in _events(session, CustodyAction.MANIFESTED):
        for each in event.details.get("pages") or ():
            reference = VersionReference(Bucket.MANIFESTS, each["key"], each["version"])
            newest[reference.key] = (reference, each["sha256"], event.at)
            told_of.setdefault(reference, set()).add(each["sha256"])
    found: dict[VersionReference, ToldObject] = {}
    for reference, sha256, at in newest.values():
        found[reference] = ToldObject(at, {sha256})
    for row in session.exec(select(ManifestPage)):
        reference = VersionReference(Bucket.MANIFESTS, row.object_key, row.object_version)
        told = found.setdefault(reference, ToldObject(row.written_at))
        told.sha256 |= {row.sha256} | told_of.get(reference, set())
    return found


def certificates(session: Session) -> Mapping[str, ToldObject]:
    """The files of certificates of disposal by where they lie, as the log tells."""
    return {
        each["stored_as"]: ToldObject(event.at, {each["sha256"]})
        for event in _events(session, CustodyAction.DISPOSAL_CERTIFIED)
        for each in (event.details.get("files") or {}).values()
    }


def _events(session: Session, action: CustodyAction) -> Iterator[CustodyEvent]:
    query = select(CustodyEvent).where(CustodyEvent.action == action)
    yield from session.exec(query.order_by(col(CustodyEvent.at), col(CustodyEvent.id))).yield_per(1000)


def of_the_log(session: Session) -> Sequence[CustodyObject]:
    return session.exec(select(CustodyObject).order_by(col(CustodyObject.id))).all()


def lock_read_last(session: Session, reference: VersionReference) -> datetime | None:
    """Until when a version that is no recording's own was locked, as was read last."""
    found = session.get(StoredLock, (reference.bucket.value, reference.key, reference.version_id))
    return found.ends_at if found is not None else None


@dataclass(frozen=True, slots=True)
class ToldDerivative:
    reference: VersionReference
    size: int
    sha256: str


def derivatives(session: Session, recording_id: object) -> Sequence[ToldDerivative]:
    rows = session.exec(select(Derivative).where(Derivative.recording_id == recording_id))
    return [
        ToldDerivative(VersionReference(Bucket(row.bucket), row.object_key, row.object_version), row.size, row.sha256)
        for row in rows
    ]
