"""The lock conformance probe against a real S3 store, and that it would notice what it is there to notice."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from minio import Minio

from storage.model import Bucket, Lock, LockMode
from storage.probe import GOVERNANCE_BYPASSES, Conformance, Remains, Reply, Seen, TrialName, TrialOutcome
from storage.s3_attacker import S3Attacker
from storage.s3_attacks import ATTACKS
from storage.s3_buckets import DefaultRetention, make_buckets
from storage.s3_lifecycle_canary import KNOWN_AFTER, LOCKED_FOR, LifecycleCanary
from storage.s3_probe import S3Probe
from storage.s3_settings import S3Settings
from tests.storage.conftest import remove_bucket, remove_buckets, with_new_prefix

pytestmark = pytest.mark.s3
CANARIES = "lifecycle/"


@pytest.fixture(scope="module")
def probed_settings(s3_server: S3Settings, s3_client: Minio) -> Iterator[S3Settings]:
    settings = with_new_prefix(s3_server)
    yield settings
    remove_buckets(s3_client, settings)
    name = S3Attacker(settings).bucket
    if s3_client.bucket_exists(name):
        remove_bucket(s3_client, name)


@pytest.fixture
def attacker(probed_settings: S3Settings) -> S3Attacker:
    attacker = S3Attacker(probed_settings)
    attacker.ensure_bucket()
    return attacker


def until(**ahead: float) -> datetime:
    return datetime.now(UTC) + timedelta(**ahead)


def outcomes(found: Conformance) -> dict[TrialName, TrialOutcome]:
    return {trial.name: trial.outcome for trial in found.trials}


@pytest.mark.slow
def test_every_trial_on_a_real_server(probed_settings: S3Settings, attacker: S3Attacker) -> None:
    begun: list[TrialName] = []
    found = S3Probe(probed_settings, on_trial=begun.append).run()
    told = outcomes(found)
    assert set(told) == set(TrialName) - {TrialName.CHANGE_ON_DISK}
    assert set(begun) == set(told)
    assert {trial.seen for trial in found.trials} & {Seen.NOT_TRIED, Seen.NO_ANSWER, Seen.LOST_LATE} == set()
    # The store carries out lifecycle rules later; whether it heeds the headers of a multipart upload is its affair.
    later = {TrialName.LIFECYCLE_RULE, TrialName.MULTIPART_HEADERS_IGNORED} | GOVERNANCE_BYPASSES
    assert {name for name, outcome in told.items() if outcome is not TrialOutcome.REFUSED} <= later
    assert not found.immutable
    assert found.left_behind == 0
    assert [key for key, *_ in attacker.versions("trials/")] == []
    if told[TrialName.MULTIPART_HEADERS_IGNORED] is TrialOutcome.ALLOWED:
        assert TrialName.MULTIPART_HEADERS_IGNORED in {trial.name for trial in found.failing}

    # Now with the default retention that `zhilu storage init` sets, and the lifecycle rule carried out.
    list(make_buckets(probed_settings, DefaultRetention(LockMode.GOVERNANCE, 1)))
    carry_out_the_rule(attacker)
    again = S3Probe(probed_settings).run()
    assert again.failing == ()
    assert again.immutable
    assert again.bypassable  # by the owner of the bucket, whose key this is


def test_what_our_own_key_may_bypass_is_not_immutable_in_governance(attacker: S3Attacker) -> None:
    lock = Lock(LockMode.GOVERNANCE, datetime.now(UTC) + timedelta(minutes=10))
    victims = [attacker.put(f"trials/{uuid.uuid4().hex}", b"x", lock) for _ in range(2)]
    attacks = {attack.name: attack for attack in ATTACKS}
    for name, victim in zip(
        (TrialName.GOVERNANCE_DELETE_BYPASS, TrialName.GOVERNANCE_MULTI_DELETE_BYPASS), victims, strict=True
    ):
        attacks[name].act(attacker, victim)
        assert attacker.remains(victim) is Remains.GONE


def carry_out_the_rule(attacker: S3Attacker) -> None:
    """What a store does that spares locked versions: overwritten ones go, as far as they can be deleted."""
    plain = [(key, version) for key, version, *_ in attacker.versions(CANARIES) if key.endswith("/plain")]
    key, version = plain[-1]  # the newest is listed first
    assert attacker.remove(key, version)


class TestLifecycleCanary:
    @pytest.fixture
    def prefix(self, area: str) -> str:
        return f"{CANARIES}{area}"

    @pytest.fixture
    def canary(self, attacker: S3Attacker, prefix: str) -> LifecycleCanary:
        return LifecycleCanary(attacker, prefix, now=lambda: datetime.now(UTC))

    def remove_old(self, attacker: S3Attacker, prefix: str, which: str) -> None:
        versions = [(key, version) for key, version, *_ in attacker.versions(prefix) if key.endswith(f"/{which}")]
        assert len(versions) == 2
        assert attacker.remove(*versions[-1])

    def test_waits_and_is_not_planted_twice(self, attacker: S3Attacker, canary: LifecycleCanary, prefix: str) -> None:
        first = canary.look()
        assert (first.outcome, first.seen) == (TrialOutcome.UNCLEAR, Seen.RULE_WAITS)
        assert first.until is not None
        assert first.until > datetime.now(UTC)
        planted = list(attacker.versions(prefix))
        assert len(planted) == 5
        assert canary.look().outcome is TrialOutcome.UNCLEAR
        assert list(attacker.versions(prefix)) == planted

    def test_a_rule_that_should_have_been_carried_out_is_not_waited_for(
        self, attacker: S3Attacker, canary: LifecycleCanary, prefix: str
    ) -> None:
        canary.look()
        later = LifecycleCanary(attacker, prefix, now=lambda: datetime.now(UTC) + KNOWN_AFTER).look()
        assert (later.outcome, later.seen, later.until) == (TrialOutcome.UNCLEAR, Seen.RULE_OVERDUE, None)

    def test_spared_while_the_other_went_is_refused(
        self, attacker: S3Attacker, canary: LifecycleCanary, prefix: str
    ) -> None:
        canary.look()
        self.remove_old(attacker, prefix, "plain")
        assert canary.look().outcome is TrialOutcome.REFUSED

    def test_removed_although_locked_is_allowed(
        self, attacker: S3Attacker, canary: LifecycleCanary, prefix: str
    ) -> None:
        canary.look()
        self.remove_old(attacker, prefix, "plain")
        self.remove_old(attacker, prefix, "locked")
        assert canary.look().outcome is TrialOutcome.ALLOWED

    def test_half_planted_says_nothing(self, attacker: S3Attacker, canary: LifecycleCanary, prefix: str) -> None:
        canary.look()
        (whole,) = [(key, version) for key, version, *_ in attacker.versions(prefix) if key.endswith("/whole")]
        attacker.remove(*whole)
        self.remove_old(attacker, prefix, "plain")
        assert canary.look().outcome is TrialOutcome.UNCLEAR

    def test_whose_lock_is_over_is_replaced(self, attacker: S3Attacker, canary: LifecycleCanary, prefix: str) -> None:
        canary.look()
        first = {key for key, *_ in attacker.versions(prefix)}
        later = LifecycleCanary(attacker, prefix, now=lambda: datetime.now(UTC) + LOCKED_FOR + timedelta(hours=1))
        assert later.look().outcome is TrialOutcome.UNCLEAR
        second = {key for key, *_ in attacker.versions(prefix)}
        assert len(second) == 3
        assert not first & second


class TestAttacker:
    """What succeeds on purpose is noticed: else a refusal would prove nothing."""

    def test_notices_a_version_that_is_gone(self, attacker: S3Attacker, area: str) -> None:
        for number, remove in enumerate((attacker.delete, attacker.multi_delete)):
            victim = attacker.put(f"{area}{number}", b"content", Lock(LockMode.GOVERNANCE, until(minutes=5)))
            assert attacker.remains(victim) is Remains.INTACT
            assert remove(victim).reply is Reply.DENIED
            assert remove(victim, bypass=True).reply is Reply.DONE
            assert attacker.remains(victim) is Remains.GONE

    def test_notices_a_lock_that_was_shortened(self, attacker: S3Attacker, area: str) -> None:
        victim = attacker.put(f"{area}a", b"content", Lock(LockMode.GOVERNANCE, until(minutes=5)))
        shorter = Lock(LockMode.GOVERNANCE, until(minutes=1))
        assert attacker.retain(victim, shorter).reply is Reply.DENIED
        assert attacker.remains(victim) is Remains.INTACT
        assert attacker.retain(victim, shorter, bypass=True).reply is Reply.DONE
        assert attacker.remains(victim) is Remains.CHANGED

    def test_notices_a_hold_that_was_lifted(self, attacker: S3Attacker, area: str) -> None:
        victim = attacker.put(f"{area}a", b"content", hold=True)
        assert attacker.remains(victim) is Remains.INTACT
        attacker.lift_hold(victim)
        assert attacker.remains(victim) is Remains.CHANGED

    def test_never_reaches_the_buckets_of_originals(self, probed_settings: S3Settings, attacker: S3Attacker) -> None:
        ours = {f"{probed_settings.bucket_prefix}-{bucket}" for bucket in Bucket}
        assert attacker.bucket not in ours
