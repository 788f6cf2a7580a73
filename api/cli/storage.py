"""`zhilu storage init | probe | reconcile`: making the store, trying to break its locks, settling what lies in it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

import typer

from api.cli.context import Terminal, opened, say
from api.engines import open_folder
from api.errors import ExitCode
from api.messages.translator import key_of
from api.probing import probe_store, store_name
from api.ringing import ring_for_due
from api.runtime import Part, Runtime, home_of, make_home
from api.settings import Settings, load_settings
from api.times import for_people, in_utc
from ingest.reconcile import Reconciler
from ingest.reconcile_model import Finding, FindingKind, FindingState, Tally
from storage.contract import ABANDONED_AFTER
from storage.model import Bucket, LockMode
from storage.probe import Conformance, Trial, TrialName, TrialOutcome
from storage.s3_buckets import BucketReport, DefaultRetention, make_buckets

_HOURS = int(ABANDONED_AFTER.total_seconds() // 3600)
# Nothing tells a slow upload of another machine from a dead one but its age.
_HOURS_AT_LEAST = 6
AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]


def add_to(application: typer.Typer) -> None:
    storage = typer.Typer(help=say("cli-storage"), no_args_is_help=True, rich_markup_mode=None)
    storage.command("init", help=say("cli-storage-init"))(init)
    storage.command("probe", help=say("cli-storage-probe"))(probe)
    storage.command("reconcile", help=say("cli-storage-reconcile"))(reconcile)
    application.add_typer(storage, name="storage")


# --- init -------------------------------------------------------------------------------------------------------


def init(as_json: AsJson = False) -> int:
    terminal, settings = Terminal(as_json), load_settings()
    if settings.storage.engine != "s3" or settings.storage.s3 is None:
        home = home_of(settings)
        make_home(home)
        open_folder(settings.storage, home)
        folder = str(home / "objects")
        message = say("cli-storage-folder", folder=folder)
        if as_json:
            terminal.line({"bucket": folder, "state": "there", "retention": None, "message": message})
        else:
            terminal.out.print(message)
        return ExitCode.DONE
    wrong = False
    for report in make_buckets(
        settings.storage.s3, DefaultRetention(settings.lock.mode, settings.lock.short_step.days)
    ):
        wrong = wrong or report.state.wrong
        if as_json:
            terminal.line(_bucket(report))
        else:
            terminal.out.print(_told(report))
    return ExitCode.UNAVAILABLE if wrong else ExitCode.DONE


def _bucket(report: BucketReport) -> dict[str, Any]:
    retention = report.retention and {"mode": report.retention.mode, "days": report.retention.days}
    return {"bucket": report.bucket, "state": report.state, "retention": retention, "message": _told(report)}


def _told(report: BucketReport) -> str:
    told = say(key_of("cli-storage-bucket", report.state), bucket=report.bucket)
    if report.retention is None:
        return told
    mode = say.word("lock-mode", report.retention.mode)
    return f"{told} {say('cli-storage-retention', days=report.retention.days, mode=mode)}"


# --- probe ------------------------------------------------------------------------------------------------------


def probe(as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        store = store_name(runtime.settings.storage, runtime.home)
        found = _tried(runtime, terminal)
        settings = runtime.settings
    if as_json:
        _write_probe(terminal, found, store, settings)
    else:
        _show_probe(terminal, found, settings)
    return ExitCode.DONE if found.immutable else ExitCode.ATTENTION


def _tried(runtime: Runtime, terminal: Terminal) -> Conformance:
    if not terminal.shows_progress:
        return probe_store(runtime, on_trial=lambda _name: None)
    with terminal.err.status(say("cli-storage-probing")) as status:

        def tell(name: TrialName) -> None:
            status.update(say("cli-storage-trying", trial=say.word("trial", name)))

        return probe_store(runtime, on_trial=tell)


def _write_probe(terminal: Terminal, found: Conformance, store: str, settings: Settings) -> None:
    for trial in found.trials:
        terminal.line(
            {
                "trial": trial.name,
                "outcome": trial.outcome,
                "weighs": trial.weighs,
                "answer": trial.answer,
                "seen": trial.seen,
                "message": say.word("trial", trial.name),
                "told": _seen(trial, settings),
            }
        )
    terminal.line(
        {
            "summary": True,
            "store": store,
            "immutable": found.immutable,
            "bypassable": found.bypassable,
            "trials": len(found.trials),
            "failing": [trial.name for trial in found.failing],
            "unclear_until": found.unclear_until and in_utc(found.unclear_until),
            "left_behind": found.left_behind,
        }
    )


def _show_probe(terminal: Terminal, found: Conformance, settings: Settings) -> None:
    headers = [say(f"cli-column-{name}") for name in ("trial", "outcome", "answer")]
    terminal.table(headers, [_row(trial, settings) for trial in found.trials])
    if found.left_behind:
        terminal.note(say("cli-storage-left-behind", count=found.left_behind))
    governed = settings.lock.mode is LockMode.GOVERNANCE
    if governed and found.bypassable:
        terminal.note(say("cli-storage-bypassable"))
    terminal.out.print(_verdict(found, settings, governed=governed))


def _verdict(found: Conformance, settings: Settings, *, governed: bool) -> str:
    if found.immutable:
        return say("cli-storage-immutable-governance" if governed else "cli-storage-immutable")
    if found.unclear_until is not None:
        return say("cli-storage-unclear", until=for_people(found.unclear_until, settings.time_zone))
    succeeded = sum(trial.outcome is TrialOutcome.ALLOWED for trial in found.failing)
    unclear = len(found.failing) - succeeded
    return say("cli-storage-not-immutable", succeeded=succeeded, unclear=unclear, of=len(found.trials))


def _row(trial: Trial, settings: Settings) -> tuple[str, str, str]:
    outcome = say.word("trial-outcome", trial.outcome)
    if trial.outcome is not TrialOutcome.REFUSED and not trial.weighs:
        outcome = f"{outcome} ({say('trial-weightless')})"
    return say.word("trial", trial.name), outcome, _seen(trial, settings)


def _seen(trial: Trial, settings: Settings) -> str:
    """What was seen, in the language of the reader, and then the store's own words as it gave them."""
    since, until = (
        for_people(each, settings.time_zone) if each is not None else "" for each in (trial.since, trial.until)
    )
    answer = trial.answer.strip()
    if answer in set(LockMode):
        answer = say.word("lock-mode", answer)
    return say(key_of("trial-seen", trial.seen), answer=answer or "none", since=since, until=until)


# --- reconcile --------------------------------------------------------------------------------------------------


def reconcile(
    settle: Annotated[bool, typer.Option("--settle", help=say("cli-reconcile-settle"))] = False,
    uploads_older_than: Annotated[
        int,
        typer.Option("--uploads-older-than", min=_HOURS_AT_LEAST, metavar="HOURS", help=say("cli-reconcile-uploads")),
    ] = _HOURS,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened(part=Part.TAKES_IN if settle else Part.READS) as runtime:
        reconciler = runtime.reconciler(uploads_older_than=timedelta(hours=uploads_older_than))
        for finding in _watched(terminal, reconciler, settle=settle):
            if as_json:
                terminal.line(_finding(finding))
            else:
                terminal.out.print(_sentence(finding))
        if settle:
            ring_for_due(runtime)
        tally = reconciler.tally
    if as_json:
        terminal.line(_summary(tally, settle=settle))
    else:
        _show_summary(terminal, tally, settle=settle)
    return ExitCode.ATTENTION if tally.findings[FindingState.OPEN] else ExitCode.DONE


def _watched(terminal: Terminal, reconciler: Reconciler, *, settle: bool) -> Iterator[Finding]:
    if not terminal.shows_progress:
        yield from reconciler.run(settle=settle)
        return
    with terminal.err.status(say("cli-reconcile-looking")):
        yield from reconciler.run(settle=settle)


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "finding": finding.kind,
        "state": finding.state,
        "version": str(finding.reference) if finding.reference else None,
        "recording_id": str(finding.recording_id) if finding.recording_id else None,
        "size": finding.size,
        "count": finding.count,
        "detail": finding.detail or None,
        "message": _sentence(finding),
    }


def _sentence(finding: Finding) -> str:
    adopted = finding.kind is FindingKind.UNKNOWN_CONTENT and finding.recording_id is not None
    told = say(
        "finding-adopted" if adopted else key_of("finding", finding.kind),
        version=str(finding.reference or ""),
        recording=str(finding.recording_id or ""),
        count=finding.count,
    )
    detail = f" ({say('quoted', said=finding.detail)})" if finding.detail else ""
    return f"{say.word('finding-state', finding.state)}: {told}{detail}"


def _summary(tally: Tally, *, settle: bool) -> dict[str, Any]:
    return {
        "summary": True,
        "settle": settle,
        "buckets": {
            bucket: {
                "listed": looked.listed,
                "looked_at": looked.looked_at,
                "young": looked.young,
                "claimed": looked.claimed,
                "unreadable": looked.unreadable,
            }
            for bucket, looked in tally.buckets.items()
        },
        "recordings": tally.recordings,
        "recordings_looked_at": tally.recordings_looked_at,
        "removed_bytes": tally.removed_bytes,
        **{state.value: tally.findings[state] for state in FindingState},
    }


def _show_summary(terminal: Terminal, tally: Tally, *, settle: bool) -> None:
    for bucket in Bucket:
        looked = tally.buckets[bucket]
        terminal.note(
            say(
                "cli-reconcile-bucket",
                bucket=bucket,
                looked=looked.looked_at,
                listed=looked.listed,
                young=looked.young,
                claimed=looked.claimed,
                unreadable=looked.unreadable,
            )
        )
    terminal.note(say("cli-reconcile-recordings", looked=tally.recordings_looked_at, recordings=tally.recordings))
    terminal.note(
        say(
            "cli-reconcile-done",
            open=tally.findings[FindingState.OPEN],
            waiting=tally.findings[FindingState.WAITING],
            settled=tally.findings[FindingState.SETTLED],
            bytes=tally.removed_bytes,
        )
    )
    if not settle and tally.findings[FindingState.OPEN]:
        terminal.note(say("cli-reconcile-dry"))
