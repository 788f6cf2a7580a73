"""Whether lifecycle rules spare locked versions: told by versions left behind for the store's own next round.

A rule takes effect when the store gets round to it, a day later or more, so one run of the probe cannot see it. Each
run leaves two keys under a rule that expires overwritten versions, one of them with its old version locked. A later run
looks: once the unlocked one was expired, the locked one tells.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from storage.model import Lock, LockMode
from storage.probe import Reply, Seen, Trial, TrialName, TrialOutcome
from storage.s3_attacker import S3Attacker

LOCKED_FOR = timedelta(days=14)
KNOWN_AFTER = timedelta(days=2)
"""A rule of one day is carried out in the store's next round after that day, of which there is one a day."""
_PLANT_AGAIN_BEFORE = timedelta(days=3)
_STAMP = "%Y%m%dT%H%M%SZ"
_LOCKED, _PLAIN, _WHOLE = "locked", "plain", "whole"
_BOTH_VERSIONS, _NEWEST_ALONE = 2, 1
# A server without lifecycle rules expires nothing by them.
_NO_RULES = {"NotImplemented", "MethodNotAllowed"}
_NO_RIGHTS = {"AccessDenied"}


class LifecycleCanary:
    """The versions left behind below `prefix` of the probe's own bucket."""

    def __init__(self, attacker: S3Attacker, prefix: str, *, now: Callable[[], datetime]) -> None:
        self._attacker, self._prefix, self._now = attacker, prefix, now

    def look(self) -> Trial:
        """What became of those of earlier runs; leave new ones where none is left for long. Raises S3's own errors."""
        answer = self._attacker.expire_noncurrent(self._prefix)
        if answer.code in _NO_RULES:
            return _told(TrialOutcome.REFUSED, Seen.NO_RULES, answer.said)
        if answer.reply is not Reply.DONE:
            known = answer.reply is Reply.DENIED and answer.code not in _NO_RIGHTS
            if known:
                return _told(TrialOutcome.REFUSED, Seen.DENIED, answer.said)
            denied = answer.reply is Reply.DENIED
            return _told(TrialOutcome.UNCLEAR, Seen.NO_RIGHT if denied else Seen.NO_ANSWER, answer.said)
        counts = Counter(key for key, _version, _at, marker in self._attacker.versions(self._prefix) if not marker)
        planted = sorted({stamp for key in counts if (stamp := self._stamp(key)) is not None})
        self._clear(planted)
        whole = [stamp for stamp in planted if counts[self._key(stamp, _WHOLE)]]
        standing = [stamp for stamp in whole if self._now() < stamp + LOCKED_FOR]
        if not standing or self._now() > standing[-1] + LOCKED_FOR - _PLANT_AGAIN_BEFORE:
            self._plant()
        return self._judge(standing, counts, answer.said)

    def _judge(self, standing: list[datetime], counts: Counter[str], said: str) -> Trial:
        carried_out = [
            (counts[self._key(stamp, _LOCKED)], stamp)
            for stamp in standing
            if counts[self._key(stamp, _PLAIN)] == _NEWEST_ALONE
        ]
        lost = [stamp for stamp in standing if counts[self._key(stamp, _LOCKED)] < _BOTH_VERSIONS]
        if lost:
            return _told(TrialOutcome.ALLOWED, Seen.RULE_REMOVED, said, since=lost[0])
        if carried_out:
            return _told(TrialOutcome.REFUSED, Seen.RULE_SPARED, said, since=carried_out[0][1])
        since = standing[0] if standing else self._now()
        until = since + KNOWN_AFTER
        if self._now() >= until:
            return _told(TrialOutcome.UNCLEAR, Seen.RULE_OVERDUE, said, since=since)
        return _told(TrialOutcome.UNCLEAR, Seen.RULE_WAITS, said, since=since, until=until)

    def _plant(self) -> None:
        stamp = self._now()
        lock = Lock(LockMode.GOVERNANCE, stamp + LOCKED_FOR)
        self._attacker.put(self._key(stamp, _LOCKED), b"old", lock)
        self._attacker.put(self._key(stamp, _LOCKED), b"new")
        self._attacker.put(self._key(stamp, _PLAIN), b"old")
        self._attacker.put(self._key(stamp, _PLAIN), b"new")
        self._attacker.put(self._key(stamp, _WHOLE), b"")  # what a killed run left half planted tells nothing

    def _clear(self, planted: list[datetime]) -> None:
        over = {stamp for stamp in planted if self._now() >= stamp + LOCKED_FOR}
        if not over:
            return
        for key, version, _at, _marker in list(self._attacker.versions(self._prefix)):
            if self._stamp(key) in over:
                self._attacker.remove(key, version)

    def _key(self, stamp: datetime, which: str) -> str:
        return f"{self._prefix}{stamp:{_STAMP}}/{which}"

    def _stamp(self, key: str) -> datetime | None:
        try:
            return datetime.strptime(key.removeprefix(self._prefix).partition("/")[0], _STAMP).replace(tzinfo=UTC)
        except ValueError:
            return None


def _told(
    outcome: TrialOutcome, seen: Seen, answer: str, since: datetime | None = None, until: datetime | None = None
) -> Trial:
    return Trial(TrialName.LIFECYCLE_RULE, outcome, answer, seen=seen, since=since, until=until)
