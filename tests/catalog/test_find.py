"""Finding recordings: by criteria that all must hold, page by page, and one by the beginning of its id or digest."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from api.reading.criteria import CriteriaWrong, criteria_from
from catalog.engine import Catalog
from catalog.errors import Ambiguous, NotFound
from catalog.repositories import cases, finding, jobs
from catalog.repositories.finding import FindCriteria, find, unregistered
from catalog.repositories.recordings import named
from catalog.tables import Agency, CaseLink, Device, Officer, Recording
from catalog.tables.cases import LinkOrigin, LinkState
from catalog.tables.jobs import JobKind
from catalog.tables.recordings import RecordingKind
from catalog.tables.register import AgencyLevel
from tests import rows
from tests.rows import NOW

HOUR = timedelta(hours=1)


def found_names(catalog: Catalog, **criteria: Any) -> list[str]:
    with catalog.reading() as session:
        page, total = find(session, FindCriteria(**criteria), limit=100)
    assert total == len(page)
    return sorted(recording.name for recording in page)


@pytest.fixture
def filled(catalog: Catalog) -> Catalog:
    """Names that differ only in what a pattern could take for anything."""
    facts_by_name: dict[str, dict[str, Any]] = {
        "100%_a.mp4": {"device_serial": "1234567", "important": True},
        "100xya.mp4": {"kind": RecordingKind.VIDEO, "officer_code": "012345"},
        "a_b.jpg": {"kind": RecordingKind.PHOTO},
        "aXb.jpg": {"kind": RecordingKind.PHOTO, "problem_count": 1},
        "back\\slash.xml": {"kind": RecordingKind.SIDECAR},
        "建塘镇 现场检查.mp4": {"device_serial": "CAM_01"},
    }
    made = [
        rows.recording(name, captured_at=NOW + HOUR * number, **facts)
        for number, (name, facts) in enumerate(facts_by_name.items())
    ]
    with catalog.writing() as session:
        rows.add(session, *made, *(rows.sighting(each) for each in made))
    return catalog


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("%", ["100%_a.mp4"]),
        ("_", ["100%_a.mp4", "a_b.jpg", "建塘镇 现场检查.mp4"]),
        ("100%", ["100%_a.mp4"]),
        ("a_b", ["a_b.jpg"]),
        ("\\", ["back\\slash.xml"]),
        ("\\s", ["back\\slash.xml"]),
        ("\\%", []),
        ("现场", ["建塘镇 现场检查.mp4"]),
        ("镇 现", ["建塘镇 现场检查.mp4"]),
        ("AXB", ["aXb.jpg"]),
        ("a_B.JPG", ["a_b.jpg"]),
        ("1234567", ["100%_a.mp4"]),
        ("012345", ["100xya.mp4"]),
        ("/card/a", ["aXb.jpg", "a_b.jpg"]),
        ("'; DROP TABLE recording; --", []),
        ("nothing of the kind", []),
    ],
)
def test_text_means_itself(filled: Catalog, text: str, names: Sequence[str]) -> None:
    assert found_names(filled, text=text) == sorted(names)


@pytest.mark.parametrize(
    ("criteria", "names"),
    [
        ({"device": "1234567"}, ["100%_a.mp4"]),
        ({"device": "CAM_01"}, ["建塘镇 现场检查.mp4"]),
        ({"device": "CAMx01"}, []),
        ({"officer": "012345"}, ["100xya.mp4"]),
        ({"important": True}, ["100%_a.mp4"]),
        ({"attention": True}, ["aXb.jpg"]),
        ({"kinds": (RecordingKind.PHOTO,)}, ["aXb.jpg", "a_b.jpg"]),
        ({"kinds": (RecordingKind.PHOTO,), "attention": True}, ["aXb.jpg"]),
        ({"kinds": (RecordingKind.VIDEO, RecordingKind.SIDECAR)}, ["100xya.mp4", "back\\slash.xml"]),
        ({"captured_from": NOW + HOUR * 4}, ["back\\slash.xml", "建塘镇 现场检查.mp4"]),
        ({"captured_to": NOW}, ["100%_a.mp4"]),
        ({"captured_from": NOW + HOUR, "captured_to": NOW + HOUR * 2}, ["100xya.mp4", "a_b.jpg"]),
        ({"text": "a", "device": "1234567", "important": True}, ["100%_a.mp4"]),
        ({"text": "b_", "device": "1234567"}, []),
    ],
    ids=str,
)
def test_all_criteria_must_hold(filled: Catalog, criteria: dict[str, Any], names: Sequence[str]) -> None:
    assert found_names(filled, **criteria) == sorted(names)


def test_a_path_that_somebody_else_gave_it_finds_it_too(filled: Catalog) -> None:
    with filled.reading() as session:
        (first,), _ = find(session, FindCriteria(text="100%_a"), limit=10)
    with filled.writing() as session:
        rows.add(session, rows.sighting(first, "copied.mp4", folder="DCIM/重要", source="/other"))
    assert found_names(filled, text="重要") == ["100%_a.mp4"]
    assert found_names(filled, text="copied") == ["100%_a.mp4"]


@pytest.mark.parametrize("state", LinkState)
def test_cases_find_what_is_linked_to_them_unless_it_was_rejected(filled: Catalog, state: LinkState) -> None:
    number = "迪市监罚〔2026〕12号"
    with filled.writing() as session:
        (photo,), _ = find(session, FindCriteria(text="a_b"), limit=10)
        case = rows.case(number, cause="销售过期食品 100%")
        link = CaseLink(
            recording_id=photo.id,
            case_id=case.id,
            state=state,
            origin=LinkOrigin.MATCHED,
            linked_by="zhilu",
            linked_at=NOW,
        )
        rows.add(session, case, link)
    names = [] if state is LinkState.REJECTED else ["a_b.jpg"]
    assert found_names(filled, case_number=number) == names
    assert found_names(filled, text="〔2026〕12") == names
    assert found_names(filled, text="过期食品 100%") == names
    assert found_names(filled, case_number="迪市监罚〔2026〕1_号") == []


def test_officers_are_found_by_name_certificate_or_code(filled: Catalog) -> None:
    agency = Agency(code="1", name="x", level=AgencyLevel.COUNTY)
    officer = Officer(certificate_number="53340012345", name="扎西", agency_id=agency.id, device_code="C0DE01")
    with filled.writing() as session:
        rows.add(session, agency, officer, rows.recording("by assignment.mp4", officer_id=officer.id))
    for written in ("扎西", "53340012345", "C0DE01"):
        assert found_names(filled, officer=written) == ["by assignment.mp4"]
    assert found_names(filled, officer="扎") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("和志远", True),
        ("志远", True),
        ("25340100117", True),
        ("0117", True),
        ("c0de", True),
        ("%志", False),
        ("扎西", False),
    ],
)
def test_text_finds_the_officer_whom_the_register_knows(filled: Catalog, text: str, *, found: bool) -> None:
    agency = Agency(code="1", name="x", level=AgencyLevel.COUNTY)
    officer = Officer(certificate_number="25340100117", name="和志远", agency_id=agency.id, device_code="C0DE_1")
    other = Officer(certificate_number="99", name="央宗", agency_id=agency.id)
    with filled.writing() as session:
        rows.add(session, agency, officer, other)
        rows.add(session, rows.recording("by assignment.mp4", officer_id=officer.id))
        rows.add(session, rows.recording("by another.mp4", officer_id=other.id))
    assert found_names(filled, text=text) == (["by assignment.mp4"] if found else [])


def test_what_the_register_does_not_know_is_told_apart(filled: Catalog) -> None:
    agency = Agency(code="1", name="x", level=AgencyLevel.COUNTY)
    officer = Officer(certificate_number="25340100117", name="和志远", agency_id=agency.id)
    with filled.writing() as session:
        rows.add(session, agency, officer, rows.case("案一"), Device(serial="0400017"))
    with filled.reading() as session:
        known = FindCriteria(case_number="案一", officer="和志远", device="0400017")
        assert unregistered(session, known) == {}
        assert unregistered(session, FindCriteria(text="案")) == {}
        unknown = FindCriteria(case_number="案", officer="志远", device="040001_")
        assert unregistered(session, unknown) == {"case": "案", "officer": "志远", "device": "040001_"}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles", "UTC"])
def test_the_ends_of_time_reach_the_catalog_or_are_refused(filled: Catalog, zone: str) -> None:
    refused = 0
    for name in ("captured_from", "captured_to"):
        for written in ("0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31", "9999-12-31T23:59:59"):
            try:
                criteria = criteria_from(ZoneInfo(zone), **{name: written})  # type: ignore[arg-type]
            except CriteriaWrong:
                refused += 1
                continue
            with filled.reading() as session:
                assert find(session, criteria, limit=10)[1] in {0, 6}
    assert refused > 0


@pytest.mark.parametrize(
    "typed", ["罚〔2026〕12号", "罚[2026]12号", "罚(2026)12号", "罚（2026）12号", "罚［2026］ 12号"]
)
def test_a_case_is_found_in_whatever_brackets_its_number_is_typed(filled: Catalog, typed: str) -> None:
    case = rows.case("罚〔2026〕12号")
    with filled.writing() as session:
        (photo,), _ = find(session, FindCriteria(text="a_b"), limit=10)
        rows.add(session, case, rows.case("罚〔2026〕13号"))
        cases.decide(
            session,
            recording_id=photo.id,
            case_id=case.id,
            state=LinkState.CONFIRMED,
            stage=None,
            actor="li",
            now=NOW,
        )
    assert found_names(filled, case_number=typed) == ["a_b.jpg"]
    assert found_names(filled, text=typed) == ["a_b.jpg"]
    with filled.reading() as session:
        assert unregistered(session, FindCriteria(case_number=typed)) == {}
        assert cases.by_number(session, typed).number == "罚〔2026〕12号"


def test_a_failed_job_asks_for_attention(filled: Catalog) -> None:
    with filled.writing() as session:
        (photo,), _ = find(session, FindCriteria(text="a_b"), limit=10)
        job_id = jobs.add(session, photo.id, JobKind.PROBE, now=NOW)
        assert jobs.claim(session, job_id, owner="one", now=NOW)
        jobs.failed(session, job_id, owner="one", reason="no", retryable=False, now=NOW)
    assert found_names(filled, attention=True) == ["aXb.jpg", "a_b.jpg"]
    with filled.reading() as session:
        ids = [recording.id for recording in find(session, FindCriteria(), limit=100)[0]]
        assert finding.needing_attention(session, ids * 200) >= 2
        assert finding.needing_attention(session, ids) == 2
        assert finding.needing_attention(session, []) == 0


def test_pages_hold_every_recording_once_in_one_order(catalog: Catalog) -> None:
    """Many with the same time or none at all: only the id tells them apart."""
    times = [None, NOW, NOW, None, NOW + HOUR, NOW, None, NOW]
    with catalog.writing() as session:
        rows.add(session, *(rows.recording(f"{number}.mp4", captured_at=at) for number, at in enumerate(times)))
    whole = _page(catalog, limit=100, offset=0)
    assert [recording.captured_at for recording in whole] == [NOW + HOUR, *[NOW] * 4, *[None] * 3]
    for size in (1, 2, 3, 5):
        pages = [_page(catalog, limit=size, offset=offset) for offset in range(0, len(times), size)]
        assert [recording.id for page in pages for recording in page] == [recording.id for recording in whole]
    assert _page(catalog, limit=5, offset=100) == []


def _page(catalog: Catalog, *, limit: int, offset: int) -> list[Recording]:
    with catalog.reading() as session:
        page, total = find(session, FindCriteria(), limit=limit, offset=offset)
    assert total == 8
    return list(page)


# --- one of them ----------------------------------------------------------------------------------------------


def _named(session: Session, text: str) -> str:
    return named(session, text).name


def test_a_recording_is_named_by_the_beginning_of_its_id_or_digest(catalog: Catalog) -> None:
    from uuid import UUID

    one = rows.recording("one", id=UUID("01890a5d-ac96-774b-bcce-b302099a8057"), sha256="ab" + "0" * 62)
    two = rows.recording("two", id=UUID("01890a5d-ac97-774b-bcce-b302099a8057"), sha256="ac" + "0" * 62)
    # Its digest begins as the id of the first does.
    three = rows.recording("three", id=UUID("ffffffff-ac97-774b-bcce-b302099a8057"), sha256="01890a5dac96" + "1" * 52)
    with catalog.writing() as session:
        rows.add(session, one, two, three)
    with catalog.reading() as session:
        assert _named(session, str(one.id)) == "one"
        assert _named(session, str(one.id).upper()) == "one"
        assert _named(session, one.id.hex) == "one"
        assert _named(session, "01890a5d-ac97") == "two"
        assert _named(session, "ab") == "one"
        assert _named(session, two.sha256) == "two"
        assert _named(session, "AC") == "two"
        assert _named(session, "ffff") == "three"
        for ambiguous in ("a", "01890a5d", "01890a5dac96", "0"):
            with pytest.raises(Ambiguous, match="give more of it"):
                named(session, ambiguous)


@pytest.mark.parametrize("text", ["", "-", "----", "zz", "0g", "%", "_", "ab'--", "١٢٣", "ab" * 33, "f" * 32, "a\0"])
def test_what_names_none_is_not_found(catalog: Catalog, text: str) -> None:
    with catalog.writing() as session:
        rows.add(session, rows.recording(sha256="ab" * 32))
    with catalog.reading() as session, pytest.raises(NotFound):
        named(session, text)
