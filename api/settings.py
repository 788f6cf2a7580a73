"""All settings in one place: each package's own small model, read from `zhilu.toml`, `ZHILU_*` and credential files.

A nested value is spelled with two underscores: `ZHILU_LOCK__DAYS=730` is `[lock] days = 730`. A secret may lie in a
file of that name in the folder that CREDENTIALS_DIRECTORY names, as systemd and container engines hand them over:
`ZHILU_STORAGE__S3__SECRET_KEY`.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from api.engine_settings import (
    CatalogSettings,
    DispatchSettings,
    FixityAndReplicaSettings,
    MetricsSettings,
    StorageSettings,
)
from api.errors import SettingsInvalid
from api.messages.language import Language, named
from api.settings_errors import first_fault, unreadable
from catalog.custody.settings import CustodySettings
from ingest.derive import DerivationSettings
from ingest.dock_settings import DockSettings
from ingest.matching import MatchingSettings
from ingest.secure import SecureSettings
from ingest.stability import StabilitySettings
from retention.calendar import CalendarSettings
from retention.disposal.settings import DisposalSettings
from retention.locks import LockSettings


class WatchSettings(BaseModel):
    """What is watched, and how often it is looked through where events cannot be trusted (seconds)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roots: tuple[Path, ...] = ()
    station: str | None = Field(default=None, description="the name of this docking station; None: that of the machine")
    rescan_seconds: float = Field(default=30.0, gt=0)


class WorkSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    threads: int = Field(default_factory=lambda: max(1, min(os.cpu_count() or 1, 8)), ge=1, le=64)
    sweep_seconds: float = Field(default=15.0, gt=0)
    lease_seconds: float = Field(default=90.0, ge=3, le=300, description="after that the job of a dead worker is due")
    patience_seconds: float = Field(
        default=30.0, ge=0, description="what running jobs are given at the end; then others begin them again"
    )


class ServeSettings(BaseModel):
    """The page and its JSON. Loopback only: there are no accounts yet, so nobody else may reach it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Literal["127.0.0.1", "::1"] = "127.0.0.1"
    port: int = Field(default=8321, ge=0, le=65535)


def _primary_tag(tag: Any) -> Any:
    """The language of a longer tag, such as zh-CN or en_GB.UTF-8; what is none stays, and is refused."""
    language = named(tag) if isinstance(tag, str) else None
    return {Language.CHINESE: "zh", Language.ENGLISH: "en"}[language] if language else tag


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="ZHILU_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    home: Path = Path("var")
    zone: str = "Asia/Shanghai"
    language: Annotated[Literal["zh", "en"] | None, BeforeValidator(_primary_tag)] = None
    naming: tuple[dict[str, Any], ...] = ()
    storage: StorageSettings = StorageSettings()
    catalog: CatalogSettings = CatalogSettings()
    dispatch: DispatchSettings = DispatchSettings()
    secure: SecureSettings = SecureSettings()
    lock: LockSettings = LockSettings()
    disposal: DisposalSettings = DisposalSettings()
    custody: CustodySettings = CustodySettings()
    fixity: FixityAndReplicaSettings = FixityAndReplicaSettings()
    watch: WatchSettings = WatchSettings()
    dock: DockSettings = DockSettings()
    stability: StabilitySettings = StabilitySettings()
    derivation: DerivationSettings = DerivationSettings()
    matching: MatchingSettings = MatchingSettings()
    calendar: CalendarSettings = CalendarSettings()
    work: WorkSettings = WorkSettings()
    serve: ServeSettings = ServeSettings()
    metrics: MetricsSettings = MetricsSettings()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            message = f"there is no time zone {value!r}"
            raise ValueError(message) from error
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        credentials = NestedSecretsSettingsSource(
            file_secret_settings,
            secrets_dir=_credentials_folder(),
            secrets_prefix="ZHILU_",
            secrets_nested_delimiter="__",
        )
        toml = TomlConfigSettingsSource(settings_cls, settings_file())
        return (init_settings, env_settings, credentials, toml)

    @property
    def time_zone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


# What else begins with ZHILU_: where settings are, how much is logged, and what tests and services are told.
_NO_SETTINGS = ("ZHILU_SETTINGS", "ZHILU_LOG", "ZHILU_CHROMIUM", "ZHILU_SERVICES", "ZHILU_REQUIRE_ENGINES")
_NO_SETTINGS_BEGIN = ("ZHILU_TEST_",)


def settings_file() -> Path:
    """The file that settings are read from, whether there is one or not."""
    return Path(os.environ.get("ZHILU_SETTINGS", "zhilu.toml"))


def _credentials_folder() -> Path | None:
    """Where systemd or a container engine puts secrets for us, one file each; None where nobody does."""
    named = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(named) if named else None


def _check_environment() -> None:
    """A misspelt variable or credentials file must not pass for one that was heeded. Raises SettingsInvalid."""
    for name, value in os.environ.items():
        if name in _NO_SETTINGS or name.startswith(_NO_SETTINGS_BEGIN):
            continue
        _check_name(name)
        if name == "ZHILU_HOME" and not value.strip():
            raise SettingsInvalid(name, "it names no folder", "no_folder")
    folder = _credentials_folder()
    if folder is None:
        return
    if not folder.is_dir():
        raise SettingsInvalid("CREDENTIALS_DIRECTORY", f"there is no folder {folder}", "no_folder")
    try:
        files = list(folder.iterdir())
    except OSError as error:
        raise SettingsInvalid("CREDENTIALS_DIRECTORY", f"{folder} cannot be read ({error.strerror})") from error
    for file in files:
        _check_name(file.name.upper())
        if file.name.upper().startswith("ZHILU_"):
            _check_readable(file)


def _check_name(name: str) -> None:
    known = name.removeprefix("ZHILU_").partition("__")[0].lower() in Settings.model_fields
    if name.startswith("ZHILU_") and not known:
        raise SettingsInvalid(name, "there is no setting of that name", "unknown")


def _check_readable(file: Path) -> None:
    try:
        file.read_text("utf-8")
    except OSError as error:
        raise SettingsInvalid(file.name, f"its credentials file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        # Not even as the cause: it carries the bytes.
        raise SettingsInvalid(file.name, "its credentials file is no UTF-8 text", "not_utf8") from None


def load_settings(**given: Any) -> Settings:
    """Read all settings; what is given here wins over the environment, and that over the file.

    Raises SettingsInvalid with one sentence for the first thing that is wrong.
    """
    named = os.environ.get("ZHILU_SETTINGS")
    if named and not Path(named).is_file():
        raise SettingsInvalid("ZHILU_SETTINGS", f"there is no file {named}", "no_file")
    _check_environment()
    try:
        return Settings(**given)
    except SettingsError as error:
        raise unreadable(error) from None
    except ValidationError as error:
        # Not as the cause either: it repeats what it was given.
        raise first_fault(Settings, error.errors()) from None
    except (OSError, ValueError) as error:
        raise SettingsInvalid("zhilu.toml", str(error)) from error
