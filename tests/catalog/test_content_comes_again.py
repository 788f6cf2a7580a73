"""One recording of a content at a time: what was disposed of, or is going, makes room for the same content."""

import pytest
from sqlalchemy.exc import DBAPIError

from catalog.engine import Catalog
from catalog.repositories import recordings
from tests import rows


def test_a_content_whose_recording_leaves_is_not_known(catalog: Catalog) -> None:
    first = rows.recording()
    with catalog.writing() as session:
        rows.add(session, first)
        assert recordings.is_known(session, first.sha256)
        assert recordings.size_is_known(session, first.size)
    with catalog.writing() as session:
        leaving = recordings.get(session, first.id)
        leaving.leaving_since = rows.NOW
        session.add(leaving)
    with catalog.writing() as session:
        assert not recordings.is_known(session, first.sha256)
        assert not recordings.size_is_known(session, first.size)
        assert recordings.by_sha256(session, first.sha256) is None
        assert recordings.staying(session, first.id) is None
        again = rows.recording(sha256=first.sha256)
        assert recordings.add_unless_known(session, [again]) == {again.id}
    with catalog.reading() as session:
        assert recordings.left_with(session, [first.sha256]) == {first.sha256: [first.id]}
        assert recordings.named(session, first.sha256).id == again.id
        assert recordings.named(session, str(first.id)).id == first.id
    with catalog.writing() as session:
        assert recordings.add_unless_known(session, [rows.recording(sha256=first.sha256)]) == set()


def test_two_recordings_of_a_content_that_both_stay(catalog: Catalog) -> None:
    first = rows.recording()
    with catalog.writing() as session:
        rows.add(session, first)
    with pytest.raises(DBAPIError), catalog.writing() as session:
        rows.add(session, rows.recording(sha256=first.sha256))
