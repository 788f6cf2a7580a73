"""Peaks of the sound, as a picture of it is drawn: the JSON of BBC audiowaveform, version 2, 8 bit, one channel."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.derive.command import SOUND_RATE

POINTS_PER_SECOND = 20
MOST_POINTS = 20_000  # wider than any screen; some 150 kB of JSON
_SAMPLE_BYTES = 2


def write_waveform(sound: Path, target: Path) -> float | None:
    """Write the peaks of 16 bit mono sound at SOUND_RATE; returns its seconds, None when there is no sound."""
    samples = sound.stat().st_size // _SAMPLE_BYTES if sound.exists() else 0
    if samples == 0:
        return None
    each = max(SOUND_RATE // POINTS_PER_SECOND, -(-samples // MOST_POINTS))
    points = _peaks(np.memmap(sound, np.int16, "r", shape=(samples,)), each)
    document = {
        "version": 2,
        "channels": 1,
        "sample_rate": SOUND_RATE,
        "samples_per_pixel": each,
        "bits": 8,
        "length": len(points) // 2,
        "data": points,
    }
    target.write_text(json.dumps(document, separators=(",", ":")), "ascii")
    return samples / SOUND_RATE


def _peaks(samples: npt.NDArray[np.int16], each: int) -> list[int]:
    """Lowest and highest of every `each` samples in turn, -128 to 127."""
    starts = np.arange(0, len(samples), each)
    pairs = np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], axis=1)
    result: list[int] = (pairs >> 8).astype(np.int8).ravel().tolist()
    return result
