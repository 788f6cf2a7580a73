"""What no S3 store should answer leaves the store as one of our errors all the same."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from storage.errors import StorageError, StoreMisconfigured, StoreUnavailable
from storage.model import Bucket, VersionReference
from storage.s3 import S3Settings, S3Store
from tests.storage.fake_s3 import HTML, answering, refusal

SOMETHING = VersionReference(Bucket.ORIGINALS, "a", "v")
Ask = Callable[[S3Store], object]


def store_at(endpoint: str) -> S3Store:
    settings = S3Settings(
        endpoint=endpoint, access_key="key", secret_key=SecretStr("secret"), secure=False, bucket_prefix="zhilu-test"
    )
    store = S3Store(settings)
    store._checked.update(Bucket)
    return store


def check(store: S3Store) -> object:
    return store.check()


def list_all(store: S3Store) -> object:
    return list(store.list_references(Bucket.ORIGINALS))


def sweep(store: S3Store) -> object:
    return store.sweep_abandoned()


def read(store: S3Store) -> object:
    return list(store.read(SOMETHING))


def write(store: S3Store) -> object:
    with store.upload(Bucket.ORIGINALS, "a") as upload:
        upload.write(b"x")
        return upload.complete()


EVERY: tuple[Ask, ...] = (check, list_all, sweep, read, write)


def met(ask: Ask, status: int, body: bytes, content_type: str = "application/xml") -> StorageError:
    with answering(status, body, content_type) as endpoint, pytest.raises(StorageError) as caught:
        ask(store_at(endpoint))
    return caught.value


@pytest.mark.parametrize("ask", EVERY)
@pytest.mark.parametrize("code", ["UserSuspended", "InvalidToken", "ExpiredToken", "SomethingNew"])
def test_a_refusal_that_nobody_foresaw_names_its_code(ask: Ask, code: str) -> None:
    error = met(ask, 403, refusal(code))
    assert isinstance(error, StoreMisconfigured)
    assert code in str(error)
    assert (error.code, error.detail) == ("unfit" if code == "SomethingNew" else "refused", code)


@pytest.mark.parametrize("status", [408, 429, 500, 501, 505])
def test_a_fault_of_the_server_passes(status: int) -> None:
    error = met(check, status, refusal("SomethingNew"))
    assert isinstance(error, StoreUnavailable)
    assert "SomethingNew" in str(error)


@pytest.mark.parametrize("ask", [check, list_all, sweep])
@pytest.mark.parametrize("content_type", ["text/html", "application/xml"])
@pytest.mark.parametrize("status", [200, 403, 502])
def test_a_page_of_a_proxy_is_no_answer(ask: Ask, status: int, content_type: str) -> None:
    error = met(ask, status, HTML, content_type)
    assert isinstance(error, StoreUnavailable)
    assert "no S3" in str(error)


@pytest.mark.parametrize(
    "lock", [("WORM", "2026-11-24T09:30:24Z"), ("GOVERNANCE", "soon")], ids=["unknown mode", "no time"]
)
def test_a_lock_that_cannot_be_read_is_not_taken_for_none(lock: tuple[str, str]) -> None:
    headers = {
        "x-amz-object-lock-mode": lock[0],
        "x-amz-object-lock-retain-until-date": lock[1],
        "Last-Modified": "Mon, 23 Nov 2026 09:30:24 GMT",
    }
    with (
        answering(200, b"", headers=headers) as endpoint,
        pytest.raises(StoreUnavailable, match="no S3") as caught,
    ):
        store_at(endpoint).head(SOMETHING)
    assert caught.value.retryable
