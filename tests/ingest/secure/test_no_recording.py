"""What lies on a card and is no file: named, left alone, and no reason to stop."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest import source
from tests.conftest import Home

from .conftest import (
    assert_nothing_kept,
    assert_secured_once,
    take_in_time,
)


def make_link_to_file(path: Path) -> None:
    (path.parent / "secret.txt").write_bytes(b"secret")
    path.symlink_to("secret.txt")


def make_link_to_folder(path: Path) -> None:
    folder = path.parent.parent / "elsewhere"
    folder.mkdir()
    (folder / "secret.txt").write_bytes(b"secret")
    path.symlink_to(folder)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (make_link_to_file, "a symbolic link"),
        (make_link_to_folder, "a symbolic link"),
        (lambda path: path.symlink_to("nowhere"), "a symbolic link"),
        (lambda path: path.symlink_to(path.name), "a symbolic link"),
        (make_pipe, "a pipe"),
        (make_socket, "a socket"),
    ],
    ids=["link to a file", "link to a folder", "dangling link", "link to itself", "pipe", "socket"],
)
def test_not_a_regular_file(home: Home, card: Path, make: Callable[[Path], None], what: str) -> None:
    path = card / "a.mp4"
    make(path)
    result = take_in_time(home, path)
    assert (result.outcome, result.retryable) == ("failed", False)
    assert result.reason == f"It is {what}, not a regular file, and was left alone."
    assert_nothing_kept(home)


def test_found_in_a_folder_it_is_named_and_the_rest_is_secured(home: Home, card: Path) -> None:
    make_link_to_folder(card / "link")
    make_pipe(card / "pipe")
    (card / "z.mp4").write_bytes(b"content")
    said = {each.path: each for each in home.take(card)}
    assert {path: each.outcome for path, each in said.items()} == {
        str(card / "link"): "failed",
        str(card / "pipe"): "failed",
        str(card / "z.mp4"): "secured",
    }
    assert_secured_once(home, {card / "z.mp4": b"content"})


@pytest.mark.parametrize("make", [make_link_to_file, make_pipe], ids=["link", "pipe"])
def test_swapped_just_before_it_is_opened(
    home: Home, card: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    """What was a file when it was looked at is something else when it is opened."""
    path = card / "a.mp4"
    path.write_bytes(b"content")

    def looked_at(_folder: int, _name: bytes, found: bytes) -> None:
        Path(os.fsdecode(found)).unlink()
        make(path)

    monkeypatch.setattr(source, "check_regular", looked_at)
    result = take_in_time(home, path)
    assert result.outcome == "failed"
    assert "not a regular file" in (result.reason or "")
    assert_nothing_kept(home)
