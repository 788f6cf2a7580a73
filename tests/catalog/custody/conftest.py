"""A log on both engines, with a store, a key and a clock that a test moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import select

from catalog.custody import note
from catalog.custody.checkpoints import Checkpointer
from catalog.custody.keys import KeyPlace, KeyRing, verifier_of
from catalog.custody.note import Checkpoint
from catalog.custody.objects import Shelf
from catalog.custody.sequencer import Sequencer
from catalog.engine import Catalog
from catalog.repositories import custody, custody_log
from catalog.tables import CustodyCheckpoint, CustodyEvent
from catalog.tables.custody import CustodyAction
from storage.local import LocalStore
from storage.model import Bucket, Lock, LockMode
from tests.rows import NOW


@dataclass
class Log:
    catalog: Catalog
    store: LocalStore
    place: KeyPlace
    now: datetime = NOW
    authorities: dict[str, timedelta] = field(default_factory=dict)

    def record(self, count: int = 1, **facts: str) -> list[UUID]:
        """So many events, each in a transaction of its own."""
        made = []
        for number in range(count):
            with self.catalog.writing() as session:
                event = custody.record(
                    session,
                    CustodyAction.VIEWED,
                    at=self.now,
                    actor="li",
                    subject_kind="recording",
                    subject_id=None,
                    number=number,
                    **facts,
                )
            made.append(event.id)
        return made

    def sequence(self) -> int:
        return Sequencer(self.catalog).run()

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.store, lambda now: Lock(LockMode.GOVERNANCE, now + timedelta(days=366)))

    def keys(self, place: KeyPlace | None = None) -> KeyRing:
        return KeyRing(self.catalog, self.shelf, place or self.place, clock=lambda: self.now)

    def checkpointer(self, place: KeyPlace | None = None, *, events_at_most: int = 100_000) -> Checkpointer:
        """As a process that starts would make it."""
        return Checkpointer(
            self.catalog,
            self.shelf,
            self.keys(place),
            authorities=self.authorities,
            clock=lambda: self.now,
            events_at_most=events_at_most,
        )

    def checkpoint(self) -> Sequence[CustodyCheckpoint]:
        self.sequence()
        return self.checkpointer().run()

    def objects(self, prefix: str) -> list[str]:
        return [each.reference.key for each in self.store.list_references(Bucket.CUSTODY, prefix)]

    def content(self, key: str) -> bytes:
        *_, newest = self.store.list_references(Bucket.CUSTODY, key)
        return b"".join(self.store.read(newest.reference))

    def read(self, signed: str) -> Checkpoint:
        """What a note says, once it is seen that a key of the log signed it."""
        found = note.read_note(signed)
        assert found.signers([verifier_of(row) for row in self.keys().known()])
        return note.read_checkpoint(found.text)

    def events(self) -> Sequence[CustodyEvent]:
        with self.catalog.reading() as session:
            return session.exec(select(CustodyEvent)).all()

    def size(self) -> int:
        with self.catalog.reading() as session:
            return custody_log.size(session)

    def literal(self, content: bytes) -> str:
        """Bytes as the engine's SQL writes them."""
        return f"x'{content.hex()}'" if self.catalog.is_sqlite else f"decode('{content.hex()}', 'hex')"

    def past_the_program(self, *statements: str) -> None:
        """As somebody who has the database to themselves: triggers are out of their way."""
        with self.catalog.engine.connect() as connection, connection.begin():
            if self.catalog.is_sqlite:
                found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
                for name, _sql in found:
                    connection.execute(text(f"DROP TRIGGER {name}"))
            else:
                found = []
                connection.execute(text("SET session_replication_role = replica"))
            for statement in statements:
                connection.execute(text(statement))
            if not self.catalog.is_sqlite:
                connection.execute(text("SET session_replication_role = DEFAULT"))
            for _name, sql in found:
                connection.execute(text(sql))


@pytest.fixture
def log(catalog: Catalog, tmp_path: Path) -> Log:
    made: Log
    made = Log(
        catalog, LocalStore(tmp_path / "objects", now=lambda: made.now), KeyPlace(tmp_path / "home/custody/log-key")
    )
    return made
