"""Unknown devices, refused or accepted: what is refused stays on the card untouched, and nothing of it is kept."""

import shutil
from pathlib import Path

import pytest

from api.messages.faults import sentence_of
from api.messages.language import Language
from api.messages.translator import translator
from catalog.errors import CatalogDamaged
from catalog.tables import Device
from ingest.intake import IntakeDesk, IntakeResult
from ingest.naming import load_patterns
from tests.conftest import Home

from .conftest import assert_nothing_kept, assert_secured_once

NAMED, NAMELESS = "012345_1234567_20170722101530_0007.mp4", "VID_0001.mp4"


def taken(home: Home, card: Path, unknown: str = "refuse") -> list[IntakeResult]:
    assert unknown in {"accept", "refuse"}
    desk = IntakeDesk(
        home.catalog,
        home.securer,
        load_patterns([]),
        unknown_devices="refuse" if unknown == "refuse" else "accept",
    )
    return list(desk.take_all([bytes(card)], actor="tests"))


def register(home: Home, *serials: str) -> None:
    with home.catalog.writing() as session:
        for serial in serials:
            session.add(Device(serial=serial))


@pytest.mark.parametrize("name", [NAMED, NAMELESS])
def test_an_unknown_device_is_refused(home: Home, card: Path, name: str) -> None:
    path = card / name
    path.write_bytes(b"content")
    before = path.stat()
    (result,) = taken(home, card)
    assert (result.outcome, result.retryable, result.recording_id) == ("failed", True, None)
    whose = "The device 1234567 is not in the register" if name == NAMED else "Its name tells no device"
    assert result.reason == (
        f"{whose}, and unknown devices are refused: it was left on the card. "
        "Register the device, or let unknown devices in."
    )
    assert path.read_bytes() == b"content"
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert_nothing_kept(home)


@pytest.mark.parametrize(("name", "says"), [(NAMED, "记录仪 1234567 未登记"), (NAMELESS, "文件名未表明记录仪")])
def test_the_refusal_is_said_in_chinese(home: Home, card: Path, name: str, says: str) -> None:
    (card / name).write_bytes(b"content")
    (result,) = taken(home, card)
    assert result.error is not None
    assert says in sentence_of(translator(Language.CHINESE), result.error)


def test_registered_later_it_is_taken_in_at_the_next_look(home: Home, card: Path) -> None:
    path = card / NAMED
    path.write_bytes(b"content")
    assert [result.outcome for result in taken(home, card)] == ["failed"]
    register(home, "1234567")
    assert [result.outcome for result in taken(home, card)] == ["secured"]
    assert_secured_once(home, {path: b"content"})


def test_only_what_is_unknown_is_refused(home: Home, card: Path) -> None:
    register(home, "1234567", "abc1234")
    known = {card / NAMED: b"1", card / "012345_ABC1234_20170722101530_0008.mp4": b"2"}
    for path, content in known.items():
        path.write_bytes(content)
    (card / "012345_7654321_20170722101530_0009.mp4").write_bytes(b"3")
    said = {Path(result.path).name: result.outcome for result in taken(home, card)}
    assert list(said.values()).count("secured") == 2
    assert said["012345_7654321_20170722101530_0009.mp4"] == "failed"
    assert_secured_once(home, known)


def test_accepted_is_the_default(home: Home, card: Path) -> None:
    (card / NAMELESS).write_bytes(b"content")
    assert [result.outcome for result in home.take(card)] == ["secured"]
    assert [result.outcome for result in taken(home, card, "accept")] == ["duplicate"]


def test_a_register_that_cannot_be_asked_refuses_nobody(home: Home, card: Path) -> None:
    """It says what is wrong with the catalog, not that the device is unknown."""
    (card / NAMED).write_bytes(b"content")
    home.catalog.close()
    database = home.folder / "catalog.sqlite3"
    for beside in home.folder.glob("catalog.sqlite3-*"):
        beside.unlink()
    shutil.move(database, database.with_suffix(".kept"))
    database.write_bytes(b"no database" * 1000)
    (result,) = taken(home, card)
    assert (result.outcome, type(result.error)) == ("failed", CatalogDamaged)
