"""The server process of `photo_worker`: forks a child with limits for every call, and passes on how it ended.

Nothing here trusts a child: its answer is bounded and parsed as JSON and nothing else, and it cannot reach the pipes of
the server.
"""

import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

ANSWER_LIMIT = 16 * 1024 * 1024
LENGTH_BYTES = 4
_CHUNK = 64 * 1024
_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)

Answer = dict[str, Any]


def serve(seconds: str, memory_bytes: str, idle_seconds: str) -> None:
    """Answer calls until nobody has called for `idle_seconds` or the caller is gone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Data counts private writable memory, which is what fills a machine: see `ingest.process`.
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory_bytes), int(memory_bytes)))
    library = ctypes.CDLL(None, use_errno=True)
    pending = b""
    while select.select([0], [], [], float(idle_seconds))[0]:
        chunk = os.read(0, _CHUNK)
        if not chunk:
            return
        pending += chunk
        if pending.endswith(b"\n"):
            answer = json.dumps(_carry_out(json.loads(pending), float(seconds), library)).encode()
            _write_all(1, len(answer).to_bytes(LENGTH_BYTES) + answer)
            pending = b""


def _carry_out(request: Answer, seconds: float, library: ctypes.CDLL) -> Answer:
    function = _loaded(request["module"], request["name"])
    server = os.getpid()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_child(library, server, seconds)
        _answer(writing, function, request)
    os.close(writing)
    try:
        said = _listen(reading, child)
    finally:
        os.close(reading)
        # Whoever closed the pipe has ended, or pretends to. One that is ending keeps the status it ends with.
        os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if said is None:
        return {"verbose": True}
    if status < 0:
        return {"signal": -status}
    try:
        answer: Answer = json.loads(said)
    except ValueError:
        return {"text": f"it exited with {status}"}
    return answer


def _loaded(module: str, name: str) -> Callable[..., Answer]:
    """The function, its module imported and prepared before forking: every child finds that done."""
    fresh = module not in sys.modules
    loaded = importlib.import_module(module)
    if fresh and hasattr(loaded, "prepare"):
        loaded.prepare()
    if fresh:
        gc.freeze()  # a collector that looks at what is shared makes each child copy it
    function: Callable[..., Answer] = getattr(loaded, name)
    return function


def _listen(reading: int, child: int) -> bytes | None:
    """All that the child says; None when that is too much. Ends with the child if the caller is gone."""
    said = bytearray()
    while len(said) <= ANSWER_LIMIT:
        ready = select.select([reading, 0], [], [])[0]
        if 0 in ready:  # one call at a time: there is nothing to read but the end
            os.kill(child, signal.SIGKILL)
            os._exit(1)
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return bytes(said)
        said += chunk
    return None


def _be_child(library: ctypes.CDLL, server: int, seconds: float) -> None:
    """Die with the server, keep away from its pipes, and have an end even if everything else fails."""
    library.prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != server:
        os._exit(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    processor_seconds = int(seconds * (os.cpu_count() or 1)) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds + 1))


def _answer(writing: int, function: Callable[..., Answer], request: Answer) -> NoReturn:
    try:
        answer: Answer = {"result": function(*request["arguments"], **request["named"])}
    except MemoryError:
        answer = {"memory": True}
    except OSError as error:
        text = error.strerror or str(error)
        answer = {"text": text} if error.errno is None else {"errno": error.errno, "text": text}
    except BaseException as error:  # noqa: BLE001 - it goes to the caller; nothing may return into the server's loop
        answer = {"text": f"{type(error).__name__}: {error}"}
    try:
        _write_all(writing, json.dumps(answer).encode())
    finally:
        os._exit(0)


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]
