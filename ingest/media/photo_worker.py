"""Functions on photos nobody can trust, each call in a child process of its own, without starting Python for each.

A server process (`photo_server`) loads the picture decoders once and forks a child for every call. What hangs, crashes
or swells does so in that child: the server outlives it, we outlive the server.

1. The server is started as leader of its own session, at low priority, its memory limited; its children inherit that.
2. A call goes to it as one line of JSON: module and name of a function of ours, and its arguments.
3. It forks. The child dies with the server, has a limit of processor time, calls the function and answers by a pipe.
4. The server reaps the child and passes on its answer, or the signal that ended it.
5. No answer in time: the whole session is killed, and the next call starts another server.

A server ends by itself when nobody has called it for a while, and at once when our end of its pipe closes: so it never
outlives us, however we end.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec

from ingest.media.photo_server import ANSWER_LIMIT, LENGTH_BYTES, Answer
from ingest.process import ProcessLimits, ToolError, ToolKilled, ToolMissing, ToolTimedOut, ToolTooVerbose

LIMITS = ProcessLimits(seconds=60, memory_bytes=2 * 1024**3)
_NAME = "photo worker"
_IDLE_SECONDS = 60.0
_REAP_SECONDS = 10.0
_START = "import sys; sys.path.append(sys.argv[1]); from ingest.media.photo_server import serve; serve(*sys.argv[2:])"
_ROOT = Path(__file__).parents[2]

P = ParamSpec("P")


class PhotoWorkers:
    """Calls functions in bounded children. One instance serves many threads: as many servers as calls at a time."""

    def __init__(self, limits: ProcessLimits = LIMITS, *, idle_seconds: float = _IDLE_SECONDS) -> None:
        """`limits` are those of each call. Nothing is started before the first."""
        self._limits, self._idle_seconds = limits, idle_seconds
        self._idle: list[_Server] = []
        self._lock = threading.Lock()
        self._finalizer = weakref.finalize(self, _end_all, self._idle)

    def call(self, function: Callable[P, Answer], *arguments: P.args, **named: P.kwargs) -> Answer:
        """Call a function of a module of ours with plain JSON values, and return its answer, the same.

        Raises ToolMissing, ToolTimedOut, ToolKilled, ToolTooVerbose; ToolError for what the function raised, save
        an OSError, which passes through.
        """
        request = {"module": function.__module__, "name": function.__name__, "arguments": arguments, "named": named}
        deadline = time.monotonic() + self._limits.seconds
        while True:
            server = self._awake()
            try:
                answer = server.ask(json.dumps(request).encode() + b"\n", deadline)
            except _Asleep:
                server.end()
            except BaseException:
                server.end()
                raise
            else:
                self._keep(server)
                return _judge(answer)

    def close(self) -> None:
        """End the servers that nobody is calling; later calls start new ones."""
        with self._lock:
            servers = self._idle[:]
            self._idle.clear()
        _end_all(servers)

    def _awake(self) -> "_Server":
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return _Server(self._limits, self._idle_seconds)

    def _keep(self, server: "_Server") -> None:
        with self._lock:
            self._idle.append(server)


@contextlib.contextmanager
def photo_workers(given: PhotoWorkers | None) -> Iterator[PhotoWorkers]:
    """Those given, or some that end with the block."""
    workers = given or PhotoWorkers()
    try:
        yield workers
    finally:
        if given is None:
            workers.close()


def _end_all(servers: "list[_Server]") -> None:
    for server in servers:
        server.end()


class _Asleep(Exception):
    """The server ended by itself, before it took the call."""


class _Server:
    """One server process and the pipes to it."""

    def __init__(self, limits: ProcessLimits, idle_seconds: float) -> None:
        self._limits = limits
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*_low_priority(), sys.executable, "-P", "-c", _START, str(_ROOT), *_texts(limits, idle_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
            env=_environment(),
        )
        assert self._process.stdin is not None  # noqa: S101 - pipes were asked for
        assert self._process.stdout is not None  # noqa: S101
        self._to, self._from = self._process.stdin, self._process.stdout

    def ask(self, request: bytes, deadline: float) -> Answer:
        """Raises _Asleep, ToolTimedOut, ToolKilled, ToolTooVerbose."""
        try:
            rest = memoryview(request)
            while rest:
                rest = rest[self._to.write(rest) :]
        except BrokenPipeError as error:
            raise _Asleep from error
        length = int.from_bytes(self._read(LENGTH_BYTES, deadline))
        if length > ANSWER_LIMIT:
            raise ToolTooVerbose(_NAME, ANSWER_LIMIT)
        answer: Answer = json.loads(self._read(length, deadline))
        return answer

    def _read(self, size: int, deadline: float) -> bytes:
        found = bytearray()
        while len(found) < size:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([self._from], [], [], remaining)[0]:
                raise ToolTimedOut(_NAME, self._limits.seconds)
            chunk = self._from.read(size - len(found))
            if not chunk:
                raise self._ended()
            found += chunk
        return bytes(found)

    def _ended(self) -> Exception:
        returncode = self._process.wait(_REAP_SECONDS)
        if returncode == 0:
            return _Asleep()
        return _killed(-returncode) if returncode < 0 else ToolError(_NAME, f"The {_NAME} ended without an answer.")

    def end(self) -> None:
        """Kill the session, reap its leader, close the pipes."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._to.close()
        self._from.close()
        self._process.wait(_REAP_SECONDS)


def _low_priority() -> list[str]:
    words = ["setpriv", "--no-new-privs", "--", "nice", "-n", "10", "ionice", "-c", "3", "-t"]
    for program in ("setpriv", "nice", "ionice"):
        if shutil.which(program) is None:
            raise ToolMissing(program)
    return words


def _texts(limits: ProcessLimits, idle_seconds: float) -> tuple[str, ...]:
    return (str(limits.seconds), str(limits.memory_bytes), str(idle_seconds))


def _environment() -> dict[str, str]:
    """Only what Python needs to start: our environment may hold credentials. Forking wants no threads before it."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **kept}


def _judge(answer: Answer) -> Answer:
    """Raises what the child met."""
    if "result" in answer:
        result: Answer = answer["result"]
        return result
    if "errno" in answer:
        raise OSError(answer["errno"], answer["text"])
    if answer.get("memory"):
        raise ToolKilled(_NAME, memory=True, signal_name=None)
    if "signal" in answer:
        raise _killed(answer["signal"])
    if answer.get("verbose"):
        raise ToolTooVerbose(_NAME, ANSWER_LIMIT)
    raise ToolError(_NAME, f"The {_NAME} ended without an answer: {answer.get('text', 'nothing was said')}.")


def _killed(number: int) -> ToolError:
    if number == signal.SIGXCPU:
        return ToolTimedOut(_NAME, LIMITS.seconds)
    # A SIGKILL that is not ours is the kernel's, short of memory.
    return ToolKilled(_NAME, memory=number == signal.SIGKILL, signal_name=signal.Signals(number).name)
