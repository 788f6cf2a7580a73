"""Cards that are swapped unnoticed: nothing of the old one ever stands for the new one, however alike they look."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import watch as watch_module
from ingest.card import CardIdentity
from ingest.mounted import medium_number, mount_id
from ingest.walk import Found, NotLookedInto, walk
from tests.conftest import Home
from tests.waiting import eventually

from .conftest import Watch, sizes_on_record


class Drive:
    """A drive whose cards differ by nothing but the number of their mount."""

    def __init__(self) -> None:
        self.mount = 1

    def __call__(self, root: bytes) -> CardIdentity | None:
        found = CardIdentity.at(root)
        return replace(found, mount=self.mount) if found else None

    def swap(self) -> None:
        self.mount += 1


@pytest.fixture
def bind(card: Path, request: pytest.FixtureRequest) -> Callable[[Path], None]:
    """Mounts a folder at the card's place, above what is mounted there."""

    def bound(folder: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("Only root can mount: run the tests as root to have this one too.")
        done = subprocess.run(
            ["mount", "--bind", str(folder), str(card)], capture_output=True, text=True, timeout=30, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"This machine does not let root mount: {done.stderr.strip()}")
        request.addfinalizer(
            lambda: subprocess.run(["umount", "--lazy", str(card)], capture_output=True, timeout=30, check=False)
        )

    return bound


def test_two_mounts_of_the_very_same_files_are_two_cards(
    watch: Watch, card: Path, tmp_path: Path, bind: Callable[[Path], None], home: Home
) -> None:
    """As two FAT cards in one drive: device, root inode and file system id are the same."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "a.mp4").write_bytes(b"content")
    bind(files)
    first = CardIdentity.at(bytes(card))
    watching = watch(card)
    watching.wait_until_secured(b"content")
    watching.wait_for_these(card / "a.mp4", "secured")
    bind(files)
    second = CardIdentity.at(bytes(card))
    assert first is not None
    assert second is not None
    assert (first.device, first.inode, first.file_system) == (second.device, second.inode, second.file_system)
    assert first != second
    watching.wait_for_these(card / "a.mp4", "secured", "duplicate")
    assert sizes_on_record(home) == [7]


def test_another_card_that_looks_the_same_is_read_again(watch: Watch, card: Path) -> None:
    drive = Drive()
    (card / "a.mp4").write_bytes(b"content")
    watching = watch(card, identity=drive)
    watching.wait_for_these(card / "a.mp4", "secured")
    drive.swap()
    watching.wait_for_these(card / "a.mp4", "secured", "duplicate")


def test_a_look_during_which_the_card_was_swapped_counts_for_neither(
    watch: Watch, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive, looks, swapping = Drive(), [0], [True]

    def swapped_meanwhile(root: bytes) -> Iterator[Found | NotLookedInto]:
        yield from walk(root)
        looks[0] += 1
        if swapping[0]:
            drive.swap()

    monkeypatch.setattr(watch_module, "walk", swapped_meanwhile)
    watcher = watch(card, identity=drive).watcher

    def has_looked_through() -> bool:
        facts = watcher.facts()
        return facts is not None and facts.still_seconds is not None

    seen = set()

    def several_looks() -> bool:
        seen.add(has_looked_through())
        return looks[0] > 5

    eventually(several_looks, "several looks")
    assert seen == {False}
    swapping[0] = False
    eventually(has_looked_through, "a look at one card alone")


def test_the_medium_of_a_partition_is_that_of_its_disk(tmp_path: Path) -> None:
    partition = tmp_path / "devices" / "sda" / "sda1"
    partition.mkdir(parents=True)
    (partition.parent / "diskseq").write_text("17\n")
    for name, place in (("8:0", partition.parent), ("8:1", partition)):
        (tmp_path / name).symlink_to(place)
    assert [medium_number(os.makedev(8, minor), tmp_path) for minor in (0, 1, 2)] == [17, 17, None]


def test_this_system_tells_its_mounts_apart(tmp_path: Path) -> None:
    assert mount_id(b"/proc") is not None
    assert mount_id(b"/proc") == mount_id(b"/proc/self")
    assert mount_id(b"/proc") != mount_id(bytes(tmp_path))
    assert mount_id(bytes(tmp_path / "nothing")) is None
