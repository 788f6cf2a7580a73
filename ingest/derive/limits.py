"""How long and how large ffmpeg may grow over one recording. Pure."""

from ingest.derive.model import DerivationPlan
from ingest.process import ProcessLimits

_START_S = 120.0
_BYTES_PER_SECOND = 1_000_000  # of a slow disk, for files whose duration nobody knows
_SLOWEST = 8.0  # seconds of work a second of 1080p: a loaded two-core machine takes less than one
_FULL_HD = 1920 * 1080
_LONGEST_S = 24 * 3600.0
_BASE_BYTES = 1024**3
# Reference and lookahead frames of decoder and encoder, up to 10 bit; measured below a third of this.
_BYTES_PER_PIXEL = 160


def limits(plan: DerivationPlan, size: int) -> ProcessLimits:
    """Limits that grow with duration, picture and file `size` in bytes, and stay bounded."""
    weight = max(1.0, plan.pixels / _FULL_HD)
    seconds = _START_S + size / _BYTES_PER_SECOND + (plan.duration_s or 0.0) * _SLOWEST * weight
    return ProcessLimits(
        seconds=min(seconds, _LONGEST_S),
        memory_bytes=_BASE_BYTES + plan.pixels * _BYTES_PER_PIXEL,
    )
