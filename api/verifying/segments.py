"""The log against its copy in the store: where they are not the same, which event was changed, moved, cut out, put in.

The copies were written under lock, and hashed anew, before the tree was signed. They are compared event by event, in
the order of their positions, in the memory of one segment; only where they differ are all ids held side by side.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from api.verifying.bucket import LogBucket, lines_of
from api.verifying.model import Code, Fact, Finding, Part, Tallies
from catalog.custody import log, tree
from catalog.custody.leaf import leaf_content, row_of
from catalog.custody.objects import span_in
from catalog.repositories import custody_log
from storage.contract import ObjectStore
from storage.errors import StorageError
from storage.model import ListedVersion

_NAMED_AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Copy:
    """One event as the store holds it."""

    position: int
    content: bytes

    @property
    def row(self) -> Mapping[str, Any]:
        """Empty where it is no event."""
        try:
            return row_of(self.content)
        except ValueError:
            return {}


def check_segments(
    session: Session, store: ObjectStore, bucket: LogBucket, tallies: Tallies, *, signed: int, good: int
) -> Iterator[Finding]:
    """Compare the positions below `signed`, for which checkpoints stand, with their copies.

    Below `good` the log has a root that was signed: a segment that tells other events there was put in the bucket by
    somebody else, and covers nothing. Beyond, the one that the store took first is believed.
    """
    tally, position = tallies[Part.SEGMENTS], 0
    comparison = _Comparison()
    for begin, end, listed in _in_order(bucket.segments):
        if begin >= signed:
            continue
        try:
            lines = list(lines_of(store, listed))
        except StorageError as error:
            tally.of += max(end - max(begin, position), 0)
            told: dict[str, Fact] = {"object": str(listed.reference), "why": str(error)}
            yield Finding(Part.SEGMENTS, Code.SEGMENT_UNREADABLE, told)
            position = max(position, end)
            continue
        yield from _sound(listed, begin, end, lines)
        if _is_foreign(session, begin, lines[: max(good - begin, 0)]):
            told = {"object": str(listed.reference), "first": begin, "last": end - 1}
            yield Finding(Part.SEGMENTS, Code.SEGMENT_FOREIGN, told)
            continue
        if end <= position:
            continue
        if begin > position:
            yield _missing(position, begin)
            tally.of += begin - position
        copies = [_Copy(begin + number, line) for number, line in enumerate(lines)]
        comparison.add(session, [each for each in copies if each.position >= position])
        tally.of += end - max(begin, position)
        tally.checked += end - max(begin, position)
        position = end
    if position < signed:
        tally.of += signed - position
        yield _missing(position, signed)
    yield from comparison.findings(session)


def _in_order(listed: Sequence[ListedVersion]) -> list[tuple[int, int, ListedVersion]]:
    """Every version, by where they begin; of those that begin alike, the oldest by the clock of the store first."""
    found = [(*span, each) for each in listed if (span := span_in(each.reference.key)) is not None]
    return sorted(found, key=lambda each: (each[0], each[2].stored_at))


def _is_foreign(session: Session, begin: int, lines: Sequence[bytes]) -> bool:
    """Whether these, which the log as it was signed has at these positions, are other events there."""
    if not lines:
        return False
    leaves = {position: found for position, _event, found in log.leaves(session, begin, begin + len(lines))}
    return any(leaves.get(begin + number) != tree.leaf_hash(line) for number, line in enumerate(lines))


def _sound(listed: ListedVersion, begin: int, end: int, lines: Sequence[bytes]) -> Iterator[Finding]:
    if len(lines) != end - begin:
        told: dict[str, Fact] = {"object": str(listed.reference), "first": begin, "last": end - 1}
        yield Finding(Part.SEGMENTS, Code.SEGMENT_DIFFERS, told)


def _missing(begin: int, end: int) -> Finding:
    return Finding(Part.SEGMENTS, Code.SEGMENT_MISSING, {"first": begin, "last": end - 1})


class _Comparison:
    """What differs, by the ids of events: how they were signed, and how they stand."""

    def __init__(self) -> None:
        self._signed: dict[str, _Copy] = {}
        self._standing: dict[str, tuple[int, bytes]] = {}

    def add(self, session: Session, copies: Sequence[_Copy]) -> None:
        if not copies:
            return
        begin = copies[0].position
        leaves = log.leaves(session, begin, begin + len(copies))
        standing = {position: (str(event_id), found) for position, event_id, found in leaves}
        for each in copies:
            there = standing.get(each.position)
            if there is not None and there[1] == tree.leaf_hash(each.content):
                continue
            self._signed[str(each.row.get("id", f"?{each.position}"))] = each
            if there is not None:
                self._standing[there[0]] = (each.position, there[1])

    def findings(self, session: Session) -> Iterator[Finding]:
        moved: list[tuple[int, int, str]] = []
        for event_id, copy in list(self._signed.items())[:_NAMED_AT_MOST]:
            there = self._standing.pop(event_id, None)
            if there is None:
                yield self._cut_out(event_id, copy)
            elif there[1] != tree.leaf_hash(copy.content):
                yield self._replaced(session, event_id, copy, there[0])
            else:
                moved.append((there[0], copy.position, event_id))
        for event_id, (position, _found) in list(self._standing.items())[:_NAMED_AT_MOST]:
            if event_id not in self._signed:
                told: dict[str, Fact] = {"event": event_id, "position": position}
                yield Finding(Part.SEGMENTS, Code.EVENT_PUT_IN, told)
        yield from _reordered(moved)

    @staticmethod
    def _cut_out(event_id: str, copy: _Copy) -> Finding:
        row = copy.row
        told: dict[str, Fact] = {
            "event": event_id,
            "position": copy.position,
            "action": str(row.get("action", "-")),
            "actor": str(row.get("actor", "-")),
            "at": row.get("at", "-"),
        }
        return Finding(Part.SEGMENTS, Code.EVENT_CUT_OUT, told)

    @staticmethod
    def _replaced(session: Session, event_id: str, copy: _Copy, position: int) -> Finding:
        placed = custody_log.placed(session, position, position + 1)
        signed, standing = copy.row, placed[0].row if placed else {}

        def differs(name: str) -> bool:
            return leaf_content({name: signed.get(name)}) != leaf_content({name: standing.get(name)})

        columns = [name for name in sorted({*signed, *standing}) if differs(name)]
        told: dict[str, Fact] = {"event": event_id, "position": position, "columns": ", ".join(columns)}
        return Finding(Part.SEGMENTS, Code.EVENT_REPLACED, told)


def _reordered(moved: list[tuple[int, int, str]]) -> Iterator[Finding]:
    """Positions now and before. Events that only make room for others, or close a gap, keep their order: not told."""
    by_before = sorted(moved, key=lambda each: each[1])
    newest = -1
    strange: list[tuple[int, int, str]] = []
    for place, each in enumerate(by_before):
        if each[0] < newest:
            strange += [each, *([by_before[place - 1]] if not strange else [])]
        newest = max(newest, each[0])
    if strange:
        first, was, event_id = min(strange)
        facts: dict[str, Fact] = {"first": first, "last": max(strange)[0], "was": was, "event": event_id}
        yield Finding(Part.SEGMENTS, Code.EVENTS_REORDERED, facts)
