"""How the custody log is signed, stamped and kept."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class AuthoritySettings(BaseModel):
    """A time-stamping authority (RFC 3161): its name here, where it is asked, the certificates it is believed by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    url: str = Field(pattern=r"^https?://")
    ca_file: Path


class CustodySettings(BaseModel):
    """The key is `custody/log-key` in the home, made on the first run, unless it is named here. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr | None = Field(default=None, description="the key itself, as from a credentials file")
    key_file: Path | None = Field(default=None, description="where it is, instead of in the home")
    name: str | None = Field(
        default=None, pattern=r"^[^\s+]{1,200}$", description="of a log that is yet to begin; else zhilu/ and 8 digits"
    )
    checkpoint_seconds: float = Field(default=60.0, gt=0, description="a tree that grew is signed so often")
    lock_days: int = Field(default=366, ge=1, le=36_600, description="of what lies in the bucket; renewed as originals")
    stamp_seconds: float = Field(default=3600.0, gt=0, description="an authority stamps at most so often")
    authorities: tuple[AuthoritySettings, ...] = ()
