"""What the documents of infra/deploy say can be followed: their links lead somewhere, their tables are computed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.deploy.ceph.apply_policies import ROLES
from infra.deploy.sizing import STANDARD, Fleet, storage_table, work_table

DEPLOY = Path("infra/deploy").resolve()
DOCUMENTS = sorted(DEPLOY.rglob("*.md"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_tables_are_what_the_program_computes() -> None:
    text = (DEPLOY / "sizing.md").read_text(encoding="utf-8")
    assert storage_table(STANDARD) in text
    assert work_table(STANDARD) in text


def test_sizing_of_one_camera_by_hand() -> None:
    """One hour a day at 8 Mbit/s is 3.6 GB; in 4+2, filled to 70 %, a thousand days of it take 7.7 TB."""
    fleet = Fleet(cameras=1, hours=1, mbit=8)
    assert fleet.day_bytes == 3.6e9
    assert round(fleet.disks(1000, 1.5) / 1e12, 1) == 7.7
    assert fleet.window_hours(1_000_000) == 1.0
    assert fleet.catalog_bytes == 6 * 8_100 + 3600 * 45


def test_sizing_runs_without_anything_installed() -> None:
    words = ["--cameras", "120", "--hours", "6", "--mbit", "6"]
    done = subprocess.run(
        [sys.executable, "-I", "-S", DEPLOY / "sizing.py", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "| 120 | 6 | 6 | 1.9 |" in done.stdout


def test_users_of_the_store_are_those_the_policies_name() -> None:
    made = (DEPLOY / "ceph/README.md").read_text(encoding="utf-8")
    named = re.search(r"for role in ([\w ]+); do", made)
    assert named is not None
    assert {*named[1].split(), "probe"} == set(ROLES)
    assert "--uid=zhilu-probe" in made
