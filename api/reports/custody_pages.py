"""The custody report in words: what its template prints, in one language and one zone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from api import event_words, fixity_words
from api.messages.translator import Translator, key_of
from api.reading.model import RecordingView, StatusReason
from api.reports.custody_report import CopyTold, CustodyReport, DisposalTold, EventTold, HoldTold
from api.times import for_people, written_for_people
from api.verifying.model import Finding, Part
from catalog.tables.disposals import DisposalItemState

Row = Sequence[str]


def pages_of(report: CustodyReport, findings: Sequence[Finding], say: Translator, zone: tzinfo) -> Mapping[str, Any]:
    """The facts of `custody.html`."""
    words = _Words(say, zone)
    return {
        "title": say("report-custody"),
        "gone": words.gone(report),
        "number": report.preparation.number,
        "preparation": words.preparation(report),
        "evidence": words.evidence(report),
        "origin": words.origin(report),
        "time": words.time(report),
        "media": words.media(report),
        "passed": report.verification.passed,
        "verdict": say("report-passed" if report.verification.passed else "report-not-passed"),
        "verification": words.verification(report),
        "findings": [words.finding(each) for each in findings],
        "checkpoint": words.checkpoint(report),
        "events": [words.event(each, report.case_numbers) for each in report.events],
        "events_count": say("report-events-count", count=len(report.events)),
        "copies": [words.copy(each) for each in report.copies],
        "holds": [words.hold(each) for each in report.holds],
        "retention": words.retention(report),
        "original_or_copy": words.article_12(report),
    }


class _Words:
    def __init__(self, say: Translator, zone: tzinfo) -> None:
        self._say, self._zone = say, zone

    def _at(self, moment: datetime | None) -> str:
        return self._say("cli-unknown") if moment is None else for_people(moment, self._zone)

    def _or_unknown(self, value: object) -> str:
        return self._say("cli-unknown") if value in (None, "") else str(value)

    def _pairs(self, **values: object) -> list[tuple[str, str]]:
        """Named by their texts `report-fact-...`; what is not known is said to be so."""
        return [(self._say(key_of("report-fact", name)), self._or_unknown(value)) for name, value in values.items()]

    def preparation(self, report: CustodyReport) -> list[tuple[str, str]]:
        told = report.preparation
        return self._pairs(
            number=told.number,
            made_at=self._at(told.made_at),
            program=f"{self._say('brand')} {told.program_version}",
            prepared_by=told.prepared_by,
            purpose=told.purpose,
        )

    def evidence(self, report: CustodyReport) -> list[tuple[str, str]]:
        view = report.recording
        return self._pairs(
            id=view.id,
            name=view.name,
            paths="\n".join(dict.fromkeys(each.path for each in view.sightings)),
            size=self._say("report-bytes", size=f"{view.size:,}"),
            sha256=view.sha256,
            sm3=view.sm3,
            stored_as=view.stored_as if view.disposed_at is None else self._say("report-gone", what=view.stored_as),
            lock=self._lock(report),
            cases="\n".join(f"{each.case_number} ({self._say.word('link-state', each.state)})" for each in view.links)
            or self._say("report-none"),
        )

    def _lock(self, report: CustodyReport) -> str:
        lock = report.recording.lock
        if report.recording.disposed_at is not None:
            return self._say("nothing-to-lock")
        if not lock.reported:
            return self._say("cli-lock-not-asked", said=lock.reason or "")
        if lock.retain_until is None or lock.mode is None:
            return self._say("report-none")
        until = written_for_people(lock.retain_until, self._zone)
        held = f", {self._say('report-held')}" if lock.held else ""
        return f"{until} ({self._say.word('lock-mode', lock.mode)}){held}"

    def origin(self, report: CustodyReport) -> list[tuple[str, str]]:
        view = report.recording
        officer = view.officer
        return self._pairs(
            device=view.device,
            device_model=view.device_register.model if view.device_register else None,
            officer=officer.name or officer.code or self._say.word("officer-state", officer.state),
            certificate=officer.certificate_number,
            agency=officer.agency,
            station="\n".join(report.stations),
        )

    def time(self, report: CustodyReport) -> list[tuple[str, str]]:
        view, time = report.recording, report.recording.capture_time
        offset = None if time.offset_s is None else self._say("report-seconds", seconds=f"{time.offset_s:+.1f}")
        return self._pairs(
            device_time=time.raw or time.device_time,
            captured_at=written_for_people(view.captured_at, self._zone) if view.captured_at else None,
            time_origin=self._say.word("time-origin", view.captured_at_origin) if view.captured_at_origin else None,
            offset=offset or self._say("report-not-measured"),
            offset_origin=self._say.word("offset-origin", time.offset_origin) if time.offset_origin else None,
            secured_at=written_for_people(view.secured_at, self._zone),
            clock_warnings="\n".join(self._say.word("clock-warning", each.code) for each in time.warnings)
            or self._say("report-none"),
        )

    def media(self, report: CustodyReport) -> list[tuple[str, str]]:
        view, media = report.recording, report.recording.media
        picture = f"{media.width} x {media.height}" if media and media.width else None
        codecs = ", ".join(each for each in (media.codec, media.audio_codec) if each) if media else None
        seconds = media.duration_s if media else None
        damage = [each for each in view.reasons if each.job is None and each.code != "disposed"]
        return self._pairs(
            kind=self._say.word("recording-kind", view.kind),
            codecs=codecs,
            picture=picture,
            duration=None if seconds is None else self._say("report-seconds", seconds=f"{seconds:.3f}"),
            damage="\n".join(self._damage(each) for each in damage) or self._say("report-none"),
            stored_bytes=self._stored_bytes(view),
        )

    def _damage(self, reason: StatusReason) -> str:
        text = self._say.word("problem", reason.code)
        if reason.since is None:
            return text
        return self._say("reason-since", text=text, at=written_for_people(reason.since, self._zone))

    def _stored_bytes(self, view: RecordingView) -> str:
        if view.disposed_at is not None:
            return self._say("report-bytes-gone")
        return "\n".join(fixity_words.lines(view.fixity, str(view.id), self._say, self._zone))

    def verification(self, report: CustodyReport) -> list[Row]:
        """Of what was disposed of no bytes are read: it is looked for whether any version of it is left."""
        gone = report.recording.disposed_at is not None
        return [
            (
                self._say("report-part-absence" if gone and part == Part.CONTENTS else key_of("verify-part", part)),
                self._say("verify-checked", **counts),
            )
            for part, counts in report.verification.parts.items()
            if counts["of"] or not gone
        ]

    def finding(self, finding: Finding) -> str:
        facts = {
            name: for_people(fact, self._zone) if isinstance(fact, datetime) else fact
            for name, fact in finding.facts.items()
        }
        weight = self._say.word("verify-weight", finding.weight)
        return f"{weight}: {self._say(key_of('verify-finding', finding.code), **facts)}"

    def checkpoint(self, report: CustodyReport) -> list[tuple[str, str]]:
        told = report.checkpoint
        if told is None:
            return []
        return self._pairs(
            tree_size=told.size,
            tree_root=told.root,
            signed_at=self._at(told.at),
            stamped_by=", ".join(told.stamped_by) or self._say("report-none"),
            waiting=told.events_after,
            note=told.note,
            key=told.key,
            key_sha256=told.key_sha256,
        )

    def event(self, event: EventTold, cases: Mapping[str, str]) -> Row:
        who = event.actor if event.role is None else f"{event.actor} ({event.role})"
        more = [
            f"{self._say(key_of('report-fact', name))}: {value}"
            for name, value in (("purpose", event.purpose), ("approval", event.approval), ("address", event.address))
            if value
        ]
        told = event_words.details_of(event.details, self._say, self._zone, cases=cases)
        return (
            "-" if event.position is None else str(event.position),
            self._at(event.at),
            who,
            self._say.word("custody-action", event.action),
            self._say.word("custody-result", event.result),
            "\n".join([*more, *told]),
        )

    def copy(self, copy: CopyTold) -> Row:
        return (
            self._at(copy.at),
            copy.actor,
            self._or_unknown(copy.recipient),
            self._or_unknown(copy.purpose),
            event_words.what_of(copy.what, self._say),
            self._say.word("custody-result", copy.result),
        )

    def hold(self, hold: HoldTold) -> Row:
        released = self._say("report-hold-stands")
        if hold.released_at is not None:
            document = hold.release_document or ""
            released = f"{self._at(hold.released_at)}\n{hold.released_by or ''}\n{document}".strip()
        return hold.number, hold.authority, hold.document, hold.reason, self._at(hold.placed_at), released

    def retention(self, report: CustodyReport) -> list[tuple[str, str]]:
        told = report.retention
        blocked = "\n".join(event_words.reason_of(each, self._say) for each in (told.blocked_by if told else ()))
        if report.recording.disposed_at is not None:
            at = written_for_people(report.recording.disposed_at, self._zone)
            return self._pairs(
                outcome=self._say("retention-disposed", at=at),
                rule=told.rule if told else None,
                disposal="\n".join(self._disposal(each) for each in report.disposals),
            )
        return self._pairs(
            outcome=self._say.word("report-outcome", told.outcome) if told else self._say("report-not-evaluated"),
            expires_at=self._at(told.expires_at) if told and told.expires_at else None,
            rule=told.rule if told else None,
            blocked_by=blocked or self._say("report-none"),
            disposal="\n".join(self._disposal(each) for each in report.disposals) or self._say("report-none"),
        )

    def _disposal(self, told: DisposalTold) -> str:
        """What was planned, and what became of it: only what is still to come is told as that."""
        facts = {"list": told.number, "expires": self._at(told.expires_at), "ended": self._at(told.ended_at)}
        because = self._say("event-and").join(event_words.reason_of(each, self._say) for each in told.kept_because)
        people = self._say("event-and").join(told.approved_by) or self._say("report-nobody")
        certified = "yes" if told.certified else "no"
        key = key_of("report-disposal", told.item_state)
        return self._say(key, **facts, people=people, because=because, certified=certified)

    def gone(self, report: CustodyReport) -> list[tuple[str, str]]:
        """That it was disposed of, before all else; nothing of what is there."""
        view = report.recording
        if view.disposed_at is None:
            return []
        told = [self._disposal(each) for each in report.disposals if each.item_state == DisposalItemState.DELETED]
        return self._pairs(
            disposed_at=written_for_people(view.disposed_at, self._zone),
            disposed_under=view.disposed_under,
            disposal="\n".join(told),
        )

    def _carrier(self, view: RecordingView) -> str:
        """What is there of the original: of one that was disposed of nothing is kept but what is known of it."""
        if view.disposed_at is None and view.fixity.damaged_since is not None:
            since = written_for_people(view.fixity.damaged_since, self._zone)
            return self._say("report-original-damaged", reference=view.stored_as, since=since)
        if view.disposed_at is None:
            return self._say("report-original", reference=view.stored_as)
        return self._say(
            "report-original-disposed",
            at=written_for_people(view.disposed_at, self._zone),
            list=view.disposed_under or self._say("cli-unknown"),
        )

    def article_12(self, report: CustodyReport) -> list[tuple[str, str]]:
        """最高法行政诉讼证据规定 Art 12: the original, or a copy with how, when, by whom and to prove what it was made.

        Sound comes with a transcript. What only people can say is left to be written in by hand.
        """
        view = report.recording
        officer = view.officer
        return [
            (self._say("report-fact-carrier"), self._carrier(view)),
            (
                self._say("report-fact-method"),
                self._say("report-method", device=view.device) if view.device else self._say("cli-unknown"),
            ),
            (
                self._say("report-fact-made-when"),
                written_for_people(view.captured_at, self._zone) if view.captured_at else self._say("cli-unknown"),
            ),
            (
                self._say("report-fact-maker"),
                officer.name or officer.code or self._say.word("officer-state", officer.state),
            ),
            (self._say("report-fact-to-prove"), ""),
            (self._say("report-fact-transcript"), ""),
        ]
