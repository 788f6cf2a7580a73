"""Faults of a connection that a proxy waits for: after so many bytes, or in the middle of what is being said."""

import threading
from dataclasses import dataclass, field
from enum import StrEnum


class Direction(StrEnum):
    TO_SERVER = "to server"
    TO_CLIENT = "to client"


class After(StrEnum):
    """What becomes of a chunk in which a cut was met."""

    FORWARD = "forward"
    CUT = "cut"
    CUT_WHEN_ANSWERED = "cut when answered"


@dataclass(eq=False)
class Cut:
    """Base of what a proxy waits for. `met` is set once it has happened; then it is gone."""

    met: threading.Event = field(default_factory=threading.Event, init=False, repr=False, compare=False)

    def look(self, connection: int, direction: Direction, chunk: bytes) -> tuple[After, int]:
        """What to do, and how many bytes of this chunk still go through before it is done."""
        raise NotImplementedError


@dataclass(eq=False)
class CutAfter(Cut):
    """Cut the connection that carries the last of so many bytes in one direction, all connections together."""

    count: int
    direction: Direction = Direction.TO_SERVER

    def look(self, connection: int, direction: Direction, chunk: bytes) -> tuple[After, int]:  # noqa: ARG002 - any
        if direction is not self.direction:
            return After.FORWARD, len(chunk)
        through = min(self.count, len(chunk))
        self.count -= len(chunk)
        return (After.CUT, through) if self.count <= 0 else (After.FORWARD, len(chunk))


@dataclass(eq=False)
class CutAt(Cut):
    """Cut where a client says `words`, once the same connection has said `once_said`.

    With `heard`, the server gets the words and its answer is lost; without, it never gets them whole.
    """

    words: bytes
    once_said: bytes = b""
    heard: bool = False
    _tails: dict[int, bytes] = field(default_factory=dict, init=False, repr=False)
    _armed: set[int] = field(default_factory=set, init=False, repr=False)

    def look(self, connection: int, direction: Direction, chunk: bytes) -> tuple[After, int]:
        if direction is not Direction.TO_SERVER:
            return After.FORWARD, len(chunk)
        tail = self._tails.get(connection, b"")
        said = tail + chunk
        start = 0
        if connection not in self._armed:
            found = said.find(self.once_said)
            if found >= 0:
                self._armed.add(connection)
                start = found + len(self.once_said)
        place = said.find(self.words, start) if connection in self._armed else -1
        longest = max(len(self.words), len(self.once_said))
        self._tails[connection] = said[max(start, len(said) - longest + 1) :]
        if place < 0:
            return After.FORWARD, len(chunk)
        if self.heard:
            return After.CUT_WHEN_ANSWERED, len(chunk)
        # Half of the words, so that it is cut in the middle of a message and not between two.
        return After.CUT, max(0, place + len(self.words) // 2 - len(tail))
