"""Run a media tool on a file nobody can trust: bounded in time, memory and output, and never outliving us.

ToolError
├── ToolMissing     permanent until somebody installs the program
├── ToolTimedOut    permanent for this file under these limits
├── ToolKilled      permanent for this file under these limits: out of memory, or it crashed
└── ToolTooVerbose  permanent for this file: the answer does not fit what we are willing to hold

How a tool is started:

1. `Popen` makes it the leader of its own session, so that one signal reaches it and all its children. Nothing of
   ours runs between fork and exec: that is unsafe in a program with threads, as our workers are.
2. `setpriv` asks the kernel for a SIGKILL when the parent dies. The kernel means the *thread* that forked; that
   thread sits in `run` until the tool has ended, so it cannot leave before it.
3. A shell compares its parent with us, as we may have died before step 2, sets the limits and makes way
   for `nice`, `ionice` and the tool, all under one process id.
4. Whatever ends `run`, an exception thrown into the thread too, kills the whole session first.

The death signal reaches the tool itself and not what it starts: ffmpeg, ffprobe and the like start nothing.
"""

import math
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

STDOUT_LIMIT = 16 * 1024 * 1024
STDERR_LIMIT = 64 * 1024
_CHUNK = 64 * 1024
_TICK_SECONDS = 0.25  # how late the end of a tool that left its pipes to a child is noticed
_REAP_SECONDS = 10.0  # a killed process stuck in the kernel (dead disk) must not hold the worker for ever

# Data counts private writable memory, which is what fills a machine. An address space limit would also count
# libraries, mapped files and the 64 MiB that each thread's allocator reserves and never touches.
_LAUNCH = """
test "$PPID" = "$1" || exit 125
ulimit -c 0; ulimit -d "$2"; ulimit -S -t "$3"
shift 3
exec nice -n 10 ionice -c 3 -t "$@"
"""
_OUT_OF_MEMORY = ("Cannot allocate memory", "std::bad_alloc", "out of memory", "malloc of size", "MemoryError")
_PASSED_ON = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "FONTCONFIG_PATH")


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """`seconds` of wall time, `memory_bytes` of private writable memory."""

    seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """How a tool ended by itself. `stderr` holds its last 64 KiB, undecodable bytes replaced."""

    returncode: int
    stdout: bytes
    stderr: str


class ToolError(Exception):
    """Base of all errors of running a tool. `stderr` is what it said last."""

    retryable = False

    def __init__(self, tool: str, sentence: str, stderr: str = "") -> None:
        self.tool, self.stderr = tool, stderr
        super().__init__(sentence)


class ToolMissing(ToolError):
    def __init__(self, tool: str) -> None:
        super().__init__(tool, f"The program {tool} is not installed: install it, then try again.")


class ToolTimedOut(ToolError):
    def __init__(self, tool: str, seconds: float, stderr: str = "") -> None:
        self.seconds = seconds
        super().__init__(tool, f"{tool} was stopped because it was not done after {seconds:g} seconds.", stderr)


class ToolKilled(ToolError):
    """`memory` is true when memory ran out; otherwise `signal_name` tells the crash."""

    def __init__(self, tool: str, *, memory: bool, signal_name: str | None, stderr: str = "") -> None:
        self.memory, self.signal_name = memory, signal_name
        why = "it needed more memory than it is allowed" if memory else f"it crashed ({signal_name})"
        super().__init__(tool, f"{tool} did not finish: {why}.", stderr)


class ToolTooVerbose(ToolError):
    def __init__(self, tool: str, limit: int, stderr: str = "") -> None:
        self.limit = limit
        super().__init__(tool, f"{tool} was stopped because it answered with more than {limit} bytes.", stderr)


def run(
    command: Sequence[str], *, limits: ProcessLimits, on_output: Callable[[str], None] | None = None
) -> ProcessResult:
    """Run `command` (program and arguments, no shell) at low priority with no standard input, and wait for it.

    With `on_output` each line of standard output goes there as it comes and `stdout` stays empty. An exit code
    other than 0 is a result, not an error. Raises ToolMissing, ToolTimedOut, ToolKilled, ToolTooVerbose; what
    `on_output` raises ends the tool and passes through.
    """
    tool = os.path.basename(command[0])  # noqa: PTH119 - a name, not a path to open
    deadline = time.monotonic() + limits.seconds
    process = subprocess.Popen(  # noqa: S603 - no shell reads the command's words
        _launcher(command, limits),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=_environment(),
    )
    output = _Output(tool, on_output)
    try:
        if not _collect(process, output, deadline):
            raise ToolTimedOut(tool, limits.seconds, output.stderr)
    finally:
        _end(process)
    return _judge(tool, process.returncode, output, limits)


def _launcher(command: Sequence[str], limits: ProcessLimits) -> list[str]:
    paths = {}
    for program in ("setpriv", "sh", "nice", "ionice", command[0]):
        path = shutil.which(program)
        if path is None:
            raise ToolMissing(program)
        paths[program] = path
    # Wall time is ours to enforce; processor time is the net below it, should we be frozen or stopped.
    processor_seconds = math.ceil(limits.seconds * (os.cpu_count() or 1)) + 1
    return [
        *(paths["setpriv"], "--no-new-privs", "--pdeathsig", "KILL", "--"),
        *(paths["sh"], "-c", _LAUNCH, "launch"),
        *(str(os.getpid()), str(limits.memory_bytes // 1024), str(processor_seconds)),
        *(paths[command[0]], *command[1:]),
    ]


def _environment() -> dict[str, str]:
    """Only what programs need to start: our environment may hold credentials."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {"LC_ALL": "C.UTF-8", **kept}


class _Output:
    """What a tool has said so far, bounded: all of stdout or its lines, and the end of stderr."""

    def __init__(self, tool: str, on_output: Callable[[str], None] | None) -> None:
        self._tool, self._on_output = tool, on_output
        self._stdout, self._stderr = bytearray(), bytearray()

    @property
    def stdout(self) -> bytes:
        return bytes(self._stdout)

    @property
    def stderr(self) -> str:
        return self._stderr.decode(errors="replace")

    def take_stdout(self, chunk: bytes) -> None:
        self._stdout += chunk
        if self._on_output is not None:
            *lines, rest = bytes(self._stdout).split(b"\n")
            self._stdout = bytearray(rest)
            for line in lines:
                self._on_output(line.decode(errors="replace").rstrip("\r"))
        if len(self._stdout) > STDOUT_LIMIT:
            raise ToolTooVerbose(self._tool, STDOUT_LIMIT, self.stderr)

    def take_stderr(self, chunk: bytes) -> None:
        self._stderr += chunk
        del self._stderr[:-STDERR_LIMIT]

    def finish(self) -> None:
        """Hand on a last line that no newline ended."""
        if self._on_output is not None and self._stdout:
            self.take_stdout(b"\n")


def _collect(process: subprocess.Popen[bytes], output: _Output, deadline: float) -> bool:
    """Read until the tool has ended; false when the deadline came first."""
    with selectors.DefaultSelector() as selector:
        for stream, take in ((process.stdout, output.take_stdout), (process.stderr, output.take_stderr)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, take)
        while selector.get_map():
            ended = _has_ended(process)  # asked before reading: what it wrote before its end is then still read
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return ended
            ready = selector.select(0 if ended else min(remaining, _TICK_SECONDS))
            for key, _ in ready:
                chunk = os.read(key.fd, _CHUNK)
                key.data(chunk)
                if not chunk:
                    selector.unregister(key.fileobj)
            if ended and not ready:
                break  # a child of the tool keeps the pipes open; it ends with the session
    output.finish()
    while not _has_ended(process):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_TICK_SECONDS / 25)
    return True


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Ask without reaping: until it is reaped, its id cannot become somebody else's."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the session, reap its leader, close the pipes."""
    os.killpg(process.pid, signal.SIGKILL)
    streams: tuple[IO[bytes] | None, ...] = (process.stdout, process.stderr)
    for stream in streams:
        if stream is not None:
            stream.close()
    process.wait(_REAP_SECONDS)


def _judge(tool: str, returncode: int, output: _Output, limits: ProcessLimits) -> ProcessResult:
    if returncode == -signal.SIGXCPU:
        raise ToolTimedOut(tool, limits.seconds, output.stderr)
    starved = any(phrase in output.stderr for phrase in _OUT_OF_MEMORY)
    if returncode < 0:
        # A SIGKILL that is not ours is the kernel's, short of memory.
        memory = starved or returncode == -signal.SIGKILL
        raise ToolKilled(tool, memory=memory, signal_name=signal.Signals(-returncode).name, stderr=output.stderr)
    if returncode > 0 and starved:
        raise ToolKilled(tool, memory=True, signal_name=None, stderr=output.stderr)
    return ProcessResult(returncode, output.stdout, output.stderr)
