"""`zhilu find`, `show` and `get`: looking for recordings, at one of them, and fetching bytes, checked on the way."""

import os
from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlmodel import Session

from api.cli import retention_words
from api.cli.context import Column, Terminal, opened, say
from api.errors import AccessError, ExitCode, UsageWrong
from api.fetching import fetch
from api.messages.language import Language
from api.messages.translator import key_of
from api.reading.clips import ClipMatchView, ClipReasonView, find_clip
from api.reading.criteria import criteria_from
from api.reading.listing import search
from api.reading.model import LockView, MediaView, RecordingSummary, RecordingView, Status, StatusReason
from api.reading.recording import show as read_recording
from api.reading.retention_model import RetentionView
from api.reading.status import is_begun
from api.runtime import Runtime
from api.times import for_people, written_for_people
from catalog.repositories import custody, recordings
from catalog.repositories.attendance import unattended
from catalog.repositories.finding import FindCriteria, unregistered
from catalog.tables.custody import CustodyAction, CustodyResult
from ingest.fingerprint.errors import printable
from ingest.fingerprint.reasons import ClipReasonCode
from retention.errors import RetentionError
from storage.errors import StorageError

_PAGE = 200
_NAMED = 20  # recordings that could not be compared; the rest is counted
_DIGEST_SHOWN = 12
_SAID_ALREADY = frozenset({"job_waiting", "job_running"})  # their sentence says no more than the text of the code
# Of a list. A name is there to be copied, so the other columns make room for it: the last of `left_out` first.
_COLUMNS = {
    "id": Column(),
    "name": Column(),
    "kind": Column(left_out=4),
    "device": Column(left_out=5),
    "captured": Column(left_out=3),
    "status": Column(left_out=1),
    "cases": Column(left_out=2, folds=True),
}

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
Purpose = Annotated[str | None, typer.Option("--purpose", help=say("cli-purpose"))]


def add_to(application: typer.Typer) -> None:
    application.command("find", help=say("cli-find"))(find)
    application.command("show", help=say("cli-show"))(show)
    application.command("get", help=say("cli-get"))(get)


def find(
    text: Annotated[str | None, typer.Argument(help=say("cli-find-text"))] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="NO", help=say("cli-find-case"))] = None,
    officer: Annotated[str | None, typer.Option("--officer", metavar="NO", help=say("cli-find-officer"))] = None,
    device: Annotated[str | None, typer.Option("--device", metavar="SN", help=say("cli-find-device"))] = None,
    captured_from: Annotated[str | None, typer.Option("--from", metavar="T", help=say("cli-find-from"))] = None,
    captured_to: Annotated[str | None, typer.Option("--to", metavar="T", help=say("cli-find-to"))] = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help=say("cli-find-kind"))] = None,
    important: Annotated[bool, typer.Option("--important", help=say("cli-find-important"))] = False,
    attention: Annotated[bool, typer.Option("--attention", help=say("cli-find-attention"))] = False,
    clip: Annotated[Path | None, typer.Option("--clip", metavar="FILE", help=say("cli-find-clip"))] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=say("cli-find-limit"))] = 1000,
    purpose: Purpose = None,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        criteria = criteria_from(
            runtime.settings.time_zone,
            text=text,
            case=case,
            officer=officer,
            device=device,
            captured_from=captured_from,
            captured_to=captured_to,
            kinds=kind or (),
            important=True if important else None,
            attention=attention,
        )
        if clip is not None:
            if criteria != FindCriteria():
                raise UsageWrong(say("cli-find-clip-alone"))
            return _find_clip(runtime, terminal, clip, purpose)
        _note_search(runtime, purpose, criteria=_asked(criteria))
        return _list(runtime, terminal, criteria, limit)


def _list(runtime: Runtime, terminal: Terminal, criteria: FindCriteria, limit: int) -> int:
    shown: list[RecordingSummary] = []
    total, given = 0, 0
    while given < limit:
        with runtime.catalog.reading(at_length=True) as session:
            page = search(session, criteria, limit=min(_PAGE, limit - given), offset=given, now=runtime.clock())
        total = page.total
        if not page.recordings:
            break
        given += len(page.recordings)
        for summary in page.recordings:
            if terminal.as_json:
                terminal.line(summary.model_dump(mode="json"))
            else:
                shown.append(summary)
    if not terminal.as_json:
        table_of(terminal, shown, runtime.settings.time_zone)
        terminal.note(say("cli-find-found", shown=given, total=total))
        _note_unattended(runtime, terminal, any(each.status is Status.WORKING for each in shown))
    if not total:
        with runtime.catalog.reading() as session:
            unknown = unregistered(session, criteria)
        for name, value in unknown.items():
            terminal.note(say(f"cli-find-unregistered-{name}", value=value))
    return ExitCode.DONE


def table_of(terminal: Terminal, found: list[RecordingSummary], zone: tzinfo) -> None:
    headers = [say(f"cli-column-{name}") for name in _COLUMNS]
    unknown = say("cli-unknown")
    terminal.table(
        headers,
        [
            (
                summary.sha256[:_DIGEST_SHOWN],
                summary.name,
                say.word("recording-kind", summary.kind),
                summary.device or unknown,
                written_for_people(summary.captured_at, zone) if summary.captured_at else unknown,
                _status(summary.status, summary.reasons),
                ", ".join(f"{link.case_number} ({say.word('link-state', link.state)})" for link in summary.links),
            )
            for summary in found
        ],
        columns=list(_COLUMNS.values()),
    )


def _find_clip(runtime: Runtime, terminal: Terminal, clip: Path, purpose: str | None) -> int:
    _refuse_no_file(clip)
    _note_search(runtime, purpose, clip=printable(clip.name))
    answer = find_clip(runtime, clip)
    for match in answer.matches:
        if terminal.as_json:
            told = {"reasons": [_told(reason) for reason in match.reasons]}
            terminal.line(match.model_dump(mode="json") | told)
        else:
            terminal.out.print(_match_line(match))
    for count, recording in enumerate(answer.not_comparable):
        if terminal.as_json:
            terminal.line(recording.model_dump(mode="json"))
        elif count < _NAMED:
            name, known_as = printable(recording.name), str(recording.recording_id)
            terminal.note(say("cli-clip-not-comparable", name=name, recording_id=known_as))
    if not terminal.as_json and len(answer.not_comparable) > _NAMED:
        terminal.note(say("cli-clip-not-comparable-more", count=len(answer.not_comparable) - _NAMED))
    for reason in answer.reasons:
        terminal.note(_sentence(reason))
    if not terminal.as_json and answer.pictures_compared:
        terminal.note(say("cli-clip-searched", matches=len(answer.matches), searched=answer.searched_recordings))
    return ExitCode.DONE if answer.searchable else ExitCode.ATTENTION


def _refuse_no_file(clip: Path) -> None:
    """Raises UsageWrong. Unlike those of Path, these questions never fail, however long or hidden the name is."""
    if os.path.isfile(clip):  # noqa: PTH113 - see above
        return
    key = "cli-no-such-path"
    if os.path.exists(clip):  # noqa: PTH110 - see above
        key = "cli-clip-folder" if clip.is_dir() else "cli-clip-no-file"
    raise UsageWrong(say(key, path=printable(str(clip))))


def _match_line(match: ClipMatchView) -> str:
    facts = {key: value for key, value in match.model_dump(mode="json").items() if isinstance(value, int | float | str)}
    facts["name"] = printable(match.name)
    identical = any(reason.code is ClipReasonCode.BYTES_IDENTICAL for reason in match.reasons)
    return say("cli-clip-identical" if identical else "cli-clip-match", **facts)


def _told(reason: ClipReasonView) -> dict[str, Any]:
    return {**reason.model_dump(mode="json"), "message": _sentence(reason)}


def _sentence(reason: ClipReasonView) -> str:
    return say(key_of("cli-clip-reason", reason.code), **reason.facts)


def show(
    recording: Annotated[str, typer.Argument(metavar="ID", help=say("cli-id"))],
    purpose: Purpose = None,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        with runtime.catalog.writing() as session:
            found = recordings.named(session, recording)
            _note_look(runtime, session, CustodyAction.VIEWED, found.id, purpose)
        with runtime.catalog.reading() as session:
            view = read_recording(runtime, session, recordings.get(session, found.id))
        if terminal.as_json:
            terminal.line(view.model_dump(mode="json"))
        else:
            _facts(terminal, view, runtime.settings.time_zone)
            _note_unattended(runtime, terminal, view.status is Status.WORKING)
    return ExitCode.ATTENTION if view.status is Status.ATTENTION else ExitCode.DONE


_IF_SO = frozenset({"disposed"})
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
        "status": _status(view.status, view.reasons),
        "reasons": "\n".join(_reason(reason) for reason in view.reasons) or "-",
        "captured": view.captured_at and _captured(view, view.captured_at, zone),
        "written": view.capture_time.raw,
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
        "lock": None if view.disposed_at else _lock(view.lock, zone),
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
    return f"{written_for_people(view.disposed_at, zone)}  {view.disposed_under or ''}".rstrip()


def _quoted(said: str | None) -> str:
    """What stands in the records in English: other languages quote it."""
    return say("quoted", said=said) if said else ""


def _status(status: Status, reasons: Sequence[StatusReason]) -> str:
    """As others are told it, but that what nobody has begun is said to wait."""
    waits = status is Status.WORKING and not is_begun(status, reasons)
    return say("status-waiting") if waits else say.word("status", status)


def _note_unattended(runtime: Runtime, terminal: Terminal, some_wait: bool) -> None:
    """Nobody is left to wait for what nobody does."""
    if not some_wait:
        return
    with runtime.catalog.reading() as session:
        found = unattended(session, now=runtime.clock())
    if found is not None:
        since = for_people(found.since, runtime.settings.time_zone)
        terminal.note(say("cli-unattended", jobs=found.jobs, since=since))


def _captured(view: RecordingView, captured_at: str, zone: tzinfo) -> str:
    """The time with who says it, and who says in which zone it is."""
    said_by = say.word("zone-origin", view.capture_time.zone_origin or "unknown")
    at = written_for_people(captured_at, zone)
    return f"{at} ({say.word('time-origin', view.captured_at_origin)}, {say('zone')}: {said_by})"


def _reason(reason: StatusReason) -> str:
    """The text of its code; the detail beside it is English, so only English shows it."""
    key = key_of("status-reason" if reason.job else "problem", reason.code)
    if not say.has(key):
        return reason.message
    text = say(key, job=say.word("job-kind", reason.job)) if reason.job else say(key)
    if say.language is not Language.ENGLISH or reason.code in _SAID_ALREADY:
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


def get(
    recording: Annotated[str, typer.Argument(metavar="ID", help=say("cli-id"))],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=say("cli-get-output"))],
    kind: Annotated[str, typer.Option("--kind", help=say("cli-get-kind"))] = "original",
    force: Annotated[bool, typer.Option("--force", help=say("cli-get-force"))] = False,
    purpose: Purpose = None,
    recipient: Annotated[str | None, typer.Option("--recipient", help=say("cli-get-recipient"))] = None,
) -> int:
    terminal = Terminal()
    with opened() as runtime:
        if os.path.lexists(output) and not force:
            raise UsageWrong(say("cli-get-exists", path=str(output)))
        with runtime.catalog.reading() as session:
            found = recordings.named(session, recording)

        told = {} if recipient is None else {"recipient": recipient}

        def note(result: CustodyResult, **details: str) -> None:
            with runtime.catalog.writing() as session:
                given = {"what": kind, **told, **details}
                _note_look(runtime, session, CustodyAction.DOWNLOADED, found.id, purpose, result, **given)

        try:
            fetched = fetch(runtime, found.id, kind, output, before_giving=partial(note, CustodyResult.DONE))
        except (AccessError, StorageError, RetentionError) as error:
            note(CustodyResult.FAILED, reason=str(error))
            raise
    terminal.note(say("cli-get-done", path=str(output), size=fetched.size, digest=str(fetched.sha256)))
    return ExitCode.DONE


def _note_look(
    runtime: Runtime,
    session: Session,
    action: CustodyAction,
    subject: UUID,
    purpose: str | None,
    result: CustodyResult = CustodyResult.DONE,
    **details: Any,
) -> None:
    custody.record(
        session,
        action,
        at=runtime.clock(),
        actor=runtime.actor,
        subject_kind="recording",
        subject_id=subject,
        purpose=purpose,
        result=result,
        face="command line",
        **details,
    )


def _note_search(runtime: Runtime, purpose: str | None, **details: Any) -> None:
    with runtime.catalog.writing() as session:
        custody.record(
            session,
            CustodyAction.SEARCHED,
            at=runtime.clock(),
            actor=runtime.actor,
            subject_kind="search",
            subject_id=None,
            purpose=purpose,
            face="command line",
            **details,
        )


def _asked(criteria: FindCriteria) -> dict[str, str]:
    """The criteria that were given, as plain words."""
    return {
        name: str(value)
        for name in criteria.__dataclass_fields__
        if (value := getattr(criteria, name)) not in (None, (), False)
    }
