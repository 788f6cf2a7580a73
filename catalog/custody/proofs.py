"""Proofs for outsiders: with one of these, a key and RFC 9162, nobody need ask Zhilu or believe its catalog.

An inclusion proof holds the event itself (its leaf), its position, the checkpoint that covers it as it was signed, and
the hashes between the two; a consistency proof two checkpoints and the hashes that show that one extends the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from catalog.custody import tree
from catalog.custody.leaf import leaf_content
from catalog.custody.tree import Span, consistency_spans, inclusion_spans, nodes_of, proof_of
from catalog.errors import CustodyLogChanged, NotFound
from catalog.repositories import custody_log
from catalog.tables import CustodyCheckpoint, CustodyStamp


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That the event with this leaf is at `position` of the tree that the checkpoint signed."""

    event_id: UUID
    position: int
    content: bytes
    hashes: Sequence[bytes]
    checkpoint: CustodyCheckpoint
    stamps: Sequence[CustodyStamp]


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the tree of the second checkpoint extends that of the first."""

    first: CustodyCheckpoint
    second: CustodyCheckpoint
    hashes: Sequence[bytes]


def inclusion(session: Session, event_id: UUID) -> Inclusion | None:
    """None for an event that no checkpoint covers yet.

    Raises NotFound for an event that there is not, CustodyLogChanged where the log does not prove what was signed.
    """
    position = custody_log.position_of(session, event_id)
    if position is None:
        if not custody_log.waits(session, event_id):
            raise NotFound("custody event", str(event_id))
        return None
    checkpoint = custody_log.covering_checkpoint(session, position)
    if checkpoint is None:
        return None
    events = custody_log.placed(session, position, position + 1)
    if not events:
        raise CustodyLogChanged(checkpoint.size, position)
    content = leaf_content(events[0].row)
    hashes = _proof(session, inclusion_spans(position, checkpoint.size), checkpoint.size)
    # What does not prove it is handed to nobody.
    if not tree.proves_inclusion(tree.leaf_hash(content), position, checkpoint.size, hashes, checkpoint.root):
        raise CustodyLogChanged(checkpoint.size, position)
    stamps = custody_log.stamps_of(session, checkpoint.id)
    return Inclusion(event_id, position, content, hashes, checkpoint, stamps)


def consistency(session: Session, first: int, second: int) -> Consistency:
    """Between the checkpoints of these sizes. Raises NotFound, CustodyLogChanged."""
    before, after = (_checkpoint(session, size) for size in sorted((first, second)))
    hashes = _proof(session, consistency_spans(before.size, after.size), after.size)
    if not tree.proves_consistency(before.size, after.size, hashes, before.root, after.root):
        raise CustodyLogChanged(after.size)
    return Consistency(before, after, hashes)


def _checkpoint(session: Session, size: int) -> CustodyCheckpoint:
    found = custody_log.checkpoint_of_size(session, size)
    if found is None:
        raise NotFound("checkpoint of size", str(size))
    return found


def _proof(session: Session, spans: Sequence[Span], size: int) -> Sequence[bytes]:
    hashes = custody_log.hashes(session, [node for span in spans for node in nodes_of(span)])
    try:
        return proof_of(spans, hashes)
    except KeyError as error:
        raise CustodyLogChanged(size) from error
