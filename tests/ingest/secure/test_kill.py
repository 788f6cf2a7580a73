"""Killed on entering any step and started again: secured exactly once, nothing lost, nothing left lying about."""

import signal
from pathlib import Path

import pytest

from ingest.progress import Step
from storage.model import Bucket
from tests.conftest import Home, OpenHome

from .conftest import (
    MIB,
    StartIntake,
    assert_secured_once,
    claims_of,
    recordings_of,
    some_bytes,
)

SIZE = 9 * MIB + 5


@pytest.fixture
def files(card: Path) -> dict[Path, bytes]:
    content = some_bytes(SIZE)
    path = card / "012345_1234567_20170722101530_0007.mp4"
    path.write_bytes(content)
    return {path: content}


@pytest.fixture
def house(open_home: OpenHome, card: Path) -> Home:
    """A home that knows another content of the same size, so that step 2 has something to do as well."""
    home = open_home()
    other = card.parent / "other.mp4"
    other.write_bytes(some_bytes(SIZE, seed=2))
    (result,) = home.take(other)
    assert result.outcome == "secured"
    return home


@pytest.mark.parametrize("step", Step, ids=lambda step: step.name.lower())
def test_on_entering_a_step(
    house: Home, card: Path, files: dict[Path, bytes], start_intake: StartIntake, step: Step
) -> None:
    files |= {card.parent / "other.mp4": some_bytes(SIZE, seed=2)}
    first = start_intake(house.folder, card, dies_at=step.name)
    first.start()
    assert first.join() == -signal.SIGKILL
    assert len(recordings_of(house)) == (2 if step is Step.RECEIPT else 1)

    again = start_intake(house.folder, card)
    again.start()
    assert again.join() == 0
    assert [each["outcome"] for each in again.results()] == ["duplicate" if step is Step.RECEIPT else "secured"]
    assert_secured_once(house, files)


@pytest.mark.parametrize("step", [Step.KNOWN, Step.COMMIT, Step.RECEIPT], ids=lambda step: step.name.lower())
def test_on_entering_a_step_with_a_known_content(
    house: Home, card: Path, files: dict[Path, bytes], start_intake: StartIntake, step: Step
) -> None:
    content = some_bytes(SIZE, seed=2)
    for path in files:
        path.write_bytes(content)
    everything = dict.fromkeys((*files, card.parent / "other.mp4"), content)
    first = start_intake(house.folder, card, dies_at=step.name)
    first.start()
    assert first.join() == -signal.SIGKILL

    again = start_intake(house.folder, card)
    again.start()
    assert again.join() == 0
    assert [each["outcome"] for each in again.results()] == ["duplicate"]
    assert_secured_once(house, everything)


def test_after_storing_and_before_the_commit_adopts_what_is_stored(
    house: Home, card: Path, files: dict[Path, bytes], start_intake: StartIntake
) -> None:
    before = {stored.reference for stored in house.store.list_versions(Bucket.ORIGINALS)}
    first = start_intake(house.folder, card, dies_at=Step.READ_BACK.name)
    first.start()
    assert first.join() == -signal.SIGKILL
    (stored,) = {stored.reference for stored in house.store.list_versions(Bucket.ORIGINALS)} - before
    (claim,) = claims_of(house)

    again = start_intake(house.folder, card)
    again.start()
    assert again.join() == 0
    (result,) = again.results()
    assert result["outcome"] == "secured"
    (recording,) = [each for each in recordings_of(house) if each.id == claim.recording_id]
    assert result["recording_id"] == str(recording.id)
    assert (recording.object_key, recording.object_version) == (stored.key, stored.version_id)
    assert_secured_once(house, files | {card.parent / "other.mp4": some_bytes(SIZE, seed=2)})


def test_again_and_again_at_the_same_step(
    house: Home, card: Path, files: dict[Path, bytes], start_intake: StartIntake
) -> None:
    for step in (Step.COMPLETE, Step.COMPLETE, Step.READ_BACK, Step.COMMIT, Step.COMMIT):
        process = start_intake(house.folder, card, dies_at=step.name)
        process.start()
        # Once the bytes lie in the store, the next process adopts them and comes by READ_BACK no more.
        assert process.join() == -signal.SIGKILL
    last = start_intake(house.folder, card)
    last.start()
    assert last.join() == 0
    assert_secured_once(house, files | {card.parent / "other.mp4": some_bytes(SIZE, seed=2)})
