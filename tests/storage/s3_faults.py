"""A proxy in front of a real S3 store that damages what a test tells it to. Speaks plain HTTP on loopback."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_TIMEOUT_S = 60
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store answered; a fault may pass on another."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Met by the first `times` requests that `meets` picks by method and path.

    `ask` says whether the store hears of the request at all; `then` makes of its answer what the client gets, None
    cuts the connection.
    """

    meets: Callable[[str, str], bool]
    then: Callable[[Answer], Answer | None]
    ask: bool = True
    times: int = 1


@dataclass
class Proxy:
    """Where it listens, what it does, and every request it saw, as method and path."""

    endpoint: str
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    sent: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def met(self, method: str, path: str) -> Fault | None:
        with self.lock:
            self.seen.append((method, path))
            for fault in self.faults:
                if fault.meets(method, path) and self.sent.get(id(fault), 0) < fault.times:
                    self.sent[id(fault)] = self.sent.get(id(fault), 0) + 1
                    return fault
        return None

    def count(self, meets: Callable[[str, str], bool]) -> int:
        return sum(meets(*each) for each in self.seen)


def answering(status: int, code: str) -> Callable[[Answer], Answer]:
    body = f"<Error><Code>{code}</Code><Message>of this test</Message></Error>".encode()
    return lambda _answer: Answer(status, [("Content-Type", "application/xml")], body)


def cutting(_answer: Answer) -> None:
    """The connection ends without an answer."""
    return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, store: str, damage: Callable[[bytes], bytes], bytes_per_second: int | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store, self.damage, self.bytes_per_second = store, damage, bytes_per_second
        self.proxy = Proxy(f"127.0.0.1:{self.server_port}")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early is what these tests are about, and no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_args: Any) -> None:
        pass

    def pass_on(self) -> None:
        body = self._received(int(self.headers.get("Content-Length") or 0))
        if self.command == "PUT":
            body = self.server.damage(body)
        fault = self.server.proxy.met(self.command, self.path)
        answer = self._asked(body) if fault is None or fault.ask else Answer(0, [], b"")
        passed = answer if fault is None else fault.then(answer)
        if passed is None:
            self.close_connection = True
        else:
            self._answer(passed)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815 - the names that http.server looks for

    def _answer(self, answer: Answer) -> None:
        headers = {name.lower(): value for name, value in answer.headers}
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        # A HEAD announces what a GET would give; a fault may announce more than it sends.
        length = headers.get("content-length", "0") if self.command == "HEAD" else str(len(answer.body))
        self.send_header("Content-Length", headers.get("x-announced", length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.close_connection = "x-announced" in headers

    def _received(self, length: int) -> bytes:
        rate = self.server.bytes_per_second
        if rate is None:
            return self.rfile.read(length)
        # A small window, so that the sender feels it.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        pieces = []
        while length:
            pieces.append(self.rfile.read(min(length, rate // 10)))
            length -= len(pieces[-1])
            time.sleep(0.1)
        return b"".join(pieces)

    def _asked(self, body: bytes) -> Answer:
        store = http.client.HTTPConnection(self.server.store, timeout=_TIMEOUT_S)
        try:
            store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                store.putheader(name, value)
            store.endheaders(body)
            found = store.getresponse()
            return Answer(found.status, found.getheaders(), found.read())
        finally:
            store.close()


@contextlib.contextmanager
def faulty(
    endpoint: str, *, damage: Callable[[bytes], bytes] = lambda body: body, bytes_per_second: int | None = None
) -> Iterator[Proxy]:
    """Stand in front of the store at `endpoint`. The signature holds: the Host header is passed on as it came.

    `damage` is done to the body of every PUT; what is sent is taken at `bytes_per_second`, if that is given.
    """
    with _Server(endpoint, damage, bytes_per_second) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.proxy
        finally:
            server.shutdown()
            thread.join()
