"""Whatever a function does in a photo worker, we get an answer or an error in time, and the next call is served."""

import errno
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import ingest
from ingest.media.photo import read
from ingest.media.photo_worker import PhotoWorkers
from ingest.process import ProcessLimits, ToolError, ToolKilled, ToolTimedOut, ToolTooVerbose

ROOT = Path(ingest.__file__).parent.parent
AMPLE = ProcessLimits(seconds=60, memory_bytes=512 * 1024**2)


@pytest.fixture
def workers() -> Iterator[PhotoWorkers]:
    made = PhotoWorkers(AMPLE)
    yield made
    made.close()


def still_serves(workers: PhotoWorkers) -> bool:
    return workers.call(operator.add, 20, 3) == 23


def ends_soon(pid: int) -> bool:
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_one_server_serves_many_calls_each_in_a_child_of_its_own(workers: PhotoWorkers) -> None:
    parents = {workers.call(os.getppid) for _ in range(3)}
    children = {workers.call(os.getpid) for _ in range(3)}
    assert len(parents) == 1
    assert len(children) == 3
    assert os.getpid() not in parents | children


def test_a_crash_is_named_and_costs_nobody_else(workers: PhotoWorkers) -> None:
    server = workers.call(os.getppid)
    with pytest.raises(ToolKilled) as caught:
        workers.call(os.abort)
    assert caught.value.signal_name == "SIGABRT"
    assert not caught.value.memory
    assert workers.call(os.getppid) == server


def test_a_function_that_ends_its_process_is_an_error(workers: PhotoWorkers) -> None:
    with pytest.raises(ToolError, match="exited with 7"):
        workers.call(os._exit, 7)
    assert still_serves(workers)


def test_what_hangs_is_stopped_with_its_server() -> None:
    workers = PhotoWorkers(ProcessLimits(seconds=1.5, memory_bytes=AMPLE.memory_bytes))
    server = workers.call(os.getppid)
    with pytest.raises(ToolTimedOut):
        workers.call(time.sleep, 600)
    assert ends_soon(server)
    assert still_serves(workers)
    workers.close()


def test_what_swells_runs_out_of_memory(workers: PhotoWorkers) -> None:
    with pytest.raises(ToolKilled) as caught:
        workers.call(bytearray, AMPLE.memory_bytes)
    assert caught.value.memory
    assert still_serves(workers)


def test_an_endless_answer_is_cut_off(workers: PhotoWorkers) -> None:
    with pytest.raises(ToolTooVerbose):
        workers.call(operator.mul, "x", 17 * 1024 * 1024)
    assert still_serves(workers)


def test_faults_of_the_disk_and_of_the_function_are_told_apart(workers: PhotoWorkers, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        workers.call(os.listdir, str(tmp_path / "nowhere"))
    assert caught.value.errno == errno.ENOENT
    with pytest.raises(ToolError, match="ZeroDivisionError"):
        workers.call(operator.floordiv, 1, 0)


def test_a_function_cannot_speak_in_the_servers_name(workers: PhotoWorkers) -> None:
    """Into the pipes of the server it would write an answer to the next call."""
    assert [workers.call(os.readlink, f"/proc/self/fd/{number}") for number in (0, 1)] == [os.devnull] * 2


def test_a_server_that_was_killed_is_replaced(workers: PhotoWorkers) -> None:
    with pytest.raises(ToolKilled):
        workers.call(os.kill, workers.call(os.getppid), signal.SIGKILL)
    assert still_serves(workers)


def test_an_idle_server_ends_and_the_next_call_starts_another() -> None:
    workers = PhotoWorkers(AMPLE, idle_seconds=0.2)
    server = workers.call(os.getppid)
    assert ends_soon(server)
    assert workers.call(os.getppid) != server
    workers.close()


def test_server_and_child_end_with_us() -> None:
    """Killed as hard as can be, in the middle of a call."""
    code = """
import os, sys, threading, time
from ingest.media.photo_worker import PhotoWorkers
workers = PhotoWorkers()
print(workers.call(os.getppid), flush=True)
workers.call(time.sleep, 600)
"""
    ours = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert ours.stdout is not None
    server = int(ours.stdout.readline())
    child = None
    while not child:
        child = Path(f"/proc/{server}/task/{server}/children").read_text().strip()
    ours.kill()
    ours.wait()
    ours.stdout.close()
    assert ends_soon(server)
    assert ends_soon(int(child))


def test_what_is_no_picture_is_told_as_that(workers: PhotoWorkers, tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    source.write_bytes(b"\xff\xd8\xff\xe0" + b"nothing" * 100)
    facts = workers.call(read, str(source))
    assert facts["unreadable"]
    assert not facts["sound_jpeg"]
