"""What `doctor` makes of what it meets, and of what the catalog and the latest probe say."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric

from api.checks import Check, CheckState, engines, run_checks
from api.checks import archive as looks
from api.checks.run import _bounded
from api.cli import doctor
from api.errors import ExitCode
from api.metrics.catalog import CatalogCollector
from api.probing import store_name
from api.settings import Settings
from api.times import for_people
from catalog.repositories import storage_probes
from catalog.tables import StorageProbe
from storage.model import LockMode
from storage.probe import GOVERNANCE_BYPASSES, TrialOutcome
from storage.s3 import S3Settings
from tests import rows
from tests.api.conftest import NOW, Archive


class Surprise(Exception):
    pass


def test_what_nobody_foresaw_is_not_taken_for_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> Check:
        message = "no such\nthing"
        raise Surprise(message)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "store", failing)
    found = {check.name: check for check in run_checks(Settings(home=tmp_path / "home"))}
    assert (found["store"].state, found["store"].text) == (CheckState.UNAVAILABLE, "check-unforeseen")
    assert found["store"].facts == {"error": "Surprise", "reason": "no such thing"}
    assert found["dispatch"].state is CheckState.OK


def test_what_does_not_answer_is_said_not_to() -> None:
    never = threading.Event()

    def silent() -> Check:
        never.wait(60)
        return Check("store", CheckState.OK)

    assert _bounded("store", silent, 0.01).text == "check-no-answer"
    never.set()


@pytest.mark.parametrize(("due_hours", "state"), [(23, CheckState.OK), (25, CheckState.ATTENTION)])
def test_locks_that_were_not_renewed_are_told(archive: Archive, due_hours: int, state: CheckState) -> None:
    margin = archive.runtime.settings.lock.renewal_margin
    archive.add(rows.recording(locked_until=NOW + margin - timedelta(hours=due_hours)))
    found = looks.locks(looks.Archive(archive.runtime.settings, archive.runtime.catalog, NOW))
    assert (found.state, found.facts["ending"]) == (state, int(state is CheckState.ATTENTION))


@pytest.mark.parametrize(
    ("mode", "bypass", "immutable", "state", "text"),
    [
        (LockMode.GOVERNANCE, TrialOutcome.ALLOWED, False, CheckState.ATTENTION, "bypassable"),
        (LockMode.GOVERNANCE, TrialOutcome.UNCLEAR, False, CheckState.ATTENTION, "bypass-unclear"),
        (LockMode.GOVERNANCE, TrialOutcome.REFUSED, True, CheckState.OK, "governance"),
        # Probed while compliance was set: what weighed nothing then does now.
        (LockMode.GOVERNANCE, TrialOutcome.ALLOWED, True, CheckState.ATTENTION, "bypassable"),
        (LockMode.COMPLIANCE, TrialOutcome.ALLOWED, True, CheckState.OK, "immutable"),
    ],
)
def test_immutability_says_who_may_bypass(
    archive: Archive, mode: LockMode, bypass: TrialOutcome, *, immutable: bool, state: CheckState, text: str
) -> None:
    base = archive.runtime.settings
    s3 = S3Settings(endpoint="there:1", access_key="k", secret_key="s", secure=False)  # type: ignore[arg-type]  # noqa: S106
    settings = base.model_copy(
        update={
            "storage": base.storage.model_copy(update={"engine": "s3", "s3": s3}),
            "lock": base.lock.model_copy(update={"mode": mode}),
        }
    )
    weighs = bypass is not TrialOutcome.REFUSED and not immutable
    trials = [
        {"trial": name.value, "outcome": bypass.value, "answer": "", "weighs": weighs} for name in GOVERNANCE_BYPASSES
    ]
    probe = StorageProbe(
        at=NOW,
        store=store_name(settings.storage, archive.runtime.home),
        immutable=immutable,
        trials=trials,
        actor="li",
        program_version="0",
    )
    with archive.runtime.catalog.writing() as session:
        storage_probes.add(session, probe)
    found = looks.immutability(looks.Archive(settings, archive.runtime.catalog, NOW))
    assert (found.state, found.text) == (state, f"check-immutability-{text}")


def test_what_only_has_to_be_waited_for_is_unclear_and_no_fault(archive: Archive) -> None:
    base = archive.runtime.settings
    s3 = S3Settings(endpoint="there:1", access_key="k", secret_key="s", secure=False)  # type: ignore[arg-type]  # noqa: S106
    settings = base.model_copy(
        update={
            "storage": base.storage.model_copy(update={"engine": "s3", "s3": s3}),
            "lock": base.lock.model_copy(update={"mode": LockMode.COMPLIANCE}),
        }
    )
    until = NOW + timedelta(days=2)
    waiting = {"trial": "lifecycle_rule", "outcome": "unclear", "weighs": True, "until": until.isoformat()}
    probe = StorageProbe(
        at=NOW,
        store=store_name(settings.storage, archive.runtime.home),
        immutable=False,
        trials=[waiting],
        actor="li",
        program_version="0",
    )
    with archive.runtime.catalog.writing() as session:
        storage_probes.add(session, probe)
    found = looks.immutability(looks.Archive(settings, archive.runtime.catalog, NOW))
    assert (found.state, found.facts["until"]) == (CheckState.UNCLEAR, until)
    assert doctor._exit_code([found]) is ExitCode.DONE
    said = doctor._sentence(found, settings.time_zone)
    assert said.startswith(f"unclear until {for_people(until, settings.time_zone)}")
    late = looks.immutability(looks.Archive(settings, archive.runtime.catalog, until))
    assert (late.state, late.text) == (CheckState.ATTENTION, "check-immutability-probe-again")
    figures = {sample.name: sample.value for family in _families_of(archive) for sample in family.samples}
    assert figures["zhilu_storage_probe_unclear_until_timestamp_seconds"] == until.timestamp()
    assert figures["zhilu_storage_probe_immutable"] == 0


def _families_of(archive: Archive) -> list[Metric]:
    return list(CatalogCollector(archive.runtime).collect())
