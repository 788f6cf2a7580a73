"""The events of a span of positions as the lines of objects, each line the leaf of one event in its canonical JSON.

So the log can be built anew, and checked, from the bucket alone: line `n` of `segment/…/<begin>-<end>.jsonl` is the
leaf at position `begin + n`. What is written was read from the events themselves and hashed anew; their leaves are not
believed. What a process that was killed left there overlaps what was written after it, and says the same; whoever reads
the bucket believes no segment that does not fit a signed tree (`catalog/rebuild/strangers.py`, `api/verifying`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.custody import tree
from catalog.custody.leaf import leaf_content
from catalog.custody.objects import segment_object
from catalog.engine import Catalog
from catalog.errors import CustodyLogChanged
from catalog.repositories import custody_log

BYTES_AT_MOST = 4 * 1024 * 1024
"""Below a part of every store, so that the lock goes with the one request that brings the object."""
_EVENTS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Segment:
    """The leaves from `begin` up to, but without, `end`, and their hashes."""

    begin: int
    lines: list[bytes]
    hashes: list[bytes]

    @property
    def end(self) -> int:
        return self.begin + len(self.lines)

    @property
    def key(self) -> str:
        return segment_object(self.begin, self.end)

    @property
    def content(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)


def segments(catalog: Catalog, begin: int, end: int) -> Iterator[Segment]:
    """Read the events at these positions. Raises CustodyLogChanged for one that is gone or not what its leaf says."""
    made, size = Segment(begin, [], []), 0
    for position, content in _contents(catalog, begin, end):
        if made.lines and size + len(content) + 1 > BYTES_AT_MOST:
            yield made
            made, size = Segment(position, [], []), 0
        made.lines.append(content)
        made.hashes.append(tree.leaf_hash(content))
        size += len(content) + 1
    if made.lines:
        yield made


def _contents(catalog: Catalog, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
    for first in range(begin, end, _EVENTS_AT_ONCE):
        last = min(first + _EVENTS_AT_ONCE, end)
        with catalog.reading() as session:
            events = custody_log.placed(session, first, last)
        for position, event in zip(range(first, last), events, strict=False):
            content = leaf_content(event.row)
            if event.position != position or tree.leaf_hash(content) != event.leaf_hash:
                raise CustodyLogChanged(end, position)
            yield position, content
        if len(events) != last - first:
            raise CustodyLogChanged(end, first + len(events))
