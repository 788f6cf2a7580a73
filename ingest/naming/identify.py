"""Read what a name says. Nothing is guessed: what stays open is None, with the doubt beside it.

1. Decode the name and its folders. 2. Take the first pattern that fits. 3. Settle which code is the device and
which the officer: by their lengths (device 7, officer 6), else by the register, else by the officer's sign for
"unassigned", else not at all. 4. Read the device's time, if it is one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.naming.bounded import longest
from ingest.naming.model import (
    DecodedName,
    DeviceRegister,
    Doubt,
    NameFacts,
    NamePattern,
    NameReading,
    OfficerState,
    PatternOrder,
    PatternScope,
)
from ingest.naming.text import decode_name, decode_path, raw_name

_DEVICE_LENGTH, _OFFICER_LENGTH = 7, 6
_UNASSIGNED = "000000"
_TIME_DIGITS, _MILLISECOND_DIGITS = 14, 17
_LONGEST_SEQUENCE = 18  # digits a 64-bit integer always holds
_SHORTEST_UNSET = 5  # fewer zeros could be a number in use


@dataclass(frozen=True, slots=True)
class _Codes:
    device: str | None
    officer: str | None
    doubts: tuple[Doubt, ...] = ()
    readings: tuple[NameReading, ...] = ()


def identify(path: bytes | str, patterns: Sequence[NamePattern], register: DeviceRegister) -> NameFacts:
    """Read a path below the watched folder, with `/` between its parts, as far as the patterns understand it.

    Text is taken as the operating system hands it out (undecodable bytes as surrogate escapes). Never raises.
    """
    raw = raw_name(path)
    name = decode_name(raw.rstrip(b"/").rpartition(b"/")[2])
    texts = {PatternScope.NAME: name.text, PatternScope.PATH: "/" + decode_path(raw)}
    for pattern in patterns:
        text = texts[pattern.scope]
        found = pattern.expression.fullmatch(text) if len(text) <= longest(pattern.scope) else None
        if found is not None:
            return _facts(name, pattern, found, register)
    doubts: tuple[Doubt, ...] = (Doubt.NO_PATTERN,)
    if any(len(texts[pattern.scope]) > longest(pattern.scope) for pattern in patterns):
        doubts = (*doubts, Doubt.NAME_TOO_LONG)
    return NameFacts(name, extension=_extension(name.text), unconfirmed=doubts)


def _facts(name: DecodedName, pattern: NamePattern, found: re.Match[str], register: DeviceRegister) -> NameFacts:
    groups = found.groupdict()
    codes = _codes(groups.get("device"), groups.get("officer"), pattern.order, register)
    written_time = groups.get("ts") or (groups.get("date") or "") + (groups.get("time") or "")
    device_time = _device_time(written_time)
    doubts = codes.doubts
    if written_time and device_time is None:
        doubts = (*doubts, Doubt.TIME_IMPOSSIBLE)
    device = codes.device
    if device is not None and _is_unset(device):
        device, doubts = None, (*doubts, Doubt.DEVICE_UNSET)
    state = _officer_state(codes.officer)
    return NameFacts(
        name=name,
        pattern=pattern.id,
        device=device,
        officer=codes.officer if state is OfficerState.NAMED else None,
        officer_state=state,
        device_time=device_time,
        sequence=_sequence(groups.get("seq")),
        important=bool(groups.get("imp")),
        encrypted=bool(groups.get("enc")),
        extension=(groups.get("ext") or "").lower() or _extension(name.text),
        case_number=groups.get("case") or None,
        unconfirmed=doubts,
        readings=codes.readings,
    )


def _codes(device: str | None, officer: str | None, order: PatternOrder, register: DeviceRegister) -> _Codes:
    if not device or not officer:
        return _Codes(_registered_device(device, register), _registered_officer(officer, register))
    as_written, swapped = NameReading(device, officer), NameReading(officer, device)
    evidence = _evidence(as_written, register) - _evidence(swapped, register)
    if order is PatternOrder.FIXED or _has_usual_lengths(as_written):
        chosen, contradicted = as_written, evidence < 0
    elif _has_usual_lengths(swapped):
        chosen, contradicted = swapped, evidence > 0
    elif evidence != 0:
        chosen, contradicted = (as_written if evidence > 0 else swapped), False
    elif _UNASSIGNED in {device, officer} and device != officer:
        chosen, contradicted = (as_written if officer == _UNASSIGNED else swapped), False
    else:
        return _Codes(None, None, (Doubt.ORDER_UNCONFIRMED,), (as_written, swapped))
    doubts = (Doubt.REGISTER_DISAGREES,) if contradicted else ()
    readings = (as_written, swapped) if contradicted else ()
    return _Codes(
        _registered_device(chosen.device, register), _registered_officer(chosen.officer, register), doubts, readings
    )


def _evidence(reading: NameReading, register: DeviceRegister) -> int:
    return (register.device(reading.device) is not None) + (register.officer(reading.officer) is not None)


def _has_usual_lengths(reading: NameReading) -> bool:
    return (len(reading.device), len(reading.officer)) == (_DEVICE_LENGTH, _OFFICER_LENGTH)


def _registered_device(written: str | None, register: DeviceRegister) -> str | None:
    return register.device(written) or written if written else None


def _registered_officer(written: str | None, register: DeviceRegister) -> str | None:
    return register.officer(written) or written if written else None


def _officer_state(officer: str | None) -> OfficerState:
    if officer is None:
        return OfficerState.UNKNOWN
    return OfficerState.UNASSIGNED if _is_unset(officer) else OfficerState.NAMED


def _is_unset(code: str) -> bool:
    return len(code) >= _SHORTEST_UNSET and not code.strip("0")


def _device_time(written: str) -> datetime | None:
    digits = "".join(character for character in written if character in "0123456789")
    if len(digits) not in {_TIME_DIGITS, _MILLISECOND_DIGITS}:
        return None
    milliseconds = int(digits[_TIME_DIGITS:] or 0)
    try:
        # Naive on purpose: it is the device's own wall clock, whatever zone that was set to.
        device_time = datetime.strptime(digits[:_TIME_DIGITS], "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        return None
    return device_time.replace(microsecond=milliseconds * 1000)


def _sequence(written: str | None) -> int | None:
    # A number past any counter is no number; what it is stays in the name.
    return int(written) if written and written.isdecimal() and len(written) <= _LONGEST_SEQUENCE else None


def _extension(text: str) -> str | None:
    stem, dot, extension = text.rpartition(".")
    return extension.lower() if dot and stem and extension else None
