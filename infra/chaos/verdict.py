"""What became of every file, by what the engines themselves hold: the catalog's rows, the store's bytes and locks.

Nothing that Zhilu says of itself is believed: rows are read by SQL, bytes by a client of our own, past all proxies.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from minio import Minio
from minio.error import S3Error
from psycopg import Connection

from catalog.custody.tree import EMPTY_ROOT, Growth
from infra.chaos.cards import Content
from infra.chaos.engines import Engines
from storage.model import Bucket

_READ_BYTES = 1024 * 1024
_READERS = 4


class _Version(NamedTuple):
    key: str
    version: str


@dataclass
class Verdict:
    """Counts, and for all that is wrong a sentence each."""

    contents: int = 0
    recordings: int = 0
    surplus: int = 0
    """Versions in the store that no recording refers to: complete, locked, and left to be settled."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    erased_early: list[str] = field(default_factory=list)
    erased: int = 0
    jobs_left: list[str] = field(default_factory=list)
    custody: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.erased_early, *self.jobs_left, *self.custody]

    def __str__(self) -> str:
        return (
            f"{self.contents} contents, {self.recordings} recordings, {self.erased} files erased; "
            f"lost {len(self.lost)}, doubled {len(self.doubled)}, erased early {len(self.erased_early)}; "
            f"jobs not done {len(self.jobs_left)}, custody gaps {len(self.custody)}; "
            f"versions that no recording refers to: {self.surplus}"
        )


class _Recording(NamedTuple):
    id: str
    sha256: str
    size: int
    place: _Version


def judge(engines: Engines, contents: Iterable[Content], *, at_rest: bool) -> Verdict:
    """Judge every content that ever lay on a card; `at_rest` where all processes have ended, so all is signed too."""
    expected = {content.sha256: content for content in contents}
    recordings = _recordings(engines)
    verdict = Verdict(contents=len(expected), recordings=len(recordings))
    _judge_contents(engines, verdict, expected, recordings)
    _judge_jobs(engines, verdict, expected, {recording.sha256 for recording in recordings})
    _judge_custody(engines, verdict, recordings)
    _judge_tree(engines, verdict, at_rest=at_rest)
    return verdict


def _recordings(engines: Engines) -> list[_Recording]:
    with engines.database() as database:
        rows = database.execute("SELECT id, sha256, size, object_key, object_version FROM recording").fetchall()
    return [_Recording(str(row[0]), row[1], row[2], _Version(row[3], row[4])) for row in rows]


def _judge_contents(
    engines: Engines, verdict: Verdict, expected: Mapping[str, Content], recordings: list[_Recording]
) -> None:
    store, bucket = engines.store(), engines.bucket(Bucket.ORIGINALS)
    listed = store.list_objects(bucket_name=bucket, recursive=True, include_version=True)
    held = {_Version(item.object_name or "", item.version_id or "") for item in listed if not item.is_delete_marker}
    by_digest: dict[str, list[_Recording]] = {}
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(lambda recording: _found(store, bucket, recording, held), recordings)
        for recording, (digest, trouble) in zip(recordings, found, strict=True):
            if trouble is not None:
                verdict.lost.append(f"recording {recording.id}: {trouble}")
            by_digest.setdefault(digest or recording.sha256, []).append(recording)
    verdict.surplus = len(held - {recording.place for recording in recordings})
    for digest, same in by_digest.items():
        if digest not in expected:
            verdict.lost.append(f"recording {same[0].id} holds what never lay on a card: {digest}")
        if len(same) > 1:
            verdict.doubled.append(f"{digest} is recorded {len(same)} times")
    verdict.lost += [f"{digest} is not on record" for digest in expected if digest not in by_digest]


def _found(store: Minio, bucket: str, recording: _Recording, held: set[_Version]) -> tuple[str | None, str | None]:
    """The digest of what the store gives back, and what is wrong with it."""
    if recording.place not in held:
        return None, f"the store holds no version {recording.place}"
    where = {"bucket_name": bucket, "object_name": recording.place.key, "version_id": recording.place.version}
    digest = hashlib.sha256()
    try:
        headers = store.stat_object(**where).metadata or {}  # type: ignore[arg-type]
        answer = store.get_object(**where)  # type: ignore[arg-type]
        for chunk in answer.stream(_READ_BYTES):
            digest.update(chunk)
        answer.close()
        answer.release_conn()
    except S3Error as error:
        return None, f"the store does not give it back: {error.code}"
    if digest.hexdigest() != recording.sha256:
        return digest.hexdigest(), f"its bytes are not those of {recording.sha256}"
    until = headers.get("x-amz-object-lock-retain-until-date", "")
    # RGW gives nanoseconds; the first nineteen characters are the date and the seconds.
    locked = until and datetime.fromisoformat(until[:19]).replace(tzinfo=UTC) > datetime.now(UTC)
    return digest.hexdigest(), None if locked else f"it is not locked ({until or 'no lock'})"


def _judge_jobs(engines: Engines, verdict: Verdict, expected: Mapping[str, Content], on_record: set[str]) -> None:
    query = (
        "SELECT recording.sha256, job.kind, job.state, job.last_error, job.attempts "
        "FROM job JOIN recording ON recording.id = job.recording_id"
    )
    with engines.database() as database:
        rows = database.execute(query).fetchall()
    probed = {row[0] for row in rows if row[1] == "probe"}
    for sha256, kind, state, why, attempts in rows:
        content = expected.get(sha256)
        excused = state == "failed" and content is not None and not content.is_media and why and kind != "probe"
        if state != "done" and not excused:
            verdict.jobs_left.append(f"{kind} of {sha256[:12]} is {state} after {attempts} attempts: {why}")
    verdict.jobs_left += [f"{sha256[:12]} was never probed" for sha256 in on_record if sha256 not in probed]


def _judge_custody(engines: Engines, verdict: Verdict, recordings: list[_Recording]) -> None:
    with engines.database() as database:
        rows = database.execute(
            "SELECT subject_id FROM custody_event WHERE action = 'secured' AND result = 'done'"
        ).fetchall()
    secured = Counter(str(row[0]) for row in rows)
    for recording in recordings:
        if secured[recording.id] != 1:
            verdict.custody.append(f"recording {recording.id} has {secured[recording.id]} events of being secured")


def _judge_tree(engines: Engines, verdict: Verdict, *, at_rest: bool) -> None:
    with engines.database() as database:
        verdict.custody += tree_gaps(database, at_rest=at_rest)


def tree_gaps(database: Connection[Any], *, at_rest: bool = True) -> list[str]:
    """What is wrong with the tree over the log: every event in it once or waiting, what is signed as it was signed.

    At rest, when whoever signs has made its last round, none waits and all is signed.
    """
    with database.transaction():
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        events, waiting = _count(database, "custody_event"), _count(database, "custody_pending")
        leaves = database.execute("SELECT position, leaf_hash FROM custody_leaf ORDER BY position").fetchall()
        signed = database.execute("SELECT size, root FROM custody_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    gaps = []
    complete = len(leaves) + waiting == events and not (waiting and at_rest)
    if not complete or [row[0] for row in leaves] != list(range(len(leaves))):
        gaps.append(f"of {events} custody events {len(leaves)} are in the tree, and {waiting} wait")
    size, root = (signed[0], bytes(signed[1])) if signed else (0, EMPTY_ROOT)
    growth = Growth()
    growth.add_all([bytes(row[1]) for row in leaves[:size]])
    if growth.root() != root:
        gaps.append(f"the tree of {size} events is not the one that was signed")
    if at_rest and size != len(leaves):
        gaps.append(f"of {len(leaves)} events in the tree {size} are signed")
    return gaps


def _count(database: Connection[Any], table: str) -> int:
    row = database.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()  # noqa: S608 - our own words
    return int(row[0]) if row else 0


def judge_erasures(engines: Engines, verdict: Verdict, erased: Mapping[Path, Content]) -> None:
    """Every erased file needs a receipt for its content at its path, and the order to erase it on the log."""
    with engines.database() as database:
        receipts = {(str(row[0]), row[1]) for row in database.execute("SELECT path, sha256 FROM receipt").fetchall()}
        ordered = Counter(
            str(row[0])
            for row in database.execute(
                "SELECT recording.sha256 FROM custody_event JOIN recording ON recording.id = custody_event.subject_id "
                "WHERE custody_event.action IN ('erase ordered', 'erased')"
            ).fetchall()
        )
    verdict.erased = len(erased)
    for path, content in erased.items():
        if (str(path), content.sha256) not in receipts:
            verdict.erased_early.append(f"{path} was erased without a receipt")
        if not ordered[content.sha256]:
            verdict.custody.append(f"{path} was erased and the log does not say so")
