"""The key that signs the log: made on the first run, checked at every use, rotated with a signature of both.

A log has one key at a time. Only machines that have its file sign; all others leave signing to them. The catalog and
the bucket know the public halves: the first key by a note that it signed itself, each later one by a note that the key
before it signed too. So a key that was put in the place of the real one is found out, and refused.

Making       1 the file, before anybody else could need it   2 its note in the bucket   3 its row: the first wins
Rotating     1 the new file, beside the old one   2 the note of both in the bucket   3 the row   4 the file takes the
             place of the old one. Killed before 3, it is removed at the next start; after 3, step 4 is made up for.
"""

import fcntl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.exc import IntegrityError

from catalog.custody import key_files, note
from catalog.custody.note import NoteMalformed, SignerKey, VerifierKey
from catalog.custody.objects import Shelf, key_object
from catalog.engine import Catalog
from catalog.errors import CatalogBusy, CustodyKeyAbsent, CustodyKeyForeign, CustodyKeyReplaced, CustodyKeyUnfit
from catalog.repositories import custody, custody_log
from catalog.tables import CustodyKey
from catalog.tables.custody import CustodyAction, CustodyObjectKind
from storage.local_files import flocked, translated_errors
from storage.model import StoredVersion

HEADING = "zhilu custody key"
GIVEN = "the settings (custody.key)"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the key is: in a file, or given by the settings as text. `name` is for a key that is yet to be made."""

    path: Path
    given: str | None = None
    name: str | None = None

    @property
    def next_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.next")

    @property
    def memory(self) -> Path:
        """What was signed last, by whoever uses this place."""
        return self.path.with_name(f"{self.path.name}.signed")

    def __repr__(self) -> str:
        return f"KeyPlace({self.path})"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key of the log, as a row of the catalog and as what signs."""

    id: UUID
    signer: SignerKey

    @property
    def verifier(self) -> VerifierKey:
        return self.signer.verifier

    def sign(self, text: str) -> str:
        """The signed note of a text."""
        return note.sign(text, self.signer)


def verifier_of(row: CustodyKey) -> VerifierKey:
    return VerifierKey(row.name, row.public_key)


def key_statement(key: VerifierKey, at: datetime) -> str:
    """What is signed of a key: by itself, and by the one before it."""
    return f"{HEADING}\n{key.name}\n{key}\n{at.isoformat(timespec='seconds')}\n"


def introduces(statement: str, key: VerifierKey, by: VerifierKey) -> bool:
    """Whether that note names the key and is signed by it and by the one before it."""
    try:
        found = note.read_note(statement)
        lines = found.text.split("\n")
        return lines[:3] == [HEADING, key.name, str(key)] and len(found.signers([by, key])) == len({by, key})
    except NoteMalformed:
        return False


def chain_of(rows: Sequence[CustodyKey]) -> Sequence[CustodyKey]:
    """Of the keys in their order, those that were introduced one by the other; the first that was not ends it."""
    chain: list[CustodyKey] = []
    for row in rows:
        first = not chain and row.introduced_by is None
        if not first and not (
            chain and row.introduced_by and introduces(row.introduced_by, verifier_of(row), verifier_of(chain[-1]))
        ):
            break
        chain.append(row)
    return chain


def known_keys(catalog: Catalog) -> Sequence[CustodyKey]:
    """The keys of the log that the catalog knows, by which each was introduced; the last one signs."""
    with catalog.reading() as session:
        return chain_of(custody_log.keys(session))


def read_key(place: KeyPlace) -> SignerKey | None:
    """The key at its place; None where there is none. Raises CustodyKeyUnfit."""
    return key_files.read_key_text(place.given, GIVEN) if place.given else key_files.read_key_file(place.path)


def check_key(catalog: Catalog, place: KeyPlace) -> bool:
    """Whether the key at this place signs the log; False where there is none. Makes nothing.

    Raises CustodyKeyUnfit, CustodyKeyForeign, CustodyKeyReplaced, CatalogError.
    """
    found, chain = read_key(place), known_keys(catalog)
    if found is None or not chain:
        return False
    _refuse_others(found, chain, place)
    return True


def _refuse_others(found: SignerKey, chain: Sequence[CustodyKey], place: KeyPlace) -> None:
    current = verifier_of(chain[-1])
    if found.verifier == current:
        return
    where = GIVEN if place.given else str(place.path)
    if any(found.verifier == verifier_of(row) for row in chain):
        raise CustodyKeyReplaced(where, str(current))
    raise CustodyKeyForeign(where, str(found.verifier), str(current))


class KeyRing:
    def __init__(self, catalog: Catalog, shelf: Shelf, place: KeyPlace, *, clock: Callable[[], datetime]) -> None:
        self._catalog, self._shelf, self._place, self._clock = catalog, shelf, place, clock

    @property
    def place(self) -> KeyPlace:
        return self._place

    def known(self) -> Sequence[CustodyKey]:
        return known_keys(self._catalog)

    def signing_key(self) -> SigningKey | None:
        """The key, made where the log has none yet; None where others have it.

        Raises CustodyError, CatalogError, StorageError.
        """
        self._finish_rotation()
        chain = self.known()
        found = read_key(self._place)
        if not chain:
            return self._register(found or self._make())
        if found is None:
            return None
        _refuse_others(found, chain, self._place)
        return SigningKey(chain[-1].id, found)

    def rotate(self, *, actor: str) -> SigningKey:
        """Put a new key in the place of the present one. Raises as `signing_key` does."""
        if self._place.given:
            raise CustodyKeyUnfit(GIVEN, "it is no file that could be replaced: rotate where it is one")
        if self.signing_key() is None:
            raise CustodyKeyAbsent(str(verifier_of(self.known()[-1])))
        # Of two processes on this machine one waits for the other; of two machines, the row decides (its ordinal).
        folder = self._place.path.parent
        with translated_errors(folder), flocked(folder, fcntl.LOCK_EX):
            return self._rotate(actor)

    def _rotate(self, actor: str) -> SigningKey:
        present = self.signing_key()
        if present is None:
            raise CustodyKeyAbsent(str(verifier_of(self.known()[-1])))
        now = self._clock()
        new = SignerKey(present.signer.name, Ed25519PrivateKey.generate())
        key_files.write_private(self._place.next_path, key_files.key_text(new), replace=True)  # step 1
        statement = note.sign(key_statement(new.verifier, now), present.signer, new)
        stored = self._shelf.put(key_object(new.verifier.hint), statement.encode(), now)  # step 2
        row = _row(len(self.known()), new.verifier, now, statement)
        self._record(row, stored, CustodyAction.KEY_ROTATED, actor, key=str(new.verifier), before=str(present.verifier))
        key_files.move(self._place.next_path, self._place.path)  # step 4
        return SigningKey(row.id, new)

    def _finish_rotation(self) -> None:
        new = key_files.read_key_file(self._place.next_path)
        if new is None:
            return
        if any(new.verifier == verifier_of(row) for row in self.known()):
            key_files.move(self._place.next_path, self._place.path)
        else:
            key_files.remove(self._place.next_path)

    def _make(self) -> SignerKey:
        private = Ed25519PrivateKey.generate()
        name = self._place.name or f"zhilu/{private.public_key().public_bytes_raw()[:4].hex()}"
        key_files.write_private(self._place.path, key_files.key_text(SignerKey(name, private)), replace=False)
        made = read_key(self._place)  # which may be that of another process, if it was quicker
        if made is None:
            raise CustodyKeyUnfit(str(self._place.path), "it was removed while it was made")
        return made

    def _register(self, key: SignerKey) -> SigningKey | None:
        """Put the first key of the log on record; where another was quicker, that one is the key of the log."""
        now = self._clock()
        statement = note.sign(key_statement(key.verifier, now), key)
        stored = self._shelf.put(key_object(key.verifier.hint), statement.encode(), now)
        row = _row(0, key.verifier, now, None)
        try:
            self._record(row, stored, CustodyAction.KEY_MADE, "zhilu", key=str(key.verifier))
        except CatalogBusy:
            return self._after_another(key)
        return SigningKey(row.id, key)

    def _record(self, row: CustodyKey, stored: StoredVersion, action: CustodyAction, actor: str, **keys: str) -> None:
        """Raises CatalogBusy where another key has taken that place."""
        try:
            with self._catalog.writing() as session:
                session.add(row)
                session.flush()
                self._shelf.note(session, CustodyObjectKind.KEY, stored, row.made_at)
                custody.record(
                    session,
                    action,
                    at=row.made_at,
                    actor=actor,
                    subject_kind="custody key",
                    subject_id=row.id,
                    keys=keys,
                )
        except IntegrityError as error:
            raise CatalogBusy(self._catalog.where) from error

    def _after_another(self, key: SignerKey) -> SigningKey | None:
        first = self.known()[0]
        if verifier_of(first) == key.verifier:
            return SigningKey(first.id, key)
        if not self._place.given:  # made a moment ago, and never signed anything
            key_files.remove(self._place.path)
        return None


def _row(ordinal: int, key: VerifierKey, now: datetime, introduced_by: str | None) -> CustodyKey:
    return CustodyKey(
        ordinal=ordinal, name=key.name, public_key=key.public_key, made_at=now, introduced_by=introduced_by
    )
