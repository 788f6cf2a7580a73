"""Which engines hold objects, catalog and doorbell, and how to reach them. Each is embedded unless said otherwise."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from storage.s3 import S3Settings


class StorageSettings(BaseModel):
    """Where objects lie: a folder in the home (`file`) or an S3 store with Object Lock (`s3`).

    The folder refuses uploads once fewer than `reserve_mib` would stay free.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["file", "s3"] = "file"
    reserve_mib: int = Field(default=256, ge=0)
    s3: S3Settings | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.engine == "s3" and self.s3 is None:
            message = "with the engine s3, say how to reach it: endpoint, access_key and secret_key"
            raise ValueError(message)
        return self


class CatalogSettings(BaseModel):
    """The catalog's database: none named means SQLite in the home. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = Field(default=None, description="postgresql://user@host:port/database")
    password: SecretStr | None = Field(default=None, description="kept out of the address, as from a credentials file")
    connections: int = Field(default=8, ge=2, le=200, description="kept open by each process, as many again at need")
    statement_seconds: float = Field(default=60.0, gt=0, description="no statement may take longer")
    lock_seconds: float = Field(default=30.0, gt=0, description="no statement waits longer for a row")

    @field_validator("url")
    @classmethod
    def _postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        scheme, separator, rest = value.get_secret_value().partition("://")
        if separator and scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
            return SecretStr(f"postgresql+psycopg://{rest}")
        message = "it must begin with postgresql://; without it the catalog is SQLite in the home"
        raise ValueError(message)


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
        if value is None or value.get_secret_value().startswith(("redis://", "rediss://")):
            return value
        message = "it must begin with redis:// or rediss://"
        raise ValueError(message)


class MetricsSettings(BaseModel):
    """Where `zhilu dock` and `zhilu work` tell Prometheus of themselves; `zhilu serve` does so on its own port."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    dock_port: int | None = Field(default=None, ge=0, le=65535)
    work_port: int | None = Field(default=None, ge=0, le=65535)
