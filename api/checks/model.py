"""What one check found."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from api.messages.faults import sentence_of
from api.messages.language import of_environment
from api.messages.translator import Fact, translator


class CheckState(StrEnum):
    """`unclear`: not in order yet, and nobody can do anything about it but wait for a time that is told."""

    OK = "ok"
    UNCLEAR = "unclear"
    ATTENTION = "attention"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Check:
    """One answer. Times among its facts are written as their reader needs them.

    `said` is a sentence already in the language of the reader, where an error gave it. `text` names the text that says
    it, where the name and state of the check alone do not.
    """

    name: str
    state: CheckState
    facts: Mapping[str, Fact | datetime] = field(default_factory=dict)
    said: str | None = None
    text: str | None = None


def failed(name: str, error: Exception) -> Check:
    """The check could not be made, or what it looked at cannot be used: for the reason that the error gives."""
    say = translator(of_environment(os.environ.get("ZHILU_LANGUAGE"), os.environ))
    return Check(name, CheckState.UNAVAILABLE, said=sentence_of(say, error))


def unforeseen(name: str, error: Exception) -> Check:
    """The check met what nobody foresaw: said by its class and its own words, never taken for something else."""
    facts: dict[str, Fact] = {"error": type(error).__name__, "reason": " ".join(str(error).split())}
    return Check(name, CheckState.UNAVAILABLE, facts, text="check-unforeseen")
