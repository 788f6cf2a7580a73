"""A person's word on what one recording is: given, and withdrawn, each with a reason. Never removed."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.repositories import custody
from catalog.repositories import retention as facts
from catalog.tables import Classification
from catalog.tables.custody import CustodyAction
from catalog.tables.retention import RetentionClass
from retention.errors import ClassificationStands, NotClassified


class Classifier:
    def __init__(self, catalog: Catalog, *, clock: Callable[[], datetime], actor: str) -> None:
        self._catalog, self._clock, self._actor = catalog, clock, actor

    def classify(self, recording_id: UUID, word: RetentionClass, *, reason: str) -> Classification:
        """Raises ClassificationStands where somebody said the same and stands by it."""

        def put(session: Session) -> Classification:
            if facts.classifications(session, recording_id, word):
                raise ClassificationStands(word)
            made = Classification(
                recording_id=recording_id,
                retention_class=word,
                reason=reason,
                classified_by=self._actor,
                classified_at=self._clock(),
            )
            session.add(made)
            self._tell(session, CustodyAction.CLASSIFIED, recording_id, word, reason)
            return made

        return self._catalog.write(put)

    def withdraw(self, recording_id: UUID, word: RetentionClass, *, reason: str) -> None:
        """Raises NotClassified where nobody stands by it."""

        def put(session: Session) -> None:
            standing = facts.classifications(session, recording_id, word)
            if not standing:
                raise NotClassified(word)
            for each in standing:
                each.withdrawn_by, each.withdrawn_at = self._actor, self._clock()
                session.add(each)
            self._tell(session, CustodyAction.CLASSIFICATION_WITHDRAWN, recording_id, word, reason)

        self._catalog.write(put)

    def _tell(
        self, session: Session, action: CustodyAction, recording_id: UUID, word: RetentionClass, reason: str
    ) -> None:
        custody.record(
            session,
            action,
            at=self._clock(),
            actor=self._actor,
            subject_kind="recording",
            subject_id=recording_id,
            purpose=reason,
            retention_class=str(word),
        )
