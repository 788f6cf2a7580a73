"""The role of retention carries out a disposal as a whole on PostgreSQL, and signs what it did, with no right more."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import select

from catalog.custody.keys import KeyPlace
from catalog.custody.note import SignerKey
from catalog.tables import CustodyCheckpoint
from catalog.tables.disposals import DisposalItemState, DisposalState
from storage.local import LocalStore
from tests.catalog.custody.conftest import Log
from tests.catalog.test_postgresql_roles import Roles, bare, roles
from tests.databases import migrated_postgresql
from tests.retention.disposing import Agency

__all__ = ["bare", "migrated_postgresql", "roles"]


def test_retention_disposes_takes_back_and_signs(roles: Roles, tmp_path: Path) -> None:
    made: list[Agency] = []
    store = LocalStore(tmp_path / "objects", now=lambda: made[0].now)
    key = SignerKey("zhilu/tests", Ed25519PrivateKey.generate())
    made.append(Agency(roles.catalog("owner"), store, key, datetime.now(UTC)))
    agency = made[0].found()
    gone, back = agency.recording(b"a"), agency.recording(b"b")
    agency.catalog = roles.catalog("retention")
    place = KeyPlace(tmp_path / "log.key")

    def sign() -> None:
        Log(agency.catalog, store, place, agency.now).checkpoint()

    agency.sign_log = sign
    disposal = agency.approved()
    assert agency.desk.recover(disposal.number, [str(back.id)], reason="asked for").taken_back == 1
    agency.days_go_by()
    agency.now += timedelta(minutes=1)
    assert agency.execute(disposal).deleted == 1
    assert agency.standing(disposal).state is DisposalState.DONE
    assert {each.state for each in agency.items(disposal).values()} == {
        DisposalItemState.DELETED,
        DisposalItemState.RECOVERED,
    }
    assert agency.versions(gone) == []
    with agency.catalog.reading() as session:
        assert session.exec(select(CustodyCheckpoint)).all()
