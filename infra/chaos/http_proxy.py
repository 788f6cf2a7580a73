"""A faulty line to a server that speaks HTTP/1.1, such as an S3 store: answers in its place, cuts answers short.

A proxy forwards the head of a request as it is, Host included: signatures cover it, and servers check what was sent.
"""

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum

from infra.chaos.proxy import CHUNK, Connection, Proxy

_NO_BODY = {204, 304}
_ERROR = b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>Chaos</Message></Error>'
_CODES = {500: b"InternalError", 503: b"ServiceUnavailable"}


class Misdeed(StrEnum):
    """What is done to a request. HOLD stalls the whole line just before it goes on, until `flow`."""

    HOLD = "hold"
    ANSWER_500 = "answer 500"
    ANSWER_503 = "answer 503"
    CUT_REQUEST = "cut the request"
    TRUNCATE_ANSWER = "truncate the answer"
    LOSE_ANSWER = "lose the answer"


@dataclass(eq=False)
class HttpFault:
    """Done to the next `times` requests whose `METHOD target` has a match of `request`; `met` once all are done.

    `after` bytes of the body still go through where something is cut.
    """

    misdeed: Misdeed
    request: str = ""
    times: int = 1
    after: int = 0
    seen: list[str] = field(default_factory=list, init=False)
    met: threading.Event = field(default_factory=threading.Event, init=False, repr=False)


@dataclass(frozen=True, slots=True)
class _Head:
    raw: bytes
    first: str
    length: int | None
    chunked: bool


class HttpProxy(Proxy):
    """One request after another on each connection, each looked at before it goes on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: str, port: int) -> None:
        super().__init__(loop, host, port)
        self._faults: list[HttpFault] = []

    def spoil(self, fault: HttpFault) -> HttpFault:
        self._run(lambda: self._faults.append(fault))
        return fault

    def spare(self, fault: HttpFault) -> None:
        """Do it no more."""
        self._run(lambda: self._faults.remove(fault) if fault in self._faults else None)

    def forget(self) -> None:
        self._run(self._faults.clear)
        super().forget()

    async def _converse(
        self, connection: Connection, from_client: asyncio.StreamReader, from_server: asyncio.StreamReader
    ) -> None:
        assert connection.server is not None  # noqa: S101 - opened by the caller
        while True:
            request = await _head(from_client)
            fault = self._fault_for(request)
            misdeed = fault.misdeed if fault is not None else None
            if fault is not None and misdeed in {Misdeed.ANSWER_500, Misdeed.ANSWER_503}:
                await _swallow(from_client, request)
                await self._answer_instead(connection, request, 500 if misdeed is Misdeed.ANSWER_500 else 503)
                self._done(fault)
                continue
            if fault is not None and misdeed is Misdeed.HOLD:
                self._flowing.clear()
                self._done(fault)
                fault = None
            await self.carry(connection.server, request.raw)
            if fault is not None and misdeed is Misdeed.CUT_REQUEST:
                await self._body(from_client, connection.server, request, at_most=fault.after)
                connection.reset()
                self._done(fault)
                return
            await self._body(from_client, connection.server, request)
            answer = await _head(from_server)
            while answer.first.split(" ", 2)[1].startswith("1"):  # 100 Continue
                await self.carry(connection.client, answer.raw)
                answer = await _head(from_server)
            if fault is not None:
                await self._spoil_answer(connection, from_server, request, answer, fault)
                return
            await self.carry(connection.client, answer.raw)
            if not await self._answer_body(connection, from_server, request, answer):
                return

    async def _spoil_answer(
        self, connection: Connection, from_server: asyncio.StreamReader, request: _Head, answer: _Head, fault: HttpFault
    ) -> None:
        """The server has done what it was asked to; the client learns a part of it, or nothing."""
        if fault.misdeed is Misdeed.TRUNCATE_ANSWER:
            await self.carry(connection.client, answer.raw)
            if _has_body(request, answer):
                await self._body(from_server, connection.client, answer, at_most=fault.after)
            connection.client.close()  # a goodbye in the middle: shorter than was announced
            await connection.client.wait_closed()
        connection.reset()
        self._done(fault)

    async def _answer_body(
        self, connection: Connection, from_server: asyncio.StreamReader, request: _Head, answer: _Head
    ) -> bool:
        """Pass it on. Returns whether the connection goes on."""
        if not _has_body(request, answer):
            return True
        if answer.length is None and not answer.chunked:  # the end of the connection is the end of the body
            while chunk := await from_server.read(CHUNK):
                await self.carry(connection.client, chunk)
            return False
        await self._body(from_server, connection.client, answer)
        return True

    async def _body(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: _Head, *, at_most: int | None = None
    ) -> None:
        left = at_most
        async for chunk in _chunks(reader, head):
            if left is None:
                await self.carry(writer, chunk)
                continue
            await self.carry(writer, chunk[:left])
            left -= len(chunk)
            if left <= 0:
                return

    async def _answer_instead(self, connection: Connection, request: _Head, status: int) -> None:
        body = b"" if request.first.startswith("HEAD ") else _ERROR % _CODES[status]
        head = f"HTTP/1.1 {status} Chaos\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        await self.carry(connection.client, head.encode() + body)

    def _fault_for(self, request: _Head) -> HttpFault | None:
        for fault in self._faults:
            if re.search(fault.request, request.first):
                fault.seen.append(request.first)
                if len(fault.seen) >= fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    def _done(self, fault: HttpFault) -> None:
        if len(fault.seen) >= fault.times:
            fault.met.set()


async def _head(reader: asyncio.StreamReader) -> _Head:
    raw = await reader.readuntil(b"\r\n\r\n")
    first, *lines = raw.decode("latin-1").rstrip().split("\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = fields.get("content-length")
    return _Head(
        raw, first, None if length is None else int(length), "chunked" in fields.get("transfer-encoding", "").lower()
    )


def _has_body(request: _Head, answer: _Head) -> bool:
    return not request.first.startswith("HEAD ") and int(answer.first.split(" ", 2)[1]) not in _NO_BODY


async def _chunks(reader: asyncio.StreamReader, head: _Head) -> AsyncIterator[bytes]:
    """The body as it lies on the line, chunk sizes included."""
    if head.chunked:
        while True:
            line = await reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            yield line + await reader.readexactly(size + 2)
            if size == 0:
                return
    left = head.length or 0
    while left:
        chunk = await reader.read(min(left, CHUNK))
        if not chunk:
            raise asyncio.IncompleteReadError(b"", left)
        left -= len(chunk)
        yield chunk


async def _swallow(reader: asyncio.StreamReader, head: _Head) -> None:
    async for _ in _chunks(reader, head):
        pass
