"""Writing the pages: of each table that speaks of no single recording, those in which a row was touched.

     1 LOOK     which rows were touched since their page was written (`manifest_change`)
     2 READ     the pages that hold them, as the catalog knows them at this moment; too large ones are cut
     3 WRITE    what differs from what was written last, as new versions, read back; what was cut off first
     4 RECORD   digests and versions in the custody log, and that the changes are written, in one commit

Killed anywhere, it is done again: pages are versions. Between two versions of a page that was being cut, a row may
stand in two pages or in none that fits; the seals in the custody log tell which counts.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, pairwise
from uuid import UUID

from sqlalchemy import Table
from sqlmodel import Session

from catalog.engine import Catalog
from catalog.manifest.page_document import Page, is_mixed, paged_tables, told
from catalog.manifest.written import read_back
from catalog.repositories import custody, manifests
from catalog.repositories.manifests import Change
from catalog.tables import ManifestPage
from catalog.tables.custody import CustodyAction
from storage.contract import ObjectStore
from storage.model import Bucket, Lock

PAGE_ROWS = 500
CUT_ABOVE = 2 * PAGE_ROWS
PAGES_AT_ONCE = 20
_CHANGES_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class PagesWritten:
    """Of `looked_at` pages in which a row was touched, `written` differed from what the store had."""

    looked_at: int = 0
    written: int = 0

    def __add__(self, other: "PagesWritten") -> "PagesWritten":
        return PagesWritten(self.looked_at + other.looked_at, self.written + other.written)


@dataclass(frozen=True, slots=True)
class _Span:
    """The page that holds the ids from `first` on (None: from the very first) and below `before` (None: to the end)."""

    number: int
    first: UUID | None
    before: UUID | None


@dataclass(frozen=True, slots=True)
class _Turn:
    """What one turn has read: the pages as they are now, the changes that they answer, and where there is more."""

    pages: Sequence[Page]
    answered: Sequence[UUID]
    goes_on_at: UUID | None
    stand: dict[int, str]


class PageWriter:
    def __init__(
        self,
        catalog: Catalog,
        store: ObjectStore,
        *,
        clock: Callable[[], datetime],
        lock_for: Callable[[datetime], Lock],
    ) -> None:
        self._catalog, self._store, self._clock, self._lock_for = catalog, store, clock, lock_for

    def write(self) -> PagesWritten:
        """Bring all pages up to date. To be called in one process at a time. Raises StorageError, CatalogError."""
        return sum((self._write_table(table) for table in paged_tables()), PagesWritten())

    def _write_table(self, table: Table) -> PagesWritten:
        done = PagesWritten()
        while True:
            with self._catalog.reading(at_length=True) as session:
                turn = _read_turn(session, table)
            if turn is None:
                return done
            done += self._carry_out(table, turn)

    def _carry_out(self, table: Table, turn: _Turn) -> PagesWritten:
        # 3 What was cut off first: never is a row in no page.
        written = [row for page in reversed(turn.pages) if (row := self._put(page, turn.stand)) is not None]

        def keep(session: Session) -> None:  # 4
            for row in written:
                manifests.keep_page(session, row.model_copy())
            manifests.drop_changes(session, turn.answered)
            if turn.goes_on_at is not None:
                manifests.look_again(session, table.name, turn.goes_on_at)
            if written:
                custody.record(
                    session,
                    CustodyAction.MANIFESTED,
                    at=self._clock(),
                    actor="zhilu",
                    subject_kind="catalog",
                    subject_id=None,
                    pages=[
                        {"key": row.object_key, "version": row.object_version, "sha256": row.sha256} for row in written
                    ],
                )

        self._catalog.write(keep)
        return PagesWritten(len(turn.pages), len(written))

    def _put(self, page: Page, stand: dict[int, str]) -> ManifestPage | None:
        content = page.content()
        sha256 = hashlib.sha256(content).hexdigest()
        if stand.get(page.number) == sha256:
            return None
        now = self._clock()
        with self._store.upload(Bucket.MANIFESTS, page.key, lock=self._lock_for(now)) as upload:
            upload.write(content)
            stored = upload.complete()
        read_back(self._store, stored.reference, sha256)
        return ManifestPage(
            noun=page.table,
            page=page.number,
            first_id=page.first_id,
            rows=len(page.rows),
            sha256=sha256,
            object_key=page.key,
            object_version=stored.reference.version_id,
            written_at=now,
        )


def _read_turn(session: Session, table: Table) -> _Turn | None:
    """Steps 1 and 2; None where nothing is to be done."""
    changes = manifests.changes(session, table.name, limit=_CHANGES_AT_ONCE)
    standing = manifests.pages_of(session, table.name)
    if standing and not changes:
        return None
    spans = _spans(standing)
    touched = _touched(spans, changes) if standing else {spans[0]: changes}
    numbers = count(max((page.page for page in standing), default=0) + 1)
    pages: list[Page] = []
    answered: list[UUID] = []
    goes_on_at: UUID | None = None
    for span, answers in touched.items():
        cut = list(_cut(session, table, span, numbers, at_most=PAGES_AT_ONCE - len(pages)))
        pages.extend(page for page, _goes_on_at in cut)
        goes_on_at = cut[-1][1]
        answered.extend(each.id for each in answers)
        if len(pages) >= PAGES_AT_ONCE or goes_on_at is not None:
            break
    if not standing and not answered and not any(page.rows for page in pages):
        return None  # an empty table needs no page
    return _Turn(pages, answered, goes_on_at, {page.page: page.sha256 for page in standing})


def _spans(standing: Sequence[ManifestPage]) -> Sequence[_Span]:
    if not standing:
        return [_Span(0, None, None)]
    spans = [_Span(page.page, page.first_id, after.first_id) for page, after in pairwise(standing)]
    return [*spans, _Span(standing[-1].page, standing[-1].first_id, None)]


def _touched(spans: Sequence[_Span], changes: Sequence[Change]) -> dict[_Span, list[Change]]:
    """The pages in which something changed, in order, each with the changes that it answers."""
    begins = [span.first or UUID(int=0) for span in spans]
    found: dict[_Span, list[Change]] = {}
    for each in sorted(changes, key=lambda change: change.row_id):
        found.setdefault(spans[max(bisect_right(begins, each.row_id) - 1, 0)], []).append(each)
    return found


def _cut(
    session: Session, table: Table, span: _Span, numbers: Iterator[int], *, at_most: int
) -> Iterator[tuple[Page, UUID | None]]:
    """The page, or the pages it has grown into; with the last of `at_most`, where the rows go on that have no page."""
    number, first = span.number, span.first
    for made in count(1):
        rows = manifests.rows_between(
            session, table, first, span.before, of_recordings=is_mixed(table), limit=CUT_ABOVE + 1
        )
        fits = len(rows) <= CUT_ABOVE
        goes_on_at = None if fits else rows[PAGE_ROWS]["id"]
        page = Page(table.name, number, first, told(table, rows if fits else rows[:PAGE_ROWS]))
        ends = fits or made >= at_most
        yield page, goes_on_at if ends else None
        if ends:
            return
        number, first = next(numbers), goes_on_at
