"""What became of taking in one path, as every command tells it."""

from typing import Any

from api.cli.context import say
from api.messages.faults import sentence_of
from ingest.intake import IntakeResult


def as_json(result: IntakeResult) -> dict[str, Any]:
    """The keys that all commands share."""
    return {
        "path": result.path,
        "outcome": result.outcome,
        "recording_id": str(result.recording_id) if result.recording_id else None,
        "sha256": result.sha256,
        "size": result.size,
        "receipt_id": str(result.receipt_id) if result.receipt_id else None,
        "reason": result.reason,
    }


def word(result: IntakeResult) -> str:
    return say(f"cli-outcome-{result.outcome}")


def why(result: IntakeResult) -> str:
    """Why it failed, in the language of the reader; empty where nothing is to be said."""
    return sentence_of(say, result.error) if result.error else result.reason or ""
