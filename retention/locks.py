"""The locks of originals in the store: the first one, and lengthening them long before they end.

Nothing is disposed of here. A recording without a decided period never expires by itself, so its lock is renewed
for as long as nobody decided otherwise.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from storage.model import Lock, LockMode


class LockSettings(BaseModel):
    """How originals are locked.

    The default of 366 days with 92 to spare outlasts the six calendar months that 公安机关现场执法视音频记录工作规定
    Art 13 sets as the least, even if nothing renews the lock for half a year.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: LockMode = LockMode.GOVERNANCE
    days: int = Field(default=366, ge=1, le=36_600)
    renew_days_before: int = Field(default=92, ge=0, le=36_600)


def first_lock(settings: LockSettings, now: datetime) -> Lock:
    """The lock that an original gets when it is stored."""
    return Lock(settings.mode, now + timedelta(days=settings.days))


def renewed_lock(settings: LockSettings, locked_until: datetime | None, now: datetime) -> Lock | None:
    """The lock to set now, or None while the present one lasts long enough."""
    if locked_until is not None and locked_until - now > timedelta(days=settings.renew_days_before):
        return None
    wanted = first_lock(settings, now)
    return wanted if locked_until is None or wanted.retain_until > locked_until else None
