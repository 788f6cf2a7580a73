"""An approved list, carried out as `zhilu up` does it, and its certificate read back."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.disposing import disposing
from api.reading.certificates import read_certificate
from api.runtime import open_runtime
from api.settings import Settings
from catalog.custody.note import SignerKey
from catalog.tables.disposals import DisposalState
from tests.retention.disposing import DAYS, Agency


def test_the_timer_disposes_of_what_is_due_and_certifies_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made: list[Agency] = []
    began = datetime.now(UTC)
    with open_runtime(Settings(home=tmp_path), clock=lambda: made[0].now if made else began) as runtime:
        unused = SignerKey("zhilu/tests", Ed25519PrivateKey.generate())
        made.append(Agency(runtime.catalog, runtime.store, unused, began))
        agency = made[0].found()
        going = agency.recording(b"a", lock_until=began + timedelta(milliseconds=1))
        disposal = agency.approved()
        duty = disposing(dataclasses.replace(runtime, actor="zhilu"))
        for _day in range(DAYS + 1):
            duty.do()
            agency.now += timedelta(days=1)
        assert agency.standing(disposal).state is DisposalState.DONE
        assert agency.versions(going) == []
        found = read_certificate(runtime, disposal.number)
        assert found.document["deleted"][0]["sha256"] == going.sha256
        assert json.loads(found.signed)["certificate"] == found.document
