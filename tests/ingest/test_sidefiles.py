"""Which file a side file belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sidefiles import main_of

VIDEO = "012345_1234567_20170722101530_0007.mp4"
MARKED = "012345_1234567_20170722101530_0007IMP.mp4"


@pytest.mark.parametrize("extension", ["xml", "XML", "log", "txt", "json", "jpg", "bmp", "thm", "mp4.xml"])
def test_side_files_of_the_same_stem(extension: str) -> None:
    side = f"012345_1234567_20170722101530_0007.{extension}"
    assert main_of(side, [side, VIDEO, "012345_1234567_20170722101530_0008.mp4"]) == VIDEO


def test_media_are_nobodys_side_files() -> None:
    assert main_of(VIDEO, [VIDEO, "012345_1234567_20170722101530_0007.xml"]) is None
    assert main_of("0007.wav", ["0007.mp4"]) is None
    assert main_of("0007.jpg", ["0007.wav", "0007.png"]) is None


def test_photograph_of_its_own_number_is_no_thumbnail() -> None:
    assert main_of("012345_1234567_20170722101545_0008.jpg", [VIDEO]) is None


def test_text_belongs_to_video_before_sound_before_picture() -> None:
    assert main_of("0007.xml", ["0007.jpg", "0007.wav", "0007.mp4"]) == "0007.mp4"
    assert main_of("0007.xml", ["0007.jpg", "0007.wav"]) == "0007.wav"
    assert main_of("0007.xml", ["0007.jpg"]) == "0007.jpg"


@pytest.mark.parametrize(
    ("side", "siblings", "main"),
    [
        ("a_0007.xml", ["a_0007IMP.mp4"], "a_0007IMP.mp4"),
        ("a_0007IMP.xml", ["a_0007.mp4"], "a_0007.mp4"),
        ("a_0007.xml", ["a_0007.mp4", "a_0007IMP.mp4"], "a_0007.mp4"),
        ("a_0007IMP.xml", ["a_0007.mp4", "a_0007IMP.mp4"], "a_0007IMP.mp4"),
        (
            "DCAM_C_000000_20260619_100324.log",
            ["DCAM_C_000000_20260619_100324_IMP_enc.mp4"],
            "DCAM_C_000000_20260619_100324_IMP_enc.mp4",
        ),
        ("shr.xml", ["shrimp.mp4"], None),
    ],
)
def test_marks_are_read_past_where_no_stem_fits_exactly(side: str, siblings: list[str], main: str | None) -> None:
    assert main_of(side, siblings) == main


def test_case_and_composition_are_read_past() -> None:
    assert main_of("clip1.xml", ["CLIP1.MP4"]) == "CLIP1.MP4"
    assert main_of("clip1.xml", ["CLIP1.MP4", "clip1.mp4"]) == "clip1.mp4"
    assert main_of("e\u0301.xml", ["\u00e9.mp4"]) == "\u00e9.mp4"


def test_equal_claims_choose_none() -> None:
    assert main_of("0007.xml", ["0007.mp4", "0007.avi"]) is None
    assert main_of("a_0007_enc.xml", ["a_0007.mp4", "a_0007IMP.mp4"]) is None


@pytest.mark.parametrize("name", ["", ".", ".xml", "xml", "noextension"])
def test_names_without_stem_or_extension_belong_to_nothing(name: str) -> None:
    assert main_of(name, [VIDEO, ".mp4", "xml.mp4", ""]) is None


NAMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["7", "8", "a7", ""]),
    st.sampled_from(["", "IMP", "_enc", "_IMP_enc"]),
    st.sampled_from([".mp4", ".MP4", ".avi", ".wav", ".jpg", ".xml", ".log", ".zip", ""]),
)


@given(NAMES, st.lists(NAMES, max_size=8))
def test_a_main_file_is_a_sibling_never_itself_and_no_side_file(name: str, siblings: list[str]) -> None:
    main = main_of(name, siblings)
    assert main == main_of(name, reversed(siblings))
    if main is not None:
        assert main in siblings
        assert main != name
        assert not main.endswith((".xml", ".log", ".zip"))
