"""Who may approve: people by passphrases of their own, two of them for every change after the first two."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from catalog.engine import Catalog
from catalog.repositories import approvers
from catalog.tables import Approver, CustodyEvent
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.types import new_id
from retention import errors
from retention.approvers import BARRED_FOR, WRONG_AT_MOST, ApproverDesk, Person
from retention.passphrases import hashed
from tests import rows
from tests.attacker import Attacker
from tests.databases import catalog, database, migrated_postgresql, migrated_sqlite, open_catalogs

__all__ = ["catalog", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]
WORDS = {name: f"{name} walks by the river" for name in ("扎西", "卓玛", "李雷", "王芳")}


@dataclass
class Office:
    catalog: Catalog
    now: datetime = rows.NOW
    waited: list[float] = field(default_factory=list)

    @property
    def desk(self) -> ApproverDesk:
        return ApproverDesk(
            self.catalog,
            clock=lambda: self.now,
            actor="root",
            system_user={"uid": 0},
            pause=self.waited.append,
        )

    def person(self, name: str) -> Person:
        return self.desk.prove(name, WORDS[name], act="tests")

    def founded(self) -> "Office":
        for name in ("扎西", "卓玛"):
            self.desk.enrol(name, WORDS[name], [])
        return self

    def events(self, action: CustodyAction) -> list[CustodyEvent]:
        with self.catalog.reading() as session:
            return list(session.exec(select(CustodyEvent).where(CustodyEvent.action == action)).all())

    def enrolled(self) -> set[str]:
        with self.catalog.reading() as session:
            return {each.name for each in approvers.listing(session) if each.revoked_at is None}


@pytest.fixture
def office(catalog: Catalog) -> Office:
    return Office(catalog)


def test_the_first_two_enrol_themselves_and_the_third_needs_both(office: Office) -> None:
    office.founded()
    assert office.desk.needed_to_enrol() == 2
    for vouchers in ([], [office.person("扎西")], [office.person("扎西"), office.person("扎西")]):
        with pytest.raises(errors.VouchersMissing):
            office.desk.enrol("李雷", WORDS["李雷"], vouchers)
    office.desk.enrol("李雷", WORDS["李雷"], [office.person("扎西"), office.person("卓玛")])
    assert office.enrolled() == {"扎西", "卓玛", "李雷"}
    told = office.events(CustodyAction.APPROVER_ENROLLED)
    assert [each.details["vouched_by"] for each in told] == [[], [], ["卓玛", "扎西"]]
    assert {each.details["system_user"]["uid"] for each in told} == {0}


def test_one_person_with_a_second_name_vouched_for_by_themselves_alone(office: Office) -> None:
    """Who holds one passphrase cannot make a second approver of themselves."""
    office.founded()
    with pytest.raises(errors.VouchersMissing):
        office.desk.enrol("王芳", WORDS["扎西"] + "!", [office.person("扎西")])
    with pytest.raises(errors.VouchingForOneself):
        office.desk.give_new_passphrase(office.person("扎西"), "another set of words", [office.person("扎西")])
    assert office.enrolled() == {"扎西", "卓玛"}


def test_a_passphrase_that_was_swapped_in_the_tables_and_would_be_put_back(office: Office) -> None:
    """Whoever may write into the tables is nobody's word: the log tells of no such passphrase."""
    office.founded()
    before, known = office.person("扎西"), "the words of an attacker"
    attacker = Attacker(office.catalog)
    attacker.change("approver", before.id, secret_hash=hashed(known))
    with pytest.raises(errors.ApproverTampered):
        office.desk.prove("扎西", known, act="tests")
    with pytest.raises(errors.ApproverTampered):
        office.person("扎西")
    assert len(office.events(CustodyAction.APPROVER_CHALLENGED)) == 2
    swapped = replace(before, secret_hash=hashed(known))
    attacker.change("approver", before.id, secret_hash=swapped.secret_hash)
    with pytest.raises(errors.ApproverTampered), office.catalog.writing() as session:
        office.desk.still(session, swapped)
    attacker.change("approver", before.id, secret_hash=before.secret_hash)
    assert office.person("扎西") == before


@pytest.mark.past_the_program
def test_a_row_put_back_from_before_a_new_passphrase(office: Office) -> None:
    """What was sealed once is not what is sealed last."""
    office.founded()
    before = office.person("扎西")
    office.desk.give_new_passphrase(before, "another set of words", [office.person("卓玛")])
    Attacker(office.catalog).change("approver", before.id, secret_hash=before.secret_hash)
    with pytest.raises(errors.ApproverTampered):
        office.person("扎西")
    now = office.person("卓玛")
    with office.catalog.writing() as session:
        approver = approvers.get(session, now.id)
        assert approver is not None
        assert approvers.is_as_sealed(session, approver)


@pytest.mark.past_the_program
def test_an_approver_written_past_the_program(office: Office) -> None:
    office.founded()
    row = {"name": "王芳", "secret_hash": hashed(WORDS["王芳"]), "enrolled_by": "root", "enrolled_at": office.now}
    Attacker(office.catalog).insert("approver", id=new_id(), revoked_by=None, revoked_at=None, **row)
    with pytest.raises(errors.ApproverTampered):
        office.person("王芳")


@pytest.mark.parametrize("name", ["扎西", " 扎西 ", "扎 西"])
def test_a_name_is_taken_once(office: Office, name: str) -> None:
    office.founded()
    with pytest.raises(errors.ApproverKnown):
        office.desk.enrol(name, WORDS["李雷"], [office.person("扎西"), office.person("卓玛")])


def test_revoking_all_but_oneself_and_enrolling_anew(office: Office) -> None:
    """Those who were enrolled once count: revoking does not bring back the time when people enrol themselves."""
    office.founded()
    both = [office.person("扎西"), office.person("卓玛")]
    with pytest.raises(errors.ApproversTooFew):
        office.desk.revoke("卓玛", both, reason="left")
    office.desk.enrol("李雷", WORDS["李雷"], both)
    with pytest.raises(errors.VouchersMissing):
        office.desk.revoke("卓玛", both[:1], reason="left")
    office.desk.revoke("卓玛", both, reason="left")
    assert office.enrolled() == {"扎西", "李雷"}
    with pytest.raises(errors.VouchersMissing):
        office.desk.enrol("王芳", WORDS["王芳"], [])
    with pytest.raises(errors.ApproverUnproven):
        office.person("卓玛")
    with pytest.raises(errors.ApproverGone), office.catalog.writing() as session:
        office.desk.still(session, both[1])


def test_a_new_passphrase_ends_the_old_one_and_what_was_proven_with_it(office: Office) -> None:
    office.founded()
    before = office.person("扎西")
    office.desk.give_new_passphrase(before, "quite another set of words", [office.person("卓玛")])
    with pytest.raises(errors.ApproverUnproven):
        office.person("扎西")
    with pytest.raises(errors.ApproverGone), office.catalog.writing() as session:
        office.desk.still(session, before)
    assert office.desk.prove("扎西", "quite another set of words", act="tests").name == "扎西"


def test_guessing_is_denied_on_record_slowed_down_and_barred(office: Office) -> None:
    office.founded()
    for attempt in range(WRONG_AT_MOST):
        with pytest.raises(errors.ApproverUnproven):
            office.desk.prove("扎西", f"guess number {attempt}", act="approve X-1")
    assert office.waited == [1.0, 2.0, 4.0, 8.0, 16.0]
    told = office.events(CustodyAction.APPROVER_CHALLENGED)
    assert {(each.result, each.details["name"], each.details["act"]) for each in told} == {
        (CustodyResult.DENIED, "扎西", "approve X-1")
    }
    assert len(told) == WRONG_AT_MOST
    with pytest.raises(errors.ApproverBarred):
        office.person("扎西")
    assert office.person("卓玛").name == "卓玛"  # others are not kept from their work
    office.now = rows.NOW + BARRED_FOR + timedelta(seconds=1)
    assert office.person("扎西").name == "扎西"


def test_guessing_many_at_once(office: Office) -> None:
    """Attempts made together are counted one after the other."""
    office.founded()
    barred: list[bool] = []

    def guess(number: int) -> None:
        try:
            office.desk.prove("扎西", f"guess number {number}", act="tests")
        except errors.ApproverBarred:
            barred.append(True)
        except errors.ApproverUnproven:
            barred.append(False)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(WRONG_AT_MOST + 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(barred) == [False] * WRONG_AT_MOST + [True] * 4


def test_a_login_is_nobodys_word(office: Office) -> None:
    office.founded()
    with pytest.raises(errors.ApproverUnproven):
        office.desk.prove("root", "", act="tests")
    with pytest.raises(errors.ApproverUnproven):
        office.desk.prove("扎西", "", act="tests")


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [
        ("short", "short"),
        ("eleven char", "short"),
        ("aaaaaaaaaaaaaaaaaaaa", "plain"),
        ("李雷李雷 12345678", "name"),
        ("x" * 2000, "long"),
    ],
)
def test_a_weak_passphrase_is_refused(office: Office, passphrase: str, code: str) -> None:
    with pytest.raises(errors.PassphraseWeak) as refused:
        office.desk.enrol("李雷", passphrase, [])
    assert refused.value.code == code
    assert office.enrolled() == set()


def test_one_person_who_enrols_as_two_with_the_same_passphrase(office: Office) -> None:
    """The first two enrol themselves, so nobody else would notice."""
    office.desk.enrol("扎西", WORDS["扎西"], [])
    with pytest.raises(errors.PassphraseWeak) as refused:
        office.desk.enrol("卓玛", WORDS["扎西"], [])
    assert (refused.value.code, "扎西" in str(refused.value)) == ("taken", False)
    assert office.enrolled() == {"扎西"}


def test_taking_the_passphrase_of_somebody_else_or_of_one_who_was_revoked(office: Office) -> None:
    office.founded()
    both = [office.person("扎西"), office.person("卓玛")]
    office.desk.enrol("李雷", WORDS["李雷"], both)
    office.desk.revoke("李雷", both, reason="left")
    with pytest.raises(errors.PassphraseWeak):
        office.desk.enrol("王芳", WORDS["李雷"], both)
    for taken in ("卓玛", "扎西"):
        with pytest.raises(errors.PassphraseWeak):
            office.desk.give_new_passphrase(office.person("扎西"), WORDS[taken], [office.person("卓玛")])
    assert office.enrolled() == {"扎西", "卓玛"}


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65, "a=b", "\u202eli"])
def test_a_name_that_cannot_be_told_is_refused(office: Office, name: str) -> None:
    with pytest.raises(errors.ApproverNameUnfit):
        office.desk.enrol(name, WORDS["李雷"], [])


def test_nothing_of_a_passphrase_is_kept_but_its_hash(office: Office) -> None:
    office.founded()
    with pytest.raises(errors.ApproverUnproven):
        office.desk.prove("扎西", "a wrong set of words", act="tests")
    with office.catalog.reading() as session:
        kept = [str(each.model_dump()) for table in (Approver, CustodyEvent) for each in session.exec(select(table))]
    assert not [each for each in kept if "river" in each or "a wrong set" in each]
    assert sum("$argon2id$" in each for each in kept) == 2


def test_four_at_once_who_want_to_be_the_first_two(office: Office) -> None:
    def enrol(name: str) -> Callable[[], None]:
        def do() -> None:
            try:
                office.desk.enrol(name, WORDS[name], [])
            except errors.VouchersMissing:
                return

        return do

    threads = [threading.Thread(target=enrol(name)) for name in WORDS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(office.enrolled()) == 2
