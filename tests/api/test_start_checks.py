"""What is seen to before anything is made or begun, with clocks that disagree and engines that never answer."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.checks import Check, CheckState, run_checks
from api.engine_settings import CatalogSettings, DispatchSettings, StorageSettings
from api.errors import ClocksApart, ExitCode, exit_code_of
from api.messages.faults import sentence_of
from api.messages.language import Language
from api.messages.translator import translator
from api.runtime import Part, open_runtime
from api.settings import Settings
from catalog.errors import CatalogUnavailable
from tests.databases import migrated_postgresql  # noqa: F401 - fixtures
from tests.real_engines import RealEngines, buckets, lock_by_default, namespace, no_buckets, real  # noqa: F401
from tests.storage.conftest import s3_client, s3_server  # noqa: F401

pytestmark = pytest.mark.s3


def clock_off_by(**off: float) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(**off)


@pytest.fixture
def settings(tmp_path: Path, real: RealEngines, monkeypatch: pytest.MonkeyPatch) -> Settings:  # noqa: F811
    monkeypatch.chdir(tmp_path)
    lock_by_default(real.store)
    return Settings(
        home=tmp_path / "home",
        storage=StorageSettings(engine="s3", s3=real.store),
        catalog=CatalogSettings(url=SecretStr(real.database.render_as_string(hide_password=False))),
        dispatch=DispatchSettings(url=SecretStr(real.redis_url), namespace=real.namespace),
    )


def only(settings: Settings, *engines: str) -> Settings:
    """The same settings, with all other engines embedded."""
    embedded = {"storage": StorageSettings(), "catalog": CatalogSettings(), "dispatch": DispatchSettings()}
    return settings.model_copy(update={name: embedded[name] for name in embedded.keys() - set(engines)})


@pytest.mark.parametrize("engine", ["storage", "catalog"])
@pytest.mark.parametrize(("minutes", "word"), [(16, "behind"), (-16, "ahead of")])
def test_a_clock_far_off_ends_every_start(settings: Settings, engine: str, minutes: int, word: str) -> None:
    with (
        pytest.raises(ClocksApart, match=f"16 min {word}") as told,
        open_runtime(only(settings, engine), clock=clock_off_by(minutes=minutes)),
    ):
        pass
    assert exit_code_of(told.value) is ExitCode.UNAVAILABLE
    assert "16 分钟" in sentence_of(translator(Language.CHINESE), told.value)
    assert not settings.home.exists()


def test_a_clock_a_little_off_ends_no_start(settings: Settings) -> None:
    with open_runtime(settings, clock=clock_off_by(minutes=10), part=Part.WORKS) as runtime:
        assert runtime.home.is_dir()


def states(checks: list[Check]) -> dict[str, CheckState]:
    return {check.name: check.state for check in checks}


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0, CheckState.OK), (60, CheckState.ATTENTION), (-60, CheckState.ATTENTION), (960, CheckState.UNAVAILABLE)],
)
def test_doctor_compares_the_clocks(settings: Settings, seconds: int, state: CheckState) -> None:
    found = states(run_checks(settings, clock=clock_off_by(seconds=seconds)))
    assert (found["catalog"], found["store"]) == (state, state)
    assert found["dispatch"] is CheckState.OK


def test_doctor_says_by_how_much(settings: Settings) -> None:
    found = {check.name: check for check in run_checks(settings, clock=clock_off_by(seconds=60))}
    assert found["catalog"].text == "check-catalog-clock"
    assert found["store"].text == "check-store-clock"
    assert isinstance(found["catalog"].facts["ahead"], float)
    assert found["catalog"].facts["ahead"] < -50


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts and never says anything."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield listening.getsockname()[1]


def test_doctor_waits_for_no_engine_for_ever(settings: Settings, silent: int) -> None:
    assert settings.storage.s3 is not None
    store = settings.storage.s3.model_copy(update={"endpoint": f"127.0.0.1:{silent}"})
    deaf = settings.model_copy(
        update={
            "storage": StorageSettings(engine="s3", s3=store),
            "catalog": CatalogSettings(url=SecretStr(f"postgresql+psycopg://u:p@127.0.0.1:{silent}/d")),
        }
    )
    found = {check.name: check for check in run_checks(deaf, answer_seconds=0.5)}
    assert {found[name].text for name in ("catalog", "store")} == {"check-no-answer"}
    assert found["catalog"].state is found["store"].state is CheckState.UNAVAILABLE
    assert found["dispatch"].state is CheckState.OK
    assert not settings.home.exists()


def test_a_start_that_cannot_be_made_leaves_no_connection_open(settings: Settings) -> None:
    with pytest.raises(ClocksApart), open_runtime(settings, clock=clock_off_by(hours=1)):
        pass
    away = settings.model_copy(
        update={"catalog": CatalogSettings(url=SecretStr("postgresql+psycopg://u:p@127.0.0.1:1/d"))}
    )
    with pytest.raises(CatalogUnavailable), open_runtime(away):
        pass
    assert not settings.home.exists()


def test_doctor_misses_the_default_retention_that_guards_uploads(settings: Settings) -> None:
    assert settings.storage.s3 is not None
    store = settings.storage.s3.model_copy(update={"lock_after_complete": True})
    late = settings.model_copy(update={"storage": StorageSettings(engine="s3", s3=store)})

    def told(days: int) -> Check:
        lock = late.lock.model_copy(update={"first_days": days, "days": 3660})
        found = run_checks(late.model_copy(update={"lock": lock}))
        return next(check for check in found if check.name == "store")

    assert told(366).state is CheckState.OK
    assert (told(367).state, told(367).text) == (CheckState.ATTENTION, "check-store-no-default")
    assert told(367).facts["default"] == 366
