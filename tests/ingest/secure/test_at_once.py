"""Several at once, processes and threads: nothing twice, nothing refused, nothing lost."""

from datetime import timedelta
from pathlib import Path

import pytest

from catalog.repositories import claims
from catalog.repositories.claims import CLAIM_LEASE
from catalog.types import new_id
from ingest.process_identity import own_identity
from ingest.progress import Progress, Step
from ingest.secure import SecureSettings
from storage.model import Bucket
from tests.conftest import Home, OpenHome, real_clock

from .at_once import assert_each_content_secured_by_one, assert_one_of_many_secures, filled_in_pairs, taken_by_all
from .conftest import (
    MIB,
    StartIntake,
    assert_secured_once,
    claims_of,
    recordings_of,
    sha256,
    sightings_of,
    some_bytes,
)


@pytest.mark.parametrize("count", [2, 4])
def test_processes_on_the_same_folder(home: Home, card: Path, start_intake: StartIntake, count: int) -> None:
    files = filled_in_pairs(card, 24)
    said = taken_by_all([start_intake(home.folder, card) for _ in range(count)])
    assert {each["outcome"] for each in said} == {"secured", "duplicate"}
    assert all(each["sha256"] == sha256(files[Path(each["path"])]) for each in said)
    assert_each_content_secured_by_one(home, files, said, times=count)


@pytest.mark.parametrize("names", [["a.mp4"] * 6, list("abcdef")], ids=["one file", "copies"])
def test_threads_with_the_same_content(home: Home, card: Path, names: list[str]) -> None:
    assert_one_of_many_secures(home, card, names, some_bytes(5 * MIB))


def claimed_by(home: Home, content: bytes, owner: str) -> None:
    with home.catalog.writing() as session:
        claims.claim(
            session, sha256(content), recording_id=new_id(), object_key="2026/05/01/x", owner=owner, now=real_clock()
        )


def test_while_another_lives_on_with_the_same_content_it_is_busy(open_home: OpenHome, card: Path) -> None:
    home = open_home(secure=SecureSettings(busy_wait_seconds=0))
    path = card / "a.mp4"
    path.write_bytes(b"content")
    other = f"{own_identity()}#another securing of this process"
    claimed_by(home, b"content", other)
    (result,) = home.take(path)
    assert (result.outcome, result.retryable) == ("failed", True)
    assert result.reason == (f"The same content is being secured by another process ({other}): try again in a while.")
    assert [claim.owner for claim in claims_of(home)] == [other]
    assert recordings_of(home) == []
    assert list(home.store.list_versions(Bucket.ORIGINALS)) == []


def of_another_boot() -> str:
    place, _, pid, start = own_identity().rsplit(":", 3)
    return f"{place}:00000000:{pid}:{start}#x"


def test_a_claim_of_before_the_machine_started_anew_is_taken_over_at_once(open_home: OpenHome, card: Path) -> None:
    """SQLite is a file of this machine: nobody elsewhere can have claimed."""
    home = open_home(secure=SecureSettings(busy_wait_seconds=0))
    path = card / "a.mp4"
    path.write_bytes(b"content")
    claimed_by(home, b"content", of_another_boot())
    (result,) = home.take(path)
    assert result.outcome == "secured"
    assert_secured_once(home, {path: b"content"})


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "on another machine"])
def test_a_claim_whose_lease_is_over_is_taken_over(open_home: OpenHome, card: Path, *, elsewhere: bool) -> None:
    home = open_home(
        secure=SecureSettings(busy_wait_seconds=0), clock=lambda: real_clock() + CLAIM_LEASE + timedelta(seconds=5)
    )
    path = card / "a.mp4"
    path.write_bytes(b"content")
    claimed_by(home, b"content", "another-machine/1:aaaaaaaa:1:1#x" if elsewhere else f"{own_identity()}#x")
    (result,) = home.take(path)
    assert result.outcome == "secured"
    assert_secured_once(home, {path: b"content"})


@pytest.mark.parametrize("step", [Step.COMPLETE, Step.READ_BACK, Step.COMMIT], ids=lambda step: step.name.lower())
def test_one_taken_for_dead_that_comes_back_is_told_of_a_duplicate(open_home: OpenHome, card: Path, step: Step) -> None:
    """The first is so slow that its lease ends; another secures the content; then the first goes on."""
    first = open_home()
    later = open_home(clock=lambda: real_clock() + CLAIM_LEASE + timedelta(seconds=5))
    slow, quick = card / "slow.mp4", card / "quick.mp4"
    for path in (slow, quick):
        path.write_bytes(b"content")
    said = {}

    def begun(now: Step) -> None:
        if now is step:
            (said[quick],) = later.take(quick)

    (said[slow],) = first.watched_by(Progress(on_step=begun)).take(slow)
    assert (said[quick].outcome, said[slow].outcome) == ("secured", "duplicate")
    assert said[quick].recording_id == said[slow].recording_id
    (recording,) = recordings_of(first)
    assert {sighting.name for sighting in sightings_of(first)} == {"slow.mp4", "quick.mp4"}
    assert claims_of(first) == []
    versions = [stored.reference.version_id for stored in first.store.list_versions(Bucket.ORIGINALS)]
    assert recording.object_version in versions
    # Stored twice only where both were past all checks before either had stored anything.
    assert len(versions) == (2 if step is Step.COMPLETE else 1)
