"""Nothing is erased on the word of a store whose locks nobody tried, or that were broken."""

from pathlib import Path
from typing import Any

import pytest

from catalog.repositories import storage_probes
from catalog.tables import StorageProbe
from ingest.erase import ErasureOutcome
from ingest.erase_decision import broken_locks
from ingest.erase_probe import ProbeVerdict
from ingest.errors import KeptReason
from storage.probe import GOVERNANCE_BYPASSES, TrialName, TrialOutcome
from tests.conftest import real_clock

from .conftest import Dock, actions

STORE = "s3:rgw/zhilu"
REFUSED, ALLOWED, UNCLEAR = TrialOutcome.REFUSED, TrialOutcome.ALLOWED, TrialOutcome.UNCLEAR


def probed(dock: Dock, *, store: str = STORE, weighs: bool = True, **outcomes: TrialOutcome) -> None:
    """Put a probe on record in which these trials came out so, and all others were refused."""
    trials: list[dict[str, Any]] = [
        {"trial": name, "outcome": outcomes.get(name, REFUSED), "answer": "", "weighs": weighs} for name in TrialName
    ]
    immutable = all(trial["outcome"] == REFUSED for trial in trials)
    row = StorageProbe(
        at=real_clock(), store=store, immutable=immutable, trials=trials, actor="tests", program_version="1"
    )
    with dock.home.catalog.writing() as session:
        storage_probes.add(session, row)


def kept_because(dock: Dock, recording: Path) -> KeptReason | None:
    """Why it was kept where the probe counts; None if it was erased."""
    verdict = ProbeVerdict(dock.home.catalog, STORE)
    erasure = dock.erase(recording, probe=verdict)
    assert recording.exists() is (erasure.outcome is ErasureOutcome.KEPT)
    assert (verdict.refused is None) is (erasure.outcome is ErasureOutcome.ERASED)
    return erasure.reason


def test_a_store_that_was_never_probed(dock: Dock, recording: Path) -> None:
    probed(dock, store="s3:rgw/another")
    assert kept_because(dock, recording) is KeptReason.NEVER_PROBED
    assert actions(dock.home) == []


def test_a_probe_that_weighed_nothing_is_none(dock: Dock, recording: Path) -> None:
    probed(dock, weighs=False)
    assert kept_because(dock, recording) is KeptReason.NEVER_PROBED


def test_locks_that_held(dock: Dock, recording: Path) -> None:
    probed(dock)
    assert kept_because(dock, recording) is None


@pytest.mark.parametrize("outcome", [ALLOWED, UNCLEAR])
def test_any_attack_that_was_not_refused_stands_against_it(outcome: TrialOutcome) -> None:
    for trial in set(TrialName) - GOVERNANCE_BYPASSES - {TrialName.CHANGE_ON_DISK}:
        assert broken_locks([{"trial": trial.value, "outcome": outcome.value, "weighs": True}]) == (trial,)
        assert broken_locks([{"trial": trial.value, "outcome": outcome.value, "weighs": False}]) == ()


@pytest.mark.parametrize("outcome", [ALLOWED, UNCLEAR])
def test_locks_that_were_broken(dock: Dock, recording: Path, outcome: TrialOutcome) -> None:
    probed(dock, overwrite=outcome)
    erasure = dock.erase(recording, probe=ProbeVerdict(dock.home.catalog, STORE))
    assert erasure.reason is KeptReason.LOCKS_BROKEN
    assert "overwrite" in str(erasure.kept)
    assert recording.exists()


@pytest.mark.parametrize("trial", sorted(GOVERNANCE_BYPASSES | {TrialName.CHANGE_ON_DISK}))
def test_what_no_store_can_refuse_does_not_stand_against_it(dock: Dock, recording: Path, trial: TrialName) -> None:
    probed(dock, **{trial: ALLOWED})
    assert kept_because(dock, recording) is None


def test_the_latest_probe_decides_from_one_file_to_the_next(dock: Dock, recording: Path) -> None:
    probed(dock, overwrite=ALLOWED)
    probed(dock)
    assert kept_because(dock, recording) is None
    recording.write_bytes(b"the next")
    probed(dock, overwrite=ALLOWED)
    assert kept_because(dock, recording) is KeptReason.LOCKS_BROKEN


def test_a_rehearsal_says_it_too(dock: Dock, recording: Path) -> None:
    erasure = dock.erase(recording, probe=ProbeVerdict(dock.home.catalog, STORE), dry_run=True)
    assert erasure.reason is KeptReason.NEVER_PROBED
