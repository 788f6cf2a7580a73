"""The registers that come with the demonstration are registers like any other: they import without a word."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from api.demo.plan import plan_footage
from api.demo.registers import make_registers
from api.register.model import ImportReport
from catalog.register_columns import HeaderLanguage, RegisterKind

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("language", HeaderLanguage)
def test_they_import_in_their_order(
    bring_in: Callable[..., ImportReport], tmp_path: Path, language: HeaderLanguage
) -> None:
    footage = plan_footage(tmp_path / "station", started_at=datetime(2026, 6, 19, 10, tzinfo=ZONE), zone=ZONE)
    for path in make_registers(tmp_path / "registers", footage, language=language):
        report = bring_in(path)
        assert (report.errors, report.ignored) == ((), ())
        assert report.kinds == (RegisterKind(path.stem),)
        assert report.added > 0
        assert bring_in(path).unchanged == report.added
