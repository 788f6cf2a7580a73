"""The lock conformance probe of an S3 store: tries in a bucket of its own what an attacker or a wrong server would do.

Every attack gets a fresh version, so that one which succeeds does not spoil the next. Locks are short: compliance ends
within a minute, governance is bypassed when the probe cleans up after itself; what still is locked then is removed by a
later run. Nothing here can name the bucket of the originals, but for asking whether it has a default retention.
"""

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache

from storage.clock import utc_now
from storage.errors import StoreMisconfigured
from storage.model import Bucket, Lock, LockMode
from storage.probe import Conformance, Remains, Reply, Seen, Trial, TrialName, TrialOutcome, attacked, weighed
from storage.s3_attacker import MET, Answer, S3Attacker, Victim
from storage.s3_attacks import ATTACKS, Attack, Right
from storage.s3_buckets import BucketState, DefaultRetention
from storage.s3_lifecycle_canary import LifecycleCanary
from storage.s3_settings import S3Settings

GOVERNANCE_FOR = timedelta(minutes=10)
COMPLIANCE_FOR = timedelta(seconds=30)
HELD_FOR = timedelta(seconds=5)
_PATIENCE_SECONDS = 90.0
_LOOK_SECONDS = 0.5
# Another run may be under way: only what is older is taken for left behind.
_LEFT_BEHIND_AFTER = timedelta(hours=1)
_CONTENT = b"what must not be lost"
_TRIALS, _CANARIES = "trials/", "lifecycle/"
_MORE_THAN_A_PART = 5 * 1024 * 1024 + 1


class S3Probe:
    """One run of the probe. Raises StoreMisconfigured, StoreUnavailable only where nothing can be tried at all."""

    def __init__(
        self,
        settings: S3Settings,
        *,
        mode: LockMode = LockMode.COMPLIANCE,
        now: Callable[[], datetime] = utc_now,
        on_trial: Callable[[TrialName], None] = lambda _name: None,
    ) -> None:
        """`mode` is how originals are locked, by which trials weigh. `on_trial` is told of each trial as it begins."""
        self._settings, self._mode, self._now, self._on_trial = settings, mode, now, on_trial
        self._attacker = S3Attacker(settings)
        self._prefix = f"{_TRIALS}{now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}/"
        self._may: Callable[[Right], bool] = cache(self._finds_out)
        self._compliance_over = 0.0

    def run(self) -> Conformance:
        """Try everything, clean up, and tell."""
        self._prepare()
        try:
            waiting = self._put_to_wait()
            trials = [self._versions_survive(attack) for attack in ATTACKS]
            trials += [self._single_put(), *self._multipart(), self._backdated(), self._hold()]
            trials += [self._lifecycle(), self._suspend(), self._delete_bucket(), self._disable_lock()]
            trials += self._after_the_lock(waiting)
        finally:
            left = self._clean_up()
        order = list(TrialName)
        trials.sort(key=lambda trial: order.index(trial.name))
        default = self._attacker.originals_default()
        weighing = weighed(tuple(trials), originals_have_default=default is not None, mode=self._mode)
        return Conformance(weighing, left)

    # --- versions -----------------------------------------------------------------------------------------------

    def _versions_survive(self, attack: Attack) -> Trial:
        with self._trial(attack.name) as trial:
            victim = self._victim(attack.mode, held=attack.held)
            answer = attack.act(self._attacker, victim)
            remains = self._attacker.remains(victim)
            may = all(self._may(right) for right in attack.needs)
            in_time = attack.mode is None or time.monotonic() - victim.put_at < _lasts(attack.mode).total_seconds() - 2
            trial.attacked(answer, remains, may_otherwise=may, in_time=in_time)
        return trial.told

    def _victim(self, mode: LockMode | None, *, held: bool = False) -> Victim:
        lock = Lock(mode, self._now() + _lasts(mode)) if mode else None
        if mode is LockMode.COMPLIANCE:
            self._compliance_over = time.monotonic() + COMPLIANCE_FOR.total_seconds() + 1
        return self._attacker.put(self._key(), _CONTENT, lock, hold=held)

    def _key(self) -> str:
        return f"{self._prefix}{secrets.token_hex(6)}"

    def _finds_out(self, right: Right) -> bool:
        """Whether our key may do this where no lock forbids it."""
        try:
            match right:
                case Right.DELETE:
                    victim = self._victim(None)
                    self._attacker.delete(victim)
                    return self._attacker.remains(victim) is Remains.GONE
                case Right.MULTI_DELETE:
                    victim = self._victim(None)
                    self._attacker.multi_delete(victim)
                    return self._attacker.remains(victim) is Remains.GONE
                case Right.BYPASS:
                    victim = self._victim(LockMode.GOVERNANCE)
                    self._attacker.delete(victim, bypass=True)
                    return self._attacker.remains(victim) is Remains.GONE
                case Right.RETAIN:
                    victim = self._victim(LockMode.GOVERNANCE)
                    self._attacker.retain(victim, Lock(LockMode.GOVERNANCE, self._now() + 2 * GOVERNANCE_FOR))
                    return self._attacker.remains(victim) is Remains.CHANGED
        except MET:
            return False

    # --- locks from the first moment ----------------------------------------------------------------------------

    def _single_put(self) -> Trial:
        with self._trial(TrialName.SINGLE_PUT_UNLOCKED) as trial:
            self._judge_new(trial, self._victim(LockMode.COMPLIANCE))
        return trial.told

    def _multipart(self) -> Iterator[Trial]:
        with self._trial(TrialName.MULTIPART_HEADERS_IGNORED) as trial:
            lock = Lock(LockMode.GOVERNANCE, self._now() + GOVERNANCE_FOR)
            self._judge_new(trial, self._attacker.put_parts(self._key(), _CONTENT, lock))
        yield trial.told
        default = DefaultRetention(LockMode.GOVERNANCE, 1)
        with self._trial(TrialName.DEFAULT_RETENTION_IGNORED) as trial, self._default(default) as set_answer:
            if set_answer.reply is Reply.DONE:
                victim = self._attacker.put_parts(self._key(), _CONTENT)
                lock_now = self._attacker.lock_of(victim.reference)
                trial.came_out(lock_now, as_it_must=lock_now is not None)
            else:
                trial.tell(TrialOutcome.UNCLEAR, Seen.NOT_TRIED, set_answer.said)
        yield trial.told
        originals = self._attacker.originals_default()
        with self._trial(TrialName.UPLOAD_UNLOCKED) as trial, self._default(default if originals else None):
            self._upload_as_the_product_does(trial, longer_than=timedelta(days=default.days if originals else 0))
        yield trial.told

    def _upload_as_the_product_does(self, trial: "_Told", *, longer_than: timedelta) -> None:
        """With a lock `longer_than` the default of the bucket, which must not pass for what was asked for."""
        lock = Lock(LockMode.GOVERNANCE, self._now() + longer_than + GOVERNANCE_FOR)
        store = self._attacker.store
        try:
            with store.upload(Bucket.ORIGINALS, self._key(), lock=lock) as upload:
                upload.write(bytes(_MORE_THAN_A_PART))
                stored = upload.complete()
        except StoreMisconfigured as error:  # it took the unlocked version back and stored nothing
            trial.tell(TrialOutcome.REFUSED, Seen.TAKEN_BACK, str(error))
            return
        found = self._attacker.lock_of(stored.reference)
        locked = found is not None and found.retain_until >= lock.retain_until - timedelta(seconds=1)
        trial.came_out(found, as_it_must=locked)

    def _judge_new(self, trial: "_Told", victim: Victim) -> None:
        found = self._attacker.lock_of(victim.reference)
        trial.came_out(found, as_it_must=found == victim.lock)

    def _backdated(self) -> Trial:
        with self._trial(TrialName.BACKDATED_LOCK) as trial:
            past = Lock(LockMode.GOVERNANCE, self._now() - timedelta(days=1))
            answer = self._attacker.try_to_put(self._key(), _CONTENT, past)
            match answer.reply:
                case Reply.DONE:
                    trial.tell(TrialOutcome.ALLOWED, Seen.NOT_LOCKED, answer.said)
                case Reply.DENIED:
                    trial.tell(TrialOutcome.REFUSED, Seen.DENIED, answer.said)
                case Reply.FAULT:
                    trial.tell(TrialOutcome.UNCLEAR, Seen.NO_ANSWER, answer.said)
        return trial.told

    def _hold(self) -> Trial:
        with self._trial(TrialName.HOLD_LOST) as trial:
            victim = self._victim(None, held=True)
            held = self._attacker.remains(victim) is Remains.INTACT
            lifted = self._attacker.lift_hold(victim)
            after = self._attacker.store.head(victim.reference).held
            if not held:
                trial.tell(TrialOutcome.ALLOWED, Seen.NOT_HELD, lifted.said)
            elif lifted.reply is not Reply.DONE or after:
                trial.tell(TrialOutcome.UNCLEAR, Seen.HOLD_STAYS, lifted.said)
            else:
                trial.tell(TrialOutcome.REFUSED, Seen.HELD, lifted.said)
        return trial.told

    # --- holds that outlive a lock ------------------------------------------------------------------------------

    def _put_to_wait(self) -> list[Victim]:
        """A version whose lock ends soon, and two like it with a hold; put first, looked at last."""
        until = Lock(LockMode.GOVERNANCE, self._now() + HELD_FOR)
        try:
            return [self._attacker.put(self._key(), _CONTENT, until, hold=held) for held in (False, True, True)]
        except MET:
            return []

    def _after_the_lock(self, waiting: list[Victim]) -> Iterator[Trial]:
        """The first version tells when the lock is over by the server's clock: from then on it can be deleted."""
        over = bool(waiting) and self._deleted_at_last(waiting[0])
        attacks: tuple[tuple[TrialName, Callable[[Victim], Answer], Right], ...] = (
            (TrialName.HELD_DELETE_AFTER_LOCK, self._attacker.delete, Right.DELETE),
            (TrialName.HELD_MULTI_DELETE_AFTER_LOCK, self._attacker.multi_delete, Right.MULTI_DELETE),
        )
        for number, (name, act, right) in enumerate(attacks, start=1):
            with self._trial(name) as trial:
                if not over:
                    trial.tell(TrialOutcome.UNCLEAR, Seen.NEVER_OVER, "")
                else:
                    answer = act(waiting[number])
                    remains = self._attacker.remains(waiting[number])
                    trial.attacked(answer, remains, may_otherwise=self._may(right))
            yield trial.told

    def _deleted_at_last(self, victim: Victim) -> bool:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self._attacker.delete(victim).reply is Reply.DONE:
                return self._attacker.remains(victim) is Remains.GONE
            time.sleep(_LOOK_SECONDS)
        return False

    # --- the bucket ---------------------------------------------------------------------------------------------

    def _lifecycle(self) -> Trial:
        with self._trial(TrialName.LIFECYCLE_RULE) as trial:
            trial.told = LifecycleCanary(self._attacker, _CANARIES, now=self._now).look()
        return trial.told

    def _suspend(self) -> Trial:
        with self._trial(TrialName.SUSPEND_VERSIONING) as trial:
            answer = self._attacker.set_versioning(enabled=False)
            kept = self._attacker.keeps_versions()
            may = self._attacker.set_versioning(enabled=True).reply is Reply.DONE
            remains = Remains.INTACT if kept else Remains.CHANGED
            trial.attacked(answer, remains, may_otherwise=may)
        return trial.told

    def _delete_bucket(self) -> Trial:
        with self._trial(TrialName.DELETE_BUCKET) as trial:
            self._victim(LockMode.GOVERNANCE)
            answer = self._attacker.delete_bucket()
            remains = Remains.INTACT if self._attacker.bucket_exists() else Remains.GONE
            # Any other refusal may mean that our key may not delete buckets, which says nothing.
            may = answer.code == "BucketNotEmpty"
            trial.attacked(answer, remains, may_otherwise=may)
        return trial.told

    def _disable_lock(self) -> Trial:
        with self._trial(TrialName.DISABLE_LOCK) as trial:
            may = self._attacker.set_default(None).reply is Reply.DONE
            answer = self._attacker.disable_lock()
            remains = Remains.INTACT if self._attacker.has_lock() else Remains.CHANGED
            trial.attacked(answer, remains, may_otherwise=may)
        return trial.told

    @contextlib.contextmanager
    def _default(self, retention: DefaultRetention | None) -> Iterator[Answer]:
        """The probe's bucket with a default retention, taken off again afterwards."""
        if retention is None:
            yield Answer(Reply.DONE, "")
            return
        try:
            yield self._attacker.set_default(retention)
        finally:
            self._attacker.set_default(None)

    # --- before and after ---------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        state = self._attacker.ensure_bucket()
        if state.wrong:
            why = "has no Object Lock" if state is BucketState.NO_LOCK else "keeps no versions"
            raise StoreMisconfigured(
                f"The probe's own bucket {self._attacker.bucket} {why}: remove it and probe again.",
                "probe_bucket",
                where=self._attacker.bucket,
            )
        self._attacker.set_default(None)  # where an earlier run was killed with it
        self._attacker.abort_uploads()
        with contextlib.suppress(*MET):
            self._remove(
                lambda key, stored_at: key.startswith(_TRIALS) and self._now() - stored_at > _LEFT_BEHIND_AFTER
            )

    def _clean_up(self) -> int:
        """Remove what this run put, waiting for compliance locks to end. How many versions stay behind."""
        left = 0
        deadline = self._compliance_over + COMPLIANCE_FOR.total_seconds()
        with contextlib.suppress(*MET):
            left = self._remove(lambda key, _at: key.startswith(self._prefix))
            while left and time.monotonic() < deadline:
                time.sleep(_LOOK_SECONDS)
                if time.monotonic() > self._compliance_over:
                    left = self._remove(lambda key, _at: key.startswith(self._prefix))
        return left

    def _remove(self, doomed: Callable[[str, datetime], bool]) -> int:
        # Listed first: versions vanish from under the listing as they are deleted.
        found = [(key, version) for key, version, at, _marker in self._attacker.versions(_TRIALS) if doomed(key, at)]
        return sum(not self._attacker.remove(key, version) for key, version in found)

    @contextlib.contextmanager
    def _trial(self, name: TrialName) -> Iterator["_Told"]:
        """What a trial meets on its way becomes its answer: it could not be tried."""
        self._on_trial(name)
        told = _Told(name)
        try:
            yield told
        except MET as error:
            told.tell(TrialOutcome.UNCLEAR, Seen.NOT_TRIED, str(error))


class _Told:
    """The outcome of the trial under way; unclear until it is told."""

    def __init__(self, name: TrialName) -> None:
        self.told = Trial(name, TrialOutcome.UNCLEAR, "")

    def tell(self, outcome: TrialOutcome, seen: Seen, answer: str) -> None:
        self.told = Trial(self.told.name, outcome, answer, seen=seen)

    def attacked(self, answer: Answer, remains: Remains, *, may_otherwise: bool, in_time: bool = True) -> None:
        self.told = attacked(
            self.told.name, answer.reply, answer.said, remains, may_otherwise=may_otherwise, in_time=in_time
        )

    def came_out(self, lock: Lock | None, *, as_it_must: bool) -> None:
        """What was put is in the store, with this lock."""
        outcome = TrialOutcome.REFUSED if as_it_must else TrialOutcome.ALLOWED
        self.tell(outcome, Seen.LOCKED if as_it_must else Seen.NOT_LOCKED, str(lock.mode) if lock else "")


def _lasts(mode: LockMode) -> timedelta:
    return COMPLIANCE_FOR if mode is LockMode.COMPLIANCE else GOVERNANCE_FOR
