"""Erased only on a fresh receipt for this very file, whose version lies locked in the store at this moment."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from api.messages.faults import sentence_of
from api.messages.language import Language
from api.messages.translator import translator
from catalog.tables.custody import CustodyAction, CustodyResult
from ingest.errors import KeptReason, SourceKept
from tests.conftest import OpenHome
from tests.ingest.secure.conftest import assert_secured_once, receipts_of

from .conftest import ERASED, Dock, erasing_events, later


def test_a_secured_file_is_erased_on_its_receipt(dock: Dock, recording: Path) -> None:
    neighbour = recording.with_name("b.mp4")
    neighbour.write_bytes(b"another")
    result = dock.take(recording)
    erasure = dock.erase(recording, result)
    assert (erasure.outcome, erasure.reason) == ("erased", None)
    assert not recording.exists()
    assert neighbour.read_bytes() == b"another"
    (receipt,) = receipts_of(dock.home)
    ordered, erased = erasing_events(dock.home)
    assert [ordered.action, erased.action] == ERASED
    for event in (ordered, erased):
        assert (event.subject_id, event.actor, event.result) == (result.recording_id, "tests", "done")
        assert (event.details["receipt_id"], event.details["path"]) == (str(receipt.id), str(recording))
        assert event.details["locked_until"] == receipt.locked_until.isoformat()
    assert_secured_once(dock.home, {recording: b"content"})


def test_folders_that_are_empty_then_stay(dock: Dock, card: Path) -> None:
    path = card / "DCIM" / "100" / "a.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"content")
    found = dock.found(path, card)
    result = dock.desk.take(found, actor="tests")
    assert dock.eraser().erase(result, found, "tests").outcome == "erased"
    assert list(card.rglob("*")) == [card / "DCIM", path.parent]


def test_a_rehearsal_asks_all_and_removes_nothing(dock: Dock, recording: Path) -> None:
    assert dock.erase(recording, dry_run=True).outcome == "would erase"
    assert recording.read_bytes() == b"content"
    assert erasing_events(dock.home) == []


def test_a_rehearsal_says_why_it_would_not(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    recording.unlink()
    recording.symlink_to("elsewhere")
    assert dock.erase(recording, result, dry_run=True).reason is KeptReason.NOT_A_FILE
    assert erasing_events(dock.home) == []


def test_what_was_known_before_is_erased_too(dock: Dock, recording: Path) -> None:
    dock.home.take(recording)
    result = dock.take(recording)
    assert result.outcome == "duplicate"
    assert dock.erase(recording, result).outcome == "erased"


# --- receipts that do not serve ---------------------------------------------------------------------------------


def test_no_receipt_no_erasure(dock: Dock, recording: Path, card: Path) -> None:
    failed = dock.take(card / "nothing there.mp4")
    assert dock.erase(recording, failed).reason is KeptReason.NOT_SECURED
    dock.home.take(recording)
    (kept,) = dock.home.take(recording)  # by a desk that makes no receipts anew
    assert dock.erase(recording, kept).reason is KeptReason.RECEIPT_NOT_FRESH
    assert recording.exists()
    assert erasing_events(dock.home) == []


def test_a_receipt_serves_for_its_validity_alone(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    assert result.receipt is not None
    limit = timedelta(minutes=3)
    too_late = result.receipt.made + 181
    assert dock.erase(recording, result, validity=limit, seconds=lambda: too_late).reason is KeptReason.RECEIPT_TOO_OLD
    assert recording.exists()
    in_time = result.receipt.made + 179
    assert dock.erase(recording, result, validity=limit, seconds=lambda: in_time).outcome == "erased"


def test_a_clock_set_back_does_not_make_an_old_receipt_young(dock: Dock, recording: Path) -> None:
    result = dock.take(recording)
    assert result.receipt is not None
    hours_later = result.receipt.made + 7200
    erasure = dock.erase(recording, result, clock=later(hours=-3), seconds=lambda: hours_later)
    assert erasure.reason is KeptReason.RECEIPT_TOO_OLD


def test_the_receipt_of_another_file_does_not_serve(dock: Dock, recording: Path) -> None:
    """Same content, same time, even the same inode: it was not this place that the receipt speaks of."""
    twin = recording.with_name("b.mp4")
    os.link(recording, twin)
    result = dock.take(recording)
    assert dock.erase(twin, result).reason is KeptReason.RECEIPT_DIFFERS
    assert twin.exists()
    (event,) = erasing_events(dock.home)
    assert (event.action, event.result) == (CustodyAction.ERASE_REFUSED, CustodyResult.DENIED)


def test_a_receipt_the_catalog_does_not_hold_does_not_serve(open_home: OpenHome, recording: Path) -> None:
    dock, other = Dock(open_home()), Dock(open_home(recording.parent.parent / "other"))
    result = other.take(recording)
    dock.take(recording)
    assert dock.erase(recording, result).reason is KeptReason.RECEIPT_DIFFERS
    assert recording.exists()


# --- what is said -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(KeptReason))
def test_every_reason_has_a_sentence_in_both_languages(reason: KeptReason) -> None:
    kept = SourceKept(reason, "Input/output error")
    assert str(kept).startswith("It was not erased: ")
    chinese = sentence_of(translator(Language.CHINESE), kept)
    assert chinese.startswith("未从卡上清除：")
    assert reason.value not in chinese
    assert "（“Input/output error”）" in chinese
    assert "（" not in sentence_of(translator(Language.CHINESE), SourceKept(reason))
