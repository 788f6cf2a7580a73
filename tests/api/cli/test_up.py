"""`zhilu up` as a process: serves, secures what is docked, ends cleanly when it is told to."""

import json
import queue
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.cli.conftest import Zhilu

LONG = 60.0
# How long a file must stand still: here it is written at once.
QUICK = {"ZHILU_STABILITY__QUIET_SECONDS": "0.2"}


class Running:
    """A process whose lines are read as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.strip())

    def line(self, holds: Callable[[str], bool]) -> str:
        """The next line of which that holds."""
        until = time.monotonic() + LONG
        while True:
            line = self._lines.get(timeout=max(until - time.monotonic(), 0.01))
            if holds(line):
                return line

    def end(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(by)
        assert self.process.stderr is not None
        code = self.process.wait(LONG)
        return code, self.process.stderr.read()


@pytest.fixture
def start(zhilu: Zhilu) -> Iterator[Callable[..., Running]]:
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str | Path, **settings: str) -> Running:
        started.append(zhilu.having(**QUICK, **settings).start("up", *arguments))
        return Running(started[-1])

    yield run
    for process in started:
        process.kill()
        process.communicate()


def address(running: Running) -> str:
    return running.line(lambda line: "http://" in line).partition("http://")[2]


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_secures_what_is_docked_and_ends_when_it_is_told(
    zhilu: Zhilu, start: Callable[..., Running], by: signal.Signals
) -> None:
    dock = zhilu.folder / "dock"
    dock.mkdir()
    running = start("--dock", dock, "--port", "0")
    page = f"http://{address(running)}"
    (dock / "note.txt").write_text("dropped in")
    assert running.line(lambda line: line.endswith("note.txt")).startswith("secured")
    with urllib.request.urlopen(f"{page}api/recordings", timeout=LONG) as answer:  # noqa: S310 - our own address
        assert [found["name"] for found in json.load(answer)["recordings"]] == ["note.txt"]
    assert [line["name"] for line in zhilu.lines("find")] == ["note.txt"]
    code, err = running.end(by)
    assert (code, "Traceback" in err) == (0, False), err
    assert list((zhilu.home / "scratch").iterdir()) == []
    assert [line["name"] for line in zhilu.lines("find")] == ["note.txt"]


def test_a_port_in_use_is_said(zhilu: Zhilu, start: Callable[..., Running]) -> None:
    port = address(start("--port", "0")).rstrip("/").rpartition(":")[2]
    said = zhilu("up", "--port", port, code=3)
    assert port in said
    assert len(said.strip().splitlines()) == 1


def test_work_that_was_left_is_done_when_it_runs(zhilu: Zhilu, start: Callable[..., Running]) -> None:
    (zhilu.folder / "note.txt").write_text("x")
    zhilu("ingest", zhilu.folder / "note.txt")
    assert zhilu.lines("jobs")
    running = start("--port", "0")
    address(running)
    until = time.monotonic() + LONG
    while zhilu.lines("jobs") and time.monotonic() < until:
        time.sleep(0.1)
    assert zhilu.lines("jobs") == []
    assert running.end()[0] == 0


def test_says_that_nothing_is_erased_while_nobody_has_probed_the_store(
    start: Callable[..., Running],
) -> None:
    running = start("--port", "0", ZHILU_DOCK__ERASE="true")
    address(running)
    _, err = running.end()
    assert "zhilu storage probe" in err
    assert "Erasing is on" not in err
