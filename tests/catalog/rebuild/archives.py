"""A catalog with evidence of every kind, and buckets that hold all that is needed to make it again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import select

from catalog.custody.keys import KeyPlace
from catalog.engine import Catalog
from catalog.export import export
from catalog.manifest.pages import PageWriter
from catalog.rebuild.rebuilder import Rebuilder
from catalog.rebuild.report import FindingKind, Rebuilt
from catalog.tables import Job
from catalog.tables.jobs import JobKind, JobState
from ingest.jobs.manifest import manifest
from retention.locks import LockSettings, first_lock
from storage.contract import ObjectStore
from tests.catalog.custody.conftest import Log
from tests.catalog.manifest import evidence
from tests.ingest.jobs.services import services_for
from tests.rows import NOW


@dataclass
class Archive:
    catalog: Catalog
    store: ObjectStore
    folder: Path
    recordings: list[UUID]

    def write_manifests(self) -> None:
        """Carry out the jobs that the ledger has for manifests, many to a transaction."""
        services = services_for(self.catalog, self.store, self.folder)
        with self.catalog.reading() as session:
            due = session.exec(select(Job).where(Job.kind == JobKind.MANIFEST, Job.state == JobState.WAITING)).all()
        for start in range(0, len(due), 200):
            portion = due[start : start + 200]
            finishes = [manifest(services, job, lambda _share: None) for job in portion]
            with self.catalog.writing() as session:
                for job, finish in zip(portion, finishes, strict=True):
                    finish(session)
                    session.get_one(Job, job.id).state = JobState.DONE

    def write_pages(self) -> None:
        PageWriter(
            self.catalog, self.store, clock=lambda: NOW, lock_for=lambda now: first_lock(LockSettings(), now)
        ).write()

    def sign(self) -> None:
        Log(self.catalog, self.store, KeyPlace(self.folder / "log.key")).checkpoint()  # type: ignore[arg-type]

    def settle(self) -> None:
        """As after some quiet minutes: everything is written, and the log signed."""
        self.write_manifests()
        self.write_pages()
        self.sign()
        self.sign()  # of the key itself, too

    def rebuild(self, into: Catalog, *, dry_run: bool = False) -> Rebuilt:
        rebuilder = Rebuilder(into, self.store, scratch=self.folder, actor="li", clock=lambda: NOW)
        return rebuilder.rebuild(dry_run=dry_run)


def archive(catalog: Catalog, store: ObjectStore, folder: Path, recordings: int) -> Archive:
    made = Archive(catalog, store, folder, evidence.fill(catalog, recordings, store))
    made.settle()
    return made


def lines(catalog: Catalog) -> list[dict[str, Any]]:
    with catalog.reading() as session:
        return list(export(session))


def facts(catalog: Catalog) -> list[dict[str, Any]]:
    """Everything but the log."""
    return [line for line in lines(catalog) if line["table"] != "custody_event"]


def log(catalog: Catalog) -> list[dict[str, Any]]:
    return [line for line in lines(catalog) if line["table"] == "custody_event"]


def kinds(done: Rebuilt) -> dict[FindingKind, int]:
    return {kind: done.count(kind) for kind in FindingKind if done.count(kind)}
