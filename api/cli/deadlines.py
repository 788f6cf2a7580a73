"""`zhilu retention deadlines`: were recordings secured in time, by agency and officer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.context import Terminal, opened, say
from api.errors import ExitCode
from api.reading.criteria import moment_from
from api.spreadsheets import Cell, as_csv, as_xlsx
from api.writing import check_output, write_output
from catalog.repositories.deadlines import Recorder, secured_between
from retention.calendar import WorkingCalendar, covered_years
from retention.deadlines import Judge, Promptness, Tally
from retention.errors import NoDeadline
from retention.in_force import schedule_in_force

_HOUR = timedelta(hours=1)


def add_to(group: typer.Typer) -> None:
    group.command("deadlines", help=say("cli-retention-deadlines"))(deadlines)


def deadlines(
    since: Annotated[str | None, typer.Option("--from", metavar="T", help=say("cli-deadlines-from"))] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="T", help=say("cli-deadlines-to"))] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help=say("cli-deadlines-csv"))] = None,
    xlsx_file: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help=say("cli-deadlines-xlsx"))] = None,
    force: Annotated[bool, typer.Option("--force", help=say("cli-get-force"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli-json"))] = False,
) -> int:
    terminal = Terminal(as_json)
    for path in filter(None, (csv_file, xlsx_file)):
        check_output(path, force=force)
    with opened() as runtime:
        zone = runtime.settings.time_zone
        first = moment_from("from", since, zone) if since is not None else None
        last = moment_from("to", until, zone, end_of_day=True) if until is not None else None
        with runtime.catalog.reading(at_length=True) as session:
            present = schedule_in_force(session)
            if present is None or present.schedule.deadline is None:
                raise NoDeadline(present.schedule.id if present else "")
            judge = Judge(present.schedule.deadline, WorkingCalendar(runtime.settings.calendar), zone)
            found = judge.tallies(secured_between(session, first, last))
    report = Report(found)
    if csv_file is not None:
        write_output(csv_file, as_csv(report.table()), force=force)
    if xlsx_file is not None:
        write_output(xlsx_file, as_xlsx(report.table(), title=say("cli-deadlines-title")), force=force)
    if as_json:
        for line in report.plain():
            terminal.line(line)
    elif csv_file is None and xlsx_file is None:
        headers, *rows = report.table()
        terminal.table([str(each) for each in headers], [[_written(cell) for cell in row] for row in rows])
    terminal.note(_summary(report.whole))
    return ExitCode.ATTENTION if report.whole.counts[Promptness.LATE] else ExitCode.DONE


@dataclass(frozen=True)
class Report:
    """One line for each officer of each agency; those whose recorder is unknown have a line too."""

    tallies: Mapping[Recorder, Tally]

    @property
    def whole(self) -> Tally:
        total = Tally()
        for tally in self.tallies.values():
            for each in Promptness:
                total.counts[each] += tally.counts[each]
            total.longest = max(total.longest, tally.longest)
        return total

    def _sorted(self) -> list[tuple[Recorder, Tally]]:
        return sorted(self.tallies.items(), key=lambda each: (each[0].agency_code or "", each[0].officer_number or ""))

    def table(self) -> Iterator[Sequence[Cell]]:
        names = ("agency", "officer", "certificate", "recordings", "judged", "in-time", "late", "share", "longest")
        apart = [each for each in Promptness if each not in {Promptness.IN_TIME, Promptness.LATE}]
        yield [*(say(f"cli-column-{name}") for name in names), *(say.word("promptness", each) for each in apart)]
        unknown = say("cli-unknown")
        for by, tally in self._sorted():
            counts, share = tally.counts, tally.share_in_time
            yield [
                by.agency or unknown,
                by.officer or unknown,
                by.officer_number or "",
                tally.total,
                tally.judged,
                counts[Promptness.IN_TIME],
                counts[Promptness.LATE],
                "" if share is None else round(share, 4),
                round(tally.longest / _HOUR, 1),
                *(counts[each] for each in apart),
            ]

    def plain(self) -> Iterator[dict[str, Any]]:
        for by, tally in self._sorted():
            yield {
                "agency_code": by.agency_code,
                "agency": by.agency,
                "officer_number": by.officer_number,
                "officer": by.officer,
                "recordings": tally.total,
                "judged": tally.judged,
                **{str(each).replace(" ", "_"): tally.counts[each] for each in Promptness},
                "share_in_time": tally.share_in_time,
                "longest_delay_s": tally.longest.total_seconds(),
            }


def _written(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _summary(whole: Tally) -> str:
    first, last = covered_years()
    told = say(
        "cli-deadlines-summary",
        total=whole.total,
        judged=whole.judged,
        late=whole.counts[Promptness.LATE],
        unknown=whole.counts[Promptness.TIME_UNKNOWN],
        doubt=whole.counts[Promptness.CLOCK_IN_DOUBT],
        calendar=whole.counts[Promptness.CALENDAR_UNKNOWN],
    )
    uncovered = say("cli-deadlines-uncovered", first=str(first), last=str(last))
    return f"{told} {uncovered}" if whole.counts[Promptness.CALENDAR_UNKNOWN] else told
