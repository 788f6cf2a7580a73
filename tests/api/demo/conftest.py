from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.demo.footage import Footage, make_footage
from api.demo.plan import plan_footage

ZONE = ZoneInfo("Asia/Shanghai")
STARTED_AT = datetime(2026, 6, 19, 10, 3, 24, 987_000, tzinfo=ZONE)


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """The footage itself, made once; tests do not change it."""
    return make_footage(tmp_path_factory.mktemp("station"), started_at=STARTED_AT, zone=ZONE)


@pytest.fixture
def planned(tmp_path: Path) -> Footage:
    """The plan alone: nothing is written."""
    return plan_footage(tmp_path / "station", started_at=STARTED_AT, zone=ZONE)
