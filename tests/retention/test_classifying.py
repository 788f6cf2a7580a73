"""A person's word on a recording: once, withdrawn but never removed, each time in the log."""

from zoneinfo import ZoneInfo

import pytest

from catalog.engine import Catalog
from catalog.repositories import custody, retention
from catalog.tables.custody import CustodyAction
from catalog.tables.retention import RetentionClass
from retention.classifying import Classifier
from retention.errors import ClassificationStands, NotClassified
from tests.conftest import real_clock
from tests.retention import catalogs


def test_a_recording_is_classified_and_the_word_withdrawn(catalog: Catalog) -> None:
    with catalog.writing() as session:
        found = catalogs.recording(catalogs.chance_of(1), 1, ZoneInfo("UTC"))
        session.add(found)
    classifier = Classifier(catalog, clock=real_clock, actor="li")
    with pytest.raises(NotClassified):
        classifier.withdraw(found.id, RetentionClass.EVIDENCE, reason="r")
    classifier.classify(found.id, RetentionClass.EVIDENCE, reason="used in court")
    with pytest.raises(ClassificationStands):
        classifier.classify(found.id, RetentionClass.EVIDENCE, reason="again")
    with catalog.reading() as session:
        assert retention.facts_of(session, [found.id])[found.id].recording.classes == {RetentionClass.EVIDENCE}
    classifier.withdraw(found.id, RetentionClass.EVIDENCE, reason="a mistake")
    with catalog.reading() as session:
        assert retention.facts_of(session, [found.id])[found.id].recording.classes == set()
        told = [(each.action, each.purpose) for each in custody.of_subject(session, found.id)]
    assert told[-2:] == [
        (CustodyAction.CLASSIFIED, "used in court"),
        (CustodyAction.CLASSIFICATION_WITHDRAWN, "a mistake"),
    ]
