"""Many small files at once: they share commits, and nothing else. Each is read back before; one's fault is its own."""

from pathlib import Path
from typing import Any

import pytest

from ingest.progress import Step
from storage.model import Bucket, VersionReference
from storage.s3 import S3Store
from storage.s3_body import Content
from storage.s3_headers import Headers
from storage.s3_requests import MinioRequests
from tests.conftest import Home, OpenHome

from .conftest import KIB, StartIntake, assert_secured_once, recordings_of, some_bytes
from .test_scale_engines import Engines, engines, migrated_postgresql, s3_client, s3_server

COUNT = 40


def fill(card: Path, count: int = COUNT) -> dict[Path, bytes]:
    files = {card / f"photo{number:03}.jpg": some_bytes(20 * KIB + number, seed=number) for number in range(count)}
    for path, content in files.items():
        path.write_bytes(content)
    return files


@pytest.fixture(params=["embedded", "at scale"])
def home(request: pytest.FixtureRequest, open_home: OpenHome) -> Home:
    if request.param == "embedded":
        return open_home()
    at_scale: Engines = request.getfixturevalue("engines")
    return at_scale.home()


@pytest.mark.s3
def test_all_are_secured_with_fewer_transactions_than_photos(
    home: Home, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, commits = fill(card), 0
    write = type(home.catalog).write

    def counting(*given: Any) -> Any:
        nonlocal commits
        commits += 1
        return write(*given)

    monkeypatch.setattr(type(home.catalog), "write", counting)
    assert {result.outcome for result in home.take(card)} == {"secured"}
    assert_secured_once(home, files)
    assert commits < 2 * COUNT


@pytest.mark.s3
def test_twins_among_them_are_stored_once(home: Home, card: Path) -> None:
    files = fill(card, 12)
    for path, content in list(files.items()):
        twin = path.with_name(f"twin-{path.name}")
        twin.write_bytes(content)
        files[twin] = content
    assert sorted(result.outcome for result in home.take(card)) == ["duplicate"] * 12 + ["secured"] * 12
    assert_secured_once(home, files)


@pytest.mark.s3
def test_a_damaged_copy_of_one_fails_that_one_alone(home: Home, card: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = fill(card)
    victim = sorted(files)[COUNT // 2]
    read_back = type(home.store).read_back

    def damaged(store: Any, reference: VersionReference) -> Any:
        back = read_back(store, reference)
        if store.head(reference).size == len(files[victim]):
            back._chunks = iter([bytes(len(files[victim]))])
        return back

    monkeypatch.setattr(type(home.store), "read_back", damaged)
    results = {result.path: result for result in home.take(card)}
    assert [path for path, result in results.items() if result.outcome != "secured"] == [str(victim)]
    assert "is not what was sent" in str(results[str(victim)].reason)
    assert len(recordings_of(home)) == COUNT - 1
    monkeypatch.undo()
    assert sorted(result.outcome for result in home.take(card)) == ["duplicate"] * (COUNT - 1) + ["secured"]


@pytest.mark.parametrize("step", [Step.COMPLETE, Step.READ_BACK, Step.COMMIT, Step.RECEIPT], ids=lambda step: step.name)
def test_killed_among_many(open_home: OpenHome, card: Path, start_intake: StartIntake, step: Step) -> None:
    home, files = open_home(), fill(card)
    first = start_intake(home.folder, card, dies_at=step.name)
    first.start()
    assert first.join() != 0
    again = start_intake(home.folder, card)
    again.start()
    assert again.join() == 0
    assert {each["outcome"] for each in again.results()} <= {"secured", "duplicate"}
    assert_secured_once(home, files)


@pytest.mark.s3
class TestStoreThatForgetsTheLockOfASinglePut:
    @pytest.fixture
    def forgetting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        put_whole = MinioRequests.put_whole

        def forgets(self: MinioRequests, bucket: Bucket, key: str, headers: Headers, content: Content) -> str | None:
            unlocked = {name: value for name, value in headers.items() if "object-lock" not in name}
            return put_whole(self, bucket, key, unlocked, content)

        monkeypatch.setattr(MinioRequests, "put_whole", forgets)

    @pytest.mark.usefixtures("forgetting")
    def test_is_found_out_and_the_version_taken_back(self, engines: Engines, card: Path) -> None:
        fill(card, 1)
        engines.store = engines.store.model_copy(update={"lock_after_complete": False})
        (result,) = engines.home().take(card)
        assert "did not lock" in str(result.reason)
        assert recordings_of(engines.home()) == []
        assert list(S3Store(engines.store).list_versions(Bucket.ORIGINALS)) == []

    @pytest.mark.usefixtures("forgetting")
    def test_is_asked_for_it_again_where_that_is_allowed(self, engines: Engines, card: Path) -> None:
        files = fill(card, 3)
        engines.store = engines.store.model_copy(update={"lock_after_complete": True})
        assert {result.outcome for result in engines.home().take(card)} == {"secured"}
        assert_secured_once(engines.home(), files)


__all__ = ["engines", "migrated_postgresql", "s3_client", "s3_server"]
