"""Reading a certificate back: from the store, as the log says it was put there, signed by the key of the log."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from api.errors import BytesDiffer, UsageWrong
from api.runtime import Runtime
from catalog.canonical import canonical_json
from catalog.custody.keys import verifier_of
from catalog.custody.note import NoteMalformed, read_note
from catalog.repositories import custody, disposals
from catalog.tables.custody import CustodyAction
from retention.disposal.certificate import KIND
from storage.model import Bucket, VersionReference


@dataclass(frozen=True, slots=True)
class Certificate:
    """`signed`: the file as it lies in the store; `sha256`: the digest of the document that the note is over."""

    signed: bytes
    document: dict[str, Any]
    sha256: str


def read_certificate(runtime: Runtime, number: str) -> Certificate:
    """Raises NotFound, UsageWrong where there is none yet, BytesDiffer for what was not signed so, StorageError."""
    with runtime.catalog.reading() as session:
        disposal = disposals.by_number(session, number)
        told = [
            event.details["files"]["certificate.json"]["sha256"]
            for event in custody.of_subject(session, disposal.id)
            if event.action is CustodyAction.DISPOSAL_CERTIFIED
        ]
    if disposal.certificate_key is None or disposal.certificate_version is None:
        raise UsageWrong(f"The list {number} has no certificate yet: it is {disposal.state}.")
    reference = VersionReference(Bucket.CUSTODY, disposal.certificate_key, disposal.certificate_version)
    signed = b"".join(runtime.store.read(reference))
    found = json.loads(signed)
    digest = hashlib.sha256(canonical_json(found["certificate"])).hexdigest()
    keys = [verifier_of(row) for row in runtime.custody.key_ring().known()]
    try:
        note = read_note(found["note"])
        is_signed = bool(note.signers(keys)) and note.text.split("\n")[:3] == [KIND, number, digest]
    except NoteMalformed:
        is_signed = False
    if not is_signed or hashlib.sha256(signed).hexdigest() not in told:
        raise BytesDiffer(str(reference))
    return Certificate(signed, found["certificate"], digest)
