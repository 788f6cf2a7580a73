"""What was seen before: never stored twice, each place it was seen at kept, a mark as important only ever raised."""

import os
from pathlib import Path

import pytest
from sqlmodel import select

from catalog.tables import CustodyEvent, Job
from catalog.tables.custody import CustodyAction
from catalog.tables.jobs import JobKind
from storage.model import Bucket
from tests.conftest import Home

from .conftest import MIB, assert_secured_once, recordings_of, sha256, sightings_of, some_bytes

NAME = "012345_1234567_20170722101530_0007"


def events(home: Home, action: CustodyAction) -> list[CustodyEvent]:
    with home.catalog.reading() as session:
        return list(session.exec(select(CustodyEvent).where(CustodyEvent.action == action)).all())


def test_the_same_card_again_is_all_duplicates(home: Home, card: Path) -> None:
    files = {card / f"{number}.mp4": some_bytes(300_000 + number) for number in range(5)}
    files[card / "below" / "deeper" / "0.mp4"] = b""
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    first = home.take(card)
    assert {each.outcome for each in first} == {"secured"}
    before = list(home.store.list_versions(Bucket.ORIGINALS))
    second = home.take(card)
    assert {each.outcome for each in second} == {"duplicate"}
    said = {each.path: (each.recording_id, each.sha256, each.size) for each in first}
    assert {each.path: (each.recording_id, each.sha256, each.size) for each in second} == said
    assert list(home.store.list_versions(Bucket.ORIGINALS)) == before
    assert {sighting.times_seen for sighting in sightings_of(home)} == {2}
    assert events(home, CustodyAction.SIGHTED) == []  # the same file at the same place: counted, not logged again
    assert_secured_once(home, files)


def test_an_empty_file_is_evidence_like_any_other(home: Home, card: Path) -> None:
    path = card / f"{NAME}.mp4"
    path.touch()
    (result,) = home.take(path)
    assert (result.outcome, result.size, result.sha256) == ("secured", 0, sha256(b""))
    assert_secured_once(home, {path: b""})


@pytest.mark.parametrize("size", [1, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 66 * MIB])
def test_sizes_around_the_buffers(home: Home, card: Path, size: int) -> None:
    path = card / "a.mp4"
    content = some_bytes(size)
    path.write_bytes(content)
    (result,) = home.take(path)
    assert result.outcome == "secured"
    assert_secured_once(home, {path: content})


def test_one_content_under_two_names_is_one_recording_with_two_sightings(home: Home, card: Path) -> None:
    files = {card / "a.mp4": b"content", card / "b.mp4": b"content"}
    for path, content in files.items():
        path.write_bytes(content)
    first, second = (home.take(path)[0] for path in files)
    assert (first.outcome, second.outcome) == ("secured", "duplicate")
    assert first.recording_id == second.recording_id
    assert [sighting.name for sighting in sightings_of(home)] == ["a.mp4", "b.mp4"]
    (event,) = events(home, CustodyAction.SIGHTED)
    assert (event.subject_id, event.details["path"]) == (first.recording_id, str(card / "b.mp4"))
    assert_secured_once(home, files)


def test_two_contents_of_one_size_are_two_recordings(home: Home, card: Path) -> None:
    files = {card / "a.mp4": some_bytes(5 * MIB, 1), card / "b.mp4": some_bytes(5 * MIB, 2)}
    for path, content in files.items():
        path.write_bytes(content)
    assert [home.take(path)[0].outcome for path in files] == ["secured", "secured"]
    assert_secured_once(home, files)


@pytest.mark.parametrize("order", [("", "IMP"), ("IMP", "")], ids=["marked later", "marked first"])
def test_a_copy_marked_as_important_raises_the_mark(home: Home, card: Path, order: tuple[str, str]) -> None:
    files = {card / f"{NAME}{mark}.mp4": b"content" for mark in order}
    for path, content in files.items():
        path.write_bytes(content)
        home.take(path)
    (recording,) = recordings_of(home)
    assert recording.important
    assert {sighting.name: sighting.important for sighting in sightings_of(home)} == {
        f"{NAME}.mp4": False,
        f"{NAME}IMP.mp4": True,
    }
    (event,) = events(home, CustodyAction.SIGHTED)
    assert event.details["marked_important"] is (order[1] == "IMP")
    with home.catalog.reading() as session:
        kinds = set(session.exec(select(Job.kind).where(Job.recording_id == recording.id)).all())
    assert kinds == {JobKind.PROBE, JobKind.MANIFEST}  # the manifest tells of every sighting
    assert_secured_once(home, files)


@pytest.mark.parametrize("seconds", [-3_000_000_000, 0, 13_500_000_000], ids=["1874", "1970", "2397"])
def test_a_clock_gone_wild_keeps_nothing_from_being_secured(home: Home, card: Path, seconds: int) -> None:
    path = card / "a.mp4"
    path.write_bytes(b"content")
    os.utime(path, ns=(0, seconds * 10**9))
    first, second = home.take(path), home.take(path)
    assert [each.outcome for each in (*first, *second)] == ["secured", "duplicate"]
    assert [sighting.times_seen for sighting in sightings_of(home)] == [2]
    assert_secured_once(home, {path: b"content"})
