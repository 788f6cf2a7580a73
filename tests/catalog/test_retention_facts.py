"""The facts of recordings as the policy takes them: what counts of links, classes and holds."""

from datetime import UTC, datetime

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import retention
from catalog.tables import Case, CaseLink, Classification, Hold, HoldSubject, Recording
from catalog.tables.cases import ArchiveTier, CaseStatus, Category, LinkOrigin, LinkState, Stage
from catalog.tables.retention import RetentionClass

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def recording(session: Session, number: int, **given: object) -> Recording:
    made = Recording(
        sha256=f"{number:064x}",
        size=1,
        object_key=f"k{number}",
        object_version="v",
        secured_at=AT,
        name=f"{number}.mp4",
        **given,
    )
    session.add(made)
    session.flush()
    return made


def case(session: Session, number: str, **given: object) -> Case:
    made = Case(number=number, category=Category.PENALTY, opened_at=AT, **given)
    session.add(made)
    session.flush()
    return made


def link(session: Session, to: Case, of: Recording, state: LinkState, stage: Stage | None = None) -> None:
    session.add(
        CaseLink(
            recording_id=of.id,
            case_id=to.id,
            stage=stage,
            state=state,
            origin=LinkOrigin.PERSON,
            linked_by="tests",
            linked_at=AT,
        )
    )


def hold(session: Session, number: str, *, on: Recording | Case, released: bool = False) -> None:
    made = Hold(
        number=number,
        authority="court",
        document="d",
        reason="r",
        placed_by="tests",
        placed_at=AT,
        released_at=AT if released else None,
    )
    session.add(made)
    session.flush()
    subject = {"recording_id": on.id} if isinstance(on, Recording) else {"case_id": on.id}
    session.add(HoldSubject(hold_id=made.id, **subject))


def test_what_is_known_of_a_recording(catalog: Catalog) -> None:
    with catalog.writing() as session:
        found = recording(session, 1, captured_at=AT, important=True, capture_time={"warnings": [{"code": "x"}]})
        closed = case(session, "c1", status=CaseStatus.CLOSED, closed_at=AT, archive_tier=ArchiveTier.YEARS_10)
        others = case(session, "c2")
        link(session, closed, found, LinkState.CONFIRMED, Stage.DECISION)
        link(session, others, found, LinkState.SUGGESTED)
        for word, withdrawn in ((RetentionClass.EVIDENCE, None), (RetentionClass.COMPLEX, AT)):
            session.add(
                Classification(
                    recording_id=found.id,
                    retention_class=word,
                    reason="r",
                    classified_by="tests",
                    classified_at=AT,
                    withdrawn_at=withdrawn,
                )
            )
    with catalog.reading() as session:
        facts = retention.facts_of(session, [found.id])[found.id]
    assert (facts.recording.captured_at, facts.recording.important, facts.recording.clock_in_doubt) == (AT, True, True)
    assert facts.recording.classes == {RetentionClass.EVIDENCE}
    assert [(each.number, each.confirmed, each.open) for each in facts.cases] == [
        ("c1", True, False),
        ("c2", False, True),
    ]
    assert (facts.cases[0].stage, facts.cases[0].closed_at, facts.cases[0].archive_tier) == (
        Stage.DECISION,
        AT,
        ArchiveTier.YEARS_10,
    )


def test_holds_reach_through_confirmed_links_alone(catalog: Catalog) -> None:
    with catalog.writing() as session:
        itself, linked, suggested, rejected = (recording(session, number) for number in range(1, 5))
        held = case(session, "c1")
        link(session, held, linked, LinkState.CONFIRMED)
        link(session, held, itself, LinkState.CONFIRMED)
        link(session, held, suggested, LinkState.SUGGESTED)
        link(session, held, rejected, LinkState.REJECTED)
        hold(session, "h1", on=held)
        hold(session, "h2", on=itself)
        hold(session, "h3", on=linked, released=True)
    with catalog.reading() as session:
        facts = retention.facts_of(session, [each.id for each in (itself, linked, suggested, rejected)])
    assert [hold.number for hold in facts[itself.id].holds] == ["h1", "h2"]
    assert [hold.number for hold in facts[linked.id].holds] == ["h1"]
    assert facts[suggested.id].holds == facts[rejected.id].holds == ()
    assert facts[rejected.id].cases == ()


def test_what_nobody_knows_has_no_facts(catalog: Catalog) -> None:
    with catalog.writing() as session:
        one = recording(session, 1)
    with catalog.reading() as session:
        assert retention.facts_of(session, []) == {}
        assert retention.facts_of(session, [one.id])[one.id].recording.captured_at is None
