"""Which engines hold objects, catalog and doorbell, and how to reach them. Each is embedded unless said otherwise."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from catalog import postgresql
from retention.fixity_plan import FixitySettings
from storage.s3 import S3Settings


class StorageSettings(BaseModel):
    """Where objects lie: a folder in the home (`file`) or an S3 store with Object Lock (`s3`).

    The folder refuses uploads once fewer than `reserve_mib` would stay free.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["file", "s3"] | None = Field(default=None, description="without it: file")
    reserve_mib: int = Field(default=256, ge=0)
    s3: S3Settings | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.engine == "s3" and self.s3 is None:
            raise PydanticCustomError(
                "how_to_reach", "with the engine s3, say how to reach it: endpoint, access_key and secret_key"
            )
        if self.s3 is not None and self.engine is None:
            raise PydanticCustomError("which_engine", 'storage.s3 is given, but not storage.engine: "s3" or "file"')
        return self


class ReplicaSettings(BaseModel):
    """A second store with the same keys, which damaged recordings are repaired from: a folder or an S3 store.

    The folder is the one that holds `objects` and `incoming`, such as `objects` in the home of another Zhilu.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["file", "s3"]
    folder: Path | None = None
    s3: S3Settings | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if (self.folder if self.engine == "file" else self.s3) is None:
            raise PydanticCustomError("which_replica", "say where the replica is: its folder, or how to reach its s3")
        return self


class FixityAndReplicaSettings(FixitySettings):
    """How stored bytes are read again, and what damaged ones are repaired from."""

    replica: ReplicaSettings | None = None


class CatalogSettings(BaseModel):
    """The catalog's database: none named means SQLite in the home. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = Field(default=None, description="postgresql://user@host:port/database")
    password: SecretStr | None = Field(default=None, description="kept out of the address, as from a credentials file")
    connections: int = Field(default=8, ge=2, le=200, description="kept open by each process, as many again at need")
    statement_seconds: float = Field(default=60.0, gt=0, description="no statement may take longer")
    lock_seconds: float = Field(default=30.0, gt=0, description="no statement waits longer for a row")
    idle_seconds: float = Field(default=300.0, gt=0, description="the server ends a transaction that is silent so long")

    @field_validator("url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        scheme, separator, rest = value.get_secret_value().partition("://")
        if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
            raise PydanticCustomError(
                "no_postgresql_url",
                "it must begin with postgresql://; without it the catalog is SQLite in the home",
            )
        named = f"postgresql+psycopg://{rest}"
        try:
            postgresql.address(named)
        except ValueError:
            raise PydanticCustomError(
                "no_address",
                "it is no address, which is postgresql://user@host:port/database; in a user or a password, "
                "@ : / are written %40 %3A %2F",
            ) from None
        return SecretStr(named)

    @model_validator(mode="after")
    def _a_password_for_something(self) -> Self:
        _refuse_alone(self.url, self.password)
        return self


class DispatchSettings(BaseModel):
    """The doorbell: none named means within each process; several machines want a Redis."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = Field(default=None, description="redis://host:port/number or rediss://")
    password: SecretStr | None = None
    namespace: str = Field(
        default="zhilu", pattern=r"^[a-z0-9-]{1,40}$", description="keeps two Zhilu on one Redis apart"
    )
    ca_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        if not value.get_secret_value().startswith(("redis://", "rediss://")):
            raise PydanticCustomError("no_redis_url", "it must begin with redis:// or rediss://")
        if not _is_address(value.get_secret_value()):
            raise PydanticCustomError(
                "no_redis_address",
                "it is no address, which is redis://host:port/number; in a password, @ : / # are written "
                "%40 %3A %2F %23",
            )
        return value

    @model_validator(mode="after")
    def _a_password_for_something(self) -> Self:
        _refuse_alone(self.url, self.password)
        return self


def _refuse_alone(url: SecretStr | None, password: SecretStr | None) -> None:
    """A password without an address was meant for a server: the embedded engine must not silently take its place."""
    if password is not None and url is None:
        raise PydanticCustomError("password_alone", "a password is given, but no url")


def _is_address(url: str) -> bool:
    """Whether host, port and number of a Redis can be read from it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    number = parts.path.strip("/")
    fit = "@" not in (parts.hostname or "") and not parts.fragment
    return bool(parts.hostname) and fit and (not number or number.isdecimal())


class MetricsSettings(BaseModel):
    """Where `zhilu dock` and `zhilu work` tell Prometheus of themselves; `zhilu serve` does so on its own port."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    dock_port: int | None = Field(default=None, ge=0, le=65535)
    work_port: int | None = Field(default=None, ge=0, le=65535)
