"""Codes that are the same but for what a spreadsheet or a hurried hand does to them: leading zeros, letter case."""

from collections.abc import Iterable

from api.register.problems import Problem, ProblemCode


class SimilarKeys:
    """Looks a code up by what is left of it without leading zeros and letter case."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._by_rest: dict[str, str] = {}
        for key in keys:
            # Zeros get lost, they are never won: of two the longer is right. Of two as long the first one is.
            known = self._by_rest.setdefault(_rest(key), key)
            if len(key) > len(known):
                self._by_rest[_rest(key)] = key

    def confused(self, key: str) -> Problem | None:
        """Say which known key this one may be, written differently; None if none is like it.

        File names are matched in any letter case, so two codes must not differ in that alone.
        """
        known = self._by_rest.get(_rest(key))
        if known is None or known == key or len(known) < len(key):
            return None
        code = ProblemCode.DIFFERS_IN_CASE if len(known) == len(key) else ProblemCode.ZEROS_LOST
        return Problem(code, {"value": key, "expected": known})


def _rest(key: str) -> str:
    return key.casefold().lstrip("0")
