"""The words of naming: patterns, what is known beforehand, and what a name turned out to say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property


class NameEncoding(StrEnum):
    """How the bytes of a name were read; GB18030 is an assumption that fitted, not a fact."""

    UTF8 = "utf-8"
    GB18030 = "gb18030"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class DecodedName:
    """A name as bytes and as text that is safe to show: composed (NFC), with nothing invisible in it.

    Characters that steer or hide (controls, bidirectional overrides, zero widths) stand as `<U+202E>`, bytes
    that are no text as `<0xFF>`; neither `<` nor `>` can occur in a name on a FAT or exFAT card.
    """

    raw: bytes
    text: str
    encoding: NameEncoding


class PatternScope(StrEnum):
    """What a pattern is held against: the file name, or the path with a slash before its first folder."""

    NAME = "name"
    PATH = "path"


class PatternOrder(StrEnum):
    """Whether device and officer stand where the pattern says, or makers swap them."""

    FIXED = "fixed"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class NamePattern:
    """One way of naming files. Made by `compile_pattern`, which refuses what could run away."""

    id: str
    expression: re.Pattern[str]
    scope: PatternScope = PatternScope.NAME
    order: PatternOrder = PatternOrder.FIXED
    basis: str | None = None
    verified: bool = False


class OfficerState(StrEnum):
    """Named, expressly nobody (all zeros), or not said at all: three different things."""

    NAMED = "named"
    UNASSIGNED = "unassigned"
    UNKNOWN = "unknown"


class Doubt(StrEnum):
    """Why something about a name stays unconfirmed (待确认)."""

    NO_PATTERN = "no_pattern"
    ORDER_UNCONFIRMED = "order_unconfirmed"
    REGISTER_DISAGREES = "register_disagrees"
    DEVICE_UNSET = "device_unset"
    TIME_IMPOSSIBLE = "time_impossible"
    NAME_TOO_LONG = "name_too_long"


@dataclass(frozen=True)
class DeviceRegister:
    """The device serials and officer codes on record, as plain facts; both may be empty."""

    devices: frozenset[str] = frozenset()
    officers: frozenset[str] = frozenset()

    def device(self, written: str) -> str | None:
        """Return the serial as registered, case ignored; None when the register does not know it."""
        return self._devices.get(written.casefold())

    def officer(self, written: str) -> str | None:
        """Return the officer code as registered, case ignored; None when the register does not know it."""
        return self._officers.get(written.casefold())

    @cached_property
    def _devices(self) -> Mapping[str, str]:
        return _by_folded_case(self.devices)

    @cached_property
    def _officers(self) -> Mapping[str, str]:
        return _by_folded_case(self.officers)


@dataclass(frozen=True, slots=True)
class NameReading:
    """One possible reading of the two codes in a name."""

    device: str
    officer: str


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What a name says. Fields stay None where it says nothing or cannot be trusted to say it.

    `device_time` is naive: the wall clock of the device, whatever that was set to. `important` and `encrypted`
    tell whether the name carries the mark. `readings` holds every possible pair when the order of device and
    officer is unconfirmed; `device` and `officer` are then None.
    """

    name: DecodedName
    pattern: str | None = None
    device: str | None = None
    officer: str | None = None
    officer_state: OfficerState = OfficerState.UNKNOWN
    device_time: datetime | None = None
    sequence: int | None = None
    important: bool = False
    encrypted: bool = False
    extension: str | None = None
    case_number: str | None = None
    unconfirmed: tuple[Doubt, ...] = ()
    readings: tuple[NameReading, ...] = field(default=())


def _by_folded_case(codes: frozenset[str]) -> dict[str, str]:
    # Two codes which differ in case alone are two: neither may stand in for the other.
    folded: dict[str, str] = {}
    twice: set[str] = set()
    for code in codes:
        key = code.casefold()
        twice.update({key} if key in folded else ())
        folded[key] = code
    return {key: code for key, code in folded.items() if key not in twice}
