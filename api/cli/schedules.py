"""`zhilu retention schedule`: schedules as files and as versions on record, and putting one in force by two people."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.context import Terminal, opened, say
from api.cli.passphrases import Passphrases
from api.errors import ExitCode, UsageWrong
from api.messages.language import Language
from api.reading.retention import keep_written
from api.runtime import Runtime
from api.times import in_utc
from catalog.repositories import schedules
from catalog.repositories.evaluation import Effect
from catalog.tables import ScheduleActivation, ScheduleVersion
from retention.errors import ScheduleUnknown
from retention.in_force import content_of
from retention.schedule import Basis, Names, Schedule
from retention.schedule_desk import proposed_version, version_named
from retention.schedule_file import read_schedule_file
from retention.schedules import built_in

AsJson = Annotated[bool, typer.Option("--json", help=say("cli-json"))]
Named = Annotated[str, typer.Argument(metavar="ID[@VERSION]", help=say("cli-schedule-name"))]
By = Annotated[str, typer.Option("--by", metavar="NAME", help=say("cli-schedule-by"))]
Reason = Annotated[str, typer.Option("--reason", help=say("cli-schedule-reason"))]
Sources = Annotated[
    list[str] | None, typer.Option("--passphrase-from", metavar="NAME=FILE", help=say("cli-passphrase-from"))
]


def add_to(application: typer.Typer) -> None:
    schedule = typer.Typer(help=say("cli-retention-schedule"), no_args_is_help=True)
    schedule.command("list", help=say("cli-schedule-list"))(list_schedules)
    schedule.command("show", help=say("cli-schedule-show"))(show)
    schedule.command("load", help=say("cli-schedule-load"))(load)
    schedule.command("propose", help=say("cli-schedule-propose"))(propose)
    schedule.command("activate", help=say("cli-schedule-activate"))(activate)
    schedule.command("reject", help=say("cli-schedule-reject"))(reject)
    application.add_typer(schedule, name="schedule")


def list_schedules(as_json: AsJson = False) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime, runtime.catalog.reading() as session:
        loaded, activations = schedules.listing(session), schedules.activations(session)
    latest = {each.schedule_version_id: each for each in activations}
    known = {each.schedule for each in loaded}
    rows = [_row(each.schedule, each.version, each, latest.get(each.id)) for each in loaded]
    rows += [
        _row(schedule.id, schedule.version, None, None)
        for name, (_, schedule) in built_in().items()
        if name not in known
    ]
    if as_json:
        for row in rows:
            terminal.line(row)
        return ExitCode.DONE
    headers = [say(f"cli-column-{name}") for name in ("schedule", "version", "status", "by")]
    terminal.table(
        headers,
        [
            (
                row["schedule"],
                row["version"],
                say.word("activation-state", row["state"]),
                ", ".join(each for each in (row["proposed_by"], row["decided_by"]) if each),
            )
            for row in rows
        ],
    )
    return ExitCode.DONE


def _row(
    schedule: str, version: str, loaded: ScheduleVersion | None, activation: ScheduleActivation | None
) -> dict[str, Any]:
    return {
        "schedule": schedule,
        "version": version,
        "state": str(activation.state) if activation else ("loaded" if loaded else "built in"),
        "sha256": loaded.sha256 if loaded else None,
        "loaded_at": in_utc(loaded.loaded_at) if loaded else None,
        "proposed_by": activation.proposed_by if activation else None,
        "decided_by": activation.decided_by if activation else None,
        "decided_at": in_utc(activation.decided_at) if activation and activation.decided_at else None,
        "reason": activation.reason if activation else None,
    }


def show(
    name: Named,
    toml: Annotated[bool, typer.Option("--toml", help=say("cli-schedule-toml"))] = False,
    as_json: AsJson = False,
) -> int:
    terminal = Terminal(as_json)
    with opened() as runtime:
        text, schedule = _text_of(runtime, name)
    if toml:
        terminal.out.file.write(text)
    elif as_json:
        terminal.line(_plain(schedule))
    else:
        _tell(terminal, schedule)
    return ExitCode.DONE


def _text_of(runtime: Runtime, name: str) -> tuple[str, Schedule]:
    """What was loaded under that name, else what is built in. Raises ScheduleUnknown, ScheduleAmbiguous."""
    try:
        with runtime.catalog.reading() as session:
            version = version_named(session, name)
        return version.content, content_of(version)
    except ScheduleUnknown:
        if name not in built_in():
            raise
        return built_in()[name]


def _plain(schedule: Schedule) -> dict[str, Any]:
    def basis(told: Basis) -> dict[str, Any]:
        return {**dataclasses.asdict(told.words), "verified": told.verified}

    deadline = schedule.deadline
    return {
        "schedule": schedule.id,
        "version": schedule.version,
        "name": dataclasses.asdict(schedule.name),
        "lacks_default": schedule.lacks_default,
        "deadline": {"hours": deadline.hours, "working_days": deadline.working_days, "basis": basis(deadline.basis)}
        if deadline
        else None,
        "rules": [
            {
                "id": rule.id,
                "name": dataclasses.asdict(rule.name),
                "keep": keep_written(rule.keep),
                "counted_from": str(rule.keep.begins),
                "when": {
                    key: sorted(value) if isinstance(value, frozenset) else value
                    for key, value in dataclasses.asdict(rule.when).items()
                    if value
                },
                "basis": basis(rule.basis),
            }
            for rule in schedule.rules
        ],
    }


def _tell(terminal: Terminal, schedule: Schedule) -> None:
    terminal.out.print(f"{schedule.id}@{schedule.version}  {_name(schedule.name)}")
    rows = [(rule.id, _name(rule.name), keep_written(rule.keep), _basis(rule.basis)) for rule in schedule.rules]
    deadline = schedule.deadline
    if deadline is not None:
        limit = (
            say("cli-schedule-hours", count=deadline.hours)
            if deadline.hours is not None
            else say("cli-schedule-working-days", count=deadline.working_days or 0)
        )
        rows.append((say("cli-schedule-deadline"), "", limit, _basis(deadline.basis)))
    terminal.table([say(f"cli-column-{name}") for name in ("rule", "name", "keep", "basis")], rows)
    if schedule.lacks_default:
        terminal.note(say("cli-schedule-lacks-default"))


def _name(names: Names) -> str:
    return names.en if say.language is Language.ENGLISH else names.zh


def _basis(basis: Basis) -> str:
    key = "retention-basis-verified" if basis.verified else "retention-basis-unverified"
    return say(key, basis=_name(basis.words))


def load(file: Annotated[str, typer.Argument(metavar="FILE", help=say("cli-schedule-file"))]) -> int:
    path = Path(file)
    text = built_in()[file][0] if file in built_in() and not path.exists() else read_schedule_file(path)
    with opened() as runtime:
        version, new = runtime.retention.schedule_desk().load(text, name=path.name)
    told = f"{version.schedule}@{version.version}"
    Terminal().note(say("cli-schedule-loaded" if new else "cli-schedule-known", name=told))
    return ExitCode.DONE


def propose(name: Named, by: By, reason: Reason, passphrase_from: Sources = None) -> int:
    passphrases = Passphrases.told(passphrase_from or [])
    with opened() as runtime:
        person = runtime.retention.approver_desk().prove(by, passphrases.of(by), act=f"propose {name}")
        version = runtime.retention.schedule_desk().propose(person, name, reason=reason)
    Terminal().note(say("cli-schedule-proposed", name=f"{version.schedule}@{version.version}", by=person.name))
    return ExitCode.DONE


def activate(
    name: Named,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help=say("cli-schedule-by"))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("cli-schedule-dry-run"))] = False,
    yes: Annotated[bool, typer.Option("--yes", help=say("cli-schedule-yes"))] = False,
    passphrase_from: Sources = None,
    as_json: AsJson = False,
) -> int:
    """First what it would change, counted; then, where that is agreed to, another approver's passphrase."""
    terminal = Terminal(as_json)
    passphrases = Passphrases.told(passphrase_from or [])
    with opened() as runtime:
        with runtime.catalog.reading() as session:
            version = proposed_version(session, name)
        effect = runtime.retention.evaluator().effect_of(version.id)
        _tell_effect(terminal, effect)
        if dry_run:
            return ExitCode.DONE
        if by is None:
            raise UsageWrong(say("cli-schedule-who"))
        if not yes and not _agreed(terminal):
            raise UsageWrong(say("cli-schedule-not-agreed"))
        person = runtime.retention.approver_desk().prove(by, passphrases.of(by), act=f"activate {name}")
        runtime.retention.schedule_desk().activate(person, name, effect=_counts(effect))
        evaluated = runtime.retention.evaluator().evaluate()
    told = f"{version.schedule}@{version.version}"
    terminal.note(say("cli-schedule-activated", name=told, by=person.name, count=evaluated.recordings))
    return ExitCode.DONE


def _agreed(terminal: Terminal) -> bool:
    return terminal.is_watched and typer.confirm(say("cli-schedule-agree"), err=True)


def _counts(effect: Effect) -> Mapping[str, int]:
    return dataclasses.asdict(effect)


def _tell_effect(terminal: Terminal, effect: Effect) -> None:
    counts = _counts(effect)
    if terminal.as_json:
        terminal.line({"effect": dict(counts)})
        return
    terminal.out.print(say("cli-schedule-effect", **counts))
    if effect.earlier:
        terminal.out.print(say("cli-schedule-shorter"))


def reject(name: Named, by: By, reason: Reason, passphrase_from: Sources = None) -> int:
    passphrases = Passphrases.told(passphrase_from or [])
    with opened() as runtime:
        person = runtime.retention.approver_desk().prove(by, passphrases.of(by), act=f"reject {name}")
        version = runtime.retention.schedule_desk().reject(person, name, reason=reason)
    Terminal().note(say("cli-schedule-rejected", name=f"{version.schedule}@{version.version}", by=person.name))
    return ExitCode.DONE
