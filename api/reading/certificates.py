"""Reading a certificate back: from the store, as the log says it was put there, signed by the key of the log.

1 LOG        which files were issued under that number, where each lies, and its SHA-256
2 STORE      the file as it lies there; its SHA-256 must be that of the log
3 SIGNATURE  by a key of the log, over the number and the SHA-256 of the document
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from api.errors import BytesDiffer, CertificateForeign, CertificateMissing
from api.runtime import Runtime
from catalog.canonical import canonical_json
from catalog.custody.keys import verifier_of
from catalog.custody.note import NoteMalformed, read_note
from catalog.repositories import disposals
from catalog.tables.custody import CustodyAction
from retention.disposal.certificate import Signed
from retention.disposal.certificate_document import KIND
from storage.model import Bucket, VersionReference

MAIN = "certificate.json"


@dataclass(frozen=True, slots=True)
class Certificate:
    """`file`: as it lies in the store."""

    file: bytes
    signed: Signed


def read_certificate(runtime: Runtime, number: str) -> Certificate:
    """Raises NotFound, CertificateMissing, BytesDiffer for what was not signed so, StorageError."""
    with runtime.catalog.reading() as session:
        disposal = disposals.by_number(session, number)
        told = _issued(session, number)
    if disposal.certificate_key is None or disposal.certificate_version is None:
        raise CertificateMissing(number, disposal.state)
    reference = VersionReference(Bucket.CUSTODY, disposal.certificate_key, disposal.certificate_version)
    file = b"".join(runtime.store.read(reference))
    signed = _signed(runtime, number, file)
    if signed is None or hashlib.sha256(file).hexdigest() not in told.get(MAIN, ()):
        raise BytesDiffer(str(reference))
    return Certificate(file, signed)


def issued_print(runtime: Runtime, number: str, name: str) -> bytes | None:
    """A print as it was issued with the certificate, None where none was. Raises BytesDiffer, StorageError."""
    with runtime.catalog.reading() as session:
        told = _issued(session, number).get(name, frozenset())
    places = runtime.store.list_references(Bucket.CUSTODY, f"disposal/{number}/{name}") if told else ()
    found = [(each.reference, b"".join(runtime.store.read(each.reference))) for each in places]
    for _, content in found:
        if hashlib.sha256(content).hexdigest() in told:
            return content
    if told:
        raise BytesDiffer(str(found[0][0]) if found else f"disposal/{number}/{name}")
    return None


def check_paper(runtime: Runtime, number: str, content: bytes, name: str) -> str:
    """Which of the files issued under that number this one is: somebody hands in a copy.

    Raises NotFound, CertificateForeign where it is none of them.
    """
    with runtime.catalog.reading() as session:
        disposals.by_number(session, number)
        told = _issued(session, number)
    digest = hashlib.sha256(content).hexdigest()
    for issued, digests in told.items():
        if digest in digests and (issued != MAIN or _signed(runtime, number, content) is not None):
            return issued
    raise CertificateForeign(name, number, digest)


def _issued(session: Session, number: str) -> Mapping[str, frozenset[str]]:
    """The SHA-256 of each file that the custody log says was issued, by its name."""
    found: dict[str, frozenset[str]] = {}
    disposal = disposals.by_number(session, number)
    for event in disposals.events_of(session, disposal.id, CustodyAction.DISPOSAL_CERTIFIED):
        for name, file in event.details.get("files", {}).items():
            found[name] = found.get(name, frozenset()) | {str(file["sha256"])}
    return found


def _signed(runtime: Runtime, number: str, file: bytes) -> Signed | None:
    """What the file says, if a key of the log signed it for that number; None if none did, or it cannot be read."""
    keys = [verifier_of(row) for row in runtime.custody.key_ring().known()]
    try:
        told = json.loads(file)
        signed = Signed(told["certificate"], _digest(told["certificate"]), told["note"])
        note = read_note(signed.note)
        is_signed = bool(note.signers(keys)) and note.text.split("\n")[:3] == [KIND, number, signed.sha256]
    except (NoteMalformed, ValueError, KeyError, TypeError):
        return None
    return signed if is_signed else None


def _digest(document: object) -> str:
    return hashlib.sha256(canonical_json(document)).hexdigest()
