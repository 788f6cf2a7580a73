"""Giving events their position in the tree, in batches, in the order of their arrival. No writer waits for it.

     1 READ      how large the tree is, its peaks, and a batch of events that wait
     2 HASH      the leaf of each, from its row as it stands in the database; the subtrees that they complete
     3 APPEND    leaves, subtrees, and that the events wait no longer: one short transaction

Killed anywhere, nothing or all of a batch is placed. Two at once do no harm: a position is given once (primary key),
so whoever comes second finds it taken and gives way. An event whose transaction is still open is not seen yet; it gets
a later position, whatever its arrival. But of two events that seal the same row, the second one's transaction waited
for the end of the first one's, so whoever sees the second sees the first.
"""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from catalog.custody.leaf import leaf_hash
from catalog.custody.tree import Growth, Node
from catalog.engine import Catalog
from catalog.repositories import custody_log
from catalog.repositories.custody_log import Waiting

# SQLite lets one write at a time: there a batch must be short. With 500 a commit takes some 10 ms.
_BATCH, _BATCH_SQLITE = 4000, 500


class Sequencer:
    def __init__(self, catalog: Catalog, *, batch: int | None = None) -> None:
        self._catalog = catalog
        self._batch = batch or (_BATCH_SQLITE if catalog.is_sqlite else _BATCH)

    def run(self) -> int:
        """Place all that waits now, and what comes meanwhile; returns how many. Raises CatalogError."""
        count = 0
        while placed := self.once():
            count += placed
            if placed < self._batch:
                break
        return count

    def once(self) -> int:
        """Place one batch; 0 where nothing waits, or another process is at it."""
        with self._catalog.reading() as session:  # step 1
            size = custody_log.size(session)
            events = custody_log.waiting(session, at_most=self._batch)
            growth = custody_log.growth(session, size) if events else Growth()
        if not events:
            return 0
        hashes, subtrees = _hashed(growth, events)  # step 2
        try:
            with self._catalog.writing() as session:  # step 3
                return self._append(session, size, events, hashes, subtrees)
        except IntegrityError:
            return 0

    @staticmethod
    def _append(
        session: Session, size: int, events: Sequence[Waiting], hashes: Sequence[bytes], subtrees: dict[Node, bytes]
    ) -> int:
        if custody_log.size(session) != size:
            return 0
        custody_log.append(session, size, [event.row["id"] for event in events], hashes, subtrees)
        return len(events)


def _hashed(growth: Growth, events: Sequence[Waiting]) -> tuple[list[bytes], dict[Node, bytes]]:
    hashes: list[bytes] = []
    subtrees: dict[Node, bytes] = {}
    for event in events:
        found = leaf_hash(event.row)
        hashes.append(found)
        subtrees.update(growth.add(found))
    return hashes, subtrees
