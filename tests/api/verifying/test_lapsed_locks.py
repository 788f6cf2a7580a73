"""A lock that came to its end because the time of its recording is over is no finding; any other that ended is one."""

from collections.abc import Sequence

from sqlalchemy import text

from api.verifying.model import Code, Tallies
from api.verifying.run import Beside, Scope, Verifier
from retention.evaluation import Evaluator
from tests.attacker import Attacker
from tests.retention.disposing import ZONE, Agency
from tests.retention.test_disposal import agency, database, migrated_postgresql, migrated_sqlite, open_catalogs


def codes(agency: Agency) -> Sequence[Code]:
    verifier = Verifier(agency.catalog, agency.store, Tallies(), Beside(zone=ZONE), now=agency.now)
    return [each.code for each in verifier.run(Scope()) if each.code in {Code.LOCK_OVER, Code.LOCK_MISSING}]


def test_a_lock_that_lapsed_because_its_time_is_over(agency: Agency) -> None:
    agency.recording(b"a")
    agency.days_go_by(10)
    assert len(agency.plan().candidates) == 1
    assert codes(agency) == []


def test_a_lock_that_ended_while_a_hold_stands(agency: Agency) -> None:
    agency.hold(agency.recording(b"a"))
    agency.days_go_by(10)
    assert codes(agency) == [Code.LOCK_OVER]


def test_a_decision_put_into_the_catalog_excuses_no_lock(agency: Agency) -> None:
    """It is a row without a seal: the facts are asked, and say that this one is to stay."""
    agency.recording(b"a", captured_at=agency.now, captured_until=agency.now, secured_at=agency.now)
    Evaluator(agency.catalog, zone=ZONE, clock=agency.clock).evaluate()
    Attacker(agency.catalog).execute("retention_decision", text("UPDATE retention_decision SET outcome = 'expired'"))
    agency.days_go_by(10)
    assert codes(agency) == [Code.LOCK_OVER]


__all__ = ["agency", "database", "migrated_postgresql", "migrated_sqlite", "open_catalogs"]
