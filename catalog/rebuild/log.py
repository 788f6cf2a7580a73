"""The custody log from its bucket: the leaves of all events, in their positions, held against the signed checkpoints.

1 SEGMENTS     every line is a leaf; where a position is told in two ways, the one counts that was signed
2 CHECKPOINTS  the notes, each with the size and root that it signs
3 WALK         from position 0 on, without a gap: hashes, roots at the sizes that were signed, what each event seals
4 KEYS         those that the log names, each introduced by the one before it
5 SIGNATURES   of the checkpoints, by those keys
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from catalog.canonical import row_digest, row_document
from catalog.custody.keys import chain_of, verifier_of
from catalog.custody.leaf import row_of
from catalog.custody.note import Checkpoint, Note, NoteMalformed, VerifierKey, read_checkpoint, read_note
from catalog.custody.objects import size_in, span_in
from catalog.custody.tree import Growth, leaf_hash
from catalog.errors import ManifestUnreadable
from catalog.manifest.rows import row_from
from catalog.rebuild.report import FindingKind, Rebuilt
from catalog.rebuild.staging import Staging
from catalog.rebuild.strangers import tell_apart, trusted_keys
from catalog.tables import CustodyCheckpoint, CustodyKey, CustodyObject, CustodyStamp
from catalog.tables.custody import CustodyAction, CustodyObjectKind, StampState
from storage.contract import ObjectStore
from storage.errors import StorageError
from storage.model import Bucket, ListedVersion, VersionReference

_KEY = "key/"
_TELLS_ROWS = frozenset(
    {
        CustodyAction.HOLD_PLACED,
        CustodyAction.HOLD_RELEASED,
        CustodyAction.CASE_CHANGED,
        CustodyAction.DISPOSED,
    }
)
_CERTIFICATE = re.compile(r"disposal/[^/]+/certificate[^/]*")
_STAMP = re.compile(r"stamp/\d{4}/\d\d/\d\d/(?P<size>\d+)/(?P<authority>.+)-[0-9a-f]{8}\.tsr")


@dataclass(frozen=True, slots=True)
class _SignedNote:
    listed: ListedVersion
    text: str
    note: Note
    checkpoint: Checkpoint


class LogReader:
    """Reads the bucket of the log; afterwards `keys`, `checkpoints` and `objects` are the rows to put back."""

    def __init__(self, store: ObjectStore, staging: Staging, report: Rebuilt) -> None:
        self._store, self._staging, self._report = store, staging, report
        self._notes: list[_SignedNote] = []
        self._statements: dict[str, str] = {}
        self._introduced: list[tuple[datetime, str]] = []
        self._segments: list[VersionReference] = []
        self._roots: dict[int, bytes] = {}
        self._tokens: list[tuple[int, str, bytes, ListedVersion]] = []
        self.keys: list[CustodyKey] = []
        self.stamps: list[CustodyStamp] = []
        self.checkpoints: list[CustodyCheckpoint] = []
        self.objects: list[CustodyObject] = []

    def read(self) -> None:
        """Raises StorageError where the bucket cannot be listed."""
        for listed in self._store.list_references(Bucket.CUSTODY):
            self._report.objects_listed += 1
            try:
                kind = self._take(listed)
            except (StorageError, NoteMalformed, ValueError) as error:
                self._report.tell(FindingKind.UNREADABLE, str(listed.reference), str(error))
                continue
            if kind is not None:
                self._report.objects_read += 1
                self.objects.append(
                    CustodyObject(
                        kind=kind,
                        object_key=listed.reference.key,
                        object_version=listed.reference.version_id,
                        written_at=listed.stored_at,
                    )
                )
        self._tell_strangers()
        self._walk()
        self._check_signatures()
        self._put_stamps()

    # --- 1, 2 ---------------------------------------------------------------------------------------------------

    def _take(self, listed: ListedVersion) -> CustodyObjectKind | None:
        key = listed.reference.key
        if (span := span_in(key)) is not None:
            self._take_segment(listed, *span)
            return CustodyObjectKind.SEGMENT
        if size_in(key) is not None:
            text = self._content(listed).decode()
            note = read_note(text)
            self._notes.append(_SignedNote(listed, text, note, read_checkpoint(note.text)))
            return CustodyObjectKind.CHECKPOINT
        if key.startswith(_KEY):
            statement = self._content(listed).decode()
            self._introduced.append((listed.stored_at, statement))
            self._statements.setdefault(read_note(statement).text.split("\n")[2], statement)
            return CustodyObjectKind.KEY
        if (stamp := _STAMP.fullmatch(key)) is not None:
            self._tokens.append((int(stamp["size"]), stamp["authority"], self._content(listed), listed))
            return CustodyObjectKind.STAMP
        if _CERTIFICATE.fullmatch(key) is not None:
            return CustodyObjectKind.CERTIFICATE
        return None

    def _take_segment(self, listed: ListedVersion, begin: int, end: int) -> None:
        lines = self._content(listed).splitlines()
        if len(lines) != end - begin:
            message = f"it holds {len(lines)} events instead of {end - begin}"
            raise ValueError(message)
        for position, line in enumerate(lines, begin):
            self._staging.add_event(position, line, len(self._segments))
        self._segments.append(listed.reference)

    def _content(self, listed: ListedVersion) -> bytes:
        return b"".join(self._store.read(listed.reference))

    def _tell_strangers(self) -> None:
        """Which of two segments counts where they tell different events (`strangers.py`)."""
        keys = trusted_keys([statement for _at, statement in sorted(self._introduced, key=itemgetter(0))])
        signed: dict[int, set[bytes]] = {}
        for each in self._notes:
            with suppress(NoteMalformed):
                if each.note.signers(keys):
                    signed.setdefault(each.checkpoint.size, set()).add(each.checkpoint.root)
        strangers = {self._segments[source] for source in tell_apart(self._staging, signed)}
        for reference in sorted(strangers, key=str):
            self._report.tell(FindingKind.LOG, str(reference), "tells other events than were signed; it is passed over")
        self.objects = [row for row in self.objects if (row.object_key, row.object_version) not in _places(strangers)]
        for claims in self._staging.contested():
            for other in claims[1:]:
                where = str(self._segments[other.source])
                self._report.tell(FindingKind.LOG, where, f"tells another event {other.position}")

    # --- 3 ------------------------------------------------------------------------------------------------------

    def _walk(self) -> None:
        wanted = {each.checkpoint.size for each in self._notes}
        growth = Growth()
        for position, content in self._staging.events():
            row = _read(content) if position == growth.size else None
            if row is None:
                lost = self._staging.drop_events_from(growth.size)
                what = "is missing" if position != growth.size else "cannot be read"
                self._report.tell(FindingKind.LOG, f"event {growth.size}", f"{what}; {lost} from there have no place")
                break
            growth.add(leaf_hash(content))
            self._staging.add_seals(position, row.get("seals") or {})
            try:
                self._take_act(row)
            except (KeyError, TypeError, AttributeError, NoteMalformed, ManifestUnreadable) as error:
                self._report.tell(FindingKind.LOG, f"event {position}", f"lacks what such an event tells: {error!r}")
            if growth.size in wanted:
                self._roots[growth.size] = growth.root()
        self._report.events = growth.size

    def _take_act(self, row: Mapping[str, Any]) -> None:
        action, details = row["action"], row["details"]
        if action == CustodyAction.MANIFESTED:
            for each in details.get("pages") or [details]:
                self._staging.add_told(each["key"], each["version"], each["sha256"])
        elif action in {CustodyAction.KEY_MADE, CustodyAction.KEY_ROTATED}:
            self._take_key(row)
        elif action in _TELLS_ROWS:
            for each in details.get("rows") or ():
                self._take_row(each["table"], each["row"])

    def _take_row(self, noun: str, document: Mapping[str, Any]) -> None:
        row = row_from(SQLModel.metadata.tables[noun], document, where="an event")
        self._staging.add_told_row(noun, str(row["id"]), row_digest(row), row_document(row))

    # --- 4 ------------------------------------------------------------------------------------------------------

    def _take_key(self, row: Mapping[str, Any]) -> None:
        named = row["details"]["keys"]["key"]
        key = VerifierKey.read(named)
        statement = self._statements.get(named)
        if statement is None:
            self._report.tell(FindingKind.LOG, named, "the log names this key, and no note introduces it")
        self.keys.append(
            CustodyKey(
                id=row["subject_id"],
                ordinal=len(self.keys),
                name=key.name,
                public_key=key.public_key,
                made_at=row["at"],
                introduced_by=statement if self.keys else None,
            )
        )

    # --- 5 ------------------------------------------------------------------------------------------------------

    def _check_signatures(self) -> None:
        known = {verifier_of(row): row for row in chain_of(self.keys)}
        self._report.checkpoints_found = len(self._notes)
        for each in sorted(self._notes, key=lambda signed: signed.checkpoint.size):
            said = each.checkpoint
            try:
                signers = each.note.signers(known)
            except NoteMalformed:
                signers = ()
            where = str(each.listed.reference)
            if not signers:
                self._report.tell(FindingKind.LOG, where, "no key of the log signed it")
                continue
            if self._roots.get(said.size, said.root if said.size == 0 else None) != said.root:
                why = "is larger than what is left" if said.size > self._report.events else "is another tree"
                self._report.tell(FindingKind.LOG, where, f"the signed tree of {said.size} events {why}")
            else:
                self._report.checkpoints += 1
            self.checkpoints.append(
                CustodyCheckpoint(
                    size=said.size,
                    root=said.root,
                    at=each.listed.stored_at,
                    key_id=known[signers[0]].id,
                    note=each.text,
                    object_key=each.listed.reference.key,
                    object_version=each.listed.reference.version_id,
                )
            )

    def _put_stamps(self) -> None:
        """Each with the checkpoint of that size; whether it stamps that one is for who verifies."""
        by_size = {row.size: row for row in self.checkpoints}
        known: set[tuple[int, str]] = set()
        for size, authority, token, listed in self._tokens:
            if size not in by_size or (size, authority) in known:
                continue
            known.add((size, authority))
            self.stamps.append(
                CustodyStamp(
                    checkpoint_id=by_size[size].id,
                    authority=authority,
                    state=StampState.STAMPED,
                    attempts=1,
                    due_at=listed.stored_at,
                    token=token,
                    stamped_at=listed.stored_at,
                )
            )


def _places(references: set[VersionReference]) -> set[tuple[str, str]]:
    return {(each.key, each.version_id) for each in references}


def _read(content: bytes) -> dict[str, Any] | None:
    """The event that a leaf tells of, None where it tells of none that the catalog could take."""
    try:
        row = row_of(content)
        return row if isinstance(row["id"], UUID) and isinstance(row["details"], dict) and row["action"] else None
    except (ValueError, KeyError):
        return None
