"""The dashboard and the alarms ask for figures that the program really tells."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest
from sqlmodel import Session

from api.metrics import DockMetrics, RenewalMetrics, RingMetrics, WorkMetrics, registry_of
from api.runtime import open_runtime, system_clock
from api.settings import DispatchSettings, Settings
from catalog.repositories import custody
from catalog.tables.custody import CustodyAction
from catalog.tables.docking import SlotCondition
from catalog.tables.jobs import JobState
from retention.renewal import Renewal

DEPLOY = Path("infra/deploy").resolve()
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/zhilu.json").read_text(encoding="utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))
PROMETHEUS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
_NAME = re.compile(r"\b(zhilu_\w+|process_\w+|python_\w+|up)\b(?:\{(?P<matchers>[^}]*)\})?")
_ENDINGS = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a process that docks, works and serves tells, as Prometheus reads it."""
    # Nobody listens there: `zhilu_redis_up` is told all the same.
    dispatch = DispatchSettings.model_validate({"url": "redis://127.0.0.1:1/0"})
    settings = Settings(home=tmp_path_factory.mktemp("home"), dispatch=dispatch)
    with open_runtime(settings) as runtime:
        with runtime.catalog.writing() as session:
            _verified(session)
        registry = registry_of(runtime)
        for counting in (DockMetrics, RingMetrics, WorkMetrics):
            counting(registry)
        RenewalMetrics(registry).on_round(Renewal(recordings=0, due=0, renewed=0, failed=0), system_clock())
        return generate_latest(registry).decode()


def _verified(session: Session) -> None:
    """As after `zhilu verify --all`: before the first, its figures are not told."""
    custody.record(
        session,
        CustodyAction.VERIFIED,
        at=system_clock(),
        actor="li",
        subject_kind="catalog",
        subject_id=None,
        contents=True,
        passed=True,
        discrepancies=0,
        unchecked=0,
    )


def told_names(told: str) -> set[str]:
    kinds = re.findall(r"^# TYPE (\S+) (\S+)$", told, flags=re.MULTILINE)
    return {name + ending for name, kind in kinds for ending in _ENDINGS[kind]}


def expressions() -> Iterator[tuple[str, str]]:
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_figure_asked_for_is_told(told: str, where: str, expression: str) -> None:
    names = {found[1] for found in _NAME.finditer(expression)}
    assert names, where
    assert names - {"up"} <= told_names(told)


@pytest.mark.parametrize(("where", "expression"), list(expressions()))
def test_every_value_matched_can_occur(told: str, where: str, expression: str) -> None:
    counted = set(re.findall(r'outcome="(\w+)"', told)) | {"done"}
    possible = {"state": {state.value for state in JobState}, "condition": {shown.value for shown in SlotCondition}}
    possible |= {"outcome": counted}
    for found in _NAME.finditer(expression):
        for label, value in re.findall(r'(\w+)="([^"]*)"', found["matchers"] or ""):
            assert value in possible[label], where


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_alarms_say_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["alert"].startswith("Zhilu")
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "action"}
    assert rule["alert"] in (DEPLOY / "README.md").read_text(encoding="utf-8")


def test_alarms_are_named_once() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))


def test_catalog_figures_are_never_summed_over_processes() -> None:
    """Every process tells what it reads from the catalog: a sum would count each recording once for each process."""
    shared = r"zhilu_(recordings|recording_bytes|jobs|jobs_due|locks_ending|intakes_failed_last_day|slots)\b"
    for where, expression in expressions():
        assert not re.search(rf"sum(?: by \([^)]*\))? \({shared}", expression), where


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_panels_have_title_unit_and_meaning(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_prometheus_asks_where_the_units_and_the_example_settings_tell() -> None:
    targets = {job["job_name"]: set(job["static_configs"][0]["targets"]) for job in PROMETHEUS["scrape_configs"]}
    example = (DEPLOY / "zhilu.example.toml").read_text(encoding="utf-8")
    assert targets["zhilu-serve"] == {"127.0.0.1:8321"}
    assert "port = 8321" in example
    assert targets["zhilu-dock"] == {"127.0.0.1:9401"}
    assert "dock_port = 9401" in example
    assert "9411" in example
    unit = (DEPLOY / "systemd/zhilu-work@.service").read_text(encoding="utf-8")
    assert "ZHILU_METRICS__WORK_PORT=941%i" in unit
    assert targets["zhilu-work"] == {f"127.0.0.1:941{number}" for number in (1, 2, 3, 4)}
    assert PROMETHEUS["rule_files"] == ["alerts.yml"]


@pytest.mark.parametrize(("command", "name"), [("rules", "alerts.yml"), ("config", "prometheus.yml")])
def test_prometheus_understands_the_files(command: str, name: str) -> None:
    beside = Path(sys.executable).with_name("promtool")
    promtool = str(beside) if beside.exists() else shutil.which("promtool")
    if promtool is None:
        sentence = "No promtool to have these files read by Prometheus itself: run `infra/setup deploy`."
        if os.environ.get("ZHILU_REQUIRE_ENGINES") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    done = subprocess.run(
        [promtool, "check", command, DEPLOY / "prometheus" / name], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
