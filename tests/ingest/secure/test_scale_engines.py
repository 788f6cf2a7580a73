"""The same protocol on PostgreSQL and S3: several docks at once, a line that breaks in the middle of anything."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from catalog.engine import Catalog
from catalog.repositories import claims
from catalog.types import new_id
from infra.chaos.cuts import CutAfter, CutAt
from infra.chaos.proxy import Lines, Proxy
from ingest.erase import Eraser
from ingest.intake import IntakeDesk, IntakeResult
from ingest.naming import load_patterns
from ingest.process_identity import own_identity
from ingest.progress import Progress, Step
from ingest.secure import Securer, SecureSettings
from ingest.walk import Found
from retention.locks import LockSettings, first_lock
from storage.model import Bucket
from storage.s3 import S3Settings, S3Store
from tests.conftest import Home, real_clock
from tests.databases import migrated_postgresql
from tests.engines import MigratedPostgresql
from tests.storage.conftest import remove_buckets, s3_client, s3_server, with_new_prefix

from .at_once import assert_each_content_secured_by_one, assert_one_of_many_secures, filled_in_pairs, taken_by_all
from .conftest import (
    KIB,
    MIB,
    PATIENCE,
    StartIntake,
    assert_nothing_kept,
    assert_secured_once,
    claims_of,
    receipts_of,
    recordings_of,
    sha256,
    sightings_of,
    some_bytes,
)

pytestmark = pytest.mark.s3


@dataclass
class Engines:
    """A database and buckets of one test, and a faulty line to each."""

    folder: Path
    database: URL
    store: S3Settings
    to_database: Proxy
    to_store: Proxy
    open_catalogs: ExitStack

    def home(self, *, faulty: bool = False, wait: float = 120.0, ahead: timedelta = timedelta(0)) -> Home:
        """A process's view of it, past the faulty lines or through them."""
        database, store = self.database, self.store
        if faulty:
            database = database.set(host="127.0.0.1", port=self.to_database.port)
            store = store.model_copy(update={"endpoint": self.to_store.address})
        catalog = Catalog(database)
        self.open_catalogs.callback(catalog.close)
        s3 = S3Store(store)
        securer = Securer(
            catalog,
            s3,
            SecureSettings(busy_wait_seconds=wait),
            identity=own_identity(),
            clock=lambda: real_clock() + ahead,
            lock_for=lambda now: first_lock(LockSettings(), now),
        )
        return Home(self.folder, catalog, s3, securer, IntakeDesk(catalog, securer, load_patterns([])))

    def settings(self) -> dict[str, Any]:
        """For a process of its own."""
        s3 = {**self.store.model_dump(), "secret_key": self.store.secret_key.get_secret_value()}
        return {
            "storage": {"engine": "s3", "s3": s3},
            "catalog": {"url": self.database.render_as_string(hide_password=False)},
        }


@pytest.fixture
def engines(
    migrated_postgresql: MigratedPostgresql,
    s3_server: S3Settings,
    s3_client: Any,
    tmp_path: Path,
) -> Iterator[Engines]:
    store = with_new_prefix(s3_server)
    S3Store(store).create_buckets()
    folder = tmp_path / "home"
    folder.mkdir()
    s3_host, _, s3_port = store.endpoint.partition(":")
    try:
        with migrated_postgresql.copy() as database, Lines() as lines, ExitStack() as open_catalogs:
            yield Engines(
                folder,
                database,
                store,
                lines.to(database.host or "127.0.0.1", database.port or 5432, Proxy),
                lines.to(s3_host, int(s3_port or 80), Proxy),
                open_catalogs,
            )
    finally:
        remove_buckets(s3_client, store)


# --- several at once --------------------------------------------------------------------------------------------


def test_a_claim_of_a_twin_of_this_machine_is_left_until_its_lease_ends(engines: Engines, card: Path) -> None:
    """A clone bears our names and lives on; so does, as far as can be told, who claimed before we started anew."""
    home, later = engines.home(wait=0), engines.home(wait=0, ahead=claims.CLAIM_LEASE + timedelta(seconds=5))
    path = card / "a.mp4"
    path.write_bytes(b"content")
    place, _, pid, start = own_identity().rsplit(":", 3)
    twin = f"{place}:00000000:{pid}:{start}#x"
    with home.catalog.writing() as session:
        claims.claim(
            session, sha256(b"content"), recording_id=new_id(), object_key="2026/05/01/x", owner=twin, now=real_clock()
        )
    (result,) = home.take(path)
    assert (result.outcome, result.retryable) == ("failed", True), result.reason
    assert [claim.owner for claim in claims_of(home)] == [twin]
    (result,) = later.take(path)
    assert result.outcome == "secured", result.reason
    assert_secured_once(home, {path: b"content"})


@pytest.mark.parametrize("count", [2, 4])
def test_docks_with_the_same_card_image(engines: Engines, card: Path, start_intake: StartIntake, count: int) -> None:
    files = filled_in_pairs(card, 38, small=60 * KIB, large=11 * MIB)
    said = taken_by_all([start_intake(engines.folder, card, settings=engines.settings()) for _ in range(count)])
    assert [each["reason"] for each in said if each["outcome"] == "failed"] == []
    assert_each_content_secured_by_one(engines.home(), files, said, times=count)


@pytest.mark.parametrize("names", [["a.mp4"] * 6, list("abcdef")], ids=["one file", "copies"])
def test_all_at_the_claim_in_the_same_moment(engines: Engines, card: Path, names: list[str]) -> None:
    assert_one_of_many_secures(engines.home(), card, names, some_bytes(100 * KIB))


def test_one_claim_for_many_who_ask_at_once(engines: Engines) -> None:
    home = engines.home()
    together = threading.Barrier(8)

    def claimed(number: int) -> str:
        with home.catalog.writing() as session:
            together.wait(PATIENCE)
            return claims.claim(
                session,
                sha256(b"content"),
                recording_id=new_id(),
                object_key=f"2026/05/01/{number}",
                owner=f"owner {number}",
                now=real_clock(),
            ).owner

    with ThreadPoolExecutor(8) as threads:
        owners = set(threads.map(claimed, range(8)))
    assert len(owners) == 1
    assert [claim.owner for claim in claims_of(home)] == list(owners)


def test_many_counting_the_same_sighting_at_once(engines: Engines, card: Path) -> None:
    path = card / "a.mp4"
    path.write_bytes(b"content")
    home = engines.home()
    home.take(path)
    together = threading.Barrier(6)

    def begun(step: Step) -> None:
        if step is Step.COMMIT:
            together.wait(PATIENCE)

    busy = home.watched_by(Progress(on_step=begun))
    with ThreadPoolExecutor(6) as threads:
        said = [result for results in threads.map(busy.take, [path] * 6) for result in results]
    assert {each.outcome for each in said} == {"duplicate"}
    assert [sighting.times_seen for sighting in sightings_of(home)] == [7]
    assert_secured_once(home, {path: b"content"})


# --- lines that break -------------------------------------------------------------------------------------------

RECORDING, SIGHTING = b"INSERT INTO recording ", b"UPDATE sighting SET"


@pytest.mark.parametrize("heard", [False, True], ids=["before it is heard", "after it is heard"])
def test_cut_in_the_middle_of_the_commit(engines: Engines, card: Path, *, heard: bool) -> None:
    """Nobody knows whether it went through; tried again at once, it is found out, and nothing is doubled."""
    path = card / "a.mp4"
    path.write_bytes(b"content")
    cut = engines.to_database.once(CutAt(b"COMMIT", once_said=RECORDING, heard=heard))
    (result,) = engines.home(faulty=True).take(path)
    assert cut.met.wait(PATIENCE)
    assert result.outcome == "secured"
    home = engines.home()
    assert_secured_once(home, {path: b"content"})
    (receipt,) = receipts_of(home)
    assert result.receipt_id == receipt.id
    assert [sighting.times_seen for sighting in sightings_of(home)] == [1]


@pytest.mark.parametrize("heard", [False, True], ids=["before it is heard", "after it is heard"])
def test_cut_in_the_middle_of_the_commit_of_a_known_content(engines: Engines, card: Path, *, heard: bool) -> None:
    path = card / "a.mp4"
    path.write_bytes(b"content")
    engines.home().take(path)
    cut = engines.to_database.once(CutAt(b"COMMIT", once_said=SIGHTING, heard=heard))
    faulty = engines.home(faulty=True)
    desk = IntakeDesk(faulty.catalog, faulty.securer, load_patterns([]), fresh_receipts=True)
    (result,) = desk.take_all([bytes(path)], actor="tests")
    assert cut.met.wait(PATIENCE)
    assert (result.outcome, result.receipt is not None and result.receipt.fresh) == ("duplicate", True)
    home = engines.home()
    assert_secured_once(home, {path: b"content"})
    assert len(receipts_of(home)) == 2
    assert [sighting.times_seen for sighting in sightings_of(home)] == [2]


def test_cut_at_the_commit_and_away_after_it(engines: Engines, card: Path) -> None:
    """The commit went through, the answer was lost and the database is gone: the next attempt finds it on record."""
    path = card / "a.mp4"
    path.write_bytes(b"content")
    cut = engines.to_database.once(CutAt(b"COMMIT", once_said=RECORDING, heard=True))
    faulty = engines.home(faulty=True)
    away = threading.Thread(target=lambda: cut.met.wait(PATIENCE) and engines.to_database.refuse())
    away.start()
    (result,) = faulty.take(path)
    away.join()
    engines.to_database.accept()
    home = engines.home()
    assert len(recordings_of(home)) == 1
    (again,) = faulty.take(path)
    assert (again.outcome, again.receipt_id) == ("duplicate", receipts_of(home)[0].id)
    # Whether the one attempt at once came before the line was closed is a matter of moments.
    assert (result.outcome, result.retryable) in {("failed", True), ("secured", False)}
    assert_secured_once(home, {path: b"content"})


@pytest.mark.parametrize("step", [Step.UPLOAD, Step.COMPLETE, Step.READ_BACK, Step.COMMIT], ids=lambda step: step.name)
def test_the_store_goes_away_in_the_middle(engines: Engines, card: Path, step: Step) -> None:
    path = card / "a.mp4"
    path.write_bytes(some_bytes(11 * MIB))

    def begun(now: Step) -> None:
        if now is step:
            engines.to_store.refuse()

    faulty = engines.home(faulty=True, wait=0)
    (result,) = faulty.watched_by(Progress(on_step=begun)).take(path)
    home = engines.home()
    if step is Step.COMMIT:  # nothing more is asked of the store then
        assert result.outcome == "secured"
    else:
        assert (result.outcome, result.retryable) == ("failed", True)
        assert recordings_of(home) == []
        assert receipts_of(home) == []
    engines.to_store.accept()
    (again,) = faulty.take(path)
    assert again.outcome == ("duplicate" if step is Step.COMMIT else "secured")
    assert_secured_once(home, {path: some_bytes(11 * MIB)})


@pytest.mark.parametrize("step", [Step.UPLOAD, Step.CLAIM, Step.COMPLETE, Step.COMMIT], ids=lambda step: step.name)
def test_the_database_goes_away_in_the_middle(engines: Engines, card: Path, step: Step) -> None:
    path = card / "a.mp4"
    path.write_bytes(some_bytes(6 * MIB))

    def begun(now: Step) -> None:
        if now is step:
            engines.to_database.refuse()

    faulty = engines.home(faulty=True, wait=0)
    (result,) = faulty.watched_by(Progress(on_step=begun)).take(path)
    assert (result.outcome, result.retryable) == ("failed", True)
    home = engines.home()
    assert recordings_of(home) == []
    engines.to_database.accept()
    (again,) = faulty.take(path)
    assert again.outcome == "secured"
    assert_secured_once(home, {path: some_bytes(6 * MIB)})


@pytest.mark.parametrize("count", [1 * MIB, 6 * MIB, 10 * MIB + 500 * KIB])
def test_cut_in_the_middle_of_a_part(engines: Engines, card: Path, count: int) -> None:
    path = card / "a.mp4"
    path.write_bytes(some_bytes(11 * MIB))
    cut = engines.to_store.once(CutAfter(count))
    faulty = engines.home(faulty=True)
    results = [*faulty.take(path), *faulty.take(path)]
    assert cut.met.wait(PATIENCE)
    assert results[-1].outcome in {"secured", "duplicate"}
    assert_secured_once(engines.home(), {path: some_bytes(11 * MIB)})


# --- erasing ----------------------------------------------------------------------------------------------------


@pytest.fixture
def secured(engines: Engines, card: Path) -> Callable[[], tuple[Path, IntakeResult]]:
    def take() -> tuple[Path, IntakeResult]:
        path = card / "a.mp4"
        path.write_bytes(b"content")
        home = engines.home()
        desk = IntakeDesk(home.catalog, home.securer, load_patterns([]), fresh_receipts=True)
        (result,) = desk.take_all([bytes(path)], actor="tests")
        return path, result

    return take


def erase(home: Home, path: Path, result: IntakeResult) -> tuple[str, str | None]:
    eraser = Eraser(home.catalog, home.store, real_clock, dry_run=False)
    erasure = eraser.erase(result, Found(bytes(path), bytes(path.parent), bytes(path.name, "utf-8")), "tests")
    return erasure.outcome, erasure.reason


def test_erased_on_what_the_store_says_now(engines: Engines, secured: Callable[[], tuple[Path, IntakeResult]]) -> None:
    path, result = secured()
    engines.to_store.refuse()
    assert erase(engines.home(faulty=True), path, result) == ("kept", "store_silent")
    engines.to_store.accept()
    engines.to_database.refuse()
    assert erase(engines.home(faulty=True), path, result) == ("kept", "catalog_silent")
    assert path.exists()
    assert erase(engines.home(), path, result) == ("erased", None)
    assert not path.exists()


def test_a_version_deleted_with_a_privilege_keeps_the_card(
    engines: Engines,
    secured: Callable[[], tuple[Path, IntakeResult]],
    s3_client: Any,
) -> None:
    path, result = secured()
    home = engines.home()
    (stored,) = home.store.list_versions(Bucket.ORIGINALS)
    remove_buckets(s3_client, engines.store)
    S3Store(engines.store).create_buckets()
    assert list(home.store.list_versions(Bucket.ORIGINALS)) == []
    assert erase(home, path, result) == ("kept", "version_missing")
    assert path.exists()
    assert stored.lock is not None


def test_what_failed_leaves_nothing(engines: Engines, card: Path) -> None:
    path = card / "a.mp4"
    path.symlink_to("nowhere")
    home = engines.home()
    assert [result.outcome for result in home.take(path)] == ["failed"]
    assert_nothing_kept(home)


__all__ = ["migrated_postgresql", "s3_client", "s3_server"]
