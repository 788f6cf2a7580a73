"""The statement that decides for all recordings at once what `retention/policy.py` decides for one.

What each rule asks for becomes conditions, and the ends of periods come from a table of days that is made before: the
calendar is reckoned in one place only, and not in SQL. Words of a schedule go as parameters, never as text.

     linked      of each recording over its confirmed links: what each rule finds there, whether a person decided any
     classified  what persons said it is
     blocks      holds and open cases
     facts       of each rule: whether it applies, and when it ends
     decided     the longest end, what is missing, what blocks
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import TextClause

from catalog.repositories.evaluation_days import Days
from catalog.repositories.evaluation_dialect import Dialect
from catalog.tables.cases import ArchiveTier, CaseStatus, LinkState
from catalog.tables.retention import RetentionClass, RetentionOutcome


class Counting(StrEnum):
    """What the end of a rule depends on."""

    RECORDED = "recorded"
    CLOSED = "closed"
    CASE_FILE = "case file"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """A rule in words of the catalog. `period`: the column of the table of days; `tiers`: those of a CASE_FILE."""

    id: str
    counting: Counting
    period: int | None
    tiers: tuple[tuple[ArchiveTier, int], ...] = ()
    categories: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    linked: bool = False
    classes: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    important: bool = False

    @property
    def by_case(self) -> bool:
        return self.counting in {Counting.CLOSED, Counting.CASE_FILE}

    @property
    def by_link(self) -> bool:
        return bool(self.categories or self.stages or self.cases or self.linked)


def deciding(
    dialect: Dialect, rules: Sequence[RuleTerms], days: Days, now: datetime, *, changed_only: bool
) -> TextClause:
    """Makes the table `retention_found`. The rules stand in the order of their ids."""
    numbered = list(enumerate(rules))
    scope = _scope if changed_only else _everything
    return dialect.statement(
        f"""
        CREATE TEMPORARY TABLE retention_found {"" if dialect.sqlite else "ON COMMIT DROP"} AS
        WITH {"" if dialect.sqlite else f"{days.query(dialect)},"}
        linked AS ({_linked(dialect, numbered, scope)}),
        classified AS ({_classified(rules, scope)}),
        blocks AS ({_blocks(dialect, scope)}),
        facts AS ({_facts(dialect, numbered, scope)}),
        decided AS ({_decided(dialect, numbered)})
        {_found(dialect, numbered, now)}
        """
    )


Scope = Callable[[str], str]


def _scope(column: str) -> str:
    return f"{column} IN (SELECT recording_id FROM retention_scope)"


def _everything(_column: str) -> str:
    return "1 = 1"


def _linked(dialect: Dialect, rules: Sequence[tuple[int, RuleTerms]], scope: Scope) -> str:
    columns = ["l.recording_id AS id", "MAX(CASE WHEN l.decided_by IS NULL THEN 0 ELSE 1 END) AS by_person"]
    for number, rule in rules:
        if not (rule.by_link or rule.by_case):
            continue
        met = _met_by_link(dialect, rule)
        columns.append(f"MAX(CASE WHEN {met} THEN 1 ELSE 0 END) AS met_{number}")
        if rule.by_case:
            columns += _ends_by_case(number, rule, met)
    return f"""
        SELECT {", ".join(columns)}
        FROM case_link l JOIN "case" c ON c.id = l.case_id
        LEFT JOIN retention_day d ON d.day = {dialect.day("c.closed_at")}
        WHERE l.state = '{LinkState.CONFIRMED}' AND {scope("l.recording_id")}
        GROUP BY l.recording_id"""


def _met_by_link(dialect: Dialect, rule: RuleTerms) -> str:
    asked = (("c.category", rule.categories), ("l.stage", rule.stages), ("c.number", rule.cases))
    return " AND ".join(["1 = 1", *(dialect.among(column, words) for column, words in asked if words)])


def _ends_by_case(number: int, rule: RuleTerms, met: str) -> list[str]:
    is_open, end, unknown, never = (
        f"c.status = '{CaseStatus.OPEN}'",
        f"d.end_{rule.period}",
        "c.closed_at IS NULL",
        "1 = 0",
    )
    if rule.counting is Counting.CASE_FILE:
        never = f"c.archive_tier = '{ArchiveTier.PERMANENT}'"
        unknown = f"(c.archive_tier IS NULL OR {unknown})"
        tiers = " ".join(f"WHEN '{tier}' THEN d.end_{column}" for tier, column in rule.tiers)
        end = f"CASE c.archive_tier {tiers} END"
    else_never = f"COALESCE({never}, 1 = 0)"
    counts = f"{met} AND NOT {else_never}"
    return [
        f"MAX(CASE WHEN {met} AND {else_never} THEN 1 ELSE 0 END) AS never_{number}",
        f"MAX(CASE WHEN {counts} AND {is_open} THEN 1 ELSE 0 END) AS waits_{number}",
        f"MAX(CASE WHEN {counts} AND NOT {is_open} AND {unknown} THEN 1 ELSE 0 END) AS unknown_{number}",
        f"MAX(CASE WHEN {counts} AND NOT {is_open} THEN {end} END) AS end_{number}",
    ]


def _classified(rules: Sequence[RuleTerms], scope: Scope) -> str:
    asked = sorted({each for rule in rules for each in rule.classes})
    classes = [
        f"MAX(CASE WHEN retention_class = '{RetentionClass(each)}' THEN 1 ELSE 0 END) AS {_column(each)}"
        for each in asked
    ]
    return (
        f"SELECT {', '.join(['recording_id AS id', *classes])} FROM classification"
        f" WHERE withdrawn_at IS NULL AND {scope('recording_id')} GROUP BY recording_id"
    )


def _column(retention_class: str) -> str:
    return f"is_{retention_class.replace(' ', '_')}"


def _blocks(dialect: Dialect, scope: Scope) -> str:
    confirmed = f"l.state = '{LinkState.CONFIRMED}'"
    return f"""
        SELECT id, {dialect.blocks()} AS blocked_by FROM (
            SELECT id, code, number FROM (
                SELECT s.recording_id AS id, CAST('hold' AS VARCHAR) AS code, h.number AS number
                FROM hold_subject s JOIN hold h ON h.id = s.hold_id
                WHERE h.released_at IS NULL AND s.recording_id IS NOT NULL AND {scope("s.recording_id")}
                UNION
                SELECT l.recording_id, CAST('hold' AS VARCHAR), h.number
                FROM hold_subject s JOIN hold h ON h.id = s.hold_id
                JOIN case_link l ON l.case_id = s.case_id AND {confirmed}
                WHERE h.released_at IS NULL AND {scope("l.recording_id")}
            ) held
            UNION ALL
            SELECT l.recording_id, CAST('open_case' AS VARCHAR), c.number
            FROM case_link l JOIN "case" c ON c.id = l.case_id
            WHERE {confirmed} AND c.status = '{CaseStatus.OPEN}' AND {scope("l.recording_id")}
            ORDER BY 1, 2, 3
        ) blocking GROUP BY id"""


def _facts(dialect: Dialect, rules: Sequence[tuple[int, RuleTerms]], scope: Scope) -> str:
    columns = [
        "r.id AS id",
        "CASE WHEN r.captured_at IS NULL THEN 1 ELSE 0 END AS timeless",
        "CASE WHEN COALESCE(linked.by_person, 0) = 0 AND classified.id IS NULL THEN 1 ELSE 0 END AS unclassified",
        "blocks.blocked_by AS blocked_by",
    ]
    for number, rule in rules:
        columns += _of_rule(dialect, number, rule)
    return f"""
        SELECT {", ".join(columns)} FROM recording r
        LEFT JOIN linked ON linked.id = r.id
        LEFT JOIN classified ON classified.id = r.id
        LEFT JOIN blocks ON blocks.id = r.id
        LEFT JOIN retention_day d ON d.day = {dialect.day(f"({dialect.begins()})")}
        WHERE r.disposed_at IS NULL AND {scope("r.id")}"""


def _of_rule(dialect: Dialect, number: int, rule: RuleTerms) -> list[str]:
    asked = ["1 = 1"]
    if rule.classes:
        asked.append("(" + " OR ".join(f"classified.{_column(each)} = 1" for each in sorted(rule.classes)) + ")")
    if rule.kinds:
        asked.append(dialect.among("r.kind", rule.kinds))
    if rule.important:
        asked.append("r.important")
    if rule.by_link:
        asked.append(f"linked.met_{number} = 1")
    applies = " AND ".join(asked)

    never, waits, unknown, end = _asked_of(number, rule)

    def flag(condition: str, name: str) -> str:
        return f"CASE WHEN {applies} AND {condition} THEN 1 ELSE 0 END AS {name}_{number}"

    told = [flag("1 = 1", "applies"), flag(never, "never"), flag(waits, "waits"), flag(unknown, "unknown")]
    return [*told, f"CASE WHEN {applies} THEN {end} END AS end_{number}"] if end is not None else told


def _asked_of(number: int, rule: RuleTerms) -> tuple[str, str, str, str | None]:
    """Where a rule applies: whether it never ends, waits for a case, its end is unknown; and its end."""
    match rule.counting:
        case Counting.NEVER:
            return "1 = 1", "1 = 0", "1 = 0", None
        case Counting.RECORDED:
            return "1 = 0", "1 = 0", "1 = 0", f"d.end_{rule.period}"
        case Counting.CLOSED | Counting.CASE_FILE:
            unknown = f"(linked.unknown_{number} = 1 OR COALESCE(linked.met_{number}, 0) = 0)"
            return f"linked.never_{number} = 1", f"linked.waits_{number} = 1", unknown, f"linked.end_{number}"


def _decided(dialect: Dialect, rules: Sequence[tuple[int, RuleTerms]]) -> str:
    def any_of(name: str) -> str:
        return " + ".join([f"{name}_{number}" for number, _ in rules] or ["0"])

    ends = [f"end_{number}" for number, rule in rules if rule.counting is not Counting.NEVER]
    until = dialect.greatest(ends) if ends else "NULL"
    return f"""
        SELECT facts.*, {until} AS until, {any_of("never")} AS never, {any_of("waits")} AS waits,
        CASE WHEN unclassified = 1 OR timeless = 1 OR {any_of("applies")} = 0 OR {any_of("unknown")} > 0
            THEN 1 ELSE 0 END AS missing
        FROM facts"""


def _found(dialect: Dialect, rules: Sequence[tuple[int, RuleTerms]], now: datetime) -> str:
    def first(name: str, holds: str) -> str:
        return " ".join(
            f"WHEN {name}_{number} {holds} THEN CAST({dialect.bound(rule.id)} AS VARCHAR)"
            for number, rule in rules
            if name != "end" or rule.counting is not Counting.NEVER
        )

    def chosen(cases: str) -> str:
        return f"CASE {cases} END" if cases else "NULL"

    moment = dialect.bound(now)
    outcome = RetentionOutcome
    end = "CAST(NULL AS TIMESTAMP WITH TIME ZONE)" if not dialect.sqlite else "NULL"
    ended = "until" if any(rule.counting is not Counting.NEVER for _, rule in rules) else end
    return f"""
        SELECT id AS recording_id,
        CASE WHEN never > 0 THEN '{outcome.FOREVER}' WHEN missing = 1 THEN '{outcome.UNDECIDED}'
            WHEN blocked_by IS NOT NULL THEN '{outcome.BLOCKED}' WHEN {ended} > {moment} THEN '{outcome.KEPT}'
            ELSE '{outcome.EXPIRED}' END AS outcome,
        CASE WHEN never > 0 OR missing = 1 OR waits > 0 THEN {end} ELSE {ended} END AS expires_at,
        CASE WHEN never > 0 THEN {chosen(first("never", "= 1"))} WHEN missing = 1 THEN NULL
            WHEN waits > 0 THEN {chosen(first("waits", "= 1"))} ELSE {chosen(first("end", "= until"))} END AS rule,
        COALESCE(blocked_by, {dialect.nothing}) AS blocked_by
        FROM decided"""
