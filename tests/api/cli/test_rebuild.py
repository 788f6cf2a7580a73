"""Losing the catalog: what `zhilu rebuild` makes of the buckets alone works as the lost one did."""

from pathlib import Path
from typing import Any

import pytest

from tests.api.cli.conftest import PHOTO, VIDEO, Zhilu, make_card
from tests.api.cli.test_on_real_engines import CASE, register
from tests.databases import migrated_postgresql  # noqa: F401 - fixtures
from tests.real_engines import RealEngines, buckets, namespace, real  # noqa: F401
from tests.storage.conftest import s3_client, s3_server  # noqa: F401

ATTENTION, USAGE = 1, 2


def at_work(zhilu: Zhilu, folder: Path) -> dict[str, str]:
    """A card taken in, a register, a link and a hold; all of it written down. Ids by name."""
    said = zhilu.lines("ingest", "--wait", make_card(folder / "card"), code=ATTENTION)
    ids = {Path(line["path"]).name: str(line["recording_id"]) for line in said}
    zhilu.lines("register", "import", *register(folder))
    zhilu("link", "add", ids[VIDEO], CASE)
    zhilu("work", "--once", code=ATTENTION if zhilu.lines("jobs", "--failed") else 0)
    return ids


def exported(zhilu: Zhilu) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All evidence, and the log."""
    lines = zhilu.lines("catalog", "export")
    return [line for line in lines if line["table"] != "custody_event"], [
        line for line in lines if line["table"] == "custody_event"
    ]


def check_works(zhilu: Zhilu, ids: dict[str, str], folder: Path, *, doctor: int = 0) -> None:
    assert {line["id"] for line in zhilu.lines("find")} == set(ids.values())
    assert zhilu.one("find", "--case", CASE)["id"] == ids[VIDEO]
    assert zhilu.one("show", ids[PHOTO])["name"] == PHOTO
    zhilu("get", ids[VIDEO], "-o", folder / "out.mp4")
    zhilu("get", ids[VIDEO], "--kind", "poster", "-o", folder / "poster.jpg")
    assert "as it was put on record" in zhilu("verify", "--all")
    assert f"{len(ids)} recordings" in zhilu("doctor", code=doctor)


def test_the_home_loses_its_catalog(zhilu: Zhilu, tmp_path: Path) -> None:
    ids = at_work(zhilu, tmp_path)
    facts, log = exported(zhilu)
    for each in zhilu.home.glob("catalog.sqlite3*"):
        each.unlink()
    *_, rehearsal = zhilu.lines("rebuild", "--dry-run")
    assert (rehearsal["rows"]["recording"], rehearsal["findings"]) == (len(ids), {})
    *_, done = zhilu.lines("rebuild")
    assert {**rehearsal, "dry_run": False, "jobs": done["jobs"]} == done
    same, longer = exported(zhilu)
    assert same == facts
    # What came after the last checkpoint, the writing of pages at the most, is lost with the catalog.
    assert longer[: done["events"]] == log[: done["events"]]
    assert longer[-1]["row"]["action"] == "rebuilt"
    check_works(zhilu, ids, tmp_path)
    assert "is not empty" in zhilu("rebuild", code=USAGE)
    zhilu("work", "--once")
    assert exported(zhilu)[0] == facts
    assert "as it was put on record" in zhilu("verify", "--all")


@pytest.mark.s3
def test_the_server_is_gone_and_the_buckets_fill_a_home(
    zhilu: Zhilu,
    real: RealEngines,  # noqa: F811 - a fixture
    tmp_path: Path,
) -> None:
    at_scale = zhilu.having(**real.settings)
    ids = at_work(at_scale, tmp_path)
    facts, _log = exported(at_scale)
    assert "is not empty" in at_scale("rebuild", code=USAGE)
    *_, done = at_scale.lines("rebuild", "--into", tmp_path / "elsewhere")
    assert done["findings"] == {}
    alone = Zhilu(tmp_path, tmp_path / "elsewhere").having(**real.store_settings)
    assert exported(alone)[0] == facts
    check_works(alone, ids, tmp_path, doctor=ATTENTION)  # these buckets were never probed
