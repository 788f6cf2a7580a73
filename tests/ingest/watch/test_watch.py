"""Cards come, go, and are written to slowly: what has come to rest is secured, whatever is reported of it or not."""

import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import ingest.walk
from ingest import card as card_module
from ingest import taking as taking_module
from ingest import watch as watch_module
from ingest.intake import IntakeResult
from ingest.progress import Progress, Step
from ingest.taking import steady_clock
from tests.conftest import Home
from tests.waiting import PATIENCE, eventually

from .conftest import RESCAN, Watch, failures_on_record, sizes_on_record

GROWS = "It has been growing for too long; it is watched on and secured once it stands still."
CHANGED = "It changed while it was read, so it is still being written: try again when it is done."


def write(path: Path, content: bytes, *, at: int = 1_700_000_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at, at))


class Looks:
    """A clock that does something each time the watcher begins to look, and counts how often it was asked."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        self.act, self.count = act, 0

    def __call__(self) -> datetime:
        self.count += 1
        self.act()
        return steady_clock()


# --- cards come and go -----------------------------------------------------------------------------------------


def test_files_there_at_the_start_and_files_that_come_later(watch: Watch, card: Path, home: Home) -> None:
    write(card / "a.mp4", b"1")
    watching = watch(card)
    watching.wait_until_secured(b"1")
    write(card / "b.mp4", b"22")
    write(card / "DCIM" / "100" / "c.mp4", b"333")
    write(card / "DCIM" / "empty.mp4", b"")
    watching.wait_until_secured(b"", b"1", b"22", b"333")
    watching.wait_for_these(card / "a.mp4", "secured")
    watching.wait_for_these(card / "b.mp4", "secured")
    assert failures_on_record(home) == []


def test_root_missing_at_the_start(watch: Watch, card: Path) -> None:
    card.rmdir()
    card.parent.rmdir()
    looks = Looks()
    watching = watch(card, steady=looks)
    assert watching.alive
    write(card / "a.mp4", b"content")
    watching.wait_until_secured(b"content")


@pytest.mark.parametrize("fat", [False, True], ids=["", "FAT"])
def test_another_card_at_the_same_place_with_a_file_that_looks_the_same(
    watch: Watch, card: Path, home: Home, monkeypatch: pytest.MonkeyPatch, *, fat: bool
) -> None:
    """Same name, size and time, other content; FAT does not even keep the time of change."""
    if fat:
        state = card_module.FileState
        monkeypatch.setattr(state, "of", lambda status: state(status.st_size, status.st_mtime_ns, status.st_mtime_ns))
    write(card / "a.mp4", b"first")
    watching = watch(card)
    watching.wait_until_secured(b"first")
    away = card.with_name("away")
    card.rename(away)
    write(card.with_name("next") / "a.mp4", b"other")
    card.with_name("next").rename(card)
    watching.wait_until_secured(b"first", b"other")
    watching.wait_for_these(card / "a.mp4", "secured", "secured")

    card.rename(card.with_name("away again"))
    away.rename(card)
    watching.wait_for_outcomes(card / "a.mp4", 3)
    assert watching.outcomes(card / "a.mp4") == ["secured", "secured", "duplicate"]
    assert failures_on_record(home) == []


def test_card_that_comes_and_goes_as_a_disk(watch: Watch, card: Path, request: pytest.FixtureRequest) -> None:
    """Each disk at the same slot may get the device number and the root inode of the one before."""
    if os.geteuid() != 0:
        pytest.skip("Only root can mount: run the tests as root to have this one too.")

    def mount() -> None:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "zhilu-test", str(card)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            pytest.skip(f"This machine does not let root mount: {done.stderr.strip()}")

    def unmount() -> None:
        subprocess.run(["umount", "--lazy", str(card)], capture_output=True, timeout=30, check=False)

    request.addfinalizer(unmount)
    watching = watch(card)
    mount()
    write(card / "a.mp4", b"first")
    watching.wait_until_secured(b"first")
    unmount()
    mount()
    write(card / "a.mp4", b"other")
    watching.wait_until_secured(b"first", b"other")


def test_another_content_put_in_place_with_size_and_time_kept(watch: Watch, card: Path) -> None:
    write(card / "a.mp4", b"first")
    watching = watch(card)
    watching.wait_until_secured(b"first")
    write(card / "a.mp4", b"other")
    watching.wait_until_secured(b"first", b"other")


def test_root_deleted_and_made_anew_at_once(watch: Watch, card: Path) -> None:
    """The new folder may get the inode of the old one; events of the old one will not come any more."""
    write(card / "a.mp4", b"first")
    watching = watch(card)
    watching.wait_until_secured(b"first")
    for number in range(5):
        shutil.rmtree(card)
        write(card / "a.mp4", b"o" * (10 + number))
        watching.wait_for_outcomes(card / "a.mp4", number + 2)
    assert set(watching.outcomes(card / "a.mp4")) == {"secured"}


def test_what_was_secured_is_left_alone(watch: Watch, card: Path) -> None:
    write(card / "a.mp4", b"content")
    looks = Looks()
    watching = watch(card, steady=looks)
    watching.wait_until_secured(b"content")
    watching.wait_for_looks(lambda: looks.count, 12)
    assert watching.outcomes(card / "a.mp4") == ["secured"]


# --- slow writers ----------------------------------------------------------------------------------------------


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def test_growing_at_every_look_it_is_not_secured_but_reported_and_secured_when_it_ends(
    watch: Watch, card: Path, home: Home
) -> None:
    slow = card / "slow.mp4"
    write(slow, b"begin")
    write(card / "done.mp4", b"1")
    looks = Looks(lambda: append(slow))
    watching = watch(card, steady=looks, alarm_after_seconds=0.5)
    watching.wait_until_secured(b"1")
    watching.wait_for_outcomes(slow, 1)
    assert failures_on_record(home) == [(str(slow), GROWS)]
    watching.wait_for_looks(lambda: looks.count, 12)
    assert watching.outcomes(slow) == ["failed"]  # said once
    assert sizes_on_record(home) == [1]

    looks.act = lambda: None
    watching.wait_for_outcomes(slow, 2)
    assert watching.outcomes(slow) == ["failed", "secured"]
    assert sorted(sizes_on_record(home)) == [1, slow.stat().st_size]


def test_grown_after_it_was_secured_it_is_secured_again(watch: Watch, card: Path) -> None:
    path = card / "a.mp4"
    write(path, b"first part")
    watching = watch(card)
    watching.wait_until_secured(b"first part")
    append(path)
    watching.wait_until_secured(b"first part", b"first partmore")


def test_changed_while_it_is_read_it_is_tried_again(
    watch: Watch, card: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_module, "RETRY_FIRST_SECONDS", 0.1)
    path = card / "a.mp4"
    write(path, b"begin")
    changes = iter(range(3))

    def begun(step: Step) -> None:
        if step is Step.SOURCE and next(changes, None) is not None:
            append(path)

    watching = watch(card, using=home.watched_by(Progress(on_step=begun)))
    watching.wait_until_secured(b"beginmoremoremore")
    watching.wait_for_these(path, "failed", "secured")  # the same reason is said once
    assert failures_on_record(home) == [(str(path), CHANGED)]


# --- many, and none reported -----------------------------------------------------------------------------------


def test_many_files_at_once(watch: Watch, card: Path, home: Home) -> None:
    watching = watch(card)
    contents = [b"x" * number for number in range(100)]
    for number, content in enumerate(contents):
        write(card / f"{number % 7}" / f"{number}.mp4", content)
    watching.wait_until_secured(*contents)
    eventually(lambda: len(watching.results) >= len(contents), "a result for each")
    assert {str(each.outcome) for each in watching.results} == {"secured"}
    assert len(watching.results) == len(contents)
    assert failures_on_record(home) == []


class NoInstances:
    """As `Observer()` where the user has no inotify instance left."""

    def __init__(self) -> None:
        raise OSError(errno.EMFILE, "inotify instance limit reached")


class NoWatches:
    """As an observer where the user has no inotify watch left."""

    stopped = 0

    def schedule(self, *_arguments: object, **_given: object) -> None:
        pass

    def start(self) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    def stop(self) -> None:
        NoWatches.stopped += 1


class Silent(NoWatches):
    """As on network file systems: no event ever comes."""

    emitters = ()

    def start(self) -> None:
        pass

    def unschedule_all(self) -> None:
        pass

    def join(self, timeout: float) -> None:
        pass


@pytest.mark.parametrize("observer", [NoInstances, NoWatches, Silent])
def test_without_any_event(
    watch: Watch, card: Path, monkeypatch: pytest.MonkeyPatch, observer: type[NoWatches]
) -> None:
    NoWatches.stopped = 0
    monkeypatch.setattr(watch_module, "Observer", observer)
    write(card / "a.mp4", b"1")
    watching = watch(card)
    watching.wait_until_secured(b"1")
    write(card / "below" / "b.mp4", b"22")
    watching.wait_until_secured(b"1", b"22")
    card.rename(card.with_name("away"))
    write(card / "a.mp4", b"333")
    watching.wait_until_secured(b"1", b"22", b"333")
    watching.stop()
    if observer is NoWatches:
        assert NoWatches.stopped > 0  # what was opened for it is closed again


def test_an_event_wakes_long_before_the_next_rescan(watch: Watch, card: Path) -> None:
    looks = Looks()
    watching = watch(card, rescan_seconds=100 * PATIENCE, steady=looks)
    eventually(lambda: looks.count > 0, "the first look")
    write(card / "a.mp4", b"content")
    watching.wait_until_secured(b"content")


def test_a_look_that_fails_unforeseen_is_not_the_last(
    watch: Watch, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = iter(range(3))
    walk = ingest.walk.walk

    def breaking(root: bytes) -> object:
        if next(failing, None) is not None:
            raise RuntimeError("unforeseen")
        return walk(root)

    monkeypatch.setattr(watch_module, "walk", breaking)
    write(card / "a.mp4", b"content")
    watching = watch(card)
    watching.wait_until_secured(b"content")
    assert next(failing, None) is None


# --- faults ----------------------------------------------------------------------------------------------------


def test_what_is_no_recording_is_reported_once(watch: Watch, card: Path, home: Home) -> None:
    (card / "link.mp4").symlink_to("/etc/hostname")
    os.mkfifo(card / "pipe")
    write(card / "a.mp4", b"content")
    looks = Looks()
    watching = watch(card, steady=looks)
    watching.wait_until_secured(b"content")
    eventually(lambda: len(failures_on_record(home)) == 2, "both reported")
    watching.wait_for_looks(lambda: looks.count, 12)
    assert sorted(failures_on_record(home)) == [
        (str(card / "link.mp4"), "It is a symbolic link, not a regular file, and was left alone."),
        (str(card / "pipe"), "It is a pipe, not a regular file, and was left alone."),
    ]


def test_a_failure_that_may_pass_is_tried_again(
    watch: Watch, card: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_module, "RETRY_FIRST_SECONDS", 0.1)
    write(card / "a.mp4", b"content")
    failing = iter(range(3))

    def begun(step: Step) -> None:
        if step is Step.COMPLETE and next(failing, None) is not None:
            raise RuntimeError("unforeseen")

    watching = watch(card, using=home.watched_by(Progress(on_step=begun)))
    watching.wait_until_secured(b"content")
    assert failures_on_record(home) == [(str(card / "a.mp4"), "Unforeseen RuntimeError: unforeseen")]


def test_a_result_that_nobody_takes_does_not_stop_the_others(card: Path, watch: Watch) -> None:
    told = []

    def breaking(result: IntakeResult) -> None:
        told.append(result.path)
        raise RuntimeError("nobody takes it")

    os.mkfifo(card / "pipe")
    write(card / "a.mp4", b"1")
    watching = watch(card, on_result=breaking)
    watching.wait_until_secured(b"1")
    write(card / "b.mp4", b"22")
    watching.wait_until_secured(b"1", b"22")
    eventually(lambda: set(told) == {str(card / name) for name in ("pipe", "a.mp4", "b.mp4")}, "all told")
    assert watching.alive


# --- stopping --------------------------------------------------------------------------------------------------


def test_stopped_while_securing_it_ends_what_it_began_and_begins_nothing_more(
    watch: Watch, card: Path, home: Home
) -> None:
    for number in range(20):
        write(card / f"{number}.mp4", b"x" * (number + 1))
    begun, go_on = threading.Event(), threading.Event()

    def hold(step: Step) -> None:
        if step is Step.COMPLETE:
            begun.set()
            assert go_on.wait(PATIENCE)

    watching = watch(card, using=home.watched_by(Progress(on_step=hold)), threads=2)
    assert begun.wait(PATIENCE)
    stopper = threading.Thread(target=watching.stop)
    stopper.start()
    # Once it listens no more, it has seen the stop: let those that are under way go on.
    eventually(lambda: not any("watchdog" in type(each).__module__ for each in threading.enumerate()), "the stop")
    go_on.set()
    stopper.join(PATIENCE)
    assert not watching.alive
    secured = sizes_on_record(home)
    assert 1 <= len(secured) <= 2
    assert len(watching.results) == len(secured)
    assert not list((home.folder / "objects" / "incoming").iterdir())

    again = watch(card)
    again.wait_until_secured(*[b"x" * (number + 1) for number in range(20)])


def test_stopped_before_any_card_came(watch: Watch, card: Path) -> None:
    card.rmdir()
    watching = watch(card, rescan_seconds=RESCAN * 1000)
    watching.stop()
    assert not watching.alive
