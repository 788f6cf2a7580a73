"""How long what was approved can still be taken back."""

from pydantic import BaseModel, ConfigDict, Field

LEAST_DAYS = 7


class DisposalSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    recoverable_days: int = Field(
        default=LEAST_DAYS, ge=LEAST_DAYS, le=3650, description="days from the second approval until anything goes"
    )
    execute_seconds: float = Field(default=3600.0, gt=0, description="how often it is looked for what is due")
