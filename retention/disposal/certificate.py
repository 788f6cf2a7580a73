"""The certificate of a list (销毁证明): what went, who approved it, what was kept and why; signed, locked, in the log.

     1 WHEN      nothing on the list is left to do, and this process has the key of the custody log: all that was done
                 is signed and stored by it, so that a catalog made again knows what went
     2 SIGN      the canonical JSON, by a signed note over its SHA-256
     3 STORE     the JSON with the note, and what is printed of it, under lock, read back
     4 COMMIT    where they lie and their digests, as a custody event, signed at once; the list is DONE

Killed between 3 and 4 it is made again: two versions then say the same, and the log names one of them.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.canonical import canonical_json, plain
from catalog.custody.keys import SigningKey
from catalog.custody.objects import Shelf
from catalog.engine import Catalog
from catalog.repositories import custody, disposals
from catalog.tables.custody import CustodyAction, CustodyObjectKind
from catalog.tables.disposals import DisposalState
from retention.disposal.certificate_document import KIND, certificate_document

FindKey = Callable[[], SigningKey | None]
"""The key of the custody log; None where another machine has it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a certificate says, the SHA-256 of its canonical JSON, and the note that signs that."""

    document: Mapping[str, Any]
    sha256: str
    note: str

    def file(self) -> bytes:
        """As it is stored: anybody can check it without us."""
        return canonical_json({"certificate": self.document, "note": self.note})


Print = Callable[[Signed], Mapping[str, bytes]]
"""What is printed of a certificate, by the name of the file; empty where nothing can be printed here."""


@dataclass(frozen=True)
class Certifier:
    catalog: Catalog
    clock: Callable[[], datetime]
    signing_key: FindKey
    shelf: Shelf
    printed: Print
    sign_log: Callable[[], object]

    def certify(self, number: str) -> bool:
        """Whether the list has its certificate now. Raises StorageError, CatalogError."""
        now = self.clock()
        with self.catalog.reading() as session:
            disposal = disposals.by_number(session, number)
            left = disposals.unfinished_items(session, disposal.id)
        if disposal.state is not DisposalState.EXECUTING or left:
            return disposal.state is DisposalState.DONE
        key = self.signing_key()
        if key is None:
            return False
        self.sign_log()
        signed = self._signed(number, key, now)
        files = {"certificate.json": signed.file(), **self.printed(signed)}
        stored = {name: self.shelf.put(f"disposal/{number}/{name}", content, now) for name, content in files.items()}
        told = {
            name: {"stored_as": str(stored[name].reference), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        }
        main = stored["certificate.json"].reference

        def commit(session: Session) -> None:
            found = disposals.by_number(session, number, to_change=True)
            if found.state is not DisposalState.EXECUTING:
                return
            found.state, found.ended_by, found.ended_at = DisposalState.DONE, "zhilu", now
            found.certificate_key, found.certificate_version = main.key, main.version_id
            session.add(found)
            for each in stored.values():
                Shelf.note(session, CustodyObjectKind.CERTIFICATE, each, now)
            custody.record(
                session,
                CustodyAction.DISPOSAL_CERTIFIED,
                at=now,
                actor="zhilu",
                subject_kind=disposals.SUBJECT,
                subject_id=found.id,
                approval=number,
                certificate_sha256=signed.sha256,
                files=told,
            )

        self.catalog.write(commit)
        self.sign_log()
        return True

    def _signed(self, number: str, key: SigningKey, now: datetime) -> Signed:
        with self.catalog.reading(at_length=True) as session:
            disposal = disposals.by_number(session, number)
            document = plain(certificate_document(session, disposal, now, key=str(key.verifier)))
        digest = hashlib.sha256(canonical_json(document)).hexdigest()
        note = key.sign(f"{KIND}\n{number}\n{digest}\n{now.isoformat(timespec='seconds')}\n")
        return Signed(document, digest, note)
