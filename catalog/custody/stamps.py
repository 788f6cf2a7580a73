"""Time stamps (RFC 3161) on checkpoints: an authority outside says that the signed note was there at that time.

     1 DUE        what was asked for and is not answered; an authority that is away is asked again, later each time
     2 ASK        over the SHA-256 of the note, with a nonce; the answer is believed only if the authority's CA signed
                  it, over this very note
     3 STORE      the answer as it came, under lock beside the checkpoint
     4 RECORD     the same in the catalog

Until then the stamp is shown as pending; nothing waits for it. A later checkpoint covers all events before it, so each
authority is asked at most so often.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
import urllib3
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from catalog.custody.objects import Shelf, stamp_object
from catalog.engine import Catalog
from catalog.repositories import custody_log
from catalog.tables import CustodyCheckpoint, CustodyStamp
from catalog.tables.custody import CustodyObjectKind, StampState

_log = structlog.get_logger(__name__)
_AT_ONCE = 20
_ANSWER_BYTES = 1024 * 1024
_SECONDS = 15.0
_AGAIN_FIRST, _AGAIN_AT_MOST = timedelta(minutes=1), timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who stamps, where to ask, and the certificates (PEM) that its signature must lead to."""

    name: str
    url: str
    ca_file: Path


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a stamp says: when, by the clock of the authority."""

    at: datetime


class StampRefused(Exception):
    """The authority gave no stamp, or one that is not to be believed: one sentence why."""


class Stamper:
    def __init__(
        self,
        catalog: Catalog,
        shelf: Shelf,
        authorities: Sequence[Authority],
        *,
        clock: Callable[[], datetime],
        seconds: float = _SECONDS,
    ) -> None:
        self._catalog, self._shelf, self._clock = catalog, shelf, clock
        self._authorities = {authority.name: authority for authority in authorities}
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(seconds), retries=False)

    def run(self) -> int:
        """Ask for what is due; returns how many stamps came. Raises CatalogError, StorageError."""
        now = self._clock()
        with self._catalog.reading() as session:  # step 1
            due = custody_log.stamps_due(session, now=now, at_most=_AT_ONCE)
        given = 0
        away: set[str] = set()
        for stamp, checkpoint in due:
            if stamp.authority in away:
                continue
            try:
                self._stamp(stamp, checkpoint)
                given += 1
            except StampRefused as error:
                away.add(stamp.authority)
                self._put_off(stamp.id, str(error))
        return given

    def _stamp(self, stamp: CustodyStamp, checkpoint: CustodyCheckpoint) -> None:
        authority = self._authorities.get(stamp.authority)
        if authority is None:
            raise StampRefused("the settings name no such authority any more")
        token = self._ask(authority, checkpoint.note.encode())  # step 2
        now = self._clock()
        key = stamp_object(checkpoint.at, checkpoint.size, authority.name)
        stored = self._shelf.put(key, token, now)  # step 3
        with self._catalog.writing() as session:  # step 4
            row = session.get_one(CustodyStamp, stamp.id)
            row.state, row.token, row.stamped_at = StampState.STAMPED, token, now
            row.attempts, row.last_error = row.attempts + 1, None
            self._shelf.note(session, CustodyObjectKind.STAMP, stored, now)

    def _ask(self, authority: Authority, message: bytes) -> bytes:
        request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
        try:
            answer = self._http.request(
                "POST",
                authority.url,
                body=request.as_bytes(),
                headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
                preload_content=False,
            )
            token: bytes = answer.read(_ANSWER_BYTES)
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise StampRefused(f"{authority.url} does not answer ({type(error).__name__})") from error
        if answer.status != 200:  # noqa: PLR2004 - HTTP's own word
            raise StampRefused(f"{authority.url} answers with HTTP {answer.status}")
        check_stamp(token, message, authority.ca_file, nonce=request.nonce)
        return token

    def _put_off(self, stamp_id: UUID, why: str) -> None:
        now = self._clock()
        with self._catalog.writing() as session:
            row = session.get_one(CustodyStamp, stamp_id)
            row.attempts += 1
            row.last_error = why
            row.due_at = now + min(_AGAIN_FIRST * 2 ** min(row.attempts - 1, 20), _AGAIN_AT_MOST)
        _log.warning("a checkpoint could not be stamped", authority=row.authority, reason=why, attempts=row.attempts)


def check_stamp(token: bytes, message: bytes, ca_file: Path, *, nonce: int | None = None) -> Stamp:
    """What a stamp says, once it is seen that the authority's CA signed it over this message. Raises StampRefused."""
    response = _read(token)
    builder = VerifierBuilder(roots=_roots(ca_file), nonce=nonce)
    try:
        builder.build().verify_message(response, message)
    except (VerificationError, ValueError) as error:
        raise StampRefused(f"the stamp is not to be believed: {error}") from error
    return Stamp(response.tst_info.gen_time)


def _read(token: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(token)
    except ValueError as error:
        raise StampRefused("the answer is no time stamp") from error


def _roots(ca_file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(ca_file.read_bytes())
    except OSError as error:
        raise StampRefused(f"{ca_file} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise StampRefused(f"{ca_file} holds no certificates") from error
