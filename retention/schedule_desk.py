"""Loading schedules, and putting one in force: proposed by one approver, agreed to by another.

     1 LOAD      a text becomes a version that never changes
     2 PROPOSE   an approver, proven by passphrase, says why; one at a time
     3 EFFECT    what it would change is counted, and shown to whoever is to agree
     4 ACTIVATE  another approver agrees; the one before is superseded, in the same commit

Nothing is disposed of here, and no list of a disposal is touched: what a shorter schedule lets go is only planned, and
then approved by two people as anything else.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from catalog.engine import Catalog
from catalog.errors import Ambiguous, NotFound
from catalog.repositories import custody, schedules
from catalog.tables import ScheduleActivation, ScheduleVersion
from catalog.tables.custody import CustodyAction
from catalog.tables.retention import ActivationState
from retention.approvers import ApproverDesk, Person
from retention.errors import (
    ProposerGone,
    SamePerson,
    ScheduleAmbiguous,
    ScheduleIncomplete,
    ScheduleInForce,
    ScheduleNotProposed,
    ScheduleProposed,
    ScheduleUnknown,
    ScheduleVersionKnown,
)
from retention.in_force import content_of
from retention.schedule_file import schedule_of

SUBJECT = "schedule"


class ScheduleDesk:
    """`actor` tells of the login and decides nothing; people are proven by the desk of approvers."""

    def __init__(self, catalog: Catalog, approvers: ApproverDesk, *, clock: Callable[[], datetime], actor: str) -> None:
        self._catalog, self._approvers, self._clock, self._actor = catalog, approvers, clock, actor

    def load(self, content: str, *, name: str) -> tuple[ScheduleVersion, bool]:
        """The version that the text is, and whether it is a new one. Raises ScheduleInvalid, ScheduleVersionKnown."""
        schedule = schedule_of(content, name=name)
        digest = hashlib.sha256(content.encode()).hexdigest()

        def put(session: Session) -> tuple[ScheduleVersion, bool]:
            schedules.alone(session)
            known = schedules.version(session, schedule.id, schedule.version)
            if known is not None:
                if known.sha256 != digest:
                    raise ScheduleVersionKnown(schedule.id, schedule.version)
                return known, False
            version = ScheduleVersion(
                schedule=schedule.id,
                version=schedule.version,
                content=content,
                sha256=digest,
                loaded_by=self._actor,
                loaded_at=self._clock(),
            )
            session.add(version)
            self._tell(session, CustodyAction.SCHEDULE_LOADED, version, sha256=digest)
            return version, True

        return self._catalog.write(put)

    def propose(self, person: Person, name: str, *, reason: str) -> ScheduleVersion:
        """Raises ScheduleUnknown, ScheduleAmbiguous, ScheduleIncomplete, ScheduleInForce, ScheduleProposed,
        ApproverGone.
        """

        def put(session: Session) -> ScheduleVersion:
            schedules.alone(session)
            approver = self._approvers.still(session, person)
            version = version_named(session, name)
            if content_of(version).lacks_default:
                raise ScheduleIncomplete(version.schedule)
            waiting = schedules.standing(session, ActivationState.PROPOSED)
            if waiting is not None:
                raise ScheduleProposed(waiting[1].schedule, waiting[1].version)
            present = schedules.standing(session, ActivationState.IN_FORCE)
            if present is not None and present[1].id == version.id:
                raise ScheduleInForce(version.schedule, version.version)
            session.add(
                ScheduleActivation(
                    schedule_version_id=version.id,
                    state=ActivationState.PROPOSED,
                    proposed_by=approver.name,
                    proposed_at=self._clock(),
                    reason=reason,
                )
            )
            self._tell(session, CustodyAction.SCHEDULE_PROPOSED, version, purpose=reason, person=approver.name)
            return version

        return self._catalog.write(put)

    def activate(self, person: Person, name: str, *, effect: Mapping[str, int]) -> ScheduleVersion:
        """Put in force what another proposed. `effect`: what it was shown to change, for the log.

        Raises ScheduleUnknown, ScheduleNotProposed, SamePerson, ApproverGone, ProposerGone, ApproverTampered.
        """

        def put(session: Session) -> ScheduleVersion:
            schedules.alone(session)
            approver = self._approvers.still(session, person)
            activation, version = _proposed(session, name)
            if activation.proposed_by == approver.name:
                raise SamePerson(approver.name)
            if not self._approvers.is_enrolled(session, activation.proposed_by):
                raise ProposerGone(name, activation.proposed_by)
            now = self._clock()
            present = schedules.standing(session, ActivationState.IN_FORCE)
            if present is not None:
                present[0].state, present[0].superseded_at = ActivationState.SUPERSEDED, now
                session.add(present[0])
                session.flush()  # at most one may be in force at any moment
            activation.state, activation.decided_by, activation.decided_at = (
                ActivationState.IN_FORCE,
                approver.name,
                now,
            )
            session.add(activation)
            self._tell(
                session,
                CustodyAction.SCHEDULE_ACTIVATED,
                version,
                person=approver.name,
                proposed_by=activation.proposed_by,
                effect=dict(effect),
                before=f"{present[1].schedule}@{present[1].version}" if present is not None else None,
            )
            return version

        return self._catalog.write(put)

    def reject(self, person: Person, name: str, *, reason: str) -> ScheduleVersion:
        """Turn down what was proposed; who proposed it may, too. Raises as `activate` does, but for SamePerson."""

        def put(session: Session) -> ScheduleVersion:
            schedules.alone(session)
            approver = self._approvers.still(session, person)
            activation, version = _proposed(session, name)
            activation.state = ActivationState.REJECTED
            activation.decided_by, activation.decided_at = approver.name, self._clock()
            session.add(activation)
            self._tell(session, CustodyAction.SCHEDULE_REJECTED, version, purpose=reason, person=approver.name)
            return version

        return self._catalog.write(put)

    def _tell(
        self,
        session: Session,
        action: CustodyAction,
        version: ScheduleVersion,
        *,
        purpose: str | None = None,
        **details: Any,
    ) -> None:
        custody.record(
            session,
            action,
            at=self._clock(),
            actor=self._actor,
            subject_kind=SUBJECT,
            subject_id=version.id,
            purpose=purpose,
            schedule=version.schedule,
            version=version.version,
            **details,
        )


def version_named(session: Session, name: str) -> ScheduleVersion:
    """By `id@version`, or by the id where one version of it was loaded. Raises ScheduleUnknown, ScheduleAmbiguous."""
    try:
        return schedules.named(session, name)
    except Ambiguous as error:
        versions = [each.version for each in schedules.listing(session) if each.schedule == name]
        raise ScheduleAmbiguous(name, versions) from error
    except NotFound as error:
        raise ScheduleUnknown(name) from error


def proposed_version(session: Session, name: str) -> ScheduleVersion:
    """The same; the id alone means the version of it that waits for its second person, where one does."""
    waiting = schedules.standing(session, ActivationState.PROPOSED)
    if waiting is not None and waiting[1].schedule == name:
        return waiting[1]
    return version_named(session, name)


def _proposed(session: Session, name: str) -> tuple[ScheduleActivation, ScheduleVersion]:
    version = proposed_version(session, name)
    waiting = schedules.standing(session, ActivationState.PROPOSED)
    if waiting is None or waiting[1].id != version.id:
        raise ScheduleNotProposed(name)
    return waiting
