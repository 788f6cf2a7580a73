"""Cards with files on them, processes that take them in and may be killed, and what must hold afterwards."""

import hashlib
import json
import multiprocessing
import os
import random
import runpy
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from catalog.tables import ContentClaim, CustodyEvent, Job, Receipt, Recording, Sighting
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.jobs import JobKind
from ingest.intake import IntakeResult
from storage.local import LocalStore
from storage.model import Bucket
from tests.conftest import Home, real_clock

KIB, MIB = 1024, 1024 * 1024
PATIENCE = 120  # seconds until something that should have ended counts as hanging


def some_bytes(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - reproducible, not secret


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def recordings_of(home: Home) -> list[Recording]:
    with home.catalog.reading() as session:
        return list(session.exec(select(Recording)).all())


def sightings_of(home: Home) -> list[Sighting]:
    with home.catalog.reading() as session:
        return list(session.exec(select(Sighting).order_by(col(Sighting.path))).all())


def receipts_of(home: Home) -> list[Receipt]:
    with home.catalog.reading() as session:
        return list(session.exec(select(Receipt).order_by(col(Receipt.made_at), col(Receipt.id))).all())


def claims_of(home: Home) -> list[ContentClaim]:
    with home.catalog.reading() as session:
        return list(session.exec(select(ContentClaim)).all())


def lying_about(home: Home) -> list[Path]:
    """Unfinished uploads and scratch: what nobody needs once every process has come to its end."""
    folders = (home.folder / "objects" / "incoming", home.folder / "scratch")
    return [path for folder in folders if folder.exists() for path in folder.iterdir()]


def assert_nothing_kept(home: Home) -> None:
    """Nothing is on record, nothing visible in the store, nothing left lying about."""
    assert recordings_of(home) == []
    assert sightings_of(home) == []
    assert list(home.store.list_versions(Bucket.ORIGINALS)) == []
    assert lying_about(home) == []


def assert_secured_once(home: Home, files: Mapping[Path, bytes]) -> None:
    """Every content is on record once and stored once, locked and intact; every file was sighted; no litter.

    `files` are all that were ever taken into this home, by path.
    """
    contents = {sha256(content): content for content in files.values()}
    by_digest = {recording.sha256: recording for recording in recordings_of(home)}
    assert by_digest.keys() == contents.keys()
    versions = {stored.reference.version_id: stored for stored in home.store.list_versions(Bucket.ORIGINALS)}
    assert versions.keys() == {recording.object_version for recording in by_digest.values()}
    for digest, recording in by_digest.items():
        stored = versions[recording.object_version]
        assert stored.reference.key == recording.object_key
        assert recording.sm3 == hashlib.new("sm3", contents[digest]).hexdigest()
        assert recording.size == stored.size == len(contents[digest])
        assert b"".join(home.store.read_back(stored.reference)) == contents[digest]
        assert stored.lock is not None
        assert stored.lock.retain_until > real_clock()
        assert stored.lock.retain_until == recording.locked_until
    seen = {os.fsencode(sighting.path): sighting.recording_id for sighting in sightings_of(home)}
    assert seen == {bytes(path): by_digest[sha256(content)].id for path, content in files.items()}
    with home.catalog.reading() as session:
        secured = session.exec(
            select(CustodyEvent.subject_id).where(
                CustodyEvent.action == CustodyAction.SECURED, CustodyEvent.result == CustodyResult.DONE
            )
        ).all()
        probes = session.exec(select(Job.recording_id).where(Job.kind == JobKind.PROBE)).all()
    on_receipt = {
        (os.fsencode(receipt.path), receipt.sha256, receipt.object_key, receipt.object_version)
        for receipt in receipts_of(home)
    }
    assert on_receipt == {
        (bytes(path), recording.sha256, recording.object_key, recording.object_version)
        for path, content in files.items()
        for recording in [by_digest[sha256(content)]]
    }
    ids = Counter(recording.id for recording in by_digest.values())
    assert Counter(secured) == ids
    assert Counter(probes) == ids
    assert claims_of(home) == []
    assert lying_about(home) == []
    if not isinstance(home.store, LocalStore):
        return
    kept = [path for path in (home.folder / "objects" / "objects").rglob("*") if path.is_file()]
    assert len(kept) == 2 * len(versions)  # the bytes and the facts of each version, and nothing beside them


class IntakeProcess:
    """A process that takes files into a home: `start`, and then `join` or `kill`."""

    def __init__(self, context: ForkServerContext, home: Path, *paths: Path, **order: Any) -> None:
        self._pipe, theirs = context.Pipe()
        self._results = home / f"results-{id(self)}.jsonl"
        given = {"home": str(home), "paths": [bytes(path) for path in paths], "results": str(self._results), **order}
        self._process = context.Process(
            target=runpy.run_path,
            args=(str(Path(__file__).with_name("intake_process.py")),),
            kwargs={"init_globals": {"ORDER": given, "PIPE": theirs}, "run_name": "__main__"},
        )
        self._process.start()
        theirs.close()

    def wait_until_ready(self) -> None:
        assert self._pipe.poll(PATIENCE), "the process did not open its home"
        assert self._pipe.recv() == "ready"

    def start(self) -> None:
        self._pipe.send("go")

    def join(self, seconds: float = PATIENCE) -> int | None:
        """The exit code (negative: the signal that ended it), None if it still runs after so many seconds."""
        self._process.join(seconds)
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()
        self._process.join(PATIENCE)

    def results(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._results.read_text().splitlines()]


StartIntake = Callable[..., IntakeProcess]


@pytest.fixture(scope="session")
def clean_processes() -> ForkServerContext:
    """Processes forked from one that has imported Zhilu and done nothing else: starting each takes no time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["api.runtime", "api.settings", "alembic.command", "logging.config"])
    return context


@pytest.fixture
def start_intake(clean_processes: ForkServerContext) -> Iterator[StartIntake]:
    """Start a process that has opened the home and waits for `start()`; none outlives the test."""
    with ExitStack() as running:

        def started(home: Path, *paths: Path, **order: Any) -> IntakeProcess:
            process = IntakeProcess(clean_processes, home, *paths, **order)
            running.callback(process.kill)
            process.wait_until_ready()
            return process

        yield started


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    return folder


@pytest.fixture
def mount(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Mount what `mount(8)` is told to; taken off at the end. Skips where this user may not."""

    def mounted(*arguments: str, at: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("Only root can mount: run the tests as root to have this one too.")
        done = subprocess.run(["mount", *arguments, str(at)], capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            pytest.skip(f"This machine does not let root mount: {done.stderr.strip()}")
        request.addfinalizer(lambda: unmount(at))

    return mounted


def unmount(at: Path) -> None:
    """Take it off at once, as somebody who pulls a card does: what is open stays open, the path is gone."""
    subprocess.run(["umount", "--lazy", str(at)], capture_output=True, timeout=30, check=False)


def take_in_time(home: Home, path: Path) -> IntakeResult:
    """Whatever lies there, the answer comes: nothing blocks."""
    threads = ThreadPoolExecutor(1)
    try:
        (result,) = threads.submit(home.take, path).result(timeout=PATIENCE)
        return result
    finally:
        threads.shutdown(wait=False)
