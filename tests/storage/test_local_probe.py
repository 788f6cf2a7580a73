"""The probe of the embedded store: the program refuses, the disk does not, and nothing is left behind."""

from pathlib import Path

import pytest

from storage.local import LocalStore
from storage.local_probe import LocalProbe
from storage.model import VersionReference
from storage.probe import TrialName, TrialOutcome


def test_all_is_refused_but_to_whoever_owns_the_disk(tmp_path: Path) -> None:
    begun: list[TrialName] = []
    found = LocalProbe(tmp_path, on_trial=begun.append).run()
    assert [trial.name for trial in found.failing] == [TrialName.CHANGE_ON_DISK]
    assert found.failing[0].outcome is TrialOutcome.ALLOWED
    assert not found.immutable
    assert begun == [trial.name for trial in found.trials]
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "probe" / "objects" / "originals"
    left.mkdir(parents=True)
    (left / "data").write_bytes(b"left")
    left.chmod(0o555)
    LocalProbe(tmp_path).run()
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_forgets_its_locks_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(store: LocalStore, reference: VersionReference) -> None:
        path = store.local_path(reference)
        path.parent.chmod(0o700)
        (path.parent / "facts.json").unlink()

    monkeypatch.setattr(LocalStore, "delete_version", careless)
    failing = {trial.name: trial.outcome for trial in LocalProbe(tmp_path).run().failing}
    assert failing[TrialName.GOVERNANCE_DELETE] is TrialOutcome.ALLOWED
    assert failing[TrialName.COMPLIANCE_DELETE] is TrialOutcome.ALLOWED
    assert failing[TrialName.HELD_DELETE] is TrialOutcome.ALLOWED
    assert failing[TrialName.HELD_DELETE_AFTER_LOCK] is TrialOutcome.ALLOWED
    assert TrialName.GOVERNANCE_SHORTEN not in failing
