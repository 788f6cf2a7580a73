"""`zhilu work` and `zhilu serve` as processes: side by side, killed, told to stop, with engines that come and go."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from catalog.engine import Catalog, sqlite_url
from catalog.repositories import jobs
from catalog.tables import Job
from catalog.tables.jobs import JobState
from infra.chaos.proxy import Lines, Proxy
from tests.api.cli.conftest import Zhilu
from tests.databases import migrated_postgresql  # noqa: F401 - a fixture
from tests.engines import MigratedPostgresql, address_of
from tests.redis_server import RedisServer
from tests.waiting import eventually

LONG = 120.0
QUICK = {"ZHILU_WORK__SWEEP_SECONDS": "0.3"}


class Process:
    """One that runs until it is told to stop; what it writes goes to files."""

    def __init__(self, zhilu: Zhilu, folder: Path, *arguments: str) -> None:
        self.out, self.err = (folder / f"{arguments[0]}-{time.monotonic_ns()}.{name}" for name in ("out", "err"))
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [Path(os.sys.executable).with_name("zhilu"), *arguments],  # type: ignore[attr-defined]
                cwd=folder,
                env=zhilu.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    @property
    def said(self) -> str:
        return self.out.read_text("utf-8") + self.err.read_text("utf-8")

    def says(self, pattern: str) -> re.Match[str]:
        eventually(lambda: re.search(pattern, self.said) or self.process.poll() is not None, seconds=LONG)
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        return found

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        code = self.process.wait(LONG)
        assert "Traceback" not in self.said, self.said
        return code


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Process] = []

    def run(zhilu: Zhilu, *arguments: str) -> Process:
        started.append(Process(zhilu.having(**QUICK), tmp_path, *arguments))
        return started[-1]

    yield run
    for each in started:
        each.process.kill()
        each.process.wait(LONG)


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    address_of("redis")
    with RedisServer() as server:
        yield server


@pytest.fixture
def ringing(zhilu: Zhilu, redis: RedisServer) -> Zhilu:
    return zhilu.having(ZHILU_DISPATCH__URL=redis.url(redis.password))


class SlowTool:
    """An ffmpeg that begins only once it is let go, and tells its process id."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._held, self._begun = folder / "bin", folder / "held", folder / "begun"
        self.folder.mkdir()
        self._held.touch()
        real = subprocess.run(
            ["which", "ffmpeg"], check=True, capture_output=True, text=True, timeout=LONG
        ).stdout.strip()
        tool = self.folder / "ffmpeg"
        tool.write_text(
            f'#!/bin/sh\ncase "$*" in *-version*|*-encoders*) exec {real} "$@";; esac\n'
            f"echo $$ > {self._begun}.new && mv {self._begun}.new {self._begun}\n"
            f'while [ -e {self._held} ]; do sleep 0.05; done\nexec {real} "$@"\n'
        )
        tool.chmod(0o755)

    def used_by(self, zhilu: Zhilu) -> Zhilu:
        return zhilu.having(PATH=f"{self.folder}:{os.environ['PATH']}")

    def wait_until_begun(self) -> int:
        eventually(self._begun.exists, seconds=LONG)
        return int(self._begun.read_text())

    def let_go(self) -> None:
        self._held.unlink()


@pytest.fixture
def slow_tool(tmp_path: Path) -> SlowTool:
    return SlowTool(tmp_path)


def take_in(zhilu: Zhilu, count: int = 1) -> None:
    card = zhilu.folder / "card"
    card.mkdir(exist_ok=True)
    for number in range(count):
        picture = ["-f", "lavfi", "-i", f"testsrc=size=160x120:rate=10:duration={1 + number}"]
        h264 = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "10"]
        target = card / f"{number}.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *picture, *h264, target], check=True, timeout=60)
    zhilu("ingest", card)


def ledger(zhilu: Zhilu) -> list[Job]:
    catalog = Catalog(sqlite_url(zhilu.home / "catalog.sqlite3"))
    try:
        with catalog.reading() as session:
            return list(session.exec(select(Job)).all())
    finally:
        catalog.close()


def done(zhilu: Zhilu, recordings: int) -> bool:
    """Whether all four jobs of each recording are done."""
    found = ledger(zhilu)
    return len(found) == 4 * recordings and all(job.state is JobState.DONE for job in found)


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=LONG) as answer:  # noqa: S310 - our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


# --- working ----------------------------------------------------------------------------------------------------


def test_once_is_until_nothing_is_due(zhilu: Zhilu) -> None:
    take_in(zhilu, 2)
    said = zhilu("work", "--once", "--threads", "2")
    assert done(zhilu, 2)
    # Kind and recording; a manifest is written once more when its recording changed while it was being written.
    assert len({tuple(line.split("  ")[1:3]) for line in said.splitlines() if line.startswith("done")}) == 8
    assert zhilu("work", "--once") == ""


def test_once_says_so_when_jobs_failed(zhilu: Zhilu) -> None:
    take_in(zhilu)
    (job,) = ledger(zhilu)
    catalog = Catalog(sqlite_url(zhilu.home / "catalog.sqlite3"))
    with catalog.writing() as session:
        assert jobs.claim(session, job.id, owner="li", now=job.due_at) is not None
        jobs.failed(session, job.id, owner="li", reason="no", retryable=False, now=job.due_at)
    catalog.close()
    zhilu("work", "--once", code=1)
    zhilu("retry", "--failed")
    zhilu("work", "--once")
    assert done(zhilu, 1)


@pytest.mark.slow
def test_two_workers_do_each_job_once(ringing: Zhilu, start: Start) -> None:
    workers = [start(ringing, "work", "--threads", "2") for _ in range(2)]
    for each in workers:
        each.says("rings come through redis://127")
    take_in(ringing, 4)
    eventually(lambda: done(ringing, 4), seconds=LONG)
    assert all(job.attempts <= 1 for job in ledger(ringing))
    assert [each.end() for each in workers] == [0, 0]
    said = "".join(each.said for each in workers)
    each_kind = Counter(re.findall(r"^done  (.+?)  ", said, re.MULTILINE))
    # What one recording learns may change what is on record of another: then its manifest is written once more.
    written = each_kind.pop("Writing the manifest")
    assert list(each_kind.values()) == [4] * 3
    assert written >= 4


@pytest.mark.slow
def test_work_goes_on_while_redis_is_away_and_when_it_is_back(
    ringing: Zhilu, redis: RedisServer, start: Start, zhilu: Zhilu
) -> None:
    worker = start(ringing, "work")
    worker.says("rings come through")
    redis.stop()
    take_in(zhilu)  # as from a process of before the outage: its ring is lost
    eventually(lambda: done(zhilu, 1), seconds=LONG)
    redis.start()
    take_in(ringing, 3)
    eventually(lambda: done(zhilu, 3), seconds=LONG)
    assert worker.end() == 0
    assert worker.said.count("rings do not get through") == 1


@pytest.mark.slow
def test_kill_of_a_worker_in_a_job(zhilu: Zhilu, start: Start, slow_tool: SlowTool) -> None:
    """Its lease ends, and another does the job."""
    take_in(zhilu)
    short = zhilu.having(ZHILU_WORK__LEASE_SECONDS="3")
    first = start(slow_tool.used_by(short), "work")
    tool = slow_tool.wait_until_begun()
    first.process.kill()
    first.process.wait(LONG)
    eventually(lambda: _is_gone(tool), seconds=LONG)
    assert JobState.RUNNING in {job.state for job in ledger(zhilu)}
    slow_tool.let_go()
    second = start(short, "work")
    eventually(lambda: done(zhilu, 1), seconds=LONG)
    assert second.end() == 0
    assert {job.attempts for job in ledger(zhilu)} == {1, 2}


@pytest.mark.slow
def test_what_is_running_when_it_is_told_to_stop_is_given_back(zhilu: Zhilu, start: Start, slow_tool: SlowTool) -> None:
    take_in(zhilu)
    worker = start(slow_tool.used_by(zhilu.having(ZHILU_WORK__PATIENCE_SECONDS="0.2")), "work")
    tool = slow_tool.wait_until_begun()
    assert worker.end() == 0
    eventually(lambda: _is_gone(tool), seconds=LONG)
    begun = [job for job in ledger(zhilu) if job.state is not JobState.DONE]
    assert [(job.state, job.owner, job.lease_until, job.attempts, job.last_error) for job in begun] == [
        (JobState.WAITING, None, None, 0, None)
    ] * len(begun)
    assert begun
    slow_tool.let_go()
    zhilu("work", "--once")  # at once, whatever the lease was
    assert done(zhilu, 1)


@pytest.mark.slow
def test_what_comes_to_its_end_in_time_is_done(zhilu: Zhilu, start: Start, slow_tool: SlowTool) -> None:
    take_in(zhilu)
    worker = start(slow_tool.used_by(zhilu.having(ZHILU_WORK__PATIENCE_SECONDS=str(LONG))), "work")
    slow_tool.wait_until_begun()
    (running,) = [job for job in ledger(zhilu) if job.state is JobState.RUNNING]
    worker.process.terminate()
    worker.says("Stopping")
    slow_tool.let_go()
    assert worker.process.wait(LONG) == 0
    assert {job.state for job in ledger(zhilu) if job.id == running.id} == {JobState.DONE}


@pytest.mark.slow
def test_a_second_signal_ends_it_at_once(zhilu: Zhilu, start: Start, slow_tool: SlowTool) -> None:
    take_in(zhilu)
    worker = start(slow_tool.used_by(zhilu.having(ZHILU_WORK__PATIENCE_SECONDS="3600")), "work")
    tool = slow_tool.wait_until_begun()
    worker.process.send_signal(signal.SIGINT)
    worker.says("Stopping")
    assert worker.end() == -signal.SIGTERM
    eventually(lambda: _is_gone(tool), seconds=LONG)


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_redis_that_is_not_there_is_said_at_the_start(zhilu: Zhilu) -> None:
    nowhere = zhilu.having(ZHILU_DISPATCH__URL="redis://:hush@127.0.0.1:1/0")
    for command in (("work",), ("up", "--port", "0")):
        said = nowhere(*command, code=3)
        assert "redis://127.0.0.1:1/0" in said
        assert "hush" not in said
        assert len(said.strip().splitlines()) == 1
    chinese = Zhilu(nowhere.folder, nowhere.home, "zh_CN.UTF-8", nowhere.more)
    assert "不可用" in chinese("work", code=3)


def test_a_wrong_password_is_said_at_the_start(zhilu: Zhilu, redis: RedisServer) -> None:
    said = zhilu.having(ZHILU_DISPATCH__URL=redis.url("wr0ng"))("work", code=3)
    assert "dispatch.password" in said
    assert "wr0ng" not in said


# --- figures ----------------------------------------------------------------------------------------------------


def test_a_worker_tells_its_figures(zhilu: Zhilu, start: Start) -> None:
    take_in(zhilu)
    worker = start(zhilu.having(ZHILU_METRICS__WORK_PORT="0"), "work")
    address = worker.says(r"Metrics: (\S+)").group(1)
    counted = re.compile(r'^zhilu_job_duration_seconds_count\{kind="manifest",outcome="done"\} 1', re.MULTILINE)
    eventually(lambda: counted.search(get(address)[1]), seconds=LONG)
    assert re.search("^zhilu_lock_renewal_timestamp_seconds 1", get(address)[1], re.MULTILINE)
    port = address.partition("127.0.0.1:")[2].partition("/")[0]
    said = zhilu.having(ZHILU_METRICS__WORK_PORT=port)("work", code=3)
    assert port in said
    assert worker.end() == 0


# --- serving ----------------------------------------------------------------------------------------------------


def test_two_servers_side_by_side(zhilu: Zhilu, start: Start) -> None:
    take_in(zhilu)
    servers = [start(zhilu, "serve", "--port", "0") for _ in range(2)]
    addresses = [each.says(r"(http://\S+)").group(1) for each in servers]
    assert len(set(addresses)) == 2
    for address in addresses:
        status, body = get(f"{address}api/recordings")
        assert (status, [found["name"] for found in json.loads(body)["recordings"]]) == (200, ["0.mp4"])
        assert get(f"{address}readyz")[0] == 200
        assert "zhilu_recordings 1.0" in get(f"{address}metrics")[1]
    assert {job.state for job in ledger(zhilu)} == {JobState.WAITING}  # a server does no jobs
    assert [each.end() for each in servers] == [0, 0]


@pytest.fixture
def line(migrated_postgresql: MigratedPostgresql) -> Iterator[tuple[Proxy, str]]:  # noqa: F811 - the fixture
    """A PostgreSQL catalog of the test's own, through a line that can be cut, and its address."""
    with migrated_postgresql.copy() as url, Lines() as lines:
        proxy = lines.to(url.host or "127.0.0.1", url.port or 5432, Proxy)
        through = url.set(drivername="postgresql", host="127.0.0.1", port=proxy.port)
        yield proxy, through.render_as_string(hide_password=False)


@pytest.mark.slow
def test_a_catalog_that_comes_and_goes(zhilu: Zhilu, start: Start, line: tuple[Proxy, str]) -> None:
    """A server says that it is away, a worker waits for it; both go on when it is back."""
    proxy, url = line
    far = zhilu.having(ZHILU_CATALOG__URL=url)
    server, worker = start(far, "serve", "--port", "0"), start(far, "work")
    address = server.says(r"(http://\S+)").group(1)
    worker.says("Working")
    proxy.refuse()
    status, page = get(address)
    assert (status, "catalog" in page) == (503, True)
    status, document = get(f"{address}api/recordings")
    assert (status, json.loads(document)["error"]["code"]) == (503, "CatalogUnavailable")
    assert get(f"{address}healthz")[0] == 200
    assert get(f"{address}readyz")[0] == 503
    assert "zhilu_catalog_up 0.0" in get(f"{address}metrics")[1]
    worker.says("the ledger could not be swept")
    assert "is unavailable" in far("work", "--once", code=3)
    assert far("serve", "--port", "0", code=3)
    proxy.accept()
    take_in(far)
    eventually(lambda: _all_done(far), seconds=LONG)
    assert get(address)[0] == 200
    assert (server.end(), worker.end()) == (0, 0)


def _all_done(zhilu: Zhilu) -> bool:
    found: list[dict[str, Any]] = zhilu.lines("jobs", "--all")
    return len(found) == 4 and all(job["state"] == "done" for job in found)
