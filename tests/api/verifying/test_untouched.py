"""What nobody touched verifies with no finding at all."""

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import URL

from api.linking import decide_link
from api.verifying.model import Part, Tallies
from api.verifying.run import Beside, Scope, Verifier
from catalog import schema
from catalog.custody.checkpoints import Checkpointer
from catalog.custody.keys import KeyPlace, KeyRing
from catalog.custody.objects import Shelf
from catalog.custody.sequencer import Sequencer
from catalog.engine import Catalog
from catalog.repositories import cases, holds
from catalog.tables import Hold
from catalog.tables.cases import LinkState
from storage.local import LocalStore
from storage.model import Lock, LockMode
from tests import rows
from tests.api.verifying.conftest import PHOTOS, Clock, House
from tests.catalog.test_migrations import insert_first_rows


def test_a_house_at_rest(house: House) -> None:
    found, tallies = house.verify()
    assert found == []
    assert tallies.passed
    assert set(tallies.parts) == set(Part)
    assert tallies[Part.CONTENTS].of == tallies[Part.LOCKS].of == tallies[Part.MANIFESTS].of == PHOTOS
    assert min(tallies[part].checked for part in (Part.EVENTS, Part.ROWS, Part.CHECKPOINTS, Part.SEGMENTS)) > 0


def test_one_recording_and_since_a_time(house: House) -> None:
    before = house.clock()
    house.look(3)
    house.sign()
    found, tallies = house.verify(Scope(recording_id=house.recordings[0]))
    assert (found, tallies[Part.CONTENTS].of) == ([], 1)
    found, tallies = house.verify(Scope(since=before))
    assert found == []
    assert tallies[Part.CONTENTS].of == 0
    assert tallies[Part.EVENTS].of > 10, "the log is read as a whole, from before that time"


def test_a_busy_life(house: House) -> None:
    """Registers, links, holds, a lock that is lengthened, looks, copies, a new key: all through the program."""
    runtime = house.runtime
    with runtime.catalog.writing() as session:
        rows.add(session, rows.case("迪市监罚〔2026〕12号"), rows.case("迪市监罚〔2026〕13号"))
    for recording_id in house.recordings[:2]:
        decide_link(runtime, str(recording_id), "迪市监罚〔2026〕12号", LinkState.CONFIRMED, stage=None, purpose="办案")
    for state in (LinkState.CONFIRMED, LinkState.REJECTED):
        decide_link(runtime, str(house.recordings[2]), "迪市监罚〔2026〕13号", state, stage=None, purpose=None)
    with runtime.catalog.writing() as session:
        case_id = cases.by_number(session, "迪市监罚〔2026〕12号").id
        order = Hold(
            number="冻-1",
            authority="法院",
            document="裁定书1号",
            reason="诉讼",
            placed_by="li",
            placed_at=house.clock(),
        )
        holds.add(session, order, recordings=[house.recordings[2]], cases=[case_id])
        assert len(holds.carry_out_in_store(session, order.id, now=house.clock())) == 3
    house.work()
    assert runtime.retention.lock_renewer().renew().failed == 0
    house.take_in(2)
    house.look(20)
    house.work()
    runtime.custody.key_ring().rotate(actor="li")
    house.look(3)
    house.sign()
    found, tallies = house.verify()
    assert found == []
    assert tallies[Part.KEYS].of == 2
    assert tallies[Part.CONTENTS].of == 5


@pytest.mark.parametrize("empty_database", ["sqlite", "postgresql"], indirect=True)
def test_a_catalog_of_the_first_revision_that_was_upgraded(empty_database: URL, tmp_path: Path) -> None:
    catalog, store, clock = Catalog(empty_database), LocalStore(tmp_path / "objects"), Clock()
    with catalog.engine.connect() as connection, connection.begin():
        command.upgrade(schema.configuration(connection), "0001")
    insert_first_rows(catalog)
    schema.upgrade(catalog)
    shelf = Shelf(store, lambda now: Lock(LockMode.GOVERNANCE, now + timedelta(days=366)))
    keys = KeyRing(catalog, shelf, KeyPlace(tmp_path / "key"), clock=clock)
    assert keys.signing_key() is not None
    Sequencer(catalog).run()
    assert len(Checkpointer(catalog, shelf, keys, authorities={}, clock=clock).run()) == 1
    tallies = Tallies()
    found = list(Verifier(catalog, store, tallies, Beside(), now=clock()).run(Scope()))
    catalog.close()
    # Its one recording was made up for that test: there are no bytes of it, and no manifest.
    assert {each.part for each in found} <= {Part.CONTENTS, Part.DERIVATIVES, Part.LOCKS, Part.MANIFESTS}
    assert tallies[Part.ROWS].of > 10
