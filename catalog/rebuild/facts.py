"""Rows from manifests and pages, each held against its last seal in the log.

The newest version of each object first; only where a row is missing or not as the log says are older ones read.
"""

import hashlib
from collections.abc import Sequence
from itertools import groupby

from sqlmodel import SQLModel

from catalog.canonical import row_digest, row_document
from catalog.errors import ManifestUnreadable
from catalog.manifest.document import ToldRow, rows_told
from catalog.manifest.page_document import BELOW, Page, page_from
from catalog.manifest.rows import row_from
from catalog.rebuild.report import FindingKind, Rebuilt
from catalog.rebuild.staging import Staging
from catalog.tables import ManifestPage
from storage.contract import ObjectStore
from storage.errors import StorageError
from storage.model import Bucket, ListedVersion, VersionReference


class FactReader:
    """Reads the bucket of manifests into the staging; `pages` are the newest ones, as the catalog remembers them."""

    def __init__(self, store: ObjectStore, staging: Staging, report: Rebuilt) -> None:
        self._store, self._staging, self._report = store, staging, report
        self._unread: list[Sequence[ListedVersion]] = []
        self.pages: list[ManifestPage] = []

    def read(self) -> None:
        """Raises StorageError where the bucket cannot be listed."""
        listed = self._store.list_references(Bucket.MANIFESTS)
        for _key, versions in groupby(listed, key=lambda each: each.reference.key):
            newest_first = list(versions)[::-1]
            self._report.objects_listed += len(newest_first)
            for place, each in enumerate(newest_first):
                if self._take(each, newest=True):
                    newest_first = newest_first[place + 1 :]
                    break
            else:
                newest_first = []
            if newest_first:
                self._unread.append(newest_first)
        if not self._staging.is_whole():
            for older in self._unread:
                for each in older:
                    self._take(each, newest=False)

    def _take(self, listed: ListedVersion, *, newest: bool) -> bool:
        """Whether it could be read."""
        reference = listed.reference
        try:
            content = b"".join(self._store.read(reference))
            sha256 = hashlib.sha256(content).hexdigest()
            told = self._staging.told(reference.key, reference.version_id)
            if told is not None and told != sha256:
                self._report.tell(FindingKind.CHANGED, str(reference), f"{sha256} instead of {told}")
            kept = [
                self._keep(row, str(reference)) for row in self._rows(reference, content, listed, sha256, newest=newest)
            ]
            if told is None and not all(kept):
                self._report.tell(FindingKind.UNTOLD, str(reference), "it tells what the log does not know")
        except (StorageError, ManifestUnreadable) as error:
            self._report.tell(FindingKind.UNREADABLE, str(reference), str(error))
            return False
        self._report.objects_read += 1
        return True

    def _rows(
        self, reference: VersionReference, content: bytes, listed: ListedVersion, sha256: str, *, newest: bool
    ) -> Sequence[ToldRow]:
        if not reference.key.startswith(BELOW):
            return rows_told(content, where=str(reference))
        page = page_from(content, where=str(reference))
        if newest:
            self.pages.append(_remembered(page, listed, sha256))
        return page.rows

    def _keep(self, told: ToldRow, where: str) -> bool:
        """Whether the log knows, or knew, the row so."""
        row = row_from(SQLModel.metadata.tables[told.table], told.document, where=where)
        return self._staging.keep_row(told.table, str(row["id"]), row_digest(row), row_document(row))


def _remembered(page: Page, listed: ListedVersion, sha256: str) -> ManifestPage:
    return ManifestPage(
        noun=page.table,
        page=page.number,
        first_id=page.first_id,
        rows=len(page.rows),
        sha256=sha256,
        object_key=listed.reference.key,
        object_version=listed.reference.version_id,
        written_at=listed.stored_at,
    )
