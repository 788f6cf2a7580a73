"""Reading an answer of an S3 store so that one which ends early, or gives other bytes than asked for, is noticed."""

import contextlib
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from urllib3.response import BaseHTTPResponse

from storage.errors import StoreUnavailable
from storage.model import StoredVersion, VersionReference
from storage.s3_client import translated
from storage.s3_headers import VERSION_ID, stored_version

READ_CHUNK = 1024 * 1024
_WHOLE = 200
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def range_header(start: int, length: int | None) -> str:
    return f"bytes={start}-{'' if length is None else start + length - 1}"


def told(response: BaseHTTPResponse, reference: VersionReference) -> StoredVersion | None:
    """Return what the headers of an answer that brings a whole version say of it; None if they do not say enough.

    That a lock stands there, and of which version, is needed: else it may only be that the store does not tell it here.
    """
    headers = response.headers
    found = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    if headers.get(VERSION_ID) != reference.version_id:
        return None
    with contextlib.suppress(ValueError, OverflowError):
        size = int(found[3] if found else headers.get("Content-Length", ""))
        stored = stored_version(reference, size, parsedate_to_datetime(headers.get("Last-Modified", "")), headers)
        return stored if stored.lock is not None else None
    return None


def checked_chunks(
    response: BaseHTTPResponse, where: str, reference: VersionReference, start: int, length: int | None
) -> Iterator[bytes]:
    """Yield the body in chunks of at most 1 MiB. Raises StoreUnavailable unless it is exactly what was asked for."""
    left = _promised(response, where, start, length)
    while left:
        with translated(where, reference):
            chunk = response.read(min(READ_CHUNK, left))
        if not chunk:
            raise StoreUnavailable(where, f"its answer for {reference} ended {left} bytes early", "other_bytes")
        left -= len(chunk)
        yield chunk
    with translated(where, reference):
        if response.read(1):  # also what tells the client that the connection may be used again
            raise StoreUnavailable(where, f"its answer for {reference} is longer than it said", "other_bytes")


def _promised(response: BaseHTTPResponse, where: str, start: int, length: int | None) -> int:
    """Return how many bytes must come. Raises StoreUnavailable if they are not the ones that were asked for."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    whole = response.headers.get("Content-Length", "")
    if found is not None:
        first, last, size = (int(number) for number in found.groups())
    elif response.status == _WHOLE and whole.isdecimal():  # some stores answer so when all was asked for
        first, last, size = 0, int(whole) - 1, int(whole)
    else:
        raise StoreUnavailable(where, "it does not say which bytes it answers with", "other_bytes")
    count = last - first + 1
    if first != start or count != (size - start if length is None else min(length, size - start)):
        raise StoreUnavailable(where, "it answers with other bytes than it was asked for", "other_bytes")
    return count
