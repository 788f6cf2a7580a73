"""The locks of the log are lengthened long before they end, each one, by what the store itself says of them."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from catalog.custody.log_locks import LogLockRenewer, LogRenewal
from catalog.repositories import custody_log
from retention.locks import LockSettings, renewed_lock
from storage.errors import StoreUnavailable
from storage.local import LocalStore
from storage.model import Bucket, Lock

from .conftest import Log

SETTINGS = LockSettings(days=366, renew_days_before=92)


def renew(log: Log) -> LogRenewal:
    renewed = partial(renewed_lock, SETTINGS)
    margin = SETTINGS.renewal_margin
    return LogLockRenewer(log.catalog, log.store, renewed, margin=margin, clock=lambda: log.now).renew()


def ends(log: Log) -> list[datetime]:
    locks = [version.lock for version in log.store.list_versions(Bucket.CUSTODY)]
    return [lock.retain_until for lock in locks if lock is not None]


def test_over_the_years_no_lock_of_the_log_ends(log: Log) -> None:
    log.record(2)
    log.checkpoint()
    assert renew(log) == LogRenewal(objects=3, due=0, renewed=0, failed=0)
    for _ in range(60):
        log.now += SETTINGS.renewal_margin - timedelta(days=6)
        assert renew(log).failed == 0
        assert len(ends(log)) == 3
        assert min(ends(log)) >= log.now + SETTINGS.renewal_margin
    with log.catalog.reading() as session:
        assert custody_log.locks_ending_before(session, log.now + SETTINGS.renewal_margin, at_most=10) == []


def test_one_that_cannot_be_renewed_costs_no_other_its_lock(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.record(2)
    log.checkpoint()
    log.now += timedelta(days=SETTINGS.days) - SETTINGS.renewal_margin + timedelta(days=1)
    extend = LocalStore.extend_lock

    def failing(self: LocalStore, reference: object, lock: Lock) -> object:
        if str(reference).startswith("custody/segment"):
            raise StoreUnavailable("there", "it is being restarted")
        return extend(self, reference, lock)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(LocalStore, "extend_lock", failing)
        assert renew(log) == LogRenewal(objects=3, due=3, renewed=2, failed=1)
    assert renew(log) == LogRenewal(objects=3, due=1, renewed=1, failed=0)
