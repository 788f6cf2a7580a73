"""The services of retention, wired: desks of people, disposal, fixity, locks. Read in only where they are asked for:
a docking station secures without them, and what is not read in costs it no memory.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from api.engines import replica_of
from api.system_user import system_user
from retention.approvers import ApproverDesk
from retention.case_changes import CaseDesk
from retention.classifying import Classifier
from retention.disposal.certificate import Certifier, Print
from retention.disposal.clocks import ask as ask_clocks
from retention.disposal.desk import DisposalDesk
from retention.disposal.execution import Executor
from retention.disposal.planning import Planner
from retention.disposal.versions import is_there
from retention.disposal.waiting import Clocks
from retention.evaluation import Evaluator
from retention.fixity import Checked, FixityReader
from retention.fixity_repair import Repairer, Replica
from retention.holding import HoldServices
from retention.holds import HoldDesk
from retention.locks import first_lock
from retention.renewal import LockRenewer
from retention.schedule_desk import ScheduleDesk
from storage.s3_clock import server_time

if TYPE_CHECKING:
    from api.runtime import Runtime


class RetentionServices:
    """Made by `Runtime.retention`; each call builds one service on the engines of that process."""

    def __init__(self, runtime: "Runtime") -> None:
        self._runtime, self._settings = runtime, runtime.settings
        self._catalog, self._store = runtime.catalog, runtime.store
        self._clock, self._actor = runtime.clock, runtime.actor

    def approver_desk(self) -> ApproverDesk:
        return ApproverDesk(self._catalog, clock=self._clock, actor=self._actor, system_user=system_user())

    def hold_desk(self) -> HoldDesk:
        return HoldDesk(self._catalog, clock=self._clock, actor=self._actor, system_user=system_user())

    def case_desk(self) -> CaseDesk:
        return CaseDesk(self._catalog, clock=self._clock, actor=self._actor, system_user=system_user())

    def schedule_desk(self) -> ScheduleDesk:
        return ScheduleDesk(self._catalog, self.approver_desk(), clock=self._clock, actor=self._actor)

    def evaluator(self) -> Evaluator:
        return Evaluator(self._catalog, zone=self._settings.time_zone, clock=self._clock)

    def classifier(self) -> Classifier:
        return Classifier(self._catalog, clock=self._clock, actor=self._actor)

    # --- disposal -----------------------------------------------------------------------------------------------

    def planner(self) -> Planner:
        return Planner(
            self._catalog,
            clock=self._clock,
            zone=self._settings.time_zone,
            recoverable_days=self._settings.disposal.recoverable_days,
        )

    def disposal_desk(self) -> DisposalDesk:
        return DisposalDesk(
            self._catalog,
            self.approver_desk(),
            clock=self._clock,
            clocks=self._clocks,
            actor=self._actor,
            system_user=system_user(),
            recoverable_days=self._settings.disposal.recoverable_days,
            still_there=lambda reference: is_there(self._store, reference),
        )

    def executor(self, *, printed: Print, actor: str = "zhilu") -> Executor:
        """`actor`: who has it carried out, where that is not a timer of ours."""
        log = self._runtime.custody
        certifier = Certifier(self._catalog, self._clock, log.key_ring().signing_key, log.shelf(), printed, log.sign)
        return Executor(
            self._catalog,
            self._store,
            clock=self._clock,
            clocks=self._clocks,
            zone=self._settings.time_zone,
            certify=certifier.certify,
            sign_log=log.sign,
            replica=self._replica(),
            actor=actor,
        )

    def _clocks(self) -> Clocks:
        return ask_clocks(self._catalog, self._store_clock, self._clock)

    def _store_clock(self) -> datetime | None:
        """What the clock of the store says; None where the store is a folder of this machine, or tells no time."""
        storage = self._settings.storage
        return server_time(storage.s3) if storage.engine == "s3" and storage.s3 is not None else None

    def hold_services(self) -> HoldServices:
        return HoldServices(self._catalog, self._store, self._clock)

    def _replica(self) -> Replica | None:
        replica = self._settings.fixity.replica
        return replica_of(replica) if replica is not None else None

    def repairer(self, *, actor: str = "zhilu") -> Repairer:
        return Repairer(
            self._catalog,
            self._store,
            self._replica(),
            lock_for=lambda now: first_lock(self._settings.lock, now),
            clock=self._clock,
            actor=actor,
        )

    def fixity_reader(
        self, *, rest: Callable[[float], bool], on_check: Callable[[Checked], None] = lambda _checked: None
    ) -> FixityReader:
        """`rest(seconds)` waits so long and says whether to stop."""
        return FixityReader(
            self._catalog,
            self._store,
            self._settings.fixity,
            identity=self._runtime.identity,
            clock=self._clock,
            seconds=time.monotonic,
            rest=rest,
            repairer=self.repairer() if self._settings.fixity.replica is not None else None,
            on_check=on_check,
        )

    def lock_renewer(self) -> LockRenewer:
        return LockRenewer(
            self._catalog,
            self._store,
            self._settings.lock,
            clock=self._clock,
            zone=self._settings.time_zone,
        )
