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

    @property
    def renewal_margin(self) -> timedelta:
        """How long before its end a lock is renewed: never more than half of `days`, else a fresh one would be due."""
        return min(timedelta(days=self.renew_days_before), timedelta(days=self.days) / 2)


def first_lock(settings: LockSettings, now: datetime) -> Lock:
    """The lock that an original gets when it is stored."""
    return Lock(settings.mode, now + timedelta(days=settings.days))


def renewed_lock(settings: LockSettings, present: Lock | None, now: datetime) -> Lock | None:
    """The lock to set now, or None while the present one lasts long enough. It is never shorter, nor weaker."""
    wanted = first_lock(settings, now)
    if present is None:
        return wanted
    if present.retain_until - now > settings.renewal_margin or present.retain_until >= wanted.retain_until:
        return None
    # A lock that nobody may shorten stays one, whatever the settings have become.
    strongest = LockMode.COMPLIANCE if LockMode.COMPLIANCE in {present.mode, wanted.mode} else LockMode.GOVERNANCE
    return Lock(strongest, wanted.retain_until)
