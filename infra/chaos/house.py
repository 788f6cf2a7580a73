"""All of Zhilu as it runs at scale, each process apart, with a faulty line to each engine."""

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from infra.chaos.cards import Card, Content
from infra.chaos.engines import Engines, own_place
from infra.chaos.http_proxy import HttpProxy
from infra.chaos.processes import Zhilu
from infra.chaos.proxy import Lines, Proxy

_LOOK_SECONDS = 0.25
_LEFT = (
    "SELECT (SELECT count(*) FROM recording), (SELECT count(*) FROM job WHERE state IN ('waiting', 'running')), "
    "(SELECT count(*) FROM content_claim)"
)


class House:
    """Processes and lines over one place on the engines. Made by `opened`, and all processes end with it."""

    def __init__(self, folder: Path, place: Engines, namespace: str, lines: Lines) -> None:
        self.folder, self.place, self.namespace = folder, place, namespace
        host, _, port = place.s3.endpoint.partition(":")
        self.store = lines.to(host, int(port), HttpProxy)
        self.database = lines.to(place.postgresql.host or "127.0.0.1", place.postgresql.port or 5432, Proxy)
        messages = make_url(place.redis)
        self.messages = lines.to(messages.host or "127.0.0.1", messages.port or 6379, Proxy)
        self.processes: dict[str, Zhilu] = {}

    @property
    def lines(self) -> tuple[Proxy, ...]:
        return self.store, self.database, self.messages

    def dock(self, name: str, *cards: Card, erase: bool = False, settings: Mapping[str, str] | None = None) -> Zhilu:
        """A docking station with these cards in its slots; `erase` removes from them what is secured."""
        given = {
            "ZHILU_DOCK__STATION": name,
            "ZHILU_DOCK__ERASE": str(erase).lower(),
            "ZHILU_DOCK__ERASE_REQUIRES_PROBE": "false",  # the locks of the store are the business of other tests
            "ZHILU_DOCK__SETTLE_SECONDS": "1",
            "ZHILU_DOCK__BREAKER": json.dumps({"first_seconds": 0.5, "longest_seconds": 3}),
            "ZHILU_STABILITY__QUIET_SECONDS": "0.3",
            "ZHILU_WATCH__RESCAN_SECONDS": "2",
            **(settings or {}),
        }
        return self._process(name, ["dock", *(word for card in cards for word in ("--dock", str(card.folder)))], given)

    def worker(self, name: str) -> Zhilu:
        given = {
            "ZHILU_WORK__THREADS": "1",
            "ZHILU_WORK__SWEEP_SECONDS": "1",
            "ZHILU_WORK__LEASE_SECONDS": "6",
            "ZHILU_WORK__PATIENCE_SECONDS": "5",
        }
        return self._process(name, ["work"], given)

    def server(self, name: str) -> Zhilu:
        return self._process(name, ["serve", "--port", "0"], {})

    def _process(self, name: str, arguments: list[str], given: Mapping[str, str]) -> Zhilu:
        process = Zhilu(name, self.folder / name, arguments, {**self._engine_settings(), **given})
        self.processes[name] = process
        return process

    def _engine_settings(self) -> dict[str, str]:
        s3, database = self.place.s3, self.place.postgresql
        url = database.set(drivername="postgresql", port=self.database.port)
        messages = make_url(self.place.redis).set(port=self.messages.port)
        return {
            "ZHILU_STORAGE__ENGINE": "s3",
            "ZHILU_STORAGE__S3__ENDPOINT": self.store.address,
            "ZHILU_STORAGE__S3__ACCESS_KEY": s3.access_key,
            "ZHILU_STORAGE__S3__SECRET_KEY": s3.secret_key.get_secret_value(),
            "ZHILU_STORAGE__S3__SECURE": str(s3.secure).lower(),
            "ZHILU_STORAGE__S3__BUCKET_PREFIX": s3.bucket_prefix,
            "ZHILU_STORAGE__S3__PART_SIZE": str(s3.part_size),
            "ZHILU_STORAGE__S3__LOCK_AFTER_COMPLETE": str(s3.lock_after_complete).lower(),
            "ZHILU_CATALOG__URL": url.render_as_string(hide_password=False),
            "ZHILU_DISPATCH__URL": messages.render_as_string(hide_password=False),
            "ZHILU_DISPATCH__NAMESPACE": self.namespace,
        }

    # --- coming to rest --------------------------------------------------------------------------------------

    def left(self, contents: Iterable[Content], erasing: Iterable[Card] = ()) -> str:
        """What is still to be done, in words; empty when all is on record and worked through, and erased where it is
        to be.
        """
        wanted = {content.sha256 for content in contents}
        try:
            with self.place.database() as database:
                on_record = {row[0] for row in database.execute("SELECT sha256 FROM recording").fetchall()}
                row = database.execute(_LEFT).fetchone()
        except psycopg.OperationalError as error:
            return f"the database does not answer: {str(error).splitlines()[0]}"
        assert row is not None  # noqa: S101 - counts always give a row
        files = sum(path.exists() for card in erasing for path in tuple(card.files))
        counts = {
            "contents not on record": len(wanted - on_record),
            "jobs": row[1],
            "claims": row[2],
            "files not erased": files,
        }
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)

    def settle(
        self,
        contents: Callable[[], Iterable[Content]],
        erasing: Iterable[Card] = (),
        *,
        seconds: float,
        on_wait: Callable[[str], None] = lambda _left: None,
    ) -> str:
        """Wait until nothing is left, at most so many seconds; returns what is left then."""
        cards = tuple(erasing)
        until = time.monotonic() + seconds
        while left := self.left(contents(), cards):
            if time.monotonic() > until:
                return left
            on_wait(left)
            time.sleep(_LOOK_SECONDS)
        return ""


@contextlib.contextmanager
def opened(folder: Path, engines: Engines, *, keep: bool = False) -> Iterator[House]:
    """A house on a place of its own; nothing outlives the block, except what is to be kept on the engines."""
    with own_place(engines, keep=keep) as (place, namespace), Lines() as lines:
        house = House(folder, place, namespace, lines)
        try:
            yield house
        finally:
            for process in house.processes.values():
                process.kill()
