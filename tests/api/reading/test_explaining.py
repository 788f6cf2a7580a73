"""`retention explain` of periods that count from a case: what it says begins is what the end was counted from."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.cli import retention_words
from api.reading.retention import explain
from api.reading.retention_model import ExplanationView
from api.runtime import open_runtime
from api.settings import Settings
from catalog.custody.note import SignerKey
from catalog.repositories import cases
from catalog.tables.cases import ArchiveTier, LinkState
from catalog.tables.retention import RetentionClass
from retention.classifying import Classifier
from retention.policy import Outcome
from tests import rows
from tests.retention import disposing
from tests.retention.disposing import SCHEDULE, ZONE, Agency

EVIDENCE = """
[[rule]]
id = "evidence"
name = { zh = "作为证据", en = "Evidence" }
when = { class = ["evidence"] }
keep = "as case file"
basis = { zh = "第二十五条", en = "Art 25" }
verified = true
"""
NUMBER = "罚〔2026〕12号"
Explained = Callable[[], ExplanationView]


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Agency, UUID, Explained]]:
    """A rule for all, and one for what is evidence, by its case; a recording that a person linked to an open case."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(disposing, "SCHEDULE", SCHEDULE + EVIDENCE)
    began = datetime.now(UTC)
    with open_runtime(Settings(home=tmp_path), clock=lambda: began) as runtime:
        made = Agency(
            runtime.catalog, runtime.store, SignerKey("zhilu/tests", Ed25519PrivateKey.generate()), began
        ).found()
        recording = made.recording(b"a")
        case = rows.case(NUMBER, opened_at=began - timedelta(days=399))
        made.add(case)
        with runtime.catalog.writing() as session:
            cases.decide(
                session,
                recording_id=recording.id,
                case_id=case.id,
                state=LinkState.CONFIRMED,
                stage=None,
                actor="li",
                now=began,
            )

        def explained() -> ExplanationView:
            with runtime.catalog.reading() as session:
                return explain(runtime, session, recording.id)

        yield made, recording.id, explained


def sentences(view: ExplanationView) -> str:
    return "\n".join(f"{asked}: {answer}" for asked, answer in retention_words.lines(view, ZONE))


def test_a_link_alone_is_said_not_to_make_it_evidence(agency: tuple[Agency, UUID, Explained]) -> None:
    made, recording_id, explained = agency
    made.cases.close(NUMBER, purpose="over")
    view = explained()
    assert (view.outcome, view.rule.id if view.rule else None) == (Outcome.EXPIRED, "general")
    (advice,) = view.advice
    assert (advice.rule, advice.classes, advice.cases) == ("evidence", ("evidence",), (NUMBER,))
    assert f"zhilu retention classify {recording_id} evidence" in sentences(view)
    assert view.counted_from == view.recorded_until


def test_what_counts_from_a_case_is_told_to_begin_at_its_closing(agency: tuple[Agency, UUID, Explained]) -> None:
    made, recording_id, explained = agency
    Classifier(made.catalog, clock=made.clock, actor="li").classify(
        recording_id, RetentionClass.EVIDENCE, reason="used in court"
    )
    blocked = explained()
    assert (blocked.outcome, blocked.counted_from, blocked.advice) == (Outcome.BLOCKED, None, ())
    assert f"the closing of case {NUMBER}" in sentences(blocked)
    closed = made.cases.close(NUMBER, purpose="over")
    made.cases.archive(NUMBER, ArchiveTier.YEARS_10, purpose="filed")
    view = explained()
    assert view.rule is not None
    assert (view.outcome, view.rule.id, view.rule.counted_from) == (Outcome.KEPT, "evidence", "case closed")
    assert closed.closed_at is not None
    assert view.counted_from == closed.closed_at.isoformat()
    assert view.recorded_until != view.counted_from
    assert f"(closing of case {NUMBER})" in sentences(view)
    assert view.expires_at is not None
    assert datetime.fromisoformat(view.expires_at).astimezone(ZONE).year == closed.closed_at.astimezone(ZONE).year + 10
