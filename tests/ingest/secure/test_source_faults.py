"""What a card can do while it is read: each has its outcome with a clear sentence, and nothing half is kept."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.intake import IntakeOutcome
from ingest.progress import Progress, Step
from ingest.walk import Found, walk
from tests.conftest import Home

from .conftest import (
    MIB,
    PATIENCE,
    assert_nothing_kept,
    assert_secured_once,
    claims_of,
    recordings_of,
    some_bytes,
    take_in_time,
    unmount,
)

CHANGED = "It changed while it was read, so it is still being written: try again when it is done."
VANISHED = "It vanished while it was read ({}): dock the card again. Nothing of it was kept."
SIZE = 9 * MIB  # several reads of 4 MiB


class Once:
    """Does something the first time that bytes were read, or a step began."""

    def __init__(self, act: Callable[[], object], at: Step | None = None) -> None:
        self._act, self._at, self._done = act, at, False

    def _do(self) -> None:
        if not self._done:
            self._done = True
            self._act()

    def progress(self) -> Progress:
        if self._at is None:
            return Progress(on_bytes=lambda _count: self._do())
        return Progress(on_step=lambda step: self._do() if step is self._at else None)


@pytest.fixture
def recording(card: Path) -> Path:
    path = card / "DCIM" / "a.mp4"
    path.parent.mkdir()
    path.write_bytes(some_bytes(SIZE))
    return path


# --- the file changes ------------------------------------------------------------------------------------------


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(SIZE // 2)
        file.write(b"other")
    touch(path)  # some clocks tick so slowly that the time would be the same


def shorten(path: Path) -> None:
    os.truncate(path, SIZE - 1)


def empty(path: Path) -> None:
    os.truncate(path, 0)


@pytest.mark.parametrize("at", [None, Step.UPLOAD, Step.SOURCE], ids=["while read", "before", "after"])
@pytest.mark.parametrize("change", [append, touch, overwrite, shorten, empty])
def test_changed_between_opening_and_end(
    home: Home, recording: Path, change: Callable[[Path], object], at: Step | None
) -> None:
    (result,) = home.watched_by(Once(lambda: change(recording), at).progress()).take(recording)
    assert (result.outcome, result.reason, result.retryable) == ("failed", CHANGED, True)
    assert_nothing_kept(home)
    assert claims_of(home) == []
    (again,) = home.take(recording)
    assert again.outcome == "secured"
    assert_secured_once(home, {recording: recording.read_bytes()})


def test_changed_while_hashed_for_a_duplicate(home: Home, recording: Path, card: Path) -> None:
    """Where a recording of this size is known, the file is hashed before anything is uploaded."""
    other = card / "other.mp4"
    other.write_bytes(some_bytes(SIZE, seed=2))
    home.take(other)
    (result,) = home.watched_by(Once(lambda: append(recording), Step.KNOWN).progress()).take(recording)
    assert (result.outcome, result.reason) == ("failed", CHANGED)
    assert_secured_once(home, {other: some_bytes(SIZE, seed=2)})


def test_growing_for_ever_fails_at_once_and_is_secured_when_it_ends(home: Home, recording: Path) -> None:
    ended = threading.Event()

    def write_on() -> None:
        while not ended.is_set():
            append(recording)
            time.sleep(0.001)

    def wait_for_more() -> None:
        size = recording.stat().st_size
        deadline = time.monotonic() + PATIENCE
        while recording.stat().st_size == size and time.monotonic() < deadline:
            time.sleep(0.001)

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        growing = home.watched_by(Progress(on_bytes=lambda _count: wait_for_more()))
        result = take_in_time(growing, recording)
        assert (result.outcome, result.reason, result.retryable) == ("failed", CHANGED, True)
        assert_nothing_kept(home)
    finally:
        ended.set()
        writer.join()
    assert home.take(recording)[0].outcome == "secured"
    assert_secured_once(home, {recording: recording.read_bytes()})


def test_replaced_while_read_keeps_what_was_opened(home: Home, recording: Path, card: Path) -> None:
    """The file that was opened is whole and unchanged; the other one is taken in at the next look."""
    other = card / "other.mp4"
    other.write_bytes(b"another recording")
    os.utime(other, (1, 1))
    (result,) = home.watched_by(Once(lambda: other.replace(recording)).progress()).take(recording)
    assert (result.outcome, result.size) == ("secured", SIZE)
    assert home.take(recording)[0].outcome == "secured"
    assert {each.size for each in recordings_of(home)} == {SIZE, len(b"another recording")}


# --- the card goes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [None, Step.UPLOAD, Step.SOURCE], ids=["while read", "before", "after"])
@pytest.mark.parametrize("what", ["file", "folder", "card"])
def test_gone_while_read(home: Home, recording: Path, card: Path, what: str, at: Step | None) -> None:
    gone = {"file": recording, "folder": recording.parent, "card": card}[what]
    away = card.parent / "away"
    (result,) = home.watched_by(Once(lambda: gone.rename(away), at).progress()).take(recording)
    assert (result.outcome, result.retryable) == ("failed", True)
    assert result.reason == VANISHED.format(os.strerror(errno.ENOENT))
    assert_nothing_kept(home)
    assert claims_of(home) == []

    away.rename(gone)
    assert home.take(recording)[0].outcome == "secured"
    assert_secured_once(home, {recording: some_bytes(SIZE)})


def test_deleted_while_read(home: Home, recording: Path) -> None:
    (result,) = home.watched_by(Once(recording.unlink).progress()).take(recording)
    assert result.reason == VANISHED.format(os.strerror(errno.ENOENT))
    assert_nothing_kept(home)


def test_card_pulled_out_while_read(home: Home, recording: Path, tmp_path: Path, mount: Callable[..., None]) -> None:
    slot = tmp_path / "slot"
    slot.mkdir()
    mount("--bind", str(recording.parent), at=slot)
    docked = slot / recording.name
    others = [docked.with_name(f"{number}.mp4") for number in range(3)]
    for number, path in enumerate(others):
        path.write_bytes(some_bytes(SIZE, seed=number + 10))
    said = home.watched_by(Once(lambda: unmount(slot)).progress()).take(slot)
    assert {each.outcome for each in said} == {"failed"}
    assert {each.reason for each in said} == {VANISHED.format(os.strerror(errno.ENOENT))}
    assert_nothing_kept(home)

    mount("--bind", str(recording.parent), at=slot)
    assert {each.outcome for each in home.take(slot)} == {"secured"}
    assert_secured_once(home, {path: path.read_bytes() for path in (docked, *others)})


def test_a_card_that_reads_no_further(
    home: Home, tmp_path: Path, mount: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The medium ends in the midst of a file: the system answers with EIO from there on."""
    image, slot = tmp_path / "image", tmp_path / "slot"
    slot.mkdir()
    with image.open("wb") as file:
        file.truncate(64 * MIB)
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("A card image needs mkfs.ext4, of the package e2fsprogs.")
    subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", str(image)], check=True, timeout=60)
    mount("-o", "loop", str(image), at=slot)
    path = slot / "a.mp4"
    path.write_bytes(some_bytes(SIZE))
    unmount(slot)
    mount("-o", "loop,ro", str(image), at=slot)
    whole = image.read_bytes()
    # No reading ahead: what lies in memory would be given although the medium is gone.
    monkeypatch.setattr(os, "posix_fadvise", lambda handle, *_rest: no_reading_ahead(handle))
    (result,) = home.watched_by(Once(lambda: os.truncate(image, 0)).progress()).take(path)
    assert (result.outcome, result.retryable) == ("failed", True)
    assert result.reason == VANISHED.format(os.strerror(errno.EIO))
    assert_nothing_kept(home)

    monkeypatch.undo()
    unmount(slot)
    image.write_bytes(whole)
    mount("-o", "loop,ro", str(image), at=slot)
    assert home.take(path)[0].outcome == "secured"
    assert_secured_once(home, {path: some_bytes(SIZE)})


_fadvise = os.posix_fadvise


def no_reading_ahead(handle: int) -> None:
    _fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)


# --- what may not be read --------------------------------------------------------------------------------------


def without_privilege() -> list[str]:
    """What puts a command under the rights that files carry, also where root runs the tests."""
    if os.geteuid() != 0:
        return []
    command = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    done = subprocess.run([*command, "true"], capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        pytest.skip(f"Root cannot give up its rights here: {done.stderr.strip()}")
    return command


@pytest.mark.parametrize("what", ["folder", "file"])
def test_unreadable(home: Home, recording: Path, card: Path, what: str) -> None:
    locked = recording.parent if what == "folder" else recording
    readable = card / "b.mp4"
    readable.write_bytes(b"content")
    command = [*without_privilege(), str(Path(sys.executable).with_name("zhilu")), "ingest", str(card), "--json"]
    environment = {**os.environ, "ZHILU_HOME": str(home.folder)}
    locked.chmod(0)
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    finally:
        locked.chmod(0o755)
    assert done.returncode == 1, done.stderr
    said = {each["path"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert said[str(locked)]["outcome"] == "failed"
    assert said[str(locked)]["reason"] == "It cannot be read: Permission denied."
    assert said[str(readable)]["outcome"] == "secured"
    assert len(said) == 2

    assert {each.outcome for each in home.take(card)} == {"secured", "duplicate"}
    assert_secured_once(home, {recording: some_bytes(SIZE), readable: b"content"})


def test_nothing_there(home: Home, card: Path) -> None:
    (result,) = home.take(card / "nothing.mp4")
    assert (result.outcome, result.retryable) == ("failed", True)
    assert result.reason == VANISHED.format(os.strerror(errno.ENOENT))


def test_a_folder_swapped_for_a_link_after_it_was_walked_leads_nowhere(home: Home, tmp_path: Path) -> None:
    private, card = tmp_path / "private", tmp_path / "card"
    (private / "b").mkdir(parents=True)
    (private / "b" / "key").write_bytes(b"not of this card")
    (card / "a" / "b").mkdir(parents=True)
    (card / "a" / "b" / "key").write_bytes(b"of this card")
    found = [each for each in walk(bytes(card)) if isinstance(each, Found)]
    (card / "a").rename(card / "away")
    (card / "a").symlink_to(private)
    [result] = [home.desk.take(each, actor="tests") for each in found]
    assert result.outcome is IntakeOutcome.FAILED
    assert "symbolic link" in (result.reason or "")


def test_a_file_whose_system_does_not_know_its_size_is_not_taken_for_empty(home: Home) -> None:
    [result] = home.take(Path("/proc/version"))
    assert result.outcome is IntakeOutcome.FAILED
    assert result.retryable


@pytest.mark.parametrize("damage", ["changed", "gone", "unlocked"])
def test_known_content_is_not_vouched_for_when_the_store_lost_it(home: Home, tmp_path: Path, damage: str) -> None:
    card = tmp_path / "recording.mp4"
    card.write_bytes(b"evidence" * 1000)
    [first] = home.take(card)
    assert first.outcome is IntakeOutcome.SECURED
    [data] = (home.folder / "objects").rglob("data")
    data.parent.chmod(0o700)
    match damage:
        case "changed":
            data.chmod(0o600)
            data.write_bytes(b"evidencE" * 1000)
        case "gone":
            data.unlink()
        case _:
            facts = data.with_name("facts.json")
            facts.chmod(0o600)
            facts.write_text(json.dumps(json.loads(facts.read_text()) | {"lock": None}))
    [again] = home.take(card)
    assert again.outcome is IntakeOutcome.FAILED
    assert "keep the card" in (again.reason or "")
