"""What the custody log says of deriving: only what was done, and what was tried and failed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from catalog.engine import Catalog
from catalog.repositories import custody, jobs
from catalog.tables import CustodyEvent
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.jobs import JobKind
from ingest.jobs.derive import derive
from ingest.media.model import MediaDescription, MediaKind
from storage.local import LocalStore
from storage.model import Bucket
from tests import rows
from tests.ingest.jobs.services import services_for
from tests.rows import NOW

Events = Callable[[bytes, MediaDescription], list[CustodyEvent]]


@pytest.fixture
def events(catalog: Catalog, tmp_path: Path) -> Events:
    """Derive a recording with this content, and return what the log then says of it."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    store = LocalStore(tmp_path / "objects")

    def events(content: bytes, description: MediaDescription) -> list[CustodyEvent]:
        with store.upload(Bucket.ORIGINALS, "original") as upload:
            upload.write(content)
            stored = upload.complete()
        recording = rows.recording(
            object_key="original",
            object_version=stored.reference.version_id,
            size=len(content),
            media=description.to_json(),
        )
        with catalog.writing() as session:
            rows.add(session, recording)
            jobs.add(session, recording.id, JobKind.DERIVE, now=NOW)
        services = services_for(catalog, store, scratch)
        with catalog.reading() as session:
            (job,) = [each for each in jobs.of_recording(session, recording.id) if each.kind is JobKind.DERIVE]
        finish = derive(services, job, lambda _: None)
        with catalog.writing() as session:
            finish(session)
        with catalog.reading() as session:
            return list(custody.of_subject(session, recording.id))

    return events


def test_where_nothing_is_to_be_made_nothing_was_done(events: Events) -> None:
    assert events(b"<x/>", MediaDescription(kind=MediaKind.SIDECAR)) == []


def test_a_photo_that_cannot_be_decoded_failed(events: Events) -> None:
    (event,) = events(b"no photo", MediaDescription(kind=MediaKind.PHOTO, width=32, height=24))
    assert (event.action, event.result) == (CustodyAction.DERIVED, CustodyResult.FAILED)
    assert event.details["made"] == {}
    assert event.details["problems"]


def test_a_photo_with_its_copies_is_done(events: Events, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.radial_gradient("L").resize((320, 240)).save(path)
    (event,) = events(path.read_bytes(), MediaDescription(kind=MediaKind.PHOTO, width=320, height=240))
    assert event.result is CustodyResult.DONE
    assert set(event.details["made"]) >= {"thumbnail"}
    assert event.details["problems"] == []
