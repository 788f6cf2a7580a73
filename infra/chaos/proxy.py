"""A faulty line: a TCP proxy on loopback in front of one engine, told at run time what to do to who comes through.

    pass, refuse, cut (reset), stall, slow; and once: cut after so many bytes, cut at a word: see `cuts.py`

All proxies of a `Lines` run in one thread; their methods may be called from any other.
"""

import asyncio
import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeVar

from infra.chaos.cuts import After, Cut, Direction

CHUNK = 64 * 1024
_PATIENCE_SECONDS = 30.0
_SLICES_A_SECOND = 10
_Result = TypeVar("_Result")


@dataclass(eq=False)
class Connection:
    """One client and the server behind it."""

    number: int
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    answers_are_lost: Cut | None = field(default=None)

    def reset(self) -> None:
        """End both sides as a pulled cable or a dying machine would: no goodbye, what was under way is gone."""
        for writer in (self.client, self.server):
            if writer is not None:
                reset(writer)


class Proxy:
    """One listening port in front of the server at `host`:`port`. Made by `Lines`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: str, port: int) -> None:
        self._loop, self._host, self._port = loop, host, port
        self._listening: asyncio.Server | None = None
        self._own_port = 0
        self._connections: set[Connection] = set()
        self._numbers = itertools.count()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.held = threading.Event()
        """Set once a stalled line really holds something back."""
        self._bytes_per_second: float | None = None
        self._cuts: list[Cut] = []

    @property
    def port(self) -> int:
        return self._own_port

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._own_port}"

    # --- control, from any thread ----------------------------------------------------------------------------

    def refuse(self) -> None:
        """Nobody listens any more, as when the server is down; who is connected is cut."""
        self._run(self._close_port)
        self.cut()

    def accept(self) -> None:
        asyncio.run_coroutine_threadsafe(self.open_port(), self._loop).result(_PATIENCE_SECONDS)

    def cut(self) -> None:
        """Reset every connection there is now."""
        self._run(self._reset_all)

    def stall(self) -> None:
        """Carry nothing more in either direction, and hold what comes."""
        self.held.clear()
        self._run(self._flowing.clear)

    def flow(self) -> None:
        self._run(self._flowing.set)

    def slow(self, bytes_per_second: float | None) -> None:
        """Carry no more than this on each connection and in each direction; None: as fast as it goes."""
        self._bytes_per_second = bytes_per_second

    def once(self, cut: Cut) -> Cut:
        """Wait for a cut; its `met` tells when it has happened."""
        self._run(lambda: self._cuts.append(cut))
        return cut

    def call_off(self, cut: Cut) -> None:
        """Wait for it no longer."""
        self._run(lambda: self._cuts.remove(cut) if cut in self._cuts else None)

    def forget(self) -> None:
        """Undo everything: accept, flow, full speed, no cuts waited for."""
        self._bytes_per_second = None
        self._run(self._cuts.clear)
        self.flow()
        self.accept()

    # --- within the loop -------------------------------------------------------------------------------------

    async def open_port(self) -> None:
        if self._listening is None:
            self._listening = await asyncio.start_server(
                self._serve, "127.0.0.1", self._own_port, reuse_address=True, limit=4 * CHUNK
            )
            self._own_port = self._listening.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._close_port()
        self._reset_all()

    def _reset_all(self) -> None:
        for connection in tuple(self._connections):
            connection.reset()

    def _close_port(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def _run(self, act: Callable[[], _Result]) -> _Result:
        async def acted() -> _Result:
            return act()

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result(_PATIENCE_SECONDS)

    async def _serve(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        connection = Connection(next(self._numbers), to_client)
        self._connections.add(connection)
        try:
            await self._until_it_flows()
            from_server, connection.server = await asyncio.open_connection(self._host, self._port, limit=4 * CHUNK)
            await self._converse(connection, from_client, from_server)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # either side has gone, or was cut; or the line is closed
        finally:
            self._connections.discard(connection)
            connection.reset()

    async def _converse(
        self, connection: Connection, from_client: asyncio.StreamReader, from_server: asyncio.StreamReader
    ) -> None:
        assert connection.server is not None  # noqa: S101 - just opened
        pumps = {
            asyncio.ensure_future(self._pump(connection, Direction.TO_SERVER, from_client, connection.server)),
            asyncio.ensure_future(self._pump(connection, Direction.TO_CLIENT, from_server, connection.client)),
        }
        done, left = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in left:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        for pump in done:
            pump.result()
        # Whoever said goodbye is passed on: what was carried last must arrive.
        for writer in (connection.client, connection.server):
            with contextlib.suppress(OSError):
                writer.close()
                await writer.wait_closed()

    async def _pump(
        self, connection: Connection, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while chunk := await reader.read(self._slice()):
            if direction is Direction.TO_CLIENT and connection.answers_are_lost is not None:
                connection.answers_are_lost.met.set()
                connection.reset()
                return
            through, cut = self._look(connection, direction, chunk)
            await self.carry(writer, chunk[:through])
            if cut is not None:
                connection.reset()
                cut.met.set()
                return

    def _look(self, connection: Connection, direction: Direction, chunk: bytes) -> tuple[int, Cut | None]:
        for cut in tuple(self._cuts):
            what, through = cut.look(connection.number, direction, chunk)
            if what is After.FORWARD:
                continue
            self._cuts.remove(cut)
            if what is After.CUT_WHEN_ANSWERED:
                connection.answers_are_lost = cut
                return len(chunk), None
            return through, cut
        return len(chunk), None

    async def _until_it_flows(self) -> None:
        if not self._flowing.is_set():
            self.held.set()
            await self._flowing.wait()

    def _slice(self) -> int:
        speed = self._bytes_per_second
        return CHUNK if speed is None else max(1, min(CHUNK, int(speed / _SLICES_A_SECOND)))

    async def carry(self, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        """Pass on as fast, or not at all, as this line is told to."""
        rest = memoryview(chunk)
        while rest:
            await self._until_it_flows()
            part, speed = rest[: self._slice()], self._bytes_per_second
            writer.write(part)
            await writer.drain()
            rest = rest[len(part) :]
            if speed is not None:
                await asyncio.sleep(len(part) / speed)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with a reset rather than a goodbye."""
    if writer.transport.is_closing():
        return
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


_Line = TypeVar("_Line", bound=Proxy)


class Lines:
    """All proxies of one test or run, in a thread of their own. Use as a context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty lines", daemon=True)
        self._proxies: list[Proxy] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(_PATIENCE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE_SECONDS)
        self._loop.close()

    def __iter__(self) -> Iterator[Proxy]:
        return iter(tuple(self._proxies))

    def to(self, host: str, port: int, kind: type[_Line]) -> _Line:
        """Open a line to a server: `Proxy`, or `HttpProxy` for one that speaks HTTP."""
        proxy = kind(self._loop, host, port)
        proxy.accept()
        self._proxies.append(proxy)
        return proxy

    async def _end(self) -> None:
        for proxy in self._proxies:
            await proxy.close()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
