"""Memory for uploads: blocks that are taken once and used again, never more of them than an upload may hold."""

import threading
from collections.abc import Callable

from storage.s3_settings import MIB

BLOCK = MIB


class BlockPool:
    """Blocks that uploads are done with, kept for the next ones. Safe for several threads."""

    def __init__(self, block_size: int, keep: int) -> None:
        self.block_size, self._keep = block_size, keep
        self._idle: list[bytearray] = []

    def borrow(self, size: int) -> bytearray:
        if size == self.block_size:
            try:
                return self._idle.pop()
            except IndexError:
                pass
        return bytearray(size)

    def give_back(self, block: bytearray) -> None:
        if len(block) == self.block_size and len(self._idle) < self._keep:
            self._idle.append(block)


class Blocks:
    """The blocks of one upload: taken by the thread that writes, given back by those that send.

    The one written to last is not handed out: its bytes may still be digested.
    """

    def __init__(self, pool: BlockPool, *, at_most: int, size: int | None = None) -> None:
        """`at_most` blocks, more than a part takes; `size` of the whole object, where that is known."""
        self._pool, self._left = pool, at_most
        # What fits into less than a block gets no more memory than it takes.
        self._next_size = pool.block_size if size is None else max(1, min(size, pool.block_size))
        self._free: list[bytearray] = []
        self._out: dict[int, bytearray] = {}
        self._changed = threading.Condition()
        self.last_written: bytearray | None = None

    def take(self, meanwhile: Callable[[], None]) -> bytearray:
        """Return a block that is free, or a new one; with none left, wait, and call `meanwhile` whenever woken."""
        with self._changed:
            while (block := self._found()) is None:
                self._changed.wait()
                meanwhile()
            self._out[id(block)] = block
            return block

    def give_back(self, block: bytearray) -> None:
        with self._changed:
            if self._out.pop(id(block), None) is not None:
                self._free.append(block)
                self._changed.notify_all()

    def wake(self) -> None:
        """Something else happened that the thread which waits for a block should look at."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """The upload is over: nobody reads these blocks any more."""
        for block in (*self._free, *self._out.values()):
            self._pool.give_back(block)
        self._free.clear()
        self._out.clear()

    def _found(self) -> bytearray | None:
        for place, free in enumerate(self._free):
            if free is not self.last_written:
                return self._free.pop(place)
        if not self._left:
            return None
        self._left -= 1
        block, self._next_size = self._pool.borrow(self._next_size), self._pool.block_size
        return block
