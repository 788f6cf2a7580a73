"""Makes what a browser can show of a recording: proxy, poster, storyboard, waveform, smaller photos.

The way of a file, each step in the module named:

1. `plan` decides from the media description what is made and whether the recording must be re-encoded (pure).
2. `command` spells one ffmpeg process that writes everything at once; `raw` reads its pictures and times back.
3. `run` starts it under limits, and again with less where nothing came; `photos` does the same for photos.
4. `poster`, `storyboard` and `waveform` turn raw pictures and sound into the files that are kept.

What could be made is returned together with what went wrong: a damaged recording has derivatives too. The source
is only ever read. A derivative may be lost and made again; nothing here touches an original.
"""

from typing import TYPE_CHECKING, Any

from ingest.derive.model import (
    DerivationPlan,
    DerivationResult,
    DerivationSettings,
    DerivativeKind,
    MadeDerivative,
    ProxyPolicy,
    Reason,
    ReasonCode,
)
from ingest.derive.plan import plan

if TYPE_CHECKING:
    from ingest.derive.run import derive

__all__ = [
    "DerivationPlan",
    "DerivationResult",
    "DerivationSettings",
    "DerivativeKind",
    "MadeDerivative",
    "ProxyPolicy",
    "Reason",
    "ReasonCode",
    "derive",
    "plan",
]


def __getattr__(name: str) -> Any:
    """Bring in what makes derivatives, with numpy and Pillow, only where they are made: not where cards are secured."""
    if name == "derive":
        from ingest.derive.run import derive as found  # noqa: PLC0415

        return found
    raise AttributeError(name)
