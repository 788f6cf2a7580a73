"""Break everything Zhilu stands on by a seeded plan, let it come to rest, and judge by the engines what is left.

python -m infra.chaos.run --faults 20 --seed 7
python -m infra.chaos.run --faults 20 --seed 7 --keep       the folder and the engines stay, to look into
python -m infra.chaos.run --faults 20 --seed 7 --plan       only prints the plan

Two docks (one erases what it has secured), two workers and a server run on a PostgreSQL, a Redis and a Ceph of their
own, each through a faulty line. Exit code 1 when anything was lost, doubled, erased early or left undone.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from types import FrameType

from infra.chaos.cards import Camera, Card, Content
from infra.chaos.engines import Engines
from infra.chaos.faults import Doer, Site
from infra.chaos.house import House, opened
from infra.chaos.plan import CARDS, DOCKS, SERVERS, WORKERS, Arrival, Fault, Kind, Plan, plan
from infra.chaos.processes import Zhilu
from infra.chaos.services import Services
from infra.chaos.verdict import Verdict, judge, judge_erasures
from infra.chaos.watching import ErasureWatch

_ERASING = DOCKS[0]
_SMALL_DISK = "size=24m"
_SENTENCES_AT_MOST = 40
_PROGRESS_SECONDS = 10.0
_SUPERVISION_SECONDS = 0.5


def main() -> int:
    options = _options()
    planned = plan(options.seed, options.faults)
    if options.plan:
        _say("\n".join(map(str, planned.faults)))
        return 0
    signal.signal(signal.SIGTERM, _end)  # so that engines and folders go even then
    with _folder(keep=options.keep) as folder:
        _say(f"seed {options.seed}, {options.faults} faults, {len(planned.arrivals)} files; in {folder}")
        (folder / "plan.txt").write_text("\n".join(map(str, planned.faults)) + "\n")
        with _services(folder / "services", keep=options.keep) as services:
            engines = Engines.of(services.settings())
            with opened(folder / "run", engines, keep=options.keep) as house, _small_disks(house) as disks:
                return _Run(options, planned, house, services, disks).carry_out()


class _Run:
    """One run over a house that is ready."""

    def __init__(
        self, options: argparse.Namespace, planned: Plan, house: House, services: Services, disks: dict[str, Path]
    ) -> None:
        self._options, self._plan, self._house = options, planned, house
        self._cards = {name: Card(house.folder / "cards" / name.replace("/", "/slots/")) for name in CARDS}
        self._site = Site(house, services, self._cards, disks)
        self._doer = Doer(self._site)
        self._camera = Camera(options.seed, house.folder)
        self._began = time.monotonic()
        self._told = 0.0
        for name in DOCKS:
            house.dock(name, *self._cards_of(name), erase=name == _ERASING)
        for name in WORKERS:
            house.worker(name)
        for name in SERVERS:
            house.server(name)

    def carry_out(self) -> int:
        watch = ErasureWatch(self._house.place, self._cards_of(_ERASING))
        with watch, _supervised(list(self._house.processes.values())):
            self._act()
            _say("the plan has ended; all engines are there; waiting until everything has come to rest")
            left = self._house.settle(
                self._contents, self._cards_of(_ERASING), seconds=self._options.settle, on_wait=self._tell
            )
        for process in self._house.processes.values():
            process.stop()
        verdict = judge(self._house.place, self._contents(), at_rest=True)
        judge_erasures(self._house.place, verdict, watch.erased)
        verdict.erased_early += watch.early
        return self._report(verdict, left)

    def _act(self) -> None:
        """Start everything, let the files arrive and bring about the faults, each in its time."""
        for process in self._house.processes.values():
            process.start()
        self._begin()
        events: list[Fault | Arrival] = sorted([*self._plan.faults, *self._plan.arrivals], key=lambda event: event.at)
        running: set[Future[None]] = set()
        with ThreadPoolExecutor(max(1, len(self._plan.faults)), thread_name_prefix="fault") as pool:
            began = time.monotonic()
            for event in events:
                while (early := event.at - (time.monotonic() - began)) > 0:
                    time.sleep(min(early, 1.0))
                    self._tell("")
                if isinstance(event, Arrival):
                    self._arrive(event)
                else:
                    running.add(pool.submit(self._doer.do, event))
            while running:
                done, running = wait(running, timeout=1.0)
                self._tell("")
                for future in done:
                    future.result()

    def _begin(self) -> None:
        """Wait until a first file on each card has come all the way: faults before that would all meet one thing."""
        for card in CARDS:
            self._arrive(Arrival(0.0, (card,)))
        left = self._house.settle(self._contents, seconds=self._options.settle, on_wait=self._tell)
        if left:
            _say(f"it did not even begin: {left}")

    def _arrive(self, arrival: Arrival) -> None:
        name, content, is_media = self._camera.file()
        for card in arrival.cards:
            self._cards[card].put(name, content, is_media=is_media)

    def _tell(self, left: str) -> None:
        now = time.monotonic() - self._began
        if now - self._told >= _PROGRESS_SECONDS:
            self._told = now
            left = left or self._house.left(self._contents(), self._cards_of(_ERASING)) or "nothing"
            _say(f"{now:6.0f} s: {self._doer.done.total()} faults, {len(self._contents())} files; left: {left}")

    def _report(self, verdict: Verdict, left: str) -> int:
        self._report_faults()
        self._report_processes()
        size = sum(content.size for content in self._contents())
        _say(f"{len(self._contents())} files, {size / 2**20:.0f} MiB; {verdict}")
        for sentence in verdict.wrong[:_SENTENCES_AT_MOST]:
            _say(f"WRONG: {sentence}")
        if len(verdict.wrong) > _SENTENCES_AT_MOST:
            _say(f"WRONG: and {len(verdict.wrong) - _SENTENCES_AT_MOST} more")
        if left:
            _say(f"WRONG: after {self._options.settle:.0f} s there was left: {left}")
        _say(f"lost, doubled, erased early: {len(verdict.lost)}, {len(verdict.doubled)}, {len(verdict.erased_early)}")
        return 1 if verdict.wrong or left else 0

    def _report_faults(self) -> None:
        done, in_vain = self._doer.done, self._doer.in_vain
        _say(f"\nfaults of seed {self._options.seed}: {done.total()} happened, {in_vain.total()} waited in vain")
        for kind in Kind:
            if done[kind] or in_vain[kind]:
                _say(f"  {kind:40} {done[kind]:5} {in_vain[kind]:5}")
        if not self._site.small_disks:
            _say("  the disk could not be made full: that needs root and a tmpfs")

    def _report_processes(self) -> None:
        for process in self._house.processes.values():
            if process.ends:
                _say(f"  {process.name} ended by itself, by exit code: {dict(process.ends)}")
            written = process.log.read_text(errors="replace") if process.log.exists() else ""
            if count := written.count("Traceback (most recent"):
                _say(f"  {process.name} logged {count} tracebacks")

    def _cards_of(self, dock: str) -> list[Card]:
        return [card for name, card in self._cards.items() if name.startswith(f"{dock}/")]

    def _contents(self) -> list[Content]:
        return [content for card in self._cards.values() for content in tuple(card.files.values())]


@contextlib.contextmanager
def _supervised(processes: Collection[Zhilu]) -> Iterator[None]:
    """Start again what ends by itself, until the block ends."""
    stop = threading.Event()

    def supervise() -> None:
        while not stop.wait(_SUPERVISION_SECONDS):
            for process in processes:
                process.start_again()

    thread = threading.Thread(target=supervise, name="supervision")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextlib.contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    """A folder of our own that PostgreSQL's own user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="zhilu-chaos-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _services(folder: Path, *, keep: bool) -> Iterator[Services]:
    services = Services(folder)
    try:
        _say(services.tell("start").strip())
        yield services
    finally:
        services.tell("resume")
        if keep:
            _say(f"the engines run on: ZHILU_SERVICES={folder} infra/services/services stop")
        else:
            services.tell("stop")


@contextlib.contextmanager
def _small_disks(house: House) -> Iterator[dict[str, Path]]:
    """Homes on small disks for the processes whose disk is to be full; none where we may not mount."""
    mounted: dict[str, Path] = {}
    for name in (DOCKS[0], WORKERS[0]) if os.geteuid() == 0 else ():
        home = house.folder / name / "home"
        home.mkdir(parents=True)
        words = ["mount", "-t", "tmpfs", "-o", _SMALL_DISK, "zhilu-chaos", str(home)]
        if subprocess.run(words, capture_output=True, timeout=30, check=False).returncode == 0:  # noqa: S603 - our words
            mounted[name] = home
    try:
        yield mounted
    finally:
        for process in house.processes.values():
            process.kill()
        for home in mounted.values():
            subprocess.run(["umount", "--lazy", str(home)], capture_output=True, timeout=30, check=False)  # noqa: S603, S607


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Break everything Zhilu stands on, and judge what is left.")
    parser.add_argument("--faults", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--settle", type=float, default=900.0, help="seconds until all must have come to rest")
    parser.add_argument("--keep", action="store_true", help="keep the folder with cards, logs and engines")
    parser.add_argument("--plan", action="store_true", help="print the plan and do nothing")
    return parser.parse_args()


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(1)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
