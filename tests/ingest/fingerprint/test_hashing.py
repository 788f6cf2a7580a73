"""Fingerprints and their stored form."""

import numpy as np
import pytest

from ingest.fingerprint.errors import FingerprintMalformed
from ingest.fingerprint.hashing import VideoFingerprint, distances, fingerprint_frames, hash_picture

from .conftest import Recording


def test_bytes_and_back(recordings: dict[str, Recording]) -> None:
    video = recordings["street"].from_key_frames
    back = VideoFingerprint.from_bytes(video.to_bytes())
    assert np.abs(back.times_s - video.times_s).max() <= 0.0005
    assert (back.hashes == video.hashes).all()
    assert (back.quality == video.quality).all()
    assert back.to_bytes() == video.to_bytes()


def test_no_frames_are_a_fingerprint_too() -> None:
    empty = fingerprint_frames([])
    assert len(VideoFingerprint.from_bytes(empty.to_bytes())) == 0


def test_stored_bytes_that_changed_are_refused(recordings: dict[str, Recording]) -> None:
    stored = recordings["street"].from_key_frames.to_bytes()
    later_version = stored[:4] + b"\x02\x00" + stored[6:]
    flipped = stored[:50] + bytes([stored[50] ^ 1]) + stored[51:]
    for wrong in (b"", b"ZLFP", b"no fingerprint at all", later_version, flipped, stored[:-1], stored + b"\0"):
        with pytest.raises(FingerprintMalformed):
            VideoFingerprint.from_bytes(wrong)


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(FingerprintMalformed):
        VideoFingerprint(np.zeros(2), np.zeros((1, 32), np.uint8), np.zeros(2, np.uint8))


def test_a_picture_without_detail_has_no_quality() -> None:
    _, quality = hash_picture(np.full((128, 128), 16, np.uint8))
    assert quality == 0


def test_distance_counts_bits() -> None:
    first = np.zeros((2, 32), np.uint8)
    second = first.copy()
    second[1, 0] = 0b101
    assert distances(first, second).tolist() == [0, 2]
