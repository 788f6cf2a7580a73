"""Memory for the parts of uploads: taken once and used again, never more than an upload may hold."""

from collections import deque


class PartPool:
    """Buffers that uploads are done with, kept for the next ones. Safe for several threads."""

    def __init__(self, part_size: int, keep: int) -> None:
        self._part_size, self._keep = part_size, keep
        self._idle: list[bytearray] = []

    def borrow(self, size: int) -> bytearray:
        if size == self._part_size:
            try:
                return self._idle.pop()
            except IndexError:
                pass
        return bytearray(size)

    def give_back(self, buffer: bytearray) -> None:
        if len(buffer) == self._part_size and len(self._idle) < self._keep:
            self._idle.append(buffer)


class PartBuffers:
    """The buffers of one upload. The one written to last is not handed out: its bytes may still be digested."""

    def __init__(self, pool: PartPool, part_size: int, *, at_most: int, size: int | None = None) -> None:
        """`at_most` buffers, two at least; `size` of the whole object, where that is known."""
        self._pool, self.part_size, self._left = pool, part_size, at_most
        # What fits into less than a part gets no more memory than it takes.
        self._next_size = part_size if size is None else max(1, min(size, part_size))
        self._free: deque[bytearray] = deque()
        self.last_written: bytearray | None = None

    @property
    def has_one(self) -> bool:
        return self._left > 0 or any(free is not self.last_written for free in self._free)

    def take(self) -> bytearray:
        """Return a buffer that is free now, or a new one; ask `has_one` first."""
        for _ in range(len(self._free)):
            free = self._free.popleft()
            if free is not self.last_written:
                return free
            self._free.append(free)
        self._left -= 1
        taken, self._next_size = self._pool.borrow(self._next_size), self.part_size
        return taken

    def grown(self, full: bytearray) -> bytearray:
        """Return a whole part that begins with what is in a smaller one."""
        larger = self._pool.borrow(self.part_size)
        larger[: len(full)] = full
        return larger

    def give_back(self, buffer: bytearray) -> None:
        self._free.append(buffer)

    def close(self, *in_use: bytearray | None) -> None:
        """The upload is over: nobody reads these buffers any more."""
        for buffer in (*self._free, *in_use):
            if buffer is not None:
                self._pool.give_back(buffer)
        self._free.clear()
