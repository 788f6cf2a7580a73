"""A schedule comes into force by two different people; whatever one alone tries is refused."""

import pytest

from catalog.engine import Catalog
from catalog.repositories import custody, schedules
from catalog.tables.custody import CustodyAction
from catalog.tables.retention import ActivationState
from retention.approvers import ApproverDesk, Person
from retention.errors import (
    ApproverGone,
    ProposerGone,
    SamePerson,
    ScheduleAmbiguous,
    ScheduleIncomplete,
    ScheduleInForce,
    ScheduleNotProposed,
    ScheduleProposed,
    ScheduleUnknown,
    ScheduleVersionKnown,
)
from retention.in_force import schedule_in_force
from retention.schedule_desk import ScheduleDesk
from retention.schedules import built_in
from tests.conftest import real_clock

POLICE, PERMANENT = "cn-police-2016", "cn-permanent"
SECRETS = {"Li Na": "seven horses cross the river", "Wang Wei": "a kettle sings at midnight"}


class Desks:
    """Both desks over one catalog, with two enrolled people."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.approvers = ApproverDesk(
            catalog, clock=real_clock, actor="tests", system_user={}, pause=lambda _seconds: None
        )
        self.schedules = ScheduleDesk(catalog, self.approvers, clock=real_clock, actor="tests")
        for name, secret in SECRETS.items():
            self.approvers.enrol(name, secret, [])

    def person(self, name: str) -> Person:
        return self.approvers.prove(name, SECRETS[name], act="tests")

    def load(self, name: str) -> None:
        self.schedules.load(built_in()[name][0], name=name)

    def put_in_force(self, name: str) -> None:
        self.load(name)
        self.schedules.propose(self.person("Li Na"), name, reason="as decided")
        self.schedules.activate(self.person("Wang Wei"), name, effect={"shorter": 0})

    def in_force(self) -> str | None:
        with self.catalog.reading() as session:
            found = schedule_in_force(session)
        return found.schedule.id if found else None


@pytest.fixture
def desks(catalog: Catalog) -> Desks:
    return Desks(catalog)


def test_a_schedule_that_somebody_proposed_who_was_revoked_since(desks: Desks) -> None:
    desks.put_in_force(PERMANENT)
    both = [desks.person("Li Na"), desks.person("Wang Wei")]
    desks.approvers.enrol("Zhao Min", "nine lamps on the old bridge", both)
    desks.load(POLICE)
    thief = desks.approvers.prove("Zhao Min", "nine lamps on the old bridge", act="tests")
    desks.schedules.propose(thief, POLICE, reason="mine")
    desks.approvers.revoke("Zhao Min", both, reason="stole")
    with pytest.raises(ProposerGone):
        desks.schedules.activate(desks.person("Wang Wei"), POLICE, effect={})
    assert desks.in_force() == PERMANENT
    desks.schedules.reject(desks.person("Wang Wei"), POLICE, reason="hers")
    desks.put_in_force(POLICE)


def test_two_people_put_a_schedule_in_force_and_the_next_supersedes_it(desks: Desks) -> None:
    assert desks.in_force() is None
    desks.put_in_force(POLICE)
    assert desks.in_force() == POLICE
    desks.put_in_force(PERMANENT)
    assert desks.in_force() == PERMANENT
    with desks.catalog.reading() as session:
        states = [each.state for each in schedules.activations(session)]
        told = custody.of_subject(session, schedules.named(session, PERMANENT).id)
    assert states == [ActivationState.SUPERSEDED, ActivationState.IN_FORCE]
    assert [event.action for event in told] == [
        CustodyAction.SCHEDULE_LOADED,
        CustodyAction.SCHEDULE_PROPOSED,
        CustodyAction.SCHEDULE_ACTIVATED,
    ]
    assert (told[-1].details["person"], told[-1].details["proposed_by"]) == ("Wang Wei", "Li Na")


def test_one_alone_cannot_do_both(desks: Desks) -> None:
    desks.load(POLICE)
    desks.schedules.propose(desks.person("Li Na"), POLICE, reason="r")
    with pytest.raises(SamePerson):
        desks.schedules.activate(desks.person("Li Na"), POLICE, effect={})
    assert desks.in_force() is None


def test_who_is_revoked_meanwhile_no_longer_counts(desks: Desks) -> None:
    desks.load(POLICE)
    desks.approvers.enrol(
        "Zhao Min", "umbrellas against the east wind", [desks.person("Li Na"), desks.person("Wang Wei")]
    )
    proven = desks.person("Wang Wei")
    desks.schedules.propose(desks.person("Li Na"), POLICE, reason="r")
    desks.approvers.revoke("Wang Wei", [desks.person("Li Na"), desks.person("Wang Wei")], reason="left")
    with pytest.raises(ApproverGone):
        desks.schedules.activate(proven, POLICE, effect={})
    assert desks.in_force() is None


def test_a_schedule_that_waits_for_the_agency_is_refused_with_what_to_do(desks: Desks) -> None:
    desks.load("cn-guangdong-2021")
    with pytest.raises(ScheduleIncomplete, match=r"add a \[\[rule\]\] without `when`"):
        desks.schedules.propose(desks.person("Li Na"), "cn-guangdong-2021", reason="r")


def test_of_two_versions_one_has_to_be_named(desks: Desks) -> None:
    desks.load(POLICE)
    with desks.catalog.reading() as session:
        (first,) = schedules.listing(session)
    desks.schedules.load(first.content.replace(f'version = "{first.version}"', 'version = "next"'), name="next.toml")
    with pytest.raises(ScheduleAmbiguous, match=f"{POLICE}@next"):
        desks.schedules.propose(desks.person("Li Na"), POLICE, reason="r")
    desks.schedules.propose(desks.person("Li Na"), f"{POLICE}@next", reason="r")
    assert desks.schedules.activate(desks.person("Wang Wei"), POLICE, effect={}).version == "next"


def test_nothing_comes_into_force_unproposed(desks: Desks) -> None:
    with pytest.raises(ScheduleUnknown):
        desks.schedules.propose(desks.person("Li Na"), POLICE, reason="r")
    desks.load(POLICE)
    desks.load(PERMANENT)
    with pytest.raises(ScheduleNotProposed):
        desks.schedules.activate(desks.person("Wang Wei"), POLICE, effect={})
    desks.schedules.propose(desks.person("Li Na"), POLICE, reason="r")
    with pytest.raises(ScheduleProposed):
        desks.schedules.propose(desks.person("Wang Wei"), PERMANENT, reason="r")
    with pytest.raises(ScheduleNotProposed):
        desks.schedules.activate(desks.person("Wang Wei"), PERMANENT, effect={})
    desks.schedules.reject(desks.person("Li Na"), POLICE, reason="a mistake")
    with pytest.raises(ScheduleNotProposed):
        desks.schedules.activate(desks.person("Wang Wei"), POLICE, effect={})
    desks.put_in_force(PERMANENT)
    with pytest.raises(ScheduleInForce):
        desks.schedules.propose(desks.person("Li Na"), PERMANENT, reason="r")


def test_a_version_never_changes(desks: Desks) -> None:
    text, _ = built_in()[POLICE]
    version, new = desks.schedules.load(text, name="x")
    again, new_again = desks.schedules.load(text, name="x")
    assert (new, new_again, again.id) == (True, False, version.id)
    with pytest.raises(ScheduleVersionKnown):
        desks.schedules.load(text.replace("6 months", "7 months"), name="x")
