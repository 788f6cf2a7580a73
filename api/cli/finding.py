"""`zhilu find`: looking for recordings by what is known of them, or by a clip of one."""

import os
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.context import Column, Terminal, opened, say
from api.cli.looking import AsJson, Purpose, note_unattended, status_word
from api.errors import ExitCode, UsageWrong
from api.messages.translator import key_of
from api.reading.clips import ClipMatchView, ClipReasonView, find_clip
from api.reading.criteria import criteria_from
from api.reading.listing import search
from api.reading.model import RecordingSummary, Status
from api.runtime import Runtime
from api.times import written_for_people
from catalog.repositories import custody
from catalog.repositories.finding import FindCriteria, unregistered
from catalog.tables.custody import CustodyAction
from ingest.fingerprint.errors import printable
from ingest.fingerprint.reasons import ClipReasonCode

_NONE = FindCriteria()
_PAGE = 200
_NAMED = 20  # recordings that could not be compared; the rest is counted
_DIGEST_SHOWN = 12
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


def add_to(application: typer.Typer) -> None:
    application.command("find", help=say("cli-find"))(find)


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
    disposed: Annotated[bool | None, typer.Option("--disposed/--kept", help=say("cli-find-disposed"))] = None,
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
            disposed=disposed,
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
        note_unattended(runtime, terminal, any(each.status is Status.WORKING for each in shown))
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
                status_word(summary.status, summary.reasons),
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
        if (value := getattr(criteria, name)) != getattr(_NONE, name)
    }
