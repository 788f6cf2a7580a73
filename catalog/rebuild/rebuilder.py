"""Making a catalog again from the buckets alone.

     1 EMPTY      the catalog must be: nothing is ever mixed
     2 LOG        segments and checkpoints of the custody log, proven against each other and their signatures
     3 FACTS      manifests and pages; each row is held against the last seal that the log has of it. What keeps a
                  recording (holds, what is said of cases) is made from its event where they lack it
     4 ORIGINALS  which versions are there without a manifest, which recordings without their version
     5 PUT        in one transaction, a portion at a time: log, rows, ledger, and that the catalog was rebuilt, as the
                  first new event. Rows that are not as the log says last (stale, unknown to it, lost) are sealed by
                  it as they are now; one that contradicts the log is not: it stays marked.

Killed anywhere, the catalog is empty still, and all of it is done again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from catalog import seals
from catalog.engine import Catalog
from catalog.errors import CatalogNotEmpty
from catalog.rebuild import ledger, putting
from catalog.rebuild.facts import FactReader
from catalog.rebuild.log import LogReader
from catalog.rebuild.putting import RowName
from catalog.rebuild.report import FindingKind, Rebuilt
from catalog.rebuild.staging import Fit, Staging
from catalog.repositories import custody
from catalog.tables.custody import CustodyAction
from storage.contract import ObjectStore
from storage.model import Bucket


class Rebuilder:
    """`scratch` is a folder on this machine; it takes a few times the size of all manifests and the log."""

    def __init__(
        self, catalog: Catalog, store: ObjectStore, *, scratch: Path, actor: str, clock: Callable[[], datetime]
    ) -> None:
        self._catalog, self._store, self._scratch = catalog, store, scratch
        self._actor, self._clock = actor, clock

    def rebuild(self, *, dry_run: bool = False) -> Rebuilt:
        """Raises CatalogNotEmpty, StorageError, CatalogError. With `dry_run` nothing is written."""
        report = Rebuilt()
        self._check_empty()  # 1
        with self._staging() as staging:
            log = LogReader(self._store, staging, report)
            log.read()  # 2
            facts = FactReader(self._store, staging, report)
            facts.read()  # 3
            from_log = list(staging.take_told_rows())
            unlike = _judged(staging, report, from_log)
            self._compare_places(staging, report)  # 4
            if dry_run:
                report.rows = staging.counts()
                return report
            with self._catalog.writing(at_length=True) as session:  # 5
                self._check_empty_in(session)
                putting.put_log(session, staging)
                session.add_all([*log.keys, *facts.pages])
                session.flush()
                session.add_all([*log.checkpoints, *log.objects])
                session.flush()
                session.add_all(log.stamps)
                putting.put_rows(session, staging, report)
                report.jobs = ledger.put_ledger(session, staging, now=self._clock())
                _seal(session, unlike)
                self._tell(session, report)
        return report

    @contextmanager
    def _staging(self) -> Iterator[Staging]:
        with TemporaryDirectory(dir=self._scratch, prefix="rebuild-") as folder, Staging(Path(folder)) as staging:
            yield staging

    def _check_empty(self) -> None:
        with self._catalog.reading() as session:
            self._check_empty_in(session)

    def _check_empty_in(self, session: Session) -> None:
        for table in SQLModel.metadata.sorted_tables:
            if session.connection().execute(select(table).limit(1)).first() is not None:
                raise CatalogNotEmpty(self._catalog.where, table.name)

    def _compare_places(self, staging: Staging, report: Rebuilt) -> None:
        staging.places()
        for each in self._store.list_references(Bucket.ORIGINALS):
            report.originals += 1
            if not staging.meet("original", each.reference.key, each.reference.version_id):
                report.tell(FindingKind.UNKNOWN_ORIGINAL, str(each.reference))
        for recording_id in staging.not_met("original"):
            report.tell(FindingKind.MISSING_ORIGINAL, f"recording/{recording_id}")
        for each in self._store.list_references(Bucket.DERIVATIVES):
            staging.meet("derivative", each.reference.key, each.reference.version_id)

    def _tell(self, session: Session, report: Rebuilt) -> None:
        custody.record(
            session,
            CustodyAction.REBUILT,
            at=self._clock(),
            actor=self._actor,
            subject_kind="catalog",
            subject_id=None,
            **report.figures(),
        )


@dataclass
class _Unlike:
    """Rows that do not stand as the log says last, and are sealed by the rebuild: as they are now, or as gone."""

    there: list[RowName]
    gone: list[RowName]


def _judged(staging: Staging, report: Rebuilt, from_log: Sequence[RowName]) -> _Unlike:
    unlike = _Unlike([*from_log], [])
    for noun, row_id in from_log:
        report.tell(FindingKind.FROM_LOG, f"{noun}/{row_id}")
    for noun, row_id, fit in staging.unfit():
        report.tell(FindingKind[fit.name], f"{noun}/{row_id}")
        if fit is not Fit.CONTRADICTS:
            unlike.there.append((noun, row_id))
    for name in staging.lost():
        report.tell(FindingKind.LOST, name)
        noun, _, row_id = name.partition("/")
        unlike.gone.append((noun, row_id))
    cut = putting.cut_off(staging, report)
    there = {*unlike.there, *cut.changed} - set(cut.dropped)
    return _Unlike(sorted(there), [*unlike.gone, *cut.dropped])


def _seal(session: Session, unlike: _Unlike) -> None:
    for noun, ids in putting.ids_by_table(unlike.there).items():
        seals.put_back(session, noun, ids)
    for noun, ids in putting.ids_by_table(unlike.gone).items():
        seals.put_back(session, noun, ids, gone=True)
