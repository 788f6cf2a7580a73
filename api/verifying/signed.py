"""What was signed: the chain of keys, every checkpoint, and each against the next, the log and the bucket. Pure.

1 CHAIN     the keys of the catalog introduce each other, the log tells of the same, and the store was given them
2 NOTE      each checkpoint is signed by a key of the chain, and its row says what its note says
3 OBJECT    what the store holds of it is that very note, under lock
4 TREE      its root is that of the log as it stands: so each is of a tree that extends the one before it
5 TIME      no checkpoint is dated before an earlier one, before events it covers, or far from when the store took it
6 STRANGERS what the store holds and the catalog does not know: harmless only if the log as it stands is that tree
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from api.verifying.bucket import LogBucket, Lying
from api.verifying.model import Code, Fact, Finding, Part, Tallies
from catalog.custody import note
from catalog.custody.keys import chain_of, introduces, verifier_of
from catalog.custody.note import Checkpoint, NoteMalformed, VerifierKey
from catalog.custody.objects import size_in
from catalog.tables import CustodyCheckpoint, CustodyKey
from storage.model import Bucket, VersionReference

APART = timedelta(minutes=15)
_BACK = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Standing:
    """The log as it was read: leaves; events with those that wait; root and newest event at each size asked for."""

    size: int
    events: int
    roots: Mapping[int, bytes]
    latest: Mapping[int, datetime]
    keys_told: Sequence[str]


@dataclass(frozen=True, slots=True)
class Signed:
    """What the catalog says was signed, in order."""

    keys: Sequence[CustodyKey]
    checkpoints: Sequence[CustodyCheckpoint]


def sizes(signed: Signed, bucket: LogBucket) -> frozenset[int]:
    """The sizes of the tree that are to be compared."""
    known = {row.size for row in signed.checkpoints}
    told = {_read(row.note) for row in signed.checkpoints} | {_read(each.text) for each in bucket.checkpoints.values()}
    return frozenset(known | {each.size for each in told if each is not None})


def good_size(signed: Signed, bucket: LogBucket, standing: Standing) -> int:
    """How far the log as it stands has a root that a key of the chain signed."""
    known = [verifier_of(row) for row in _chain(signed.keys)]
    notes = [*(row.note for row in signed.checkpoints), *(each.text for each in bucket.checkpoints.values())]
    told = [found for found in (_signed(each, known) for each in notes) if found is not None]
    return max((each.size for each in told if standing.roots.get(each.size) == each.root), default=0)


def check_keys(
    signed: Signed, bucket: LogBucket, standing: Standing, outside: VerifierKey | None, tallies: Tallies
) -> Iterator[Finding]:
    """Step 1. `outside`: the key that this machine signs with, None where it has none."""
    tally, chain = tallies[Part.KEYS], _chain(signed.keys)
    for row in signed.keys:
        tally.met()
        key = _named(row)
        if row not in chain:
            yield Finding(Part.KEYS, Code.KEY_NOT_INTRODUCED, {"key": key})
        elif not any(_is_of(each, row, chain) for each in bucket.keys):
            yield Finding(Part.KEYS, Code.KEY_NOT_IN_STORE, {"key": key})
    told = [_named(row) for row in signed.keys]
    if told != list(standing.keys_told):
        yield Finding(
            Part.KEYS, Code.KEY_CHANGED, {"key": ", ".join(told) or "-", "told": ", ".join(standing.keys_told) or "-"}
        )
    if outside is not None and chain and str(outside) != _named(chain[-1]):
        yield Finding(Part.KEYS, Code.KEY_OUTSIDE, {"key": str(outside), "expected": _named(chain[-1])})


def check_checkpoints(signed: Signed, bucket: LogBucket, standing: Standing, tallies: Tallies) -> Iterator[Finding]:
    """Steps 2 to 6."""
    known = [verifier_of(row) for row in _chain(signed.keys)]
    covered = _Covered(standing)
    ids = {row.id: verifier_of(row) for row in _chain(signed.keys)}
    for row in signed.checkpoints:
        tallies[Part.CHECKPOINTS].met()
        yield from _note(row, known, ids)
        yield from _object(row, bucket, tallies)
        _tree(row, known, bucket, covered)
    yield from covered.findings()
    yield from _times(signed.checkpoints, bucket, standing)
    yield from _strangers(signed, bucket, known, standing, tallies)
    if not covered.any and standing.events:
        tallies[Part.CHECKPOINTS].met(checked=False)
        yield Finding(Part.CHECKPOINTS, Code.NO_CHECKPOINT, {"events": standing.events})


# --- 2 --------------------------------------------------------------------------------------------------------------


def _note(row: CustodyCheckpoint, known: Sequence[VerifierKey], ids: Mapping[UUID, VerifierKey]) -> Iterator[Finding]:
    try:
        read = note.read_note(row.note)
        signers = read.signers(known)
        told = note.read_checkpoint(read.text)
    except NoteMalformed as error:
        yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_NOT_SIGNED, {**_where(row), "why": str(error)})
        return
    if not signers:
        why = "none of its signatures is of a key in the chain"
        yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_NOT_SIGNED, {**_where(row), "why": why})
        return
    differing = [
        name
        for name, same in (
            ("size", told.size == row.size),
            ("root", told.root == row.root),
            ("key_id", ids.get(row.key_id) in signers),
        )
        if not same
    ]
    if differing:
        columns = ", ".join(differing)
        yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_ROW_DIFFERS, {**_where(row), "columns": columns})


# --- 3 --------------------------------------------------------------------------------------------------------------


def _object(row: CustodyCheckpoint, bucket: LogBucket, tallies: Tallies) -> Iterator[Finding]:
    where: dict[str, Fact] = {**_where(row), "object": str(_reference(row))}
    found = bucket.checkpoints.get(_reference(row))
    if found is None:
        yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_OBJECT_MISSING, where)
    elif found.text is None:
        tallies[Part.CHECKPOINTS].checked -= 1
        yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_OBJECT_UNREADABLE, {**where, "why": found.why})
    elif found.text != row.note:
        yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_OBJECT_DIFFERS, where)
    elif found.locked_until is None:
        yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_UNLOCKED, where)


# --- 4 --------------------------------------------------------------------------------------------------------------


class _Covered:
    """How far the log is what was signed: up to `good`; the first checkpoint that says otherwise, and how many more."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self.good = 0
        self.any = False
        self._differs: tuple[dict[str, Fact], int] | None = None
        self._ahead: tuple[dict[str, Fact], int] | None = None
        self._more = 0

    def met(self, told: Checkpoint, where: dict[str, Fact]) -> None:
        self.any = True
        if told.size > self._standing.size:
            if self._ahead is None or told.size > self._ahead[1]:
                self._ahead = (where, told.size)
        elif self._standing.roots.get(told.size) == told.root:
            self.good = max(self.good, told.size)
        elif self._differs is None:
            self._differs = (where, told.size)
        else:
            self._more += 1

    def findings(self) -> Iterator[Finding]:
        if self._differs is not None:
            where, size = self._differs
            spans: dict[str, Fact] = {"first": min(self.good, size), "last": size - 1, "more": self._more}
            yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_ROOT_DIFFERS, {**where, **spans})
        if self._ahead is not None:
            where, size = self._ahead
            spans = {"first": self._standing.size, "last": size - 1, "there": self._standing.size}
            yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_AHEAD, {**where, **spans, "size": size})


def _tree(row: CustodyCheckpoint, known: Sequence[VerifierKey], bucket: LogBucket, covered: _Covered) -> None:
    """By what the store holds, where a key of the chain signed that; else by the note of the row."""
    lying = bucket.checkpoints.get(_reference(row))
    told = _signed(lying.text if lying else None, known) or _signed(row.note, known)
    if told is not None:
        covered.met(told, _where(row))


# --- 5 --------------------------------------------------------------------------------------------------------------


def _times(rows: Sequence[CustodyCheckpoint], bucket: LogBucket, standing: Standing) -> Iterator[Finding]:
    newest: datetime | None = None
    for row in rows:
        if newest is not None and row.at < newest - _BACK:
            yield _dated(row, Code.CHECKPOINT_TIME_BACK, newest)
        newest = row.at if newest is None else max(newest, row.at)
        event = standing.latest.get(row.size)
        if event is not None and row.at < event - APART:
            yield _dated(row, Code.CHECKPOINT_BEFORE_EVENTS, event)
        lying = bucket.checkpoints.get(_reference(row))
        if lying is not None and abs(lying.stored_at - row.at) > APART:
            yield _dated(row, Code.CHECKPOINT_TIME_DIFFERS, lying.stored_at)


def _dated(row: CustodyCheckpoint, code: Code, other: datetime) -> Finding:
    seconds = round(abs((other - row.at).total_seconds()))
    return Finding(Part.CHECKPOINTS, code, {**_where(row), "at": row.at, "other": other, "seconds": seconds})


# --- 6 --------------------------------------------------------------------------------------------------------------


def _strangers(
    signed: Signed, bucket: LogBucket, known: Sequence[VerifierKey], standing: Standing, tallies: Tallies
) -> Iterator[Finding]:
    """Between writing an object and its row a process may be killed: such a note signs the log as it stands."""
    rows = {_reference(row) for row in signed.checkpoints}
    given = [key for each in bucket.keys for key in _keys_of(each)]
    for reference, lying in bucket.checkpoints.items():
        if reference in rows:
            continue
        tallies[Part.CHECKPOINTS].met(checked=lying.text is not None)
        where: dict[str, Fact] = {"object": str(reference), "size": size_in(reference.key) or 0}
        if lying.text is None:
            yield Finding(
                Part.CHECKPOINTS, Code.CHECKPOINT_OBJECT_UNREADABLE, {**where, "checkpoint": "-", "why": lying.why}
            )
            continue
        ours, theirs = _signed(lying.text, known), _signed(lying.text, given)
        if ours is not None:
            if standing.roots.get(ours.size) != ours.root:
                yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_UNKNOWN, where)
        elif theirs is not None:
            yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_OF_OTHER_KEY, where)
        else:
            why = "it lies in the store, and no key that was ever given to the store signed it"
            told: dict[str, Fact] = {"checkpoint": str(reference), "size": where["size"], "why": why}
            yield Finding(Part.CHECKPOINTS, Code.CHECKPOINT_NOT_SIGNED, told)


# --- what the steps share -------------------------------------------------------------------------------------------


def _signed(text: str | None, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    """What a note says, where one of these keys signed it."""
    if not text:
        return None
    try:
        read = note.read_note(text)
        return note.read_checkpoint(read.text) if read.signers(keys) else None
    except NoteMalformed:
        return None


def _read(text: str | None) -> Checkpoint | None:
    """What a note says, whoever signed it."""
    try:
        return note.read_checkpoint(note.read_note(text).text) if text else None
    except NoteMalformed:
        return None


def _keys_of(lying: Lying) -> Iterator[VerifierKey]:
    """The key that a note of a key is about, where it signed that note itself."""
    try:
        read = note.read_note(lying.text or "")
        key = VerifierKey.read(read.text.split("\n")[2])
        if read.signers([key]):
            yield key
    except (NoteMalformed, IndexError):
        return


def _is_of(lying: Lying, row: CustodyKey, chain: Sequence[CustodyKey]) -> bool:
    """Whether a note in the store gives this key: signed by itself, and by the one before it where there is one."""
    place = list(chain).index(row)
    key = verifier_of(row)
    return introduces(lying.text or "", key, verifier_of(chain[place - 1]) if place else key)


def _chain(rows: Sequence[CustodyKey]) -> Sequence[CustodyKey]:
    """The keys that introduce each other; one that is no key at all ends it."""
    sound = list(takewhile(_is_key, rows))
    return chain_of(sound)


def _is_key(row: CustodyKey) -> bool:
    try:
        return bool(verifier_of(row))
    except NoteMalformed:
        return False


def _named(row: CustodyKey) -> str:
    try:
        return str(verifier_of(row))
    except NoteMalformed:
        return row.name


def _reference(row: CustodyCheckpoint) -> VersionReference:
    return VersionReference(Bucket.CUSTODY, row.object_key, row.object_version)


def _where(row: CustodyCheckpoint) -> dict[str, Fact]:
    return {"checkpoint": str(row.id), "size": row.size}
