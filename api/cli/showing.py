"""`zhilu show`: everything that is known of one recording."""

from datetime import tzinfo
from typing import Annotated

import typer

from api import fixity_words
from api.cli import retention_words
from api.cli.context import Terminal, opened, say
from api.cli.looking import AsJson, Purpose, note_look, note_unattended, status_word
from api.errors import ExitCode
from api.messages.language import Language
from api.messages.translator import key_of
from api.reading.model import LockView, MediaView, RecordingView, Status, StatusReason
from api.reading.recording import show as read_recording
from api.reading.retention_model import RetentionView
from api.times import written_for_people
from catalog.repositories import recordings
from catalog.tables.custody import CustodyAction

_SAID_ALREADY = frozenset(
    {"job_waiting", "job_running", "disposed"}
)  # their sentence says no more than the text of the code


def add_to(application: typer.Typer) -> None:
    application.command("show", help=say("cli-show"))(show)


def show(
    recording: Annotated[str, typer.Argument(metavar="ID", help=say("cli-id"))],
    purpose: Purpose = None,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        with runtime.catalog.writing() as session:
            found = recordings.named(session, recording)
            note_look(runtime, session, CustodyAction.VIEWED, found.id, purpose)
        with runtime.catalog.reading() as session:
            view = read_recording(runtime, session, recordings.get(session, found.id))
        if terminal.as_json:
            terminal.line(view.model_dump(mode="json"))
        else:
            _facts(terminal, view, runtime.settings.time_zone)
            note_unattended(runtime, terminal, view.status is Status.WORKING)
    return ExitCode.ATTENTION if view.status is Status.ATTENTION else ExitCode.DONE


_IF_SO = frozenset({"clock", "disposed", "fixity"})
"""Facts that are only told where they are."""


def _facts(terminal: Terminal, view: RecordingView, zone: tzinfo) -> None:
    unknown = say("cli-unknown")
    media, position = view.media, view.position
    facts = {
        "name": view.name,
        "id": str(view.id),
        "sha256": view.sha256,
        "sm3": view.sm3,
        "size": f"{view.size:,}",
        "status": status_word(view.status, view.reasons),
        "reasons": "\n".join(_reason(reason, zone) for reason in view.reasons) or "-",
        "captured": view.captured_at and _captured(view, view.captured_at, zone),
        "written": view.capture_time.raw,
        "clock": "\n".join(say.word("clock-warning", each.code) for each in view.capture_time.warnings),
        "device": view.device,
        "officer": view.officer.name or view.officer.code or say.word("officer-state", view.officer.state),
        "media": media and _media(media),
        "duration": f"{media.duration_s:.3f} s" if media and media.duration_s is not None else None,
        "orientation": str(media.orientation) if media and media.orientation is not None else None,
        "position": position
        and f"{position.latitude:.6f}, {position.longitude:.6f} "
        f"({say.word('position-origin', position.origin)}, {position.datum})",
        "retention": _retention(view.retention, zone),
        "disposed": _disposed(view, zone),
        "fixity": None if view.disposed_at else "\n".join(fixity_words.lines(view.fixity, str(view.id), say, zone)),
        "lock": say("nothing-to-lock") if view.disposed_at else _lock(view.lock, zone),
        "cases": "\n".join(f"{each.case_number} ({say.word('link-state', each.state)})" for each in view.links) or "-",
        "sightings": "\n".join(sighting.path for sighting in view.sightings),
        "derivatives": ", ".join(f"{say.word('derivative-kind', made.kind)} ({made.kind})" for made in view.derivatives)
        or "-",
        "jobs": "\n".join(
            f"{say.word('job-kind', job.kind)}: {say.word('job-state', job.state)} {_quoted(job.last_error)}".rstrip()
            for job in view.jobs
        ),
    }
    told = {name: value for name, value in facts.items() if value or name not in _IF_SO}
    terminal.table(("", ""), [(say(f"cli-fact-{name}"), str(value or unknown)) for name, value in told.items()])


def _disposed(view: RecordingView, zone: tzinfo) -> str | None:
    if view.disposed_at is None:
        return None
    at, certified = written_for_people(view.disposed_at, zone), "yes" if view.disposal_certified else "no"
    if view.disposed_under is None:
        return say("disposed-told-no-list", at=at)
    return say("disposed-told", at=at, list=view.disposed_under, certified=certified)


def _quoted(said: str | None) -> str:
    """What stands in the records in English: other languages quote it."""
    return say("quoted", said=said) if said else ""


def _captured(view: RecordingView, captured_at: str, zone: tzinfo) -> str:
    """The time with who says it, and who says in which zone it is."""
    said_by = say.word("zone-origin", view.capture_time.zone_origin or "unknown")
    at = written_for_people(captured_at, zone)
    return f"{at} ({say.word('time-origin', view.captured_at_origin)}, {say('zone')}: {said_by})"


def _reason(reason: StatusReason, zone: tzinfo) -> str:
    """What it is, and since when, where that is known."""
    text = _text(reason)
    return say("reason-since", text=text, at=written_for_people(reason.since, zone)) if reason.since else text


def _text(reason: StatusReason) -> str:
    """The text of its code; the detail beside it is English, so only English shows it."""
    key = key_of("status-reason" if reason.job else "problem", reason.code)
    if not say.has(key):
        return reason.message
    text = say(key, job=say.word("job-kind", reason.job)) if reason.job else say(key)
    if say.language is not Language.ENGLISH or reason.code in _SAID_ALREADY or reason.since:
        return text
    return f"{text}{':' if reason.job else ''} {reason.message}"


def _media(media: MediaView) -> str:
    size = f"{media.width}x{media.height}" if media.width else None
    # Of a sound recording the one codec there is stands in both places.
    codecs = dict.fromkeys((media.codec, size, media.audio_codec))
    return " ".join((say.word("recording-kind", media.kind), *(value for value in codecs if value)))


def _lock(lock: LockView, zone: tzinfo) -> str | None:
    if not lock.reported:
        return say("cli-lock-not-asked", said=lock.reason or "")
    if lock.mode is None:
        return say("cli-lock-none")
    key = "not-immutable" if lock.store_immutable is False else "immutable"
    store = say("cli-lock-store-unknown" if lock.store_immutable is None else f"cli-lock-store-{key}")
    ends, probed = (written_for_people(each or "", zone) for each in (lock.retain_until, lock.store_probed_at))
    told = f"{ends} ({say.word('lock-mode', lock.mode)})\n{store} {probed}".rstrip()
    return f"{told}\n{say('cli-lock-bypassable')}" if lock.bypassable else told


def _retention(view: RetentionView, zone: tzinfo) -> str:
    """Until when, by which rule, and what stands in the way."""
    rule = f"{view.rule.id}: {retention_words.name(view.rule.name)}" if view.rule else ""
    told = (retention_words.outcome(view, zone), rule, *map(retention_words.reason, view.blocked_by))
    return "\n".join(each for each in told if each)
