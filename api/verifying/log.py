"""The log itself: every leaf made again from its event, positions without gaps, times that only go forward.

1 LEAF      the hash of each event is computed anew, whatever is asked for: a changed event may name another subject
            or another time than it did, and so none can be left out by what it says
2 POSITION  they follow each other from 0 on; no event stands twice, none without a position that waits for none
3 ROOT      what the tree was at each size that is asked for; remembered subtrees are never looked at
4 TIME      no event is dated long before one that the log received earlier
5 SEALS     what the log says last of each row of evidence, for who looks at the rows
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from api.verifying.model import Code, Fact, Finding, Part, Tallies
from catalog.custody import leaf, log, tree
from catalog.custody.log import Event, Placed, Waiting
from catalog.portions import Unreadable
from catalog.tables.custody import CustodyAction

APART = timedelta(minutes=15)
"""How far the clocks of the machines that share a catalog may be apart (`ClocksApart`), and so their events."""


_OF_KEYS = (CustodyAction.KEY_MADE, CustodyAction.KEY_ROTATED)


Asked = Callable[[Event, str], bool]
"""Whether the seal of a row by an event is asked for."""


@dataclass(slots=True)
class _Behind:
    """A run of events that are dated long before one that came earlier."""

    first: int
    last: int
    earliest: datetime
    after: int
    after_at: datetime

    def finding(self) -> Finding:
        facts: dict[str, Fact] = {
            "first": self.first,
            "last": self.last,
            "seconds": round((self.after_at - self.earliest).total_seconds()),
            "after": self.after,
            "after_at": self.after_at,
            "earliest": self.earliest,
        }
        return Finding(Part.EVENTS, Code.CLOCK_BACK, facts)


class LogCheck:
    """One reading of the log. `roots`, `latest` and `seals` are complete once `run` has come to its end."""

    def __init__(self, tallies: Tallies, asked: Asked, sizes: Collection[int]) -> None:
        self._tally, self._tallies, self._asked = tallies[Part.EVENTS], tallies, asked
        self._sizes, self._growth = frozenset(sizes), tree.Growth()
        self.roots: dict[int, bytes] = {0: tree.EMPTY_ROOT}
        self.latest: dict[int, datetime] = {}
        self.seals: dict[str, str | None] = {}
        self.keys_told: list[str] = []
        self._newest: tuple[datetime, int] | None = None
        self._behind: _Behind | None = None

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._growth.size

    def run(self, session: Session) -> Iterator[Finding]:
        expected = 0
        for each in log.placed(session):
            if each.position != expected:
                yield _gap(expected, each.position)
            expected = each.position + 1
            yield from self._placed(each)
        if self._behind is not None:
            yield self._behind.finding()
        for waiting in log.waiting(session):
            yield from self._waiting(waiting)
        yield from _beside(session)

    def _placed(self, each: Placed) -> Iterator[Finding]:
        found, finding = _made_again(each)
        self._tally.met(checked=finding is None or finding.code is Code.EVENT_CHANGED)
        if finding is not None:
            yield finding
        self._growth.add_all((found,))
        self._seal(each.event)
        yield from self._time(each)
        if self._growth.size in self._sizes:
            self.roots[self._growth.size] = self._growth.root()
            if self._newest is not None:
                self.latest[self._growth.size] = self._newest[0]

    def _waiting(self, each: Waiting) -> Iterator[Finding]:
        self._tallies.waiting += 1
        readable = not isinstance(each.event, Unreadable) and each.event is not None
        self._tally.met(checked=readable)
        if each.event is None:
            yield Finding(Part.EVENTS, Code.EVENT_REMOVED_WAITING, {"event": str(each.event_id)})
        elif not readable:
            yield Finding(Part.EVENTS, Code.EVENT_UNREADABLE, {"event": str(each.event_id), "position": "-"})
        self._seal(each.event)

    def _seal(self, event: Event) -> None:
        if isinstance(event, Mapping) and event["action"] in _OF_KEYS:
            told = event["details"].get("keys")
            self.keys_told.append(str(told.get("key")) if isinstance(told, Mapping) else "-")
        for row, digest in log.seals_of(event).items():
            if row in self.seals or self._asked(event, row):
                self.seals[row] = digest

    def _time(self, each: Placed) -> Iterator[Finding]:
        if each.event is None or isinstance(each.event, Unreadable):
            return
        at: datetime = each.event["at"]
        newest = self._newest
        if newest is None or at >= newest[0]:
            self._newest = (at, each.position)
        elif at < newest[0] - APART:
            behind = self._behind
            if behind is None:
                self._behind = _Behind(each.position, each.position, at, newest[1], newest[0])
            else:
                behind.last, behind.earliest = each.position, min(behind.earliest, at)
            return
        if self._behind is not None:
            yield self._behind.finding()
            self._behind = None


def _gap(expected: int, position: int) -> Finding:
    return Finding(Part.EVENTS, Code.EVENTS_MISSING, {"first": expected, "last": position - 1})


def _made_again(each: Placed) -> tuple[bytes, Finding | None]:
    """The hash of the leaf as the event makes it now; that on record where there is no event to make it of."""
    where: dict[str, Fact] = {"position": each.position, "event": str(each.event_id)}
    if each.event is None:
        return each.leaf_hash, Finding(Part.EVENTS, Code.EVENT_REMOVED, where)
    if isinstance(each.event, Unreadable):
        return each.leaf_hash, Finding(Part.EVENTS, Code.EVENT_UNREADABLE, {**where, "why": each.event.why})
    try:
        found = leaf.leaf_hash(each.event)
    except ValueError as error:  # what canonical JSON cannot tell
        return each.leaf_hash, Finding(Part.EVENTS, Code.EVENT_UNREADABLE, {**where, "why": str(error)})
    if found == each.leaf_hash:
        return found, None
    told: dict[str, Fact] = {"at": each.event["at"], "action": str(each.event["action"]), "actor": each.event["actor"]}
    return each.leaf_hash, Finding(Part.EVENTS, Code.EVENT_CHANGED, {**where, **told})


def _beside(session: Session) -> Iterator[Finding]:
    """Step 2: what stands beside the positions."""
    for event_id in log.unplaced(session):
        yield Finding(Part.EVENTS, Code.EVENT_UNPLACED, {"event": str(event_id)})
    for event_id, first, last in log.placed_twice(session):
        yield Finding(Part.EVENTS, Code.EVENT_TWICE, {"event": str(event_id), "first": first, "last": last})
    for event_id, position in log.waiting_though_placed(session):
        yield Finding(Part.EVENTS, Code.EVENT_PLACED_AND_WAITING, {"event": str(event_id), "position": position})


def all_of_it() -> Asked:
    return lambda _event, _row: True


def of_recording(recording_id: UUID, rows: Collection[str], tables: Collection[str]) -> Asked:
    """The rows of one recording; and those of these tables that events about it seal."""
    wanted, named = frozenset(rows), frozenset(tables)

    def keeps(event: Event, row: str) -> bool:
        if row in wanted:
            return True
        about = isinstance(event, Mapping) and event["subject_id"] == recording_id
        return about and row.partition("/")[0] in named

    return keeps
