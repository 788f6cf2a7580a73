"""Pictures to hashes: the fingerprint of a recording, and its stored form.

Each picture becomes a PDQ hash (256 bits) and PDQ's own measure of how much there was to see in it. Why PDQ, and where
the numbers come from: infra/decisions/0002-fingerprint.md.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pdqhash

from ingest.fingerprint.errors import FingerprintMalformed

HASH_BYTES: Final = 32
HASH_BITS: Final = 256
MINIMUM_QUALITY: Final = 50
"""Below this PDQ's authors advise not to trust a hash; night scenes without lamps have 0 to 2, street scenes 100."""

_MAGIC: Final = b"ZLFP"
VERSION: Final = 1
_HEADER: Final = struct.Struct("<4sHHI")  # magic, version, reserved, number of frames
_CHECK: Final = struct.Struct("<I")
_FRAME_BYTES: Final = 4 + 1 + HASH_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class VideoFingerprint:
    """What a recording looks like over time: `n` frames in order of time.

    `times_s` (n,) float64 seconds from the start of the file, `hashes` (n, 32) uint8, `quality` (n,) uint8, 0..100.
    """

    times_s: npt.NDArray[np.float64]
    hashes: npt.NDArray[np.uint8]
    quality: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        count = len(self.times_s)
        if self.hashes.shape != (count, HASH_BYTES) or self.quality.shape != (count,):
            raise FingerprintMalformed("times, hashes and quality do not belong together")

    def __len__(self) -> int:
        return len(self.times_s)

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which frames show enough to be recognised, (n,) bool."""
        return self.quality >= MINIMUM_QUALITY

    @property
    def shortest_clip_s(self) -> float:
        """Seconds a clip must last to cover three usable frames, as they mostly lie; infinite if there are fewer."""
        times = self.times_s[self.usable]
        return 2 * float(np.median(np.diff(times))) if len(times) >= 3 else float("inf")  # noqa: PLR2004 - see above

    def to_bytes(self) -> bytes:
        """Header, times in milliseconds, qualities, hashes, CRC-32: 37 bytes a frame, 133 kB an hour at 1/s."""
        milliseconds = np.round(self.times_s * 1000).astype("<i4")
        header = _HEADER.pack(_MAGIC, VERSION, 0, len(self))
        body = header + milliseconds.tobytes() + self.quality.tobytes() + self.hashes.tobytes()
        return body + _CHECK.pack(zlib.crc32(body))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote. Raises FingerprintMalformed for anything else, cut short or altered."""
        if len(stored) < _HEADER.size + _CHECK.size:
            raise FingerprintMalformed("they are too few")
        magic, version, _, count = _HEADER.unpack_from(stored)
        if magic != _MAGIC:
            raise FingerprintMalformed("they start differently")
        if version != VERSION:
            raise FingerprintMalformed(f"they are of version {version}, not {VERSION}")
        if len(stored) != _HEADER.size + count * _FRAME_BYTES + _CHECK.size:
            raise FingerprintMalformed("their number does not fit the header")
        if zlib.crc32(stored[: -_CHECK.size]) != _CHECK.unpack(stored[-_CHECK.size :])[0]:
            raise FingerprintMalformed("their checksum does not fit")
        qualities = _HEADER.size + 4 * count
        return cls(
            times_s=np.frombuffer(stored, "<i4", count, _HEADER.size) / 1000.0,
            quality=np.frombuffer(stored, np.uint8, count, qualities),
            hashes=np.frombuffer(stored, np.uint8, count * HASH_BYTES, qualities + count).reshape(count, HASH_BYTES),
        )


def fingerprint_frames(frames: Iterable[tuple[float, npt.NDArray[np.uint8]]]) -> VideoFingerprint:
    """Fingerprint pictures as `read_frames` yields them: (seconds, grey picture). None at all is a fingerprint too."""
    times: list[float] = []
    hashes: list[npt.NDArray[np.uint8]] = []
    qualities: list[int] = []
    for time_s, picture in frames:
        digest, quality = hash_picture(picture)
        times.append(time_s)
        hashes.append(digest)
        qualities.append(quality)
    return VideoFingerprint(
        times_s=np.array(times, np.float64),
        hashes=np.array(hashes, np.uint8).reshape(len(times), HASH_BYTES),
        quality=np.array(qualities, np.uint8),
    )


def hash_picture(picture: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], int]:
    """PDQ of one grey picture (height, width): the hash, (32,) uint8, and its quality, 0..100."""
    # The binding wants three colours.
    bits, quality = pdqhash.compute(np.repeat(picture[:, :, None], 3, axis=2))
    return np.packbits(bits.astype(np.bool_)), int(quality)


def distances(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Hamming distances, bits, between the last axes of two arrays of hashes (broadcast like any numpy operation)."""
    differing: npt.NDArray[np.int64] = np.bitwise_count(first ^ second).sum(axis=-1, dtype=np.int64)
    return differing
