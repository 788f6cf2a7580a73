"""What cameras write for officers must lead to one officer only."""

from collections.abc import Iterable, Iterator

from api.register.entries import Entry
from api.register.problems import LineError, Problem, ProblemCode


def check_device_codes(officers: Iterable[tuple[str, str | None, Entry | None]]) -> Iterator[LineError]:
    """Yield an error where a code (letter case ignored) stands for two officers, as short code or certificate.

    `officers` are (certificate number, short code, the row of the file that says so), as they would stand.
    """
    standing = list(officers)
    holders: dict[str, tuple[str, Entry | None]] = {
        certificate.casefold(): (certificate, entry) for certificate, _, entry in standing
    }
    for certificate, code, entry in standing:
        if code is None:
            continue
        holder, held_by = holders.setdefault(code.casefold(), (certificate, entry))
        if holder == certificate:
            continue
        if entry:
            yield entry.error(Problem(ProblemCode.DEVICE_CODE_TAKEN, {"value": code, "officer": holder}), "device_code")
        elif held_by:
            facts = {"value": code, "officer": certificate}
            yield held_by.error(Problem(ProblemCode.DEVICE_CODE_TAKEN, facts), "certificate_number")
