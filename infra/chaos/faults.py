"""Carrying out what the plan says: each fault is brought about, kept up for its time, and ended again."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import redis

from infra.chaos.cards import Card
from infra.chaos.cuts import CutAfter, CutAt, Direction
from infra.chaos.house import House
from infra.chaos.http_proxy import HttpFault, Misdeed
from infra.chaos.plan import Fault, Kind
from infra.chaos.proxy import Proxy
from infra.chaos.services import Services

_MISDEEDS = {
    Kind.CUT_REQUEST: Misdeed.CUT_REQUEST,
    Kind.TRUNCATE: Misdeed.TRUNCATE_ANSWER,
    Kind.LOSE_ANSWER: Misdeed.LOSE_ANSWER,
}
_MIB = 1024 * 1024
_WAITING_AT_ONCE = 1


@dataclass
class Site:
    """What faults may be done to. `small_disks` are those of the processes that have one of their own."""

    house: House
    services: Services
    cards: dict[str, Card]
    small_disks: dict[str, Path]

    def line(self, name: str) -> Proxy:
        return {"store": self.house.store, "database": self.house.database, "messages": self.house.messages}[name]


class Doer:
    """Brings faults about, one at a time for each target, and counts them: brought about, or waited for in vain."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._locks: dict[str, threading.Lock] = {}
        self._chances: dict[str, threading.Semaphore] = {}
        self._guard = threading.Lock()
        self.done: Counter[Kind] = Counter()
        self.in_vain: Counter[Kind] = Counter()
        self._log = site.house.folder / "faults.log"

    def do(self, fault: Fault) -> None:
        with self._turn(fault):
            self._note("begins", fault)
            with self._under(fault) as met:
                if met is None:
                    time.sleep(fault.lasts)
                happened = met is None or met.wait(fault.lasts)
        self._note("ends" if happened else "ends in vain", fault)
        with self._guard:
            (self.done if happened else self.in_vain)[fault.kind] += 1

    def _note(self, what: str, fault: Fault) -> None:
        """Write down what really happened when: to be laid beside the logs of the processes."""
        with self._guard, self._log.open("a") as log:
            log.write(f"{datetime.now(UTC):%H:%M:%S.%f} {what}: {fault}\n")

    def _turn(self, fault: Fault) -> contextlib.AbstractContextManager[object]:
        """What is done to a target itself is done one after the other; on each line one waits for its chance:
        with more, a process that starts would meet one each time and never come to its work.
        """
        if fault.kind in {*_MISDEEDS, Kind.ANSWER, Kind.CUT_BYTES, Kind.CUT_COMMIT, Kind.LOSE_COMMIT}:
            with self._guard:
                return self._chances.setdefault(fault.target, threading.Semaphore(_WAITING_AT_ONCE))
        with self._guard:
            return self._locks.setdefault(fault.target, threading.Lock())

    def _under(self, fault: Fault) -> contextlib.AbstractContextManager[threading.Event | None]:
        """The fault lasts as long as the block. Yields what is set once it is met, None where that is at once."""
        match fault.kind:
            case Kind.KILL | Kind.DISK_FULL | Kind.CLOCK:
                return self._at_process(fault)
            case Kind.ANSWER | Kind.CUT_REQUEST | Kind.TRUNCATE | Kind.LOSE_ANSWER:
                return self._at_request(fault)
            case Kind.CUT_COMMIT | Kind.LOSE_COMMIT | Kind.CUT_BYTES:
                return self._at_bytes(fault)
            case Kind.CUT_ALL | Kind.STALL | Kind.SLOW | Kind.REFUSE:
                return self._at_line(fault)
            case Kind.PAUSE | Kind.STOP | Kind.ENGINE_KILL | Kind.FLUSH:
                return self._at_engine(fault)
            case Kind.PULL:
                card = self._site.cards[fault.target]
                return _between(card.pull, card.put_back)

    def _at_process(self, fault: Fault) -> contextlib.AbstractContextManager[None]:
        process = self._site.house.processes[fault.target]
        if fault.kind is Kind.KILL:
            return _between(process.kill, process.start)
        if fault.kind is Kind.CLOCK:
            return _between(lambda: process.set_clock(fault.amount), lambda: process.set_clock(0))
        if fault.target not in self._site.small_disks:
            return contextlib.nullcontext()
        filler = self._site.small_disks[fault.target] / "filler"
        return _between(lambda: _fill_up(filler), lambda: filler.unlink(missing_ok=True))

    @contextlib.contextmanager
    def _at_request(self, fault: Fault) -> Iterator[threading.Event]:
        store = self._site.house.store
        if fault.kind is Kind.ANSWER:
            misdeed = Misdeed.ANSWER_500 if fault.amount % 2 else Misdeed.ANSWER_503
            waiting = HttpFault(misdeed, times=fault.amount)
        else:
            # What changes something, and what is read back: a HEAD has no body to be cut in.
            waiting = HttpFault(_MISDEEDS[fault.kind], "^(GET|PUT|POST)", after=fault.amount)
        store.spoil(waiting)
        try:
            yield waiting.met
        finally:
            store.spare(waiting)

    @contextlib.contextmanager
    def _at_bytes(self, fault: Fault) -> Iterator[threading.Event]:
        line = self._site.line(fault.target)
        direction = Direction.TO_SERVER if fault.amount % 2 else Direction.TO_CLIENT
        waiting = (
            CutAfter(fault.amount, direction)
            if fault.kind is Kind.CUT_BYTES
            else CutAt(b"COMMIT", heard=fault.kind is Kind.LOSE_COMMIT)
        )
        line.once(waiting)
        try:
            yield waiting.met
        finally:
            line.call_off(waiting)

    def _at_line(self, fault: Fault) -> contextlib.AbstractContextManager[None]:
        line = self._site.line(fault.target)
        match fault.kind:
            case Kind.STALL:
                return _between(line.stall, line.flow)
            case Kind.SLOW:
                return _between(lambda: line.slow(fault.amount), lambda: line.slow(None))
            case Kind.REFUSE:
                return _between(line.refuse, line.accept)
            case _:
                return _between(line.cut, lambda: None)

    def _at_engine(self, fault: Fault) -> contextlib.AbstractContextManager[None]:
        services, engine = self._site.services, fault.target
        match fault.kind:
            case Kind.PAUSE:
                return _between(lambda: services.tell("pause", engine), lambda: services.tell("resume", engine))
            case Kind.STOP:
                return _between(lambda: services.tell("stop", engine), lambda: services.tell("start", engine))
            case Kind.ENGINE_KILL:
                return _between(lambda: services.tell("kill", engine), lambda: services.tell("start", engine))
            case _:
                return _between(self._flush, lambda: None)

    def _flush(self) -> None:
        with contextlib.suppress(redis.RedisError):  # it may be down just now: that loses everything too
            client = redis.Redis.from_url(self._site.house.place.redis, socket_timeout=5)
            client.flushall()
            client.close()


@contextlib.contextmanager
def _between(begin: Callable[[], object], end: Callable[[], object]) -> Iterator[None]:
    begin()
    try:
        yield
    finally:
        end()


def _fill_up(filler: Path) -> None:
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as stream:
        while stream.write(bytes(_MIB)):
            pass
