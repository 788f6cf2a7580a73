"""infra/deploy/zhilu.example.toml names every setting there is, with a value that is one."""

import re
import tomllib
from pathlib import Path
from typing import Any, TypeGuard, get_args, get_origin

import pytest
from pydantic import BaseModel

from api.settings import Settings, load_settings
from storage.s3 import S3Settings

EXAMPLE = Path("infra/deploy/zhilu.example.toml").resolve()
UNCOMMENTED = re.sub(r"^#(?=[\[\w])", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def named_by(model: type[BaseModel], place: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Every setting of a model and of the models within it, by its way there."""
    found: set[tuple[str, ...]] = set()
    for name, field in model.model_fields.items():
        kinds = () if get_origin(field.annotation) is tuple else (field.annotation, *get_args(field.annotation))
        inner = [kind for kind in kinds if _is_model(kind)]
        found |= named_by(inner[0], (*place, name)) if inner else {(*place, name)}
    return found


def _is_model(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def ways_of(table: dict[str, Any], place: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name, value in table.items():
        found |= ways_of(value, (*place, name)) if isinstance(value, dict) else {(*place, name)}
    return found


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    (tmp_path / "empty.toml").touch()
    monkeypatch.setenv("ZHILU_SETTINGS", str(tmp_path / "empty.toml"))
    return load_settings()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """What the example says where everything in it counts."""
    (tmp_path / "zhilu.toml").write_text(UNCOMMENTED, encoding="utf-8")
    monkeypatch.setenv("ZHILU_SETTINGS", str(tmp_path / "zhilu.toml"))
    return load_settings()


def test_names_every_setting_and_no_other() -> None:
    assert ways_of(tomllib.loads(UNCOMMENTED)) == named_by(Settings)


def test_loads_as_it_is_and_changes_nothing(defaults: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHILU_SETTINGS", str(EXAMPLE))
    assert load_settings() == defaults


def test_what_is_said_to_be_the_default_is(defaults: Settings, shown: Settings) -> None:
    """Only what must be told has an example instead: places, addresses, names."""
    before, after = defaults.model_dump(mode="json"), shown.model_dump(mode="json")
    differing = {way for way in named_by(Settings) if _value(before, way) != _value(after, way)}
    assert differing - {("work", "threads")} == {
        ("home",),
        ("language",),
        ("naming",),
        ("storage", "engine"),
        *(("storage", "s3", name) for name in S3Settings.model_fields if after["storage"]["s3"][name] is not None),
        ("catalog", "url"),
        ("catalog", "password"),
        ("dispatch", "url"),
        ("dispatch", "password"),
        ("dispatch", "ca_file"),
        *(("custody", name) for name in ("key", "key_file", "name", "authorities")),
        ("fixity", "replica", "engine"),
        ("fixity", "replica", "folder"),
        *(
            ("fixity", "replica", "s3", name)
            for name in S3Settings.model_fields
            if after["storage"]["s3"][name] is not None
        ),
        ("watch", "roots"),
        ("watch", "station"),
        ("dock", "station"),
        ("dock", "mounts"),
        ("dock", "ports"),
        ("dock", "slots"),
        ("metrics", "dock_port"),
        ("metrics", "work_port"),
    }


def test_s3_is_shown_with_its_defaults(shown: Settings) -> None:
    assert shown.storage.s3 is not None
    told = {name for name, field in S3Settings.model_fields.items() if field.is_required()} | {"ca_file"}
    assert shown.fixity.replica is not None
    for store in (shown.storage.s3, shown.fixity.replica.s3):
        for name in set(S3Settings.model_fields) - told:
            assert getattr(store, name) == S3Settings.model_fields[name].default, name


def test_slots_can_be_told(shown: Settings) -> None:
    assert shown.dock.slots[0].mount == "/media/zhilu/1"


def _value(table: Any, way: tuple[str, ...]) -> Any:
    for name in way:
        table = table.get(name) if isinstance(table, dict) else None
    return table
