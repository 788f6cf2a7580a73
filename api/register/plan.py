"""Deciding what an import would write: pure, from the entries of the file and the register as it stands.

1. Give every key of the file its row: the registered one, or a new one. 2. Follow the references. 3. Hold the register
as it would stand against its rules. 4. Compare: what is added, what is changed, what stays.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from api.register.agency_tree import AgencyNode, by_level, check_tree
from api.register.assignment_periods import Period, check_periods
from api.register.device_codes import check_device_codes
from api.register.entries import Entry
from api.register.model import KindCounts
from api.register.problems import LineError, Problem, ProblemCode
from api.register.similar import SimilarKeys
from catalog.register_columns import RegisterKind
from catalog.repositories.register import KnownRow
from catalog.tables.cases import CaseStatus

Known = Mapping[RegisterKind, Mapping[Any, KnownRow]]

# The natural key of each register that has one in a single column.
KEY_COLUMNS: Final = {
    RegisterKind.AGENCIES: "code",
    RegisterKind.OFFICERS: "certificate_number",
    RegisterKind.DEVICES: "serial",
    RegisterKind.CASES: "number",
    RegisterKind.ACTIVITIES: "number",
}
_LOOKED_UP_WHOLE: Final = (RegisterKind.AGENCIES, RegisterKind.OFFICERS, RegisterKind.DEVICES)
# Columns that name a row of a register: where, and the column of the table that holds its id.
_REFERENCES: Final[Mapping[tuple[RegisterKind, str], tuple[RegisterKind, str]]] = {
    (RegisterKind.AGENCIES, "parent_code"): (RegisterKind.AGENCIES, "parent_id"),
    (RegisterKind.OFFICERS, "agency_code"): (RegisterKind.AGENCIES, "agency_id"),
    (RegisterKind.DEVICES, "agency_code"): (RegisterKind.AGENCIES, "agency_id"),
    (RegisterKind.ASSIGNMENTS, "device_serial"): (RegisterKind.DEVICES, "device_id"),
    (RegisterKind.ASSIGNMENTS, "certificate_number"): (RegisterKind.OFFICERS, "officer_id"),
    (RegisterKind.CASES, "agency_code"): (RegisterKind.AGENCIES, "agency_id"),
    (RegisterKind.ACTIVITIES, "agency_code"): (RegisterKind.AGENCIES, "agency_id"),
    (RegisterKind.ACTIVITIES, "case_number"): (RegisterKind.CASES, "case_id"),
}
_RENAMED: Final = {(RegisterKind.ASSIGNMENTS, "from"): "starts_at", (RegisterKind.ASSIGNMENTS, "to"): "ends_at"}
_UNKNOWN: Final = {
    RegisterKind.AGENCIES: ProblemCode.AGENCY_UNKNOWN,
    RegisterKind.OFFICERS: ProblemCode.OFFICER_UNKNOWN,
    RegisterKind.DEVICES: ProblemCode.DEVICE_UNKNOWN,
    RegisterKind.CASES: ProblemCode.CASE_UNKNOWN,
}
_WHEN_NEW: Final[Mapping[RegisterKind, Mapping[str, Any]]] = {
    RegisterKind.AGENCIES: {"parent_id": None},
    RegisterKind.OFFICERS: {"device_code": None},
    RegisterKind.DEVICES: {"model": None, "agency_id": None},
    RegisterKind.ASSIGNMENTS: {"ends_at": None},
    RegisterKind.CASES: {"cause": "", "agency_id": None, "status": CaseStatus.OPEN, "closed_at": None},
    RegisterKind.ACTIVITIES: {"case_id": None, "agency_id": None, "place": ""},
}


@dataclass(frozen=True, slots=True)
class Changes:
    """What to write to one register, as rows by the names of the table's columns, in the order to write them."""

    kind: RegisterKind
    added: Sequence[Mapping[str, Any]]
    changed: Sequence[Mapping[str, Any]]
    unchanged: int

    @property
    def counts(self) -> KindCounts:
        return KindCounts(self.kind, len(self.added), len(self.changed), self.unchanged)


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes, in the order in which rows refer to each other; none if there is any error."""

    changes: tuple[Changes, ...]
    errors: tuple[LineError, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """An entry with its references followed: the table's columns as far as the file says them."""

    entry: Entry
    id: UUID
    key: Hashable
    facts: Mapping[str, Any]


def plan_import(
    entries: Sequence[Entry],
    known: Known,
    *,
    errors: Sequence[LineError],
    zone: ZoneInfo,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Plan:
    """Decide what to write. `known` holds all agencies, officers and devices, and of the others what is concerned.

    `errors` are those found while reading: with any of them nothing is written, but the rules are still checked.
    """
    planning = _Planning(known, zone, new_id, list(errors))
    planning.declare(entries)
    resolved = [each for entry in entries if (each := planning.resolve(entry))]
    planning.check(resolved)
    if planning.errors:
        return Plan((), tuple(planning.errors))
    by_kind = {kind: [each for each in resolved if each.entry.kind is kind] for kind in RegisterKind}
    named = {entry.kind for entry in entries}
    return Plan(tuple(_changes(kind, by_kind[kind], known, now) for kind in RegisterKind if kind in named), ())


def known_after(known: Known, plan: Plan) -> Known:
    """The register as it stands once a plan is written; `known` is left as it is."""
    after = {kind: dict(rows) for kind, rows in known.items()}
    for changes in plan.changes:
        rows = after.setdefault(changes.kind, {})
        for facts in (*changes.added, *changes.changed):
            rows[_key_of(changes.kind, facts)] = KnownRow(facts["id"], facts)
    return after


def _key_of(kind: RegisterKind, facts: Mapping[str, Any]) -> Hashable:
    column = KEY_COLUMNS.get(kind)
    key: Hashable = facts[column] if column else (facts["device_id"], facts["officer_id"], facts["starts_at"])
    return key


@dataclass(slots=True)
class _Planning:
    known: Known
    zone: ZoneInfo
    new_id: Callable[[], UUID]
    errors: list[LineError]
    ids: dict[RegisterKind, dict[Any, UUID]] = field(default_factory=dict)
    _first: dict[tuple[RegisterKind, Hashable], Entry] = field(default_factory=dict)
    _similar: dict[RegisterKind, SimilarKeys] = field(default_factory=dict)

    # --- 1. keys ---

    def declare(self, entries: Iterable[Entry]) -> None:
        """Know every key of the file, those of rows with other mistakes too: they are no reason for more errors."""
        for kind in KEY_COLUMNS:
            self.ids[kind] = {key: row.id for key, row in self.known.get(kind, {}).items()}
        for entry in entries:
            column = KEY_COLUMNS.get(entry.kind)
            key = entry.values.get(column) if column else None
            if key is None or column is None:
                continue
            if key not in self.ids[entry.kind]:
                self.ids[entry.kind][key] = self.new_id()
            self._once(entry, key, column)
        self._tell_apart()

    def _tell_apart(self) -> None:
        """Refuse new keys that differ from others only in what a spreadsheet or a hurried hand does to them."""
        for kind in _LOOKED_UP_WHOLE:
            self._similar[kind] = SimilarKeys(self.ids[kind])
        for (kind, key), entry in self._first.items():
            if kind in self._similar and key not in self.known.get(kind, {}):
                self._report(entry, KEY_COLUMNS[kind], self._similar[kind].confused(str(key)))

    def _once(self, entry: Entry, key: Hashable, column: str) -> None:
        first = self._first.setdefault((entry.kind, key), entry)
        if first is not entry:
            self._report(entry, column, Problem(ProblemCode.TWICE_IN_FILE, entry.elsewhere(first)))

    # --- 2. references ---

    def resolve(self, entry: Entry) -> Resolved | None:
        """Follow the references of an entry; None if it has no usable key."""
        facts: dict[str, Any] = {}
        for column, value in entry.values.items():
            reference = _REFERENCES.get((entry.kind, column))
            if column == "officers":
                found = [self._id_of(entry, column, RegisterKind.OFFICERS, each) for each in value]
                facts["officer_ids"] = frozenset(each for each in found if each)
            elif reference is None:
                facts[_RENAMED.get((entry.kind, column), column)] = value
            elif value is None:
                facts[reference[1]] = None
            else:
                facts[reference[1]] = self._id_of(entry, column, reference[0], value)
        key = self._key(entry, facts)
        if key is None:
            return None
        ids = self.ids.get(entry.kind)
        return Resolved(entry, ids[key] if ids else self.new_id(), key, facts)

    def _id_of(self, entry: Entry, column: str, kind: RegisterKind, key: str) -> UUID | None:
        found = self.ids[kind].get(key)
        if found is None:
            confused = self._similar[kind].confused(key) if kind in self._similar else None
            self._report(entry, column, confused or Problem(_UNKNOWN[kind], {"value": key}))
        return found

    def _key(self, entry: Entry, facts: Mapping[str, Any]) -> Hashable:
        column = KEY_COLUMNS.get(entry.kind)
        if column:
            return entry.values.get(column)
        parts = (facts.get("device_id"), facts.get("officer_id"), facts.get("starts_at"))
        if None in parts:
            return None
        self._once(entry, parts, "device_serial")
        return parts

    # --- 3. rules ---

    def check(self, resolved: Sequence[Resolved]) -> None:
        """Hold the register as it would stand against its rules."""
        kinds = {each.entry.kind for each in resolved}
        if RegisterKind.AGENCIES in kinds:
            self.errors.extend(check_tree(self._tree(resolved)))
        if RegisterKind.OFFICERS in kinds:
            self.errors.extend(check_device_codes(self._codes(resolved)))
        if RegisterKind.ASSIGNMENTS in kinds:
            self.errors.extend(check_periods(self._periods(resolved), self.zone))

    def _tree(self, resolved: Sequence[Resolved]) -> dict[str, AgencyNode]:
        codes = {row_id: code for code, row_id in self.ids[RegisterKind.AGENCIES].items()}
        nodes: dict[str, AgencyNode] = {}
        for code, entry, facts in self._standing(RegisterKind.AGENCIES, resolved):
            if "level" in facts:
                parent = facts.get("parent_id")
                nodes[code] = AgencyNode(code, facts["level"], codes.get(parent) if parent else None, entry)
        return nodes

    def _codes(self, resolved: Sequence[Resolved]) -> list[tuple[str, str | None, Entry | None]]:
        return [
            (certificate, facts.get("device_code"), entry)
            for certificate, entry, facts in self._standing(RegisterKind.OFFICERS, resolved)
        ]

    def _periods(self, resolved: Sequence[Resolved]) -> Iterator[Period]:
        serials = {row_id: serial for serial, row_id in self.ids[RegisterKind.DEVICES].items()}
        certificates = {row_id: number for number, row_id in self.ids[RegisterKind.OFFICERS].items()}
        for (device, officer, start), entry, facts in self._standing(RegisterKind.ASSIGNMENTS, resolved):
            end = facts.get("ends_at")
            if end is None or end > start:  # one that ends before it starts is reported as such
                yield Period(serials[device], certificates[officer], start, end, entry)

    def _standing(
        self, kind: RegisterKind, resolved: Sequence[Resolved]
    ) -> Iterator[tuple[Any, Entry | None, Mapping[str, Any]]]:
        """The rows of a register as they would stand, each with the entry that says so."""
        registered = self.known.get(kind, {})
        in_file = {each.key: each for each in resolved if each.entry.kind is kind}
        for key, row in registered.items():
            if key not in in_file:
                yield key, None, row.facts
        for key, each in in_file.items():
            before = registered[key].facts if key in registered else {}
            yield key, each.entry, {**before, **each.facts}

    def _report(self, entry: Entry, column: str, problem: Problem | None) -> None:
        if problem:
            self.errors.append(entry.error(problem, column))


# --- 4. comparison ----------------------------------------------------------------------------------------------


def _changes(kind: RegisterKind, resolved: Sequence[Resolved], known: Known, now: datetime) -> Changes:
    added, changed, unchanged = [], [], 0
    for each in resolved:
        before = known.get(kind, {}).get(each.key)
        facts = {**each.facts, **_closing(kind, each.facts, before, now)}
        if before is None:
            opened = {"opened_at": now} if kind is RegisterKind.CASES else {}
            added.append({"id": each.id, **_WHEN_NEW[kind], **opened, **facts})
        elif all(before.facts[name] == value for name, value in facts.items()):
            unchanged += 1
        else:
            changed.append({**before.facts, **facts})
    if kind is RegisterKind.AGENCIES:
        added.sort(key=lambda row: by_level(row["level"]))
    return Changes(kind, added, changed, unchanged)


def _closing(kind: RegisterKind, facts: Mapping[str, Any], before: KnownRow | None, now: datetime) -> Mapping[str, Any]:
    """When a case was closed: the register does not say, so from now on it is known to be, and not earlier."""
    if kind is not RegisterKind.CASES or "status" not in facts:
        return {}
    was_closed = before is not None and before.facts["status"] == CaseStatus.CLOSED
    if facts["status"] == CaseStatus.OPEN:
        return {"closed_at": None}
    return {} if was_closed else {"closed_at": now}
