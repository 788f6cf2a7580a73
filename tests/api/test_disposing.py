"""An approved list, carried out as `zhilu up` does it, and its certificate read back, checked, and handed in again."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.disposing import disposing
from api.errors import BytesDiffer, CertificateForeign, CertificateMissing
from api.reading.certificates import check_paper, issued_print, read_certificate
from api.runtime import Runtime, open_runtime
from api.settings import Settings
from catalog.canonical import canonical_json
from catalog.custody.note import SignerKey, VerifierKey, read_note
from catalog.tables import Agency as AgencyRow
from catalog.tables import CaseLink, Device, Disposal, Officer, Recording
from catalog.tables.cases import CaseStatus, LinkOrigin, LinkState
from catalog.tables.disposals import DisposalState
from catalog.tables.register import AgencyLevel
from storage.digests import ContentHasher
from storage.model import Bucket, VersionReference
from tests import rows
from tests.retention.disposing import DAYS, Agency


@dataclasses.dataclass
class Office:
    runtime: Runtime
    agency: Agency

    def execute(self, actor: str = "zhilu") -> None:
        """As a timer does it, day after day."""
        duty = disposing(dataclasses.replace(self.runtime, actor=actor))
        for _day in range(DAYS + 1):
            duty.do()
            self.agency.now += timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.chdir(tmp_path)
    made: list[Agency] = []
    began = datetime.now(UTC)
    with open_runtime(Settings(home=tmp_path), clock=lambda: made[0].now if made else began) as runtime:
        unused = SignerKey("zhilu/tests", Ed25519PrivateKey.generate())
        made.append(Agency(runtime.catalog, runtime.store, unused, began))
        yield Office(runtime, made[0].found())


def known(office: Office) -> Recording:
    """One of a registered device and officer, with a case that was closed long ago."""
    agency = office.agency
    body = AgencyRow(code="533401", name="香格里拉市市场监督管理局", level=AgencyLevel.COUNTY)
    officer = Officer(certificate_number="25340100117", name="和志远", agency_id=body.id)
    long_ago = agency.now - timedelta(days=300)
    case = rows.case("迪市监罚〔2026〕12号", opened_at=long_ago, status=CaseStatus.CLOSED, closed_at=long_ago)
    agency.add(body, officer, Device(serial="1234567", agency_id=body.id), case)
    going = agency.recording(
        b"a",
        lock_until=agency.now + timedelta(milliseconds=1),
        device_serial="1234567",
        officer_id=officer.id,
        sm3="5c" * 32,
    )
    link = CaseLink(
        recording_id=going.id,
        case_id=case.id,
        state=LinkState.CONFIRMED,
        origin=LinkOrigin.PERSON,
        linked_by="li",
        linked_at=long_ago,
        decided_by="li",
        decided_at=long_ago,
    )
    agency.add(link)
    return going


def certified(office: Office) -> tuple[Recording, Disposal]:
    going = known(office)
    disposal = office.agency.approved()
    office.execute()
    assert office.agency.standing(disposal).state is DisposalState.DONE
    return going, disposal


def test_the_timer_disposes_of_what_is_due_and_certifies_it(office: Office) -> None:
    going, disposal = certified(office)
    assert office.agency.versions(going) == []
    found = read_certificate(office.runtime, disposal.number)
    assert json.loads(found.file)["certificate"] == found.signed.document
    (told,) = found.signed.document["deleted"]
    assert told["sha256"] == going.sha256
    assert [each["number"] for each in told["cases"]] == ["迪市监罚〔2026〕12号"]
    assert (told["officer"], told["certificate_number"], told["device"]) == ("和志远", "25340100117", "1234567")
    assert told["agency"] == told["device_agency"] == "香格里拉市市场监督管理局"
    assert (told["sm3"], told["executed_by"]) == ("5c" * 32, "zhilu")
    assert (told["versions_deleted"], told["derivatives_deleted"]) == (1, 2)
    assert (told["basis"], told["rule_name"]["en"]) == ({"zh": "本机关规定", "en": "Our own", "verified": True}, "All")
    assert found.signed.document["totals"] == {
        "recordings": 1,
        "bytes": 1,
        "versions": 1,
        "derivatives": 2,
        "replica": 0,
    }


def test_anybody_checks_it_without_us_by_the_key_that_it_names(office: Office) -> None:
    """As the certificate itself says how."""
    _, disposal = certified(office)
    opened = json.loads(read_certificate(office.runtime, disposal.number).file)
    with ContentHasher(sm3=False) as hasher:
        hasher.update(canonical_json(opened["certificate"]))
        digest = hasher.digests().sha256.hexadecimal
    note = read_note(opened["note"])
    assert note.text.split("\n")[:3] == ["zhilu disposal certificate", disposal.number, digest]
    assert note.signers([VerifierKey.read(opened["certificate"]["key"])])


def test_a_file_that_was_handed_in_is_one_that_was_issued_or_none(office: Office) -> None:
    _, disposal = certified(office)
    runtime, number = office.runtime, disposal.number
    issued = read_certificate(runtime, number).file
    print_of = issued_print(runtime, number, "certificate-zh.pdf")
    assert print_of is not None
    assert check_paper(runtime, number, issued, "c.json") == "certificate.json"
    assert check_paper(runtime, number, print_of, "c.pdf") == "certificate-zh.pdf"
    for forged in (issued.replace("和志远".encode(), "和志明".encode()), print_of + b"\n", b"{}", b""):
        with pytest.raises(CertificateForeign):
            check_paper(runtime, number, forged, "forged")


def test_a_certificate_that_was_replaced_in_the_store_is_not_given_out(office: Office) -> None:
    _, disposal = certified(office)
    standing = office.agency.standing(disposal)
    key = standing.certificate_key
    assert key is not None
    forged = office.agency.put(Bucket.CUSTODY, key, b'{"certificate": {}, "note": ""}', None)
    assert isinstance(forged.reference, VersionReference)
    with office.runtime.catalog.writing() as session:
        row = session.merge(standing)
        row.certificate_version = forged.reference.version_id
        session.add(row)
    with pytest.raises(BytesDiffer):
        read_certificate(office.runtime, disposal.number)


def test_a_list_that_is_not_done_has_none(office: Office) -> None:
    known(office)
    disposal = office.agency.approved()
    with pytest.raises(CertificateMissing):
        read_certificate(office.runtime, disposal.number)
