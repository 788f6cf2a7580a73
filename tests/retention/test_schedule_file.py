"""Schedules are read strictly, and what is wrong is told with its line. The built-in ones are those of the domain."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.errors import ScheduleInvalid
from retention.periods import Period
from retention.schedule import CountedFrom, KeepKind
from retention.schedule_file import schedule_of
from retention.schedules import built_in
from retention.toml_lines import line_of, lines_by_path

GOOD = """\
# an agency's own
id = "own"
version = "2026-1"
name = { zh = "本机关", en = "Ours" }

[deadline]
working_days = 1
basis = { zh = "依据", en = "basis" }
verified = true

[[rule]]
id = "general"
name = { zh = "一般", en = "All" }
keep = "6 months"
basis = { zh = "依据", en = "basis" }
verified = true

[[rule]]
id = "evidence"
name.zh = "证据"
name.en = "Evidence"
keep = "2 years"
from = "case closed"
basis = { zh = "依据", en = '''
over
lines''' }
verified = false
[rule.when]
class = [
  "evidence",
  "complex",
]
category = ["penalty"]
important = true
"""


def test_a_schedule_is_what_its_file_says() -> None:
    schedule = schedule_of(GOOD, name="own.toml")
    general, evidence = schedule.rules
    assert (schedule.id, schedule.version, schedule.name.zh) == ("own", "2026-1", "本机关")
    assert schedule.deadline is not None
    assert schedule.deadline.working_days == 1
    assert (general.keep.period, general.when.none, general.basis.verified) == (Period(months=6), True, True)
    assert (evidence.keep.period, evidence.keep.counted_from) == (Period(months=24), CountedFrom.CASE_CLOSED)
    assert (evidence.when.classes, evidence.when.important) == ({"evidence", "complex"}, True)
    assert evidence.when.by_link
    assert not evidence.basis.verified


@pytest.mark.parametrize(
    ("what", "instead", "line", "said"),
    [
        ('keep = "6 months"', 'keep = "6 moons"', 14, "6 moons is no period"),
        ('keep = "6 months"', 'keep = "0 months"', 14, "0 months is no period"),
        ('keep = "6 months"', 'keep = "6 months"\nkeeps = 1', 15, "there is no key keeps here"),
        ('keep = "6 months"', 'keep = "permanent"\nfrom = "case closed"', 15, "from goes with a period only"),
        ('keep = "6 months"\n', "", 11, "the key keep is missing"),
        ('id = "evidence"', 'id = "general"', 19, "there is a rule general already"),
        ('  "complex",', '  "komplex",', 29, "must be one of"),
        ("important = true", "important = false", 34, "can only be true"),
        ("important = true", "imported = true", 34, "there is no key imported here"),
        ("verified = false", "verified = 'no'", 27, "verified must be true or false"),
        ("working_days = 1", "working_days = 1\nhours = 24", 6, "either hours or working_days"),
        ("working_days = 1", "working_days = 1.5", 7, "must be a whole number"),
        ('name.en = "Evidence"\n', "", 20, "the key en is missing"),
        ('version = "2026-1"', 'version = "2026 1"', 3, "must have the form"),
        ('[[rule]]\nid = "evidence"', '[[rule]\nid = "evidence"', 18, "it is no TOML"),
        ('id = "own"', 'id = "own"\nid = "own"', 3, "it is no TOML"),
        ("# an agency's own\n", "colour = 1\n", 1, "there is no key colour here"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(what: str, instead: str, line: int, said: str) -> None:
    assert what in GOOD
    with pytest.raises(ScheduleInvalid) as caught:
        schedule_of(GOOD.replace(what, instead, 1), name="own.toml")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"own.toml, line {line}: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "id = 'x'", "[rule]\nid = 'a'", "rule = 1", "rule = []", "[[rule]]", "= 1", "\x00"]
)
def test_whatever_a_file_holds_it_is_answered_in_one_sentence(text: str) -> None:
    with pytest.raises(ScheduleInvalid):
        schedule_of(text, name="x")


@given(st.text(max_size=200))
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    with pytest.raises(ScheduleInvalid):
        schedule_of(text, name="x")


@given(st.integers(0, len(GOOD)), st.text(max_size=3))
def test_any_small_damage_is_read_or_refused(where: int, inserted: str) -> None:
    damaged = GOOD[:where] + inserted + GOOD[where:]
    with suppress(ScheduleInvalid):
        assert schedule_of(damaged, name="x").rules


def test_lines_are_those_of_the_statements() -> None:
    lines = lines_by_path(GOOD)
    assert line_of(lines, ("rule", 1, "when", "class", 1)) == 29
    assert line_of(lines, ("rule", 1, "basis", "en")) == 24
    assert line_of(lines, ("rule", 0, "nothing")) == 11
    assert line_of(lines, ("nothing",)) == 1


def test_the_built_in_schedules_are_those_of_the_domain() -> None:
    kept = {
        name: {
            rule.id: rule.keep.period.written if rule.keep.period else str(rule.keep.kind) for rule in schedule.rules
        }
        for name, (_, schedule) in built_in().items()
    }
    assert kept == {
        "cn-guangdong-2021": {"evidence": "as case file"},
        "cn-permanent": {"permanent": "permanent"},
        "cn-police-2016": {
            "general": "6 months",
            "evidence": "permanent",
            "obstruction": "permanent",
            "major-incident": "permanent",
            "complex": "permanent",
        },
        "cn-same-as-case": {"same-as-case": "as case file"},
        "cn-yunnan-draft": {"general": "6 months", "evidence": "as case file"},
        "uk-council": {"general": "31 days", "case": "as case file"},
        "us-ca": {"general": "60 days", "evidence": "2 years"},
        "us-nj": {"general": "180 days", "evidence": "3 years"},
        "us-tx": {"general": "90 days", "case": "until adjudicated"},
    }
    assert all(name == schedule.id for name, (_, schedule) in built_in().items())


def test_the_built_in_schedules_say_what_is_verified() -> None:
    verified = {
        name for name, (_, schedule) in built_in().items() if all(rule.basis.verified for rule in schedule.rules)
    }
    assert verified == {"cn-guangdong-2021", "cn-permanent", "cn-same-as-case"}
    doubtful = {name for name, (_, schedule) in built_in().items() if not schedule.rules[0].basis.verified}
    assert doubtful == built_in().keys() - verified


def test_only_guangdong_waits_for_the_agency() -> None:
    assert [name for name, (_, schedule) in built_in().items() if schedule.lacks_default] == ["cn-guangdong-2021"]
    text, _ = built_in()["cn-guangdong-2021"]
    own = text + (
        '\n[[rule]]\nid = "general"\nname = { zh = "一般", en = "All" }\nkeep = "2 years"\n'
        'basis = { zh = "本机关规定", en = "Our own" }\nverified = true\n'
    )
    assert not schedule_of(own, name="own").lacks_default
    assert [rule.keep.kind for rule in schedule_of(own, name="own").rules] == [KeepKind.AS_CASE_FILE, KeepKind.PERIOD]
