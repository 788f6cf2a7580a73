"""A version that was perhaps made: what a fault at the last step of an upload leaves behind."""

from collections.abc import Callable

import pytest

from storage.errors import StoreUnavailable
from storage.s3_upload import S3Upload, UploadGone
from tests.storage.recorded_requests import PART_SIZE, RecordedRequests, upload_to

SIZES = pytest.mark.parametrize("size", [7, PART_SIZE * 2 + 1], ids=["single put", "parts"])


def send(upload: S3Upload, size: int) -> None:
    with upload:
        upload.write(bytes(size))
        upload.complete()


def answered() -> StoreUnavailable:
    """The store said that it failed."""
    return StoreUnavailable("here", "it answers InternalError")


def cut() -> StoreUnavailable:
    """No answer came."""
    return StoreUnavailable("here", "it broke off", outcome_unknown=True)


@SIZES
@pytest.mark.parametrize("fault", [answered, cut])
def test_a_version_that_was_made_although_the_store_did_not_say_so_is_found(
    size: int, fault: Callable[[], StoreUnavailable]
) -> None:
    requests = RecordedRequests(making=[fault()])
    requests.made_although = {1}
    with upload_to(requests) as upload:
        upload.write(bytes(size))
        assert upload.complete().reference.version_id == "version"
    assert requests.asked_to_make == 1
    assert requests.aborted == []


@SIZES
def test_a_version_that_the_store_refused_to_make_is_asked_for_again(size: int) -> None:
    requests = RecordedRequests(making=[answered(), answered()])
    with upload_to(requests) as upload:
        upload.write(bytes(size))
        upload.complete()
    assert requests.asked_to_make == 3


def test_a_single_put_without_answer_is_not_repeated_blindly() -> None:
    """The server may still be at it: a second put would leave a second locked version."""
    requests = RecordedRequests(making=[cut()])
    with upload_to(requests) as upload, pytest.raises(StoreUnavailable):
        upload.complete()
    assert requests.asked_to_make == 1


def test_a_single_put_is_not_repeated_where_nobody_can_look() -> None:
    requests = RecordedRequests(making=[answered()])
    requests.blind = True
    with upload_to(requests) as upload, pytest.raises(StoreUnavailable):
        upload.complete()
    assert requests.asked_to_make == 1


def test_a_completion_without_answer_is_asked_for_again_since_it_makes_one_version_at_most() -> None:
    requests = RecordedRequests(making=[cut()])
    with upload_to(requests) as upload:
        upload.write(bytes(PART_SIZE + 1))
        upload.complete()
    assert requests.asked_to_make == 2


def test_a_completion_of_an_upload_that_is_gone_finds_the_version_or_fails_at_once() -> None:
    gone = UploadGone("here", "it knows nothing of this upload")
    requests = RecordedRequests(making=[cut(), gone])
    requests.made_although = {1}
    requests.blind = True  # so that the first look fails and the completion is asked for again

    def see(_seconds: float) -> None:
        requests.blind = False

    upload = upload_to(requests)
    upload._wait = see
    with upload:
        upload.write(bytes(PART_SIZE + 1))
        assert upload.complete().reference.version_id == "version"
    swept = RecordedRequests(making=[gone])
    with pytest.raises(UploadGone):
        send(upload_to(swept), PART_SIZE + 1)
    assert swept.asked_to_make == 1


@SIZES
def test_a_store_that_never_recovers_fails_the_upload(size: int) -> None:
    requests = RecordedRequests(making=[answered() for _ in range(99)])
    with pytest.raises(StoreUnavailable):
        send(upload_to(requests), size)
    assert requests.asked_to_make < 10


@SIZES
def test_a_version_that_is_shorter_than_what_was_sent_is_noticed(size: int) -> None:
    with pytest.raises(StoreUnavailable, match="bytes of the"):
        send(upload_to(RecordedRequests(), lost=1), size)
