"""Zhilu at scale behind faulty lines, on real engines; and what must hold after each fault."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import LiteralString

import pytest

from infra.chaos.cards import KIB, MIB, Camera, Card, Content
from infra.chaos.cuts import Cut
from infra.chaos.engines import Engines
from infra.chaos.house import House, opened
from infra.chaos.http_proxy import HttpFault
from infra.chaos.processes import Zhilu
from infra.chaos.proxy import Proxy
from infra.chaos.verdict import judge, judge_erasures
from infra.chaos.watching import ErasureWatch
from tests.engines import address_of

PATIENCE = 180.0  # seconds until something that should have come to its end counts as hanging
_NEEDED = ("postgresql", "redis", "s3_endpoint", "s3_access_key", "s3_secret_key")


@pytest.fixture(scope="session")
def engines() -> Engines:
    for name in _NEEDED:
        address_of(name)
    return Engines.of(os.environ)


@pytest.fixture
def house(engines: Engines, tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path, engines) as house:
        yield house


class Site:
    """A house with a dock that erases what it has secured, a worker, and the watch over what is erased."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.cards: list[Card] = []
        self.erasing: list[Card] = []
        self._random = random.Random(7)  # noqa: S311 - to be repeated, not secret
        self._camera = Camera(7, house.folder)
        self.first = self.card("first", erase=True)
        self.dock = house.dock("first", self.first, erase=True)
        self.worker = house.worker("worker")
        self.watch = ErasureWatch(house.place, self.erasing)

    def card(self, name: str, *, erase: bool = False) -> Card:
        card = Card(self.house.folder / f"cards-{name}" / "slots" / "1")
        self.cards.append(card)
        if erase:
            self.erasing.append(card)
        return card

    def open(self, *processes: Zhilu) -> None:
        """Start the dock and these, and wait until a first file has come all the way."""
        for process in (self.dock, *processes):
            process.start()
        self.fill(self.first, sizes=(10,))
        self.wait_for("SELECT count(*) >= 1 FROM recording")
        if self.worker in processes:  # one that still starts would meet the fault there, and end
            self.wait_for("SELECT count(*) > 1 AND bool_and(state NOT IN ('waiting', 'running')) FROM job")

    def fill(self, *cards: Card, sizes: tuple[int, ...] = (7, 300 * KIB, 12 * MIB, 1000)) -> None:
        """Put the same files on all of these: several small ones, and one of three parts."""
        for size in sizes:
            name, content = f"DATA/{self._random.getrandbits(40):x}.bin", self._random.randbytes(size)
            for card in cards:
                card.put(name, content)

    def film(self, card: Card) -> None:
        """Put a tiny movie there, so that a worker has something to do."""
        name, content = self._camera.movie()
        card.put(name, content, is_media=True)

    @property
    def contents(self) -> list[Content]:
        return [content for card in self.cards for content in tuple(card.files.values())]

    def wait_for(self, query: LiteralString, *values: int) -> None:
        """Wait until the database itself answers this with true."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with self.house.place.database() as database:
                row = database.execute(query, values or None).fetchone()
            if row is not None and row[0]:
                return
            time.sleep(0.05)
        pytest.fail(f"it never became true: {query}\n{self._logs()}")

    def wait(self, met: threading.Event) -> None:
        """Wait until a fault has happened."""
        assert met.wait(PATIENCE), f"the fault was never met\n{self._logs()}"

    def wait_for_words(self, process: Zhilu, words: str) -> None:
        """Wait until a process has said this in its log."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if words in process.log.read_text(errors="replace"):
                return
            time.sleep(0.05)
        pytest.fail(f"{process.name} never said: {words}\n{self._logs()}")

    def endure(self, *faults: Callable[[], Cut | HttpFault], filming: bool = False) -> None:
        """Meet one fault after the other while files come in, and hold what must hold after every fault."""
        self.open(self.worker)
        for begin in faults:
            fault = begin()
            self.fill(self.first)
            if filming:
                self.film(self.first)
            self.wait(fault.met)
        self.assert_all_secured_once()

    def endure_absence(self, line: Proxy, *said: tuple[Zhilu, str]) -> None:
        """Be without what is behind this line until each of these has said so, and hold the same once it is back."""
        self.open(self.worker)
        line.refuse()
        self.fill(self.first)
        for process, words in said:
            self.wait_for_words(process, words)
        line.accept()
        self.assert_all_secured_once()

    def assert_all_secured_once(self) -> None:
        """Wait until all is on record and worked through, and hold what must hold after every fault.

        What is not erased by then may be so later, or never: that loses nothing.
        """
        left = self.house.settle(lambda: self.contents, seconds=PATIENCE)
        assert left == "", self._logs()
        verdict = judge(self.house.place, self.contents, at_rest=False)
        judge_erasures(self.house.place, verdict, self.watch.erased)
        assert [*self.watch.early, *verdict.wrong] == [], self._logs()

    def _logs(self) -> str:
        return "\n".join(f"--- {name}\n{process.last_words()}" for name, process in self.house.processes.items())


@pytest.fixture
def site(house: House) -> Iterator[Site]:
    site = Site(house)
    with site.watch:
        yield site
