"""Voting, alignment and the index on made-up hashes: no media, exact expectations."""

from uuid import UUID

import numpy as np
import pytest

from ingest.fingerprint.clip import ClipFingerprint, Framing
from ingest.fingerprint.hashing import VideoFingerprint
from ingest.fingerprint.index import FingerprintIndex
from ingest.fingerprint.reasons import ClipReason, ClipReasonCode
from ingest.fingerprint.search import Certainty, Verdict, likely_shifts
from tests.ingest.fingerprint.exhaustive import search

ONE, OTHER = UUID(int=1), UUID(int=2)


def random_hashes(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 32), np.uint8)


def video(count: int, seed: int, quality: int = 100) -> VideoFingerprint:
    return VideoFingerprint(np.arange(float(count)), random_hashes(count, seed), np.full(count, quality, np.uint8))


def clip_of(source: VideoFingerprint, first: int, last: int, flipped_bits: int = 0) -> ClipFingerprint:
    """Frames `first` to `last` of a recording, each with some bits of every word flipped."""
    hashes = source.hashes[first:last].copy()
    for bit in range(flipped_bits):
        hashes[:, (bit * 8 + bit // 32) % 32] ^= np.uint8(1 << (bit // 4 % 8))
    return ClipFingerprint(np.arange(float(last - first)), source.quality[first:last], {Framing.WHOLE: hashes})


def filled(*videos: tuple[UUID, VideoFingerprint]) -> FingerprintIndex:
    index = FingerprintIndex()
    index.refresh((recording_id, each.to_bytes()) for recording_id, each in videos)
    return index


def not_comparable(count: int, of: int) -> ClipReason:
    """For a clip of ten frames, one a second."""
    return ClipReason(ClipReasonCode.NOT_COMPARABLE, {"count": count, "searched": of, "seconds": 9})


def looking_like(source: VideoFingerprint, flipped_bits: int) -> VideoFingerprint:
    """Another camera's view: every frame differs from the one of the same moment by so many bits."""
    hashes = clip_of(source, 0, len(source), flipped_bits).hashes[Framing.WHOLE]
    return VideoFingerprint(source.times_s, hashes, source.quality)


def test_index_and_exhaustive_search_agree() -> None:
    one, other = video(60, 1), video(60, 2)
    clip = clip_of(one, 20, 30)
    exhaustive = search(clip, [(ONE, one), (OTHER, other)])
    indexed = filled((ONE, one), (OTHER, other)).search(clip)
    assert exhaustive == indexed
    assert (indexed.matches[0].start_s, indexed.matches[0].end_s) == pytest.approx((20, 29), abs=0.1)
    assert indexed.matches[0].score == 1
    assert indexed.searched_recordings == 2


@pytest.mark.parametrize(("flipped", "verdict"), [(60, Verdict.FOUND), (100, Verdict.NOT_FOUND)])
def test_the_threshold_lies_between(flipped: int, verdict: Verdict) -> None:
    one = video(60, 1)
    clip = clip_of(one, 20, 30, flipped)
    differing = np.bitwise_count(clip.hashes[Framing.WHOLE] ^ one.hashes[20:30]).sum(axis=1)
    assert set(differing) == {flipped}
    assert filled((ONE, one)).search(clip).verdict is verdict
    assert search(clip, [(ONE, one)]).verdict is verdict


def test_two_frames_alike_prove_nothing() -> None:
    one = video(60, 1)
    hashes = random_hashes(10, 9)
    hashes[4:6] = one.hashes[30:32]
    clip = ClipFingerprint(np.arange(10.0), np.full(10, 100, np.uint8), {Framing.WHOLE: hashes})
    assert search(clip, [(ONE, one)]).verdict is Verdict.NOT_FOUND


def test_frames_in_another_order_prove_nothing() -> None:
    one = video(60, 1)
    shuffled = ClipFingerprint(
        np.arange(10.0), np.full(10, 100, np.uint8), {Framing.WHOLE: one.hashes[[5, 50, 12, 40, 1, 33, 22, 58, 8, 45]]}
    )
    assert filled((ONE, one)).search(shuffled).verdict is Verdict.NOT_FOUND


def test_frames_of_low_quality_are_never_matched() -> None:
    dark = video(60, 1, quality=3)
    clip = ClipFingerprint(np.arange(10.0), np.full(10, 100, np.uint8), {Framing.WHOLE: dark.hashes[20:30]})
    answer = filled((ONE, dark)).search(clip)
    assert (answer.verdict, answer.searched_recordings) == (Verdict.NOT_FOUND, 1)
    assert answer.reasons == (not_comparable(1, of=1),)
    assert answer.not_comparable == (ONE,)


def test_recordings_with_sparse_key_frames_are_said_to_be_out_of_reach() -> None:
    sparse = VideoFingerprint(np.arange(0.0, 80, 8), random_hashes(10, 6), np.full(10, 100, np.uint8))
    clip = clip_of(video(60, 1), 20, 30)
    for answer in (search(clip, [(ONE, sparse)]), filled((ONE, sparse)).search(clip)):
        assert answer.verdict is Verdict.NOT_FOUND
        assert answer.reasons == (not_comparable(1, of=1),)
        assert answer.not_comparable == (ONE,)
    assert filled((OTHER, video(60, 2))).search(clip).reasons == ()


def test_empty_clip_is_answered() -> None:
    empty = ClipFingerprint(np.empty(0), np.empty(0, np.uint8), {Framing.WHOLE: np.empty((0, 32), np.uint8)})
    answer = FingerprintIndex().search(empty)
    assert (answer.verdict, answer.reasons) == (
        Verdict.NOT_SEARCHABLE,
        (ClipReason(ClipReasonCode.NO_PICTURE),),
    )
    assert search(empty, []).verdict is Verdict.NOT_SEARCHABLE


def test_nothing_indexed_is_not_found_among_none() -> None:
    answer = FingerprintIndex().search(clip_of(video(20, 1), 0, 10))
    assert (answer.verdict, answer.searched_recordings) == (Verdict.NOT_FOUND, 0)


def test_a_recording_has_one_vote_a_frame() -> None:
    """Many clip frames that look like one frame of a recording are still one frame."""
    assert likely_shifts(np.full(50, 7.0), np.linspace(0, 0.4, 50)) == []
    assert likely_shifts(np.array([7.0, 8.0]), np.array([2.0, 3.0])) != []


def test_both_places_of_a_clip_put_together_from_one_recording_are_found() -> None:
    one = video(100, 1)
    hashes = np.concatenate([one.hashes[10:20], one.hashes[70:80]])
    clip = ClipFingerprint(np.arange(20.0), np.full(20, 100, np.uint8), {Framing.WHOLE: hashes})
    matches = filled((ONE, one)).search(clip).matches
    assert sorted(round(match.start_s) for match in matches) == [10, 70]


def test_refresh_adds_skips_replaces_and_reports() -> None:
    index = filled((ONE, video(60, 1)))
    again = index.refresh([(ONE, video(60, 1).to_bytes()), (OTHER, b"broken")])
    assert (again.added, again.unchanged, list(again.unreadable)) == (0, 1, [OTHER])
    assert (ONE in index, OTHER in index, len(index)) == (True, False, 1)
    index.refresh([(ONE, video(60, 3).to_bytes())])
    assert index.search(clip_of(video(60, 1), 5, 15)).verdict is Verdict.NOT_FOUND
    assert index.search(clip_of(video(60, 3), 5, 15)).verdict is Verdict.FOUND


def test_removed_recordings_are_not_found_while_their_neighbours_are() -> None:
    index = filled((ONE, video(60, 1)), (OTHER, video(60, 2)))
    index.remove(ONE)
    index.remove(UUID(int=99))
    assert index.search(clip_of(video(60, 1), 5, 15)).verdict is Verdict.NOT_FOUND
    assert index.search(clip_of(video(60, 2), 5, 15)).matches[0].recording_id == OTHER


def test_a_recording_larger_than_a_block_and_those_after_it() -> None:
    long, after = video(300_000, 4), video(60, 5)
    index = filled((ONE, long), (OTHER, after))
    assert index.search(clip_of(long, 280_000, 280_010)).matches[0].start_s == pytest.approx(280_000, abs=0.1)
    assert index.search(clip_of(after, 30, 40)).matches[0].recording_id == OTHER


@pytest.mark.parametrize(
    ("flipped", "certainty"), [(0, Certainty.SURE), (48, Certainty.SURE), (56, Certainty.POSSIBLE)]
)
def test_a_weak_match_is_only_possible(flipped: int, certainty: Certainty) -> None:
    one = video(60, 1)
    (match,) = filled((ONE, one)).search(clip_of(one, 20, 30, flipped)).matches
    assert match.certainty is certainty
    doubted = ClipReason(ClipReasonCode.MODERATE_LIKENESS) in match.reasons
    assert doubted is (certainty is Certainty.POSSIBLE)


def test_a_possible_match_far_behind_a_sure_one_is_left_out_and_counted() -> None:
    one = video(60, 1)
    other = looking_like(one, 60)
    clip = clip_of(one, 20, 30)
    alone = filled((OTHER, other)).search(clip)
    assert [(match.recording_id, match.certainty) for match in alone.matches] == [(OTHER, Certainty.POSSIBLE)]
    answer = search(clip, [(OTHER, other), (ONE, one)])
    assert [match.recording_id for match in answer.matches] == [ONE]
    assert answer.reasons == (ClipReason(ClipReasonCode.WEAKER_LEFT_OUT, {"count": 1}),)


def test_a_possible_match_close_behind_a_sure_one_stays_after_it() -> None:
    one = video(60, 1)
    answer = search(clip_of(one, 20, 30, 48), [(OTHER, looking_like(one, 108)), (ONE, one)])
    assert [match.certainty for match in answer.matches] == [Certainty.SURE, Certainty.POSSIBLE]
    assert answer.matches[0].recording_id == ONE
    assert answer.reasons == ()


def test_a_possible_match_of_another_stretch_of_the_clip_stays() -> None:
    one, other = video(60, 1), video(60, 2)
    hashes = np.concatenate([one.hashes[10:20], clip_of(other, 30, 42, 60).hashes[Framing.WHOLE]])
    clip = ClipFingerprint(np.arange(22.0), np.full(22, 100, np.uint8), {Framing.WHOLE: hashes})
    matches = search(clip, [(OTHER, other), (ONE, one)]).matches
    assert [(match.recording_id, match.certainty) for match in matches] == [
        (ONE, Certainty.SURE),
        (OTHER, Certainty.POSSIBLE),
    ]


def test_a_recording_out_of_reach_that_matches_nevertheless_was_compared() -> None:
    """Most of its frames lie far apart, but not those that the clip shows."""
    times = np.concatenate([np.arange(0.0, 10), np.arange(20.0, 200, 8)])
    source = VideoFingerprint(times, random_hashes(len(times), 7), np.full(len(times), 100, np.uint8))
    assert source.shortest_clip_s > 9
    answer = search(clip_of(source, 0, 10), [(ONE, source)])
    assert [match.recording_id for match in answer.matches] == [ONE]
    assert (answer.not_comparable, answer.reasons) == ((), ())
