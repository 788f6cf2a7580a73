"""What lies in the store beside the catalog, row by row: to compare with, and to say which column was changed."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlmodel import Session

from api.verifying.model import Code, Fact, Finding, Part, Tallies
from api.verifying.objects import Term
from catalog.canonical import canonical_json, row_document
from catalog.errors import ManifestUnreadable, NotFound
from catalog.manifest.document import ToldRow, manifest_of, rows_told
from catalog.manifest.page_document import page_from
from catalog.repositories import jobs, manifests, recordings, stored_objects
from catalog.repositories.manifests import WrittenManifest
from storage.contract import ObjectStore
from storage.errors import StorageError, VersionNotFound
from storage.model import Bucket, VersionReference

_NAMED_AT_MOST = 200
OWED_AT_MOST = timedelta(days=14)
"""Whoever may write in the catalog may write jobs: none excuses for longer that a recording has no manifest at all."""


def check_manifest(
    session: Session, store: ObjectStore, recording_id: UUID, tallies: Tallies, term: Term, *, anew: datetime | None
) -> Iterator[Finding]:
    """One recording: its manifest is there, as it was written, and says what the catalog says; or it is yet to be.

    `anew`: when all manifests of the archive came to be owed last, as the log says it.
    """
    tally = tallies[Part.MANIFESTS]
    last = manifests.last_written(session, recording_id)
    waits = jobs.is_manifest_owed(session, recording_id)
    if last is None:
        tally.met()
        if waits and _is_new(session, recording_id, term.now, anew):
            tallies.manifests_waiting += 1
        else:
            yield Finding(Part.MANIFESTS, Code.MANIFEST_MISSING, {"recording": str(recording_id)}, recording_id)
        return
    where: dict[str, Fact] = {"recording": str(recording_id), "object": str(last.reference)}
    try:
        back = store.read_back(last.reference)
        content, stored = b"".join(back), back.stored()
        expected = manifest_of(session, recording_id)
    except VersionNotFound:
        tally.met()
        yield Finding(Part.MANIFESTS, Code.MANIFEST_MISSING, where, recording_id)
        return
    except (StorageError, NotFound) as error:
        tally.met(checked=False)
        yield Finding(Part.MANIFESTS, Code.MANIFEST_UNREADABLE, {**where, "why": str(error)}, recording_id)
        return
    tally.met()
    read_last = stored_objects.lock_read_last(session, last.reference)
    ends = stored.lock.retain_until if stored.lock else None
    yield from term.judge(last.reference, ends, stored.stored_at, read_last)
    if hashlib.sha256(content).hexdigest() != last.sha256:
        yield Finding(Part.MANIFESTS, Code.MANIFEST_CHANGED, where, recording_id)
    elif content != expected and waits:
        tallies.manifests_waiting += 1
    elif content != expected:
        columns = ", ".join(_differing(content, expected, str(last.reference)))
        yield Finding(Part.MANIFESTS, Code.MANIFEST_DIFFERS, {**where, "columns": columns or "-"}, recording_id)


def _is_new(session: Session, recording_id: UUID, now: datetime, anew: datetime | None) -> bool:
    """Whether it was secured lately, as its row says, which is sealed; or all of them are owed since lately."""
    secured = recordings.get(session, recording_id).secured_at
    return now - max(secured, anew or secured) <= OWED_AT_MOST


def _differing(content: bytes, expected: bytes, where: str) -> list[str]:
    try:
        written, standing = _by_row(rows_told(content, where=where)), _by_row(rows_told(expected, where=where))
    except ManifestUnreadable:
        return []
    found = []
    for row in sorted({*written, *standing}):
        before, now = written.get(row, {}), standing.get(row, {})
        found += [f"{row}.{name}" for name in columns_between(before, now)]
    return found


def _by_row(rows: Sequence[ToldRow]) -> dict[str, Mapping[str, Any]]:
    return {f"{each.table}/{each.document.get('id')}": each.document for each in rows}


def columns_between(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Which columns of two documents of a row say other things."""
    return [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]


class ColumnNamer:
    """Says which columns of a row were changed, by the copy of the row in the store that is as the log sealed it."""

    def __init__(self, session: Session, store: ObjectStore) -> None:
        self._session, self._store = session, store
        self._left = _NAMED_AT_MOST

    def __call__(self, table: Table, row: Mapping[str, Any], sealed: str) -> Sequence[str]:
        """None where the store holds no such copy."""
        self._left -= 1
        if self._left < 0:
            return []
        about = row["id"] if table.name == "recording" else row.get("recording_id")
        for reference in self._where(table, row["id"], about):
            for told in self._rows(table, reference):
                if told.get("id") == str(row["id"]) and hashlib.sha256(canonical_json(told)).hexdigest() == sealed:
                    return columns_between(told, row_document(row))
        return []

    def _where(self, table: Table, row_id: UUID, about: UUID | None) -> Iterator[VersionReference]:
        if about is not None:
            last: WrittenManifest | None = manifests.last_written(self._session, about)
            if last is not None:
                yield last.reference
            return
        pages = [page for page in manifests.pages_of(self._session, table.name) if (page.first_id or row_id) <= row_id]
        for page in pages[-1:]:
            yield VersionReference(Bucket.MANIFESTS, page.object_key, page.object_version)

    def _rows(self, table: Table, reference: VersionReference) -> Iterator[Mapping[str, Any]]:
        where = str(reference)
        try:
            content = b"".join(self._store.read_back(reference))
            of_page = reference.key.startswith("tables/")
            rows = page_from(content, where=where).rows if of_page else rows_told(content, where=where)
        except (StorageError, ManifestUnreadable):
            return
        yield from (each.document for each in rows if each.table == table.name)
