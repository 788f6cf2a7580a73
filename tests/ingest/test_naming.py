"""What names say, and what they must not be made to say."""

import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.naming import (
    DeviceRegister,
    Doubt,
    NameEncoding,
    NamePatternInvalid,
    NameReading,
    OfficerState,
    PatternScope,
    built_in_patterns,
    compile_pattern,
    decode_name,
    identify,
    load_patterns,
)

PATTERNS = built_in_patterns()
NOBODY = DeviceRegister()


def test_pattern_a_names_officer_first() -> None:
    facts = identify("012345_1234567_20170722101530_0007IMP.mp4", PATTERNS, NOBODY)
    assert (facts.pattern, facts.officer, facts.device, facts.sequence) == ("A", "012345", "1234567", 7)
    assert facts.device_time == datetime(2017, 7, 22, 10, 15, 30)  # noqa: DTZ001
    assert (facts.important, facts.encrypted, facts.extension, facts.unconfirmed) == (True, False, "mp4", ())


@pytest.mark.parametrize("root", ["", "station 3/", "执法/音视频/"])
def test_pattern_b_reads_the_folders(root: str) -> None:
    facts = identify(f"{root}1234567/012345/20181222/20181222101010_0012IMP.mp4", PATTERNS, NOBODY)
    assert (facts.pattern, facts.device, facts.officer, facts.sequence) == ("B", "1234567", "012345", 12)
    assert facts.name.text == "20181222101010_0012IMP.mp4"


def test_pattern_c_marks_and_unassigned_officer() -> None:
    facts = identify("DCAM_CAM001_000000_20260619_100324_IMP_enc.mp4", PATTERNS, NOBODY)
    assert (facts.pattern, facts.device, facts.officer) == ("C", "CAM001", None)
    assert facts.officer_state is OfficerState.UNASSIGNED
    assert facts.important
    assert facts.encrypted
    assert facts.sequence is None


@pytest.mark.parametrize("prefix", ["DSJ_", "dsj-", "DSJ-A7_", "DSJ_2B_", "DSJX1-", "_", ""])
def test_pattern_d_prefix_never_eats_the_device(prefix: str) -> None:
    facts = identify(f"{prefix}1234567_012345_20240105083000_0001.MP4", PATTERNS, NOBODY)
    assert (facts.pattern, facts.device, facts.officer, facts.extension) == ("D", "1234567", "012345", "mp4")


def test_case_is_ignored() -> None:
    lower = identify("012345_abcdefg_20170722101530_0007imp.MP4", PATTERNS, NOBODY)
    assert (lower.pattern, lower.device, lower.important) == ("A", "abcdefg", True)
    registered = identify(
        "012345_abcdefg_20170722101530_0007.MP4", PATTERNS, DeviceRegister(frozenset({"ABCDEFG", "other"}))
    )
    assert registered.device == "ABCDEFG"


def test_lengths_settle_the_order_in_pattern_d() -> None:
    # .log is no extension of pattern A, so only D fits: the lengths still tell who is who.
    facts = identify("012345_1234567_20170722101530_0007.log", PATTERNS, NOBODY)
    assert (facts.pattern, facts.device, facts.officer, facts.unconfirmed) == ("D", "1234567", "012345", ())


@pytest.mark.parametrize(
    ("register", "device", "officer"),
    [
        (DeviceRegister(devices=frozenset({"AAAAAAAA"})), "AAAAAAAA", "BBBBBBBB"),
        (DeviceRegister(devices=frozenset({"BBBBBBBB"})), "BBBBBBBB", "AAAAAAAA"),
        (DeviceRegister(officers=frozenset({"AAAAAAAA"})), "BBBBBBBB", "AAAAAAAA"),
        (DeviceRegister(officers=frozenset({"BBBBBBBB"})), "AAAAAAAA", "BBBBBBBB"),
    ],
)
def test_register_settles_what_lengths_do_not(register: DeviceRegister, device: str, officer: str) -> None:
    facts = identify("AAAAAAAA_BBBBBBBB_20240105083000_0001.mp4", PATTERNS, register)
    assert (facts.device, facts.officer, facts.unconfirmed, facts.readings) == (device, officer, (), ())


@pytest.mark.parametrize(
    "register",
    [
        NOBODY,
        DeviceRegister(devices=frozenset({"AAAAAAAA", "BBBBBBBB"})),
        DeviceRegister(devices=frozenset({"AAAAAAAA"}), officers=frozenset({"AAAAAAAA"})),
    ],
)
def test_order_nobody_can_settle_stays_unconfirmed(register: DeviceRegister) -> None:
    facts = identify("AAAAAAAA_BBBBBBBB_20240105083000_0001.mp4", PATTERNS, register)
    assert (facts.device, facts.officer, facts.officer_state) == (None, None, OfficerState.UNKNOWN)
    assert facts.unconfirmed == (Doubt.ORDER_UNCONFIRMED,)
    assert facts.readings == (NameReading("AAAAAAAA", "BBBBBBBB"), NameReading("BBBBBBBB", "AAAAAAAA"))
    assert facts.sequence == 1


@pytest.mark.parametrize(
    "name", ["000000_AB123456_20240105083000_0001.mp4", "DSJ_AB123456_000000_20240105083000_1.mp4"]
)
def test_sign_for_unassigned_settles_the_order(name: str) -> None:
    facts = identify(name, PATTERNS, NOBODY)
    assert (facts.device, facts.officer, facts.officer_state) == ("AB123456", None, OfficerState.UNASSIGNED)


def test_register_against_lengths_is_reported() -> None:
    register = DeviceRegister(devices=frozenset({"012345"}), officers=frozenset({"1234567"}))
    facts = identify("012345_1234567_20170722101530_0007.mp4", PATTERNS, register)
    assert (facts.pattern, facts.device) == ("A", "1234567")
    assert facts.unconfirmed == (Doubt.REGISTER_DISAGREES,)


def test_two_serials_which_differ_in_case_alone_are_no_evidence() -> None:
    register = DeviceRegister(devices=frozenset({"aaaaaaaa", "AAAAAAAA"}))
    facts = identify("AAAAAAAA_BBBBBBBB_20240105083000_0001.mp4", PATTERNS, register)
    assert facts.unconfirmed == (Doubt.ORDER_UNCONFIRMED,)


def test_device_of_zeros_is_no_device() -> None:
    facts = identify("012345_0000000_20170722101530_0007.mp4", PATTERNS, NOBODY)
    assert (facts.device, facts.officer, facts.unconfirmed) == (None, "012345", (Doubt.DEVICE_UNSET,))


@pytest.mark.parametrize("written", ["20171322101530", "20170230101530", "00000000000000", "20170722246060"])
def test_impossible_times_are_unknown(written: str) -> None:
    facts = identify(f"012345_1234567_{written}_0007.mp4", PATTERNS, NOBODY)
    assert facts.device_time is None
    assert Doubt.TIME_IMPOSSIBLE in facts.unconfirmed
    assert facts.device == "1234567"


def test_milliseconds_are_kept_only_where_the_time_names_them() -> None:
    pattern = load_patterns([{"id": "stamp", "expression": r"^V(?P<ts>\d{17})\.(?P<ext>mp4)$"}])
    facts = identify("V20240105083000123.mp4", pattern, NOBODY)
    assert facts.device_time == datetime(2024, 1, 5, 8, 30, 0, 123000)  # noqa: DTZ001


@pytest.mark.parametrize("name", ["holiday.mp4", ".hidden", "noextension", "", "/", "////", "a\n.mp4"])
def test_names_of_no_pattern_stay_unknown(name: str) -> None:
    facts = identify(name, PATTERNS, NOBODY)
    assert facts.unconfirmed == (Doubt.NO_PATTERN,)
    assert (facts.pattern, facts.device, facts.officer, facts.device_time) == (None, None, None, None)


def test_trailing_line_break_and_foreign_digits_do_not_match() -> None:
    assert identify("012345_1234567_20170722101530_0007.mp4\n", PATTERNS, NOBODY).pattern is None
    assert identify("012345_1234567_２０１７0722101530_0007.mp4", PATTERNS, NOBODY).pattern is None


def test_patterns_of_the_settings_go_first_and_may_name_the_case() -> None:
    patterns = load_patterns(
        [
            {
                "id": "county",
                "expression": r"^(?P<case>[^_]+)_(?P<device>\d{7})_(?P<ts>[-\d]{10} [-\d]{8})\.(?P<ext>mp4)$",
            }
        ]
    )
    assert [pattern.id for pattern in patterns] == ["county", "A", "B", "C", "D"]
    facts = identify("维综执罚〔2026〕12号_1234567_2026-05-01 08-30-00.mp4", patterns, NOBODY)
    assert (facts.pattern, facts.case_number, facts.device) == ("county", "维综执罚〔2026〕12号", "1234567")
    assert facts.device_time == datetime(2026, 5, 1, 8, 30)  # noqa: DTZ001
    assert identify("012345_1234567_20170722101530_0007.mp4", patterns, NOBODY).pattern == "A"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"id": "x", "expression": "("}, "not a regular expression"),
        ({"id": "x", "expression": r"^(?P<devise>\d+)$"}, "unknown group 'devise'"),
        ({"id": "x", "expression": r"^\d+\.mp4$"}, "tell nothing"),
        ({"id": "x", "expression": r"^(?P<date>\d{8})$"}, "only one of date and time"),
        ({"id": "x", "expression": r"^(?P<ts>\d{14})(?P<date>\d)(?P<time>\d)$"}, "twice"),
        ({"id": "x", "expression": r"^(?P<device>\d+)$", "order": "either"}, "both device and officer"),
        ({"id": "x", "expression": r"^(?P<device>\d+)$", "matches": "folder"}, "matches is name or path"),
        ({"id": "x", "expression": r"^(?P<device>\d+)$", "regex": "y"}, "unknown key 'regex'"),
        ({"id": "x"}, "no expression"),
        ({"expression": "a"}, "no id"),
        ({"id": "A", "expression": r"^(?P<device>\d+)$"}, "same id"),
        ({"id": "x", "expression": "^(?P<device>" + "a" * 1000 + ")$"}, "longer than 1000"),
    ],
)
def test_bad_patterns_are_refused_in_one_sentence(entry: dict[str, object], says: str) -> None:
    with pytest.raises(NamePatternInvalid) as caught:
        load_patterns([entry])
    assert caught.value.pattern == entry.get("id", "")
    assert says in caught.value.why
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        r"^(?P<device>(a+)+)$",
        r"^(?P<device>(?:a|aa)*)$",
        r"^(?P<device>(?:a{1,30}){1,30})$",
        r"^.*.*.*.*(?P<device>\d)$",
        r"^(?P<device>\w+\w+\w+\w+\w+)!$",
        r"^(?P<device>\d*_?\d*_?\d*_?\d*_?\d*)!$",
        r"^(?P<device>\d*(?:x)?\d*(?:x)?\d*(?:x)?\d*)!$",
        "^(?P<device>" + "a?" * 40 + "a" * 40 + ")$",
        "^(?P<device>" + "(?:a|a)" * 40 + ")!$",
        r"^(?=.*x)(?P<device>\d+)$",
        r"(?x)^(?P<device>\d+)$",
        r"^(?P<device>\d+)(?P=device)$",
        r"^(?P<device>\d+)\1$",
        r"^\x61*(?P<device>\x61*)$",
    ],
)
def test_patterns_that_could_run_away_are_refused(expression: str) -> None:
    with pytest.raises(NamePatternInvalid):
        compile_pattern("x", expression)


@pytest.mark.parametrize(
    "expression",
    [
        r"^(?P<case>[^_]+)_(?P<device>[^_]+)_(?P<officer>[^_]+)_(?P<ts>\d+)_(?P<seq>\d+)\.(?P<ext>\w+)$",
        r"^.*_(?P<device>\d+)_.*\.(?P<ext>\w{3,4})$",
        r"^[]_-]+(?P<device>\d{5,})(?P<imp>_?IMP)?\.(?P<ext>mp4|mov)$",
    ],
)
def test_honest_patterns_are_accepted(expression: str) -> None:
    assert compile_pattern("x", expression).expression.pattern == expression


def test_accepted_patterns_give_up_on_the_worst_text() -> None:
    # No time is measured: one that ran away would not come back within this test run's life.
    pattern = compile_pattern("x", r"^.*_(?P<device>\d+)_.*\.(?P<ext>\w{3,4})$")
    assert identify("_1" * 127, [pattern], NOBODY).pattern is None


def test_overlong_names_are_held_against_no_pattern() -> None:
    pattern = compile_pattern("x", r"^(?P<device>a+)$")
    facts = identify("a" * 256, [pattern], NOBODY)
    assert facts.unconfirmed == (Doubt.NO_PATTERN, Doubt.NAME_TOO_LONG)
    assert identify("a" * 255, [pattern], NOBODY).pattern == "x"
    on_path = compile_pattern("y", r"^.*/(?P<device>a+)$", scope=PatternScope.PATH)
    assert identify("b/" * 2100 + "a", [on_path], NOBODY).pattern is None


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        ("执法记录.mp4".encode(), "执法记录.mp4", NameEncoding.UTF8),
        ("执法记录.mp4".encode("gbk"), "执法记录.mp4", NameEncoding.GB18030),
        ("é.jpg".encode(), "é.jpg", NameEncoding.UTF8),
        (unicodedata.normalize("NFD", "é가.jpg").encode(), unicodedata.normalize("NFC", "é가.jpg"), NameEncoding.UTF8),
        (b"\xff\xfe.mp4", "<0xFF><0xFE>.mp4", NameEncoding.UNDECODABLE),
        ("a\u202egpj.exe".encode(), "a<U+202E>gpj.exe", NameEncoding.UTF8),
        (b"a\nb\x00\x1b[31m", "a<U+000A>b<U+0000><U+001B>[31m", NameEncoding.UTF8),
        ("a\u200bb\u2066".encode(), "a<U+200B>b<U+2066>", NameEncoding.UTF8),
        (b"", "", NameEncoding.UTF8),
    ],
)
def test_names_are_decoded_and_their_bytes_kept(raw: bytes, text: str, encoding: NameEncoding) -> None:
    decoded = decode_name(raw)
    assert (decoded.raw, decoded.text, decoded.encoding) == (raw, text, encoding)


def test_folders_of_another_encoding_do_not_spoil_the_name() -> None:
    path = "采集站".encode("gbk") + b"/" + "音像".encode() + b"/1234567/012345/20181222/20181222101010_0012.mp4"
    assert identify(path, PATTERNS, NOBODY).device == "1234567"
    assert identify(path.decode("utf-8", "surrogateescape"), PATTERNS, NOBODY).device == "1234567"


def test_lone_surrogates_are_shown_as_bytes() -> None:
    assert identify("a\ud800.mp4", PATTERNS, NOBODY).name.text == "a<0xED><0xA0><0x80>.mp4"


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(raw: bytes) -> None:
    facts = identify(raw, PATTERNS, NOBODY)
    assert facts.name.raw == raw.rstrip(b"/").rpartition(b"/")[2]
    assert facts.name.text.isprintable()


@given(st.text(alphabet=st.characters(), max_size=100))
def test_no_text_makes_it_fail(text: str) -> None:
    assert identify(text, PATTERNS, NOBODY).name.text.isprintable()


@given(st.from_regex(PATTERNS[3].expression, fullmatch=True))
def test_whatever_fits_a_pattern_is_read_in_full_or_doubted(name: str) -> None:
    facts = identify(name, PATTERNS, NOBODY)
    assert facts.pattern is not None
    assert facts.device_time is not None or Doubt.TIME_IMPOSSIBLE in facts.unconfirmed
    assert facts.device is not None or {Doubt.ORDER_UNCONFIRMED, Doubt.DEVICE_UNSET} & set(facts.unconfirmed)
