"""A store that answers 500, 503, nothing, or less than it promised: a faulty proxy in front of a real one."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from storage.errors import StoreUnavailable
from storage.model import Bucket, Lock, LockMode, StoredVersion
from storage.s3 import S3Settings, S3Store

from .s3_faults import Answer, Fault, Proxy, answering, cutting, faulty

pytestmark = pytest.mark.s3

PART = 5 * 1024 * 1024
CONTENT = bytes(range(256)) * (4 * 1024)  # 1 MiB
LARGE = CONTENT * 5 + b"the rest"
TEXTS = pytest.mark.parametrize("content", [CONTENT, LARGE], ids=["single put", "parts"])


@pytest.fixture
def proxy(s3_settings: S3Settings) -> Iterator[Proxy]:
    with faulty(s3_settings.endpoint) as proxy:
        yield proxy


@pytest.fixture
def store(s3_settings: S3Settings, proxy: Proxy) -> S3Store:
    """A store that knows only the proxy."""
    return S3Store(s3_settings.model_copy(update={"endpoint": proxy.endpoint}))


def query(path: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(path).query, keep_blank_values=True)


def is_put(method: str, path: str) -> bool:
    return method == "PUT" and not query(path)


def is_part(method: str, path: str) -> bool:
    return method == "PUT" and "partNumber" in query(path)


def is_completion(method: str, path: str) -> bool:
    return method == "POST" and "uploadId" in query(path)


def makes_a_version(method: str, path: str) -> bool:
    return is_put(method, path) or is_completion(method, path)


def is_read(method: str, path: str) -> bool:
    return method == "GET" and "versionId" in query(path)


def is_look(method: str, path: str) -> bool:
    return method == "HEAD" and "versionId" in query(path)


Again = Callable[[int, int], Iterator[bytes]]


def put(store: S3Store, key: str, content: bytes, again: Again | None = None) -> StoredVersion:
    lock = Lock(LockMode.GOVERNANCE, datetime.now(UTC) + timedelta(minutes=10))
    with store.upload(Bucket.ORIGINALS, key, lock=lock, size=len(content), again=again) as upload:
        upload.write(content)
        return upload.complete()


class TestMakingAVersion:
    @TEXTS
    @pytest.mark.parametrize(
        "then", [answering(500, "InternalError"), answering(503, "SlowDown"), cutting], ids=["500", "503", "cut"]
    )
    def test_that_was_made_although_the_answer_was_lost_is_adopted(
        self,
        store: S3Store,
        proxy: Proxy,
        area: str,
        content: bytes,
        then: Callable[[Answer], Answer | None],
    ) -> None:
        proxy.faults.append(Fault(makes_a_version, then))
        stored = put(store, f"{area}recording.mp4", content)
        assert [each.reference for each in store.list_versions(Bucket.ORIGINALS, area)] == [stored.reference]
        assert stored.lock is not None
        assert b"".join(store.read(stored.reference)) == content

    @TEXTS
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    def test_that_the_store_refuses_for_a_while_is_tried_again(
        self, store: S3Store, proxy: Proxy, area: str, content: bytes, status: int
    ) -> None:
        proxy.faults.append(Fault(makes_a_version, answering(status, "InternalError"), ask=False, times=2))
        stored = put(store, f"{area}recording.mp4", content)
        assert [each.reference for each in store.list_versions(Bucket.ORIGINALS, area)] == [stored.reference]

    def test_by_a_put_that_nobody_answers_is_not_repeated_blindly(
        self, store: S3Store, proxy: Proxy, area: str
    ) -> None:
        proxy.faults.append(Fault(is_put, cutting, ask=False))
        with pytest.raises(StoreUnavailable) as failed:
            put(store, f"{area}recording.mp4", CONTENT)
        assert failed.value.retryable
        assert proxy.count(is_put) == 1
        assert list(store.list_versions(Bucket.ORIGINALS, area)) == []

    def test_fails_when_the_store_never_recovers(self, store: S3Store, proxy: Proxy, area: str) -> None:
        proxy.faults.append(Fault(makes_a_version, answering(503, "SlowDown"), ask=False, times=999))
        with pytest.raises(StoreUnavailable, match="SlowDown"):
            put(store, f"{area}recording.mp4", LARGE)
        assert list(store.list_versions(Bucket.ORIGINALS, area)) == []
        assert proxy.count(is_completion) < 10


def reading(content: bytes) -> Again:
    """What reads a source once more, in pieces."""

    def again(start: int, length: int) -> Iterator[bytes]:
        for place in range(start, start + length, 100_000):
            yield content[place : min(place + 100_000, start + length)]

    return again


class TestParts:
    @pytest.mark.parametrize(
        "fault",
        [
            Fault(is_part, answering(500, "InternalError"), ask=False),
            Fault(is_part, cutting, ask=False),
            Fault(is_part, cutting),
            Fault(is_part, answering(503, "SlowDown"), times=2),
        ],
        ids=["500 unheard", "cut unheard", "cut after it was heard", "503 twice after it was heard"],
    )
    @pytest.mark.parametrize("again", [None, reading(LARGE)], ids=["from memory", "from the source"])
    def test_are_sent_again(self, store: S3Store, proxy: Proxy, area: str, fault: Fault, again: Again | None) -> None:
        proxy.faults.append(dataclasses.replace(fault))
        stored = put(store, f"{area}recording.mp4", LARGE, again)
        assert proxy.count(is_part) > 2
        assert b"".join(store.read(stored.reference)) == LARGE

    def test_of_a_source_that_changed_since_it_was_read_are_refused_by_the_store(
        self, s3_settings: S3Settings, proxy: Proxy, area: str, checksum: str
    ) -> None:
        """What is sent a second time is held to the checksum of what was read the first time."""
        proxy.faults.append(Fault(is_part, cutting, ask=False))
        store = S3Store(s3_settings.model_copy(update={"part_checksum": checksum, "endpoint": proxy.endpoint}))
        with pytest.raises(StoreUnavailable, match=r"BadDigest|SHA256Mismatch"):
            put(store, f"{area}recording.mp4", LARGE, reading(LARGE[1:] + LARGE[:1]))
        assert list(store.list_versions(Bucket.ORIGINALS, area)) == []

    @TEXTS
    def test_damaged_on_their_way_are_refused_by_the_store(
        self, s3_settings: S3Settings, area: str, content: bytes, checksum: str
    ) -> None:
        damaging = s3_settings.model_copy(update={"part_checksum": checksum})
        with faulty(s3_settings.endpoint, damage=lambda body: b"X" + body[1:]) as proxy:
            store = S3Store(damaging.model_copy(update={"endpoint": proxy.endpoint}))
            with pytest.raises(StoreUnavailable, match=r"BadDigest|SHA256Mismatch"):
                put(store, f"{area}recording.mp4", content)
        assert list(S3Store(s3_settings).list_versions(Bucket.ORIGINALS, area)) == []

    @pytest.fixture(params=["sha256", "md5"])
    def checksum(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)


def short(answer: Answer) -> Answer:
    """Fewer bytes than announced, and the connection closed."""
    announced = ("X-Announced", str(len(answer.body)))
    return Answer(answer.status, [*answer.headers, announced], answer.body[: len(answer.body) // 2])


def short_and_consistent(answer: Answer) -> Answer:
    """Fewer bytes, and their count announced: what a careless cache does with a body that broke off."""
    return Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])


def longer(answer: Answer) -> Answer:
    return Answer(answer.status, answer.headers, answer.body + b"more")


def without_range(answer: Answer) -> Answer:
    """The whole object where a part was asked for."""
    kept = [(name, value) for name, value in answer.headers if name.lower() != "content-range"]
    return Answer(200, kept, CONTENT)


def without(header: str) -> Callable[[Answer], Answer]:
    """A store that leaves out some headers where it sends bytes."""

    def changed(answer: Answer) -> Answer:
        return Answer(answer.status, [each for each in answer.headers if header not in each[0].lower()], answer.body)

    return changed


class TestReading:
    @pytest.mark.parametrize("then", [short, short_and_consistent, longer])
    @pytest.mark.parametrize("asked", [(0, None), (100, None), (100, 600_000)])
    def test_an_answer_of_another_length_is_noticed(
        self,
        store: S3Store,
        proxy: Proxy,
        area: str,
        then: Callable[[Answer], Answer | None],
        asked: tuple[int, int | None],
    ) -> None:
        start, length = asked
        reference = put(store, f"{area}recording.mp4", CONTENT).reference
        proxy.faults.append(Fault(is_read, then))
        with pytest.raises(StoreUnavailable) as failed:
            b"".join(store.read(reference, start, length))
        assert failed.value.retryable
        expected = CONTENT[start : None if length is None else start + length]
        assert b"".join(store.read(reference, start, length)) == expected

    def test_of_a_part_that_is_answered_with_the_whole_is_noticed(
        self, store: S3Store, proxy: Proxy, area: str
    ) -> None:
        reference = put(store, f"{area}recording.mp4", CONTENT).reference
        proxy.faults.append(Fault(is_read, without_range))
        with pytest.raises(StoreUnavailable, match="other bytes"):
            b"".join(store.read(reference, 100))

    def test_of_all_may_be_answered_without_a_range(self, store: S3Store, proxy: Proxy, area: str) -> None:
        reference = put(store, f"{area}recording.mp4", CONTENT).reference
        proxy.faults.append(Fault(is_read, without_range))
        assert b"".join(store.read(reference)) == CONTENT

    @pytest.mark.parametrize("then", [answering(500, "InternalError"), answering(503, "SlowDown"), cutting])
    def test_is_tried_again_before_the_first_byte(
        self, store: S3Store, proxy: Proxy, area: str, then: Callable[[Answer], Answer | None]
    ) -> None:
        reference = put(store, f"{area}recording.mp4", CONTENT).reference
        proxy.faults.append(Fault(is_read, then, ask=False, times=2))
        assert b"".join(store.read_back(reference)) == CONTENT

    def test_back_of_a_small_one_takes_its_lock_from_the_same_answer(
        self, store: S3Store, proxy: Proxy, area: str
    ) -> None:
        stored = put(store, f"{area}recording.mp4", CONTENT)
        looks = proxy.count(is_look)
        back = store.read_back(stored.reference)
        assert b"".join(back) == CONTENT
        assert back.stored() == stored
        assert proxy.count(is_look) == looks

    @pytest.mark.parametrize(
        ("content", "missing"),
        [(CONTENT, "object-lock"), (CONTENT, "last-modified"), (CONTENT, "version-id"), (LARGE, "nothing")],
        ids=["without lock", "without time", "without version", "large"],
    )
    def test_back_of_one_whose_answer_says_too_little_asks_for_its_lock_afterwards(
        self, store: S3Store, proxy: Proxy, area: str, content: bytes, missing: str
    ) -> None:
        stored = put(store, f"{area}recording.mp4", content)
        proxy.faults.append(Fault(is_read, without(missing)))
        looks = proxy.count(is_look)
        back = store.read_back(stored.reference)
        assert b"".join(back) == content
        assert back.stored() == stored
        assert proxy.count(is_look) == looks + 1

    @pytest.mark.parametrize("status", [500, 503])
    def test_of_a_store_that_stays_away_is_unavailable(
        self, store: S3Store, proxy: Proxy, area: str, status: int
    ) -> None:
        reference = put(store, f"{area}recording.mp4", CONTENT).reference
        proxy.faults.append(Fault(lambda *_: True, answering(status, "SlowDown"), ask=False, times=999))
        for attempt in (
            lambda: list(store.read(reference)),
            lambda: store.head(reference),
            lambda: list(store.list_references(Bucket.ORIGINALS, area)),
        ):
            with pytest.raises(StoreUnavailable):
                attempt()

    def test_of_a_store_that_asks_to_wait_an_hour_does_not_wait(self, store: S3Store, proxy: Proxy, area: str) -> None:
        reference = put(store, f"{area}recording.mp4", CONTENT).reference
        busy = Answer(503, [("Retry-After", "3600"), ("Content-Type", "application/xml")], b"<Error/>")
        proxy.faults.append(Fault(is_read, lambda _answer: busy, ask=False))
        assert b"".join(store.read(reference)) == CONTENT


class TestSlowLine:
    def test_a_part_may_take_longer_than_a_connection_may(self, s3_settings: S3Settings, area: str) -> None:
        """The HTTP client bounds each send by the time limit of connecting: a part must not be one send."""
        with faulty(s3_settings.endpoint, bytes_per_second=300_000) as proxy:
            store = S3Store(s3_settings.model_copy(update={"endpoint": proxy.endpoint}))
            content = bytes(PART - 1)
            stored = put(store, f"{area}recording.mp4", content)
            assert proxy.count(is_put) == 1
        assert stored.size == len(content)
