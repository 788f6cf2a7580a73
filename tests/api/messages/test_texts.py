"""Both languages say the same things, and nothing that is said anywhere is missing."""

import re
from enum import StrEnum
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

import api
from api.messages import Language, MessageIncomplete, MessageUnknown, translator
from api.messages.translator import key_of, texts_of
from api.probing import Standing
from api.reading.model import OfficerState, Status
from catalog.tables.cases import CaseStatus, Category, LinkOrigin, LinkState, Stage
from catalog.tables.custody import CustodyAction, CustodyResult
from catalog.tables.docking import SlotCondition
from catalog.tables.jobs import JobKind, JobState
from catalog.tables.recordings import RecordingKind
from catalog.tables.register import AgencyLevel
from catalog.tables.retention import ActivationState, RetentionClass, RetentionOutcome
from ingest.clock import ClockWarningCode, OffsetOrigin, TimeSource
from ingest.clock import ZoneOrigin as ClockZoneOrigin
from ingest.derive.model import DerivativeKind, ReasonCode
from ingest.fingerprint.reasons import ClipReasonCode
from ingest.matching import MatchReasonCode
from ingest.media.model import Fix, ProblemCode, ZoneOrigin
from ingest.naming.model import Doubt, NameEncoding
from ingest.reconcile_model import FindingKind, FindingState
from ingest.secure import Outcome
from ingest.slot_reason import ReasonCode as SlotReasonCode
from ingest.stability import StabilityReason
from ingest.takes import TakeReasonCode
from retention.deadlines import Promptness
from retention.policy import ReasonCode as RetentionReasonCode
from retention.policy import Unmet
from storage.model import LockMode
from storage.probe import Seen, TrialName, TrialOutcome
from storage.s3_buckets import BucketState

CODES: list[tuple[str, type[StrEnum]]] = [
    ("agency-level", AgencyLevel),
    ("case-status", CaseStatus),
    ("category", Category),
    ("cli-clip-reason", ClipReasonCode),
    ("check-immutability", Standing),
    ("cli-storage-bucket", BucketState),
    ("clock-warning", ClockWarningCode),
    ("custody-action", CustodyAction),
    ("custody-result", CustodyResult),
    ("derivative-kind", DerivativeKind),
    ("doubt", Doubt),
    ("finding", FindingKind),
    ("finding-state", FindingState),
    ("fix", Fix),
    ("job-kind", JobKind),
    ("job-state", JobState),
    ("activation-state", ActivationState),
    ("promptness", Promptness),
    ("retention-class", RetentionClass),
    ("retention-outcome", RetentionOutcome),
    ("retention-reason", RetentionReasonCode),
    ("retention-unmet", Unmet),
    ("link-origin", LinkOrigin),
    ("link-state", LinkState),
    ("lock-mode", LockMode),
    ("match-reason", MatchReasonCode),
    ("name-encoding", NameEncoding),
    ("officer-state", OfficerState),
    ("offset-origin", OffsetOrigin),
    ("outcome", Outcome),
    ("playback", ReasonCode),
    ("problem", ProblemCode),
    ("recording-kind", RecordingKind),
    ("slot-condition", SlotCondition),
    ("slot-reason", SlotReasonCode),
    ("stability", StabilityReason),
    ("stage", Stage),
    ("status", Status),
    ("take-reason", TakeReasonCode),
    ("time-origin", TimeSource),
    ("trial", TrialName),
    ("trial-outcome", TrialOutcome),
    ("trial-seen", Seen),
    ("zone-origin", ClockZoneOrigin),
    ("zone-origin", ZoneOrigin),
]
WRITTEN_BY_READING = {
    "playback": [
        "not_described",
        "unreadable",
        "nothing_to_show",
        "smaller_copy",
        "proxy_coming",
        "proxy_failed",
        "proxy_not_made",
    ],
    "status-reason": ["job_failed", "job_waiting", "job_retrying", "job_running"],
    "problem": ["disposed", "stored_bytes_differ", "stored_bytes_missing", "stored_bytes_unreadable"],
    "reasons": ["attention", "working", "disposed"],
    "criterion": ["text", "case", "officer", "device", "from", "to", "kind"],
    "officer-origin": ["name", "assignment"],
}


# Errors say their English sentence themselves, so only other languages have this file; tests/test_faults.py holds it.
FAULTS = "faults.ftl"


class _Variables(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802 - the visitor's own naming
        self.found.add(node.id.name)


class _References(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_MessageReference(self, node: ast.MessageReference) -> None:  # noqa: N802 - the visitor's own naming
        self.found.add(node.id.name)

    def visit_TermReference(self, node: ast.TermReference) -> None:  # noqa: N802 - the visitor's own naming
        self.found.add(node.id.name)


def _messages(language: Language) -> dict[str, set[str]]:
    """Key and variables of each message. A key that stands twice fails: Fluent would take the first in silence."""
    found: dict[str, set[str]] = {}
    for name, text in texts_of(language).items():
        if name == FAULTS:
            continue
        for entry in FluentParser().parse(text).body:
            assert not isinstance(entry, ast.Junk), f"{language}/{name}: {entry.content}"
            if isinstance(entry, ast.Message):
                assert entry.id.name not in found, f"{language}/{name}: {entry.id.name} stands twice"
                variables = _Variables()
                variables.visit(entry)
                found[entry.id.name] = variables.found
    return found


def test_both_languages_have_the_same_keys_and_variables() -> None:
    assert _messages(Language.CHINESE) == _messages(Language.ENGLISH)


def test_both_languages_have_the_same_files() -> None:
    assert texts_of(Language.CHINESE).keys() - {FAULTS} == texts_of(Language.ENGLISH).keys()


def test_chinese_is_chinese() -> None:
    # What is the same in both: names, abbreviations, and parts of tables that only carry a fact.
    assert re.search(r"[\u4e00-\u9fff]", translator(Language.CHINESE)("recordings"))
    chinese = [translator(Language.CHINESE).word("problem", code) for code in ProblemCode]
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in chinese)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("prefix", "codes"), [pytest.param(*each, id=f"{each[0]} {each[1].__module__}") for each in CODES]
)
def test_every_code_has_a_text(language: Language, prefix: str, codes: type[StrEnum]) -> None:
    assert [code for code in codes if not translator(language).has(key_of(prefix, code))] == []


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("prefix", WRITTEN_BY_READING)
def test_every_code_of_the_read_model_has_a_text(language: Language, prefix: str) -> None:
    missing = [code for code in WRITTEN_BY_READING[prefix] if not translator(language).has(key_of(prefix, code))]
    assert missing == []


def test_every_key_that_templates_and_code_use_exists() -> None:
    root = Path(api.__file__).parent
    used = re.compile(r"""\b(?:t|say|_say)\(\s*["']([a-z0-9-]+)["']\s*[,)]""")
    files = [*root.rglob("*.html"), *root.rglob("*.py")]
    keys = {key: file.name for file in files for key in used.findall(file.read_text("utf-8"))}
    assert len(keys) > 100
    known = _messages(Language.ENGLISH)
    assert {key: file for key, file in keys.items() if key not in known} == {}


def test_a_missing_key_or_fact_is_an_error() -> None:
    say = translator(Language.ENGLISH)
    with pytest.raises(MessageUnknown):
        say("no-such-key")
    with pytest.raises(MessageIncomplete):
        say("locked-until")


def test_a_code_of_a_later_version_is_shown_as_it_is() -> None:
    assert translator(Language.ENGLISH).word("problem", "from_the_future") == "from_the_future"


def test_texts_carry_no_invisible_marks() -> None:
    assert translator(Language.ENGLISH)("locked-until", time="2026") == "Locked until 2026"


@pytest.mark.parametrize("language", list(Language))
def test_each_text_parsed_alone_is_what_it_is_in_its_file(language: Language) -> None:
    """So a text may refer to no other: only those that are asked for are ever parsed."""
    texts = translator(language)
    for name, text in texts_of(language).items():
        for entry in FluentParser().parse(text).body:
            assert not isinstance(entry, ast.Term), f"{language}/{name}: {entry.id.name}"
            if isinstance(entry, ast.Message):
                (alone,) = FluentParser().parse(texts.source(entry.id.name)).body
                assert isinstance(alone, ast.Message)
                assert alone.equals(entry, ignored_fields=["span", "comment"]), f"{language}/{name}: {entry.id.name}"
                others = _References()
                others.visit(alone)
                assert not others.found, f"{language}/{name}: {entry.id.name} refers to {others.found}"
