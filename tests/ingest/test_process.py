"""Tools end when they should, say what they said, and never outlive us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ingest
from ingest.process import (
    STDERR_LIMIT,
    ProcessLimits,
    ToolKilled,
    ToolMissing,
    ToolTimedOut,
    ToolTooVerbose,
    run,
)

ROOT = Path(ingest.__file__).parent.parent
AMPLE = ProcessLimits(seconds=60, memory_bytes=512 * 1024**2)


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_alive(pid: int) -> bool:
    """A zombie has ended: nobody may be there to reap it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def ends_soon(pid: int) -> bool:
    for _ in range(200):
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_what_a_tool_says_and_how_it_ends_is_returned() -> None:
    result = run(["sh", "-c", "echo out; echo err >&2; exit 3"], limits=AMPLE)
    assert (result.returncode, result.stdout, result.stderr) == (3, b"out\n", "err\n")


def test_words_are_not_read_by_a_shell() -> None:
    assert run(["printf", "%s|", "$HOME; *", "a b"], limits=AMPLE).stdout == b"$HOME; *|a b|"


def test_lines_arrive_one_by_one_and_a_last_one_without_end_too() -> None:
    lines: list[str] = []
    result = run(["printf", "one\\r\\ntwo\\n\\nthree"], limits=AMPLE, on_output=lines.append)
    assert lines == ["one", "two", "", "three"]
    assert result.stdout == b""


def test_standard_input_is_empty() -> None:
    assert run(["cat"], limits=AMPLE).returncode == 0


def test_only_the_end_of_stderr_is_kept() -> None:
    result = run(python("import sys; sys.stderr.write('x' * 300_000 + 'end')"), limits=AMPLE)
    assert len(result.stderr) == STDERR_LIMIT
    assert result.stderr.endswith("xend")


def test_credentials_in_our_environment_are_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHILU_SECRET", "hidden")
    assert b"hidden" not in run(["env"], limits=AMPLE).stdout


def test_a_tool_runs_at_low_priority() -> None:
    own = os.nice(0)
    assert int(run(["nice"], limits=AMPLE).stdout) == min(own + 10, 19)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolMissing) as caught:
        run(["no-such-program-here"], limits=AMPLE)
    assert caught.value.tool == "no-such-program-here"


def test_a_tool_past_its_time_ends_with_all_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    script = f"sleep 300 & echo $! > {note}; wait"
    with pytest.raises(ToolTimedOut) as caught:
        run(["sh", "-c", script], limits=ProcessLimits(seconds=1, memory_bytes=AMPLE.memory_bytes))
    assert caught.value.seconds == 1
    assert ends_soon(int(note.read_text()))


def test_a_child_that_keeps_the_pipes_open_holds_nobody_up(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    result = run(["sh", "-c", f"sleep 300 & echo $! > {note}; echo done"], limits=AMPLE)
    assert result.stdout == b"done\n"
    assert ends_soon(int(note.read_text()))


def test_a_tool_that_closes_its_pipes_is_waited_for() -> None:
    assert run(["sh", "-c", "exec >&- 2>&-; sleep 0.3; exit 4"], limits=AMPLE).returncode == 4


def test_a_tool_that_needs_too_much_memory_is_told_apart() -> None:
    limits = ProcessLimits(seconds=60, memory_bytes=64 * 1024**2)
    with pytest.raises(ToolKilled) as caught:
        run(python("block = bytearray(512 * 1024 * 1024)"), limits=limits)
    assert caught.value.memory


def test_a_crash_is_told_apart() -> None:
    with pytest.raises(ToolKilled) as caught:
        run(["sh", "-c", "kill -SEGV $$"], limits=AMPLE)
    assert not caught.value.memory
    assert caught.value.signal_name == "SIGSEGV"


def test_a_flood_on_stdout_is_stopped() -> None:
    with pytest.raises(ToolTooVerbose):
        run(["cat", "/dev/zero"], limits=AMPLE)


def test_what_the_listener_raises_ends_the_tool() -> None:
    seen: list[int] = []

    def listen(line: str) -> None:
        seen.append(int(line))
        raise RuntimeError(line)

    with pytest.raises(RuntimeError):
        run(["sh", "-c", "echo $$; exec sleep 300"], limits=AMPLE, on_output=listen)
    assert ends_soon(seen[0])


def test_killing_the_worker_ends_ffmpeg() -> None:
    """The worker runs ffmpeg from a thread, as workers do, and is killed with SIGKILL: nothing of ours runs then."""
    code = """
import threading
from ingest.process import ProcessLimits, run
endless = "exec ffmpeg -v error -re -f lavfi -i testsrc -f null -"
limits = ProcessLimits(seconds=300, memory_bytes=2**30)
say = lambda line: print(line, flush=True)
options = {"limits": limits, "on_output": say}
thread = threading.Thread(target=run, args=(["sh", "-c", "echo $$; " + endless],), kwargs=options)
thread.start()
thread.join()
"""
    worker = subprocess.Popen(python(code), stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert worker.stdout is not None
    with worker:
        tool = int(worker.stdout.readline())
        assert is_alive(tool)
        worker.send_signal(signal.SIGKILL)
    assert ends_soon(tool)
