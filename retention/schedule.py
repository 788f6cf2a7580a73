"""What a retention schedule (保管期限表) says: its rules, each with its legal basis, and until when to upload (pure).

Conditions only ever ask for something that is there, so that whatever is added to a recording can only make more rules
apply. The longest of all that apply wins; a rule without conditions applies to every recording.
"""

from dataclasses import dataclass
from enum import StrEnum

from retention.periods import Period


class KeepKind(StrEnum):
    """For how long a rule keeps."""

    PERIOD = "period"
    PERMANENT = "permanent"
    AS_CASE_FILE = "as case file"  # for as long as the file of the case is archived, counted from its closing
    UNTIL_ADJUDICATED = "until adjudicated"  # until the case is closed


class CountedFrom(StrEnum):
    RECORDED = "recorded"
    CASE_CLOSED = "case closed"


@dataclass(frozen=True, slots=True)
class Keep:
    """`period` is what a PERIOD lasts, None for the other kinds."""

    kind: KeepKind
    period: Period | None = None
    counted_from: CountedFrom = CountedFrom.RECORDED

    @property
    def begins(self) -> CountedFrom:
        """What it counts from, whatever kind it is of: the file of a case is kept from the closing of the case on."""
        return CountedFrom.CASE_CLOSED if self.by_case else self.counted_from

    @property
    def by_case(self) -> bool:
        """Whether its end depends on a case."""
        match self.kind:
            case KeepKind.AS_CASE_FILE | KeepKind.UNTIL_ADJUDICATED:
                return True
            case KeepKind.PERMANENT:
                return False
            case KeepKind.PERIOD:
                return self.counted_from is CountedFrom.CASE_CLOSED


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a recording must be for a rule to apply: all of these; of several words in one, any.

    `categories`, `stages`, `cases` and `linked` are met by one and the same confirmed link.
    """

    categories: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    linked: bool = False
    classes: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    important: bool = False

    @property
    def by_link(self) -> bool:
        return bool(self.categories or self.stages or self.cases or self.linked)

    @property
    def none(self) -> bool:
        return not (self.by_link or self.classes or self.kinds or self.important)


@dataclass(frozen=True, slots=True)
class Names:
    """The same in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a value rests on. `verified`: whether somebody has read it in the original text."""

    words: Names
    verified: bool


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    name: Names
    keep: Keep
    basis: Basis
    when: Conditions = Conditions()


@dataclass(frozen=True, slots=True)
class Deadline:
    """How soon after its end a recording must be secured: in so many hours, or by the end of so many working days."""

    basis: Basis
    hours: int | None = None
    working_days: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """One version. `default_required`: the law leaves the general period to the agency, which must set it first."""

    id: str
    version: str
    name: Names
    rules: tuple[Rule, ...]
    deadline: Deadline | None = None
    default_required: bool = False

    @property
    def lacks_default(self) -> bool:
        return self.default_required and not any(rule.when.none for rule in self.rules)
