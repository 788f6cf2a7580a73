"""Where a dock looks for cards, how many files it secures at a time, and what it does with a card that is secured."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ingest.breaker import BreakerSettings


class SlotSettings(BaseModel):
    """One slot by name: a mount point, or a port as /dev/disk/by-path names it (a pattern: `*` is anything)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    mount: str | None = Field(default=None, pattern="^/")
    port: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.mount is None) == (self.port is None):
            message = f"the slot {self.name} needs either a mount or a port"
            raise ValueError(message)
        return self


class DockSettings(BaseModel):
    """Places, limits and what follows securing. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    station: str | None = Field(default=None, description="the name of this docking station; None: [watch] station")
    slots: tuple[SlotSettings, ...] = ()
    mounts: tuple[str, ...] = Field(default=(), description="patterns such as /media/dock/*: each match is a slot")
    ports: tuple[str, ...] = Field(default=(), description="patterns of ports: each that a card is mounted from")
    plain_folders: bool = Field(default=False, description="folders that match `mounts` are slots too, mounted or not")
    name: str = Field(default="{name}", description="how slots found by a pattern are named; {name} is the last part")

    at_once: int = Field(default=4, ge=1, le=64, description="files under way at a time, in all slots together")
    at_once_per_slot: int = Field(default=2, ge=1, le=64)
    stall_seconds: float = Field(default=20.0, gt=0, description="a card that gives nothing for so long is given up on")
    slow_seconds: float = Field(default=60.0, gt=0, description="an engine that is silent for so long is told of")
    forget_seconds: float = Field(
        default=600.0, gt=0, description="a slot found by a pattern goes so long after its card"
    )
    mount_seconds: float = Field(
        default=20.0, ge=0, description="what is plugged in at a port is told of if it is not mounted for so long"
    )
    settle_seconds: float = Field(default=5.0, ge=0, description="nothing may change for so long before it is safe")
    finish_seconds: float = Field(default=30.0, ge=0, description="how long files under way may take when it is ended")
    breaker: BreakerSettings = BreakerSettings()

    erase: bool = Field(default=False, description="erase a file from the card once its receipt is kept")
    erase_requires_probe: bool = Field(
        default=True, description="erase nothing unless the last `zhilu storage probe` found the store's locks to hold"
    )
    unknown_devices: Literal["accept", "refuse"] = "accept"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [slot.name for slot in self.slots]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            message = f"two slots are named {twice}"
            raise ValueError(message)
        relative = next((pattern for pattern in self.mounts if not pattern.startswith("/")), None)
        if relative is not None:
            message = f"the pattern {relative} must begin with /"
            raise ValueError(message)
        try:
            self.name.format(name="x")
        except (KeyError, IndexError, ValueError) as error:
            message = f"{self.name!r} can hold only {{name}} in braces"
            raise ValueError(message) from error
        return self
