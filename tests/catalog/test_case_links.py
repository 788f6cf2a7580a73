"""Links of recordings to cases: suggested by rules, decided by people, whose word is never overwritten."""

from typing import Any
from uuid import UUID

import pytest

from catalog.engine import Catalog
from catalog.errors import NotFound
from catalog.repositories import cases
from catalog.tables import Case, CaseLink, Recording
from catalog.tables.cases import CaseStatus, LinkOrigin, LinkState, Stage
from tests import rows
from tests.rows import NOW


@pytest.fixture
def pair(catalog: Catalog) -> tuple[Recording, Case]:
    recording, case = rows.recording(), rows.case("迪市监罚〔2026〕12号")
    with catalog.writing() as session:
        rows.add(session, recording, case)
    return recording, case


def suggest(catalog: Catalog, pair: tuple[Recording, Case], **facts: Any) -> CaseLink | None:
    standing = {
        "activity_id": None,
        "stage": Stage.REVIEW,
        "score": 0.9,
        "reasons": [{"code": "x"}],
        "by_device": False,
    }
    with catalog.writing() as session:
        return cases.suggest(session, recording_id=pair[0].id, case_id=pair[1].id, now=NOW, **{**standing, **facts})


def decide(catalog: Catalog, pair: tuple[Recording, Case], state: LinkState, stage: Stage | None = None) -> CaseLink:
    with catalog.writing() as session:
        return cases.decide(
            session, recording_id=pair[0].id, case_id=pair[1].id, state=state, stage=stage, actor="li", now=NOW
        )


def link(catalog: Catalog, pair: tuple[Recording, Case]) -> CaseLink | None:
    with catalog.reading() as session:
        return cases.link(session, pair[0].id, pair[1].id)


def withdraw(catalog: Catalog, recording_id: UUID, keep: set[UUID]) -> int:
    with catalog.writing() as session:
        return len(cases.withdraw_suggestions(session, recording_id, except_cases=keep))


def test_the_same_suggestion_is_news_once(catalog: Catalog, pair: tuple[Recording, Case]) -> None:
    assert suggest(catalog, pair) is not None
    assert suggest(catalog, pair) is None
    changed = suggest(catalog, pair, score=0.5)
    assert changed is not None
    assert (changed.score, changed.state, changed.origin) == (0.5, LinkState.SUGGESTED, LinkOrigin.MATCHED)


def test_what_the_device_named_is_confirmed(catalog: Catalog, pair: tuple[Recording, Case]) -> None:
    assert suggest(catalog, pair) is not None
    named = suggest(catalog, pair, by_device=True, score=1.0)
    assert named is not None
    assert (named.state, named.origin, named.decided_by) == (LinkState.CONFIRMED, LinkOrigin.DEVICE, None)
    assert withdraw(catalog, pair[0].id, set()) == 0


@pytest.mark.parametrize("state", [LinkState.CONFIRMED, LinkState.REJECTED])
@pytest.mark.parametrize("suggested_first", [True, False])
def test_what_a_person_decided_stays(
    catalog: Catalog, pair: tuple[Recording, Case], state: LinkState, *, suggested_first: bool
) -> None:
    if suggested_first:
        assert suggest(catalog, pair) is not None
    decide(catalog, pair, state, Stage.SERVICE)
    for by_device in (False, True):
        assert suggest(catalog, pair, score=1.0, by_device=by_device) is None
    assert withdraw(catalog, pair[0].id, set()) == 0
    standing = link(catalog, pair)
    assert standing is not None
    assert (standing.state, standing.stage, standing.decided_by, standing.decided_at) == (
        state,
        Stage.SERVICE,
        "li",
        NOW,
    )


def test_a_decision_keeps_who_suggested_it_and_the_stage(catalog: Catalog, pair: tuple[Recording, Case]) -> None:
    suggest(catalog, pair)
    decided = decide(catalog, pair, LinkState.CONFIRMED)
    assert (decided.origin, decided.linked_by, decided.stage) == (LinkOrigin.MATCHED, "zhilu", Stage.REVIEW)


def test_a_link_of_a_persons_own_names_them(catalog: Catalog, pair: tuple[Recording, Case]) -> None:
    made = decide(catalog, pair, LinkState.CONFIRMED)
    assert (made.origin, made.linked_by, made.stage, made.score) == (LinkOrigin.PERSON, "li", None, None)


def test_a_person_may_think_again(catalog: Catalog, pair: tuple[Recording, Case]) -> None:
    decide(catalog, pair, LinkState.REJECTED)
    decide(catalog, pair, LinkState.CONFIRMED)
    standing = link(catalog, pair)
    assert standing is not None
    assert standing.state is LinkState.CONFIRMED


def test_suggestions_that_no_longer_follow_are_taken_back(catalog: Catalog, pair: tuple[Recording, Case]) -> None:
    suggest(catalog, pair)
    assert withdraw(catalog, pair[0].id, {pair[1].id}) == 0
    assert withdraw(catalog, pair[0].id, set()) == 1
    assert link(catalog, pair) is None


def test_a_rejected_link_is_no_longer_shown_with_the_case(catalog: Catalog, pair: tuple[Recording, Case]) -> None:
    recording, case = pair
    suggest(catalog, pair)
    with catalog.reading() as session:
        assert [found.id for _, found in cases.recordings_of(session, case.id)] == [recording.id]
        assert [linked for _, linked in cases.listing(session, status=None, limit=10)] == [1]
    decide(catalog, pair, LinkState.REJECTED)
    with catalog.reading() as session:
        assert cases.recordings_of(session, case.id) == []
        assert [linked for _, linked in cases.listing(session, status=None, limit=10)] == [0]
        assert [found.state for found, _, _ in cases.links_of(session, recording.id)] == [LinkState.REJECTED]


def test_cases_are_listed_by_status(catalog: Catalog, pair: tuple[Recording, Case]) -> None:
    with catalog.writing() as session:
        rows.add(session, rows.case("closed", status=CaseStatus.CLOSED))
    with catalog.reading() as session:
        for status, numbers in (
            (CaseStatus.OPEN, {pair[1].number}),
            (CaseStatus.CLOSED, {"closed"}),
            (None, {pair[1].number, "closed"}),
        ):
            assert {case.number for case, _ in cases.listing(session, status=status, limit=10)} == numbers
        assert len(cases.listing(session, status=None, limit=1)) == 1


def test_an_unknown_case_number_is_not_found(catalog: Catalog) -> None:
    with catalog.reading() as session, pytest.raises(NotFound, match="case"):
        cases.by_number(session, "12")
