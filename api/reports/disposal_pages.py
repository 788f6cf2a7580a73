"""The certificate of a disposal in words: what its template prints, in one language and one zone."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from api.messages.language import Language
from api.messages.translator import Translator, key_of
from api.obstacle_words import obstacle
from api.times import written_for_people
from retention.disposal.certificate import Signed

Pairs = Sequence[tuple[str, str]]
_ITSELF = "zhilu"


def pages_of(signed: Signed, say: Translator, zone: tzinfo) -> Mapping[str, Any]:
    """The facts of `certificate.html`."""
    words, document = _Words(say, zone), signed.document
    return {
        "title": say("certificate-title"),
        "number": document["number"],
        "statement": words.statement(document),
        "list": words.list(document),
        "approvals": [
            (each["name"], words.at(each["given_at"]), each["reason"], each["list_sha256"])
            for each in document["approvals"]
        ],
        "parts_told": [
            (say(f"certificate-part-{part}", count=len(document[part])), [words.recording(each) for each in found])
            for part in ("deleted", "kept", "recovered")
            if (found := document[part])
        ],
        "signature": words.signature(signed),
        "checks": [
            say(f"certificate-check-{step}", number=document["number"], sha256=signed.sha256)
            for step in ("log", "file", "alone")
        ],
    }


class _Words:
    def __init__(self, say: Translator, zone: tzinfo) -> None:
        self._say, self._zone = say, zone

    def at(self, moment: str | None) -> str:
        return written_for_people(moment, self._zone) if moment else self._say("cli-unknown")

    def statement(self, document: Mapping[str, Any]) -> str:
        counts = {part: len(document[part]) for part in ("deleted", "kept", "recovered")}
        return self._say("certificate-statement", number=document["number"], **counts)

    def _pairs(self, **values: object) -> Pairs:
        """Named by their texts `certificate-...`; what is not known is said to be so."""
        return [
            (
                self._say(key_of("certificate", name)),
                str(value) if value not in (None, "") else self._say("cli-unknown"),
            )
            for name, value in values.items()
        ]

    def list(self, document: Mapping[str, Any]) -> Pairs:
        schedule, totals = document["schedule"], document["totals"]
        return self._pairs(
            number=document["number"],
            reason=document["reason"],
            schedule="\n".join([self._schedule(schedule), f"SHA-256 {schedule['sha256']}"]),
            planned=f"{document['planned_by']}\n{self.at(document['planned_at'])}",
            list=document["list_sha256"],
            recoverable=self.at(document["recoverable_until"]),
            executed=self._executed(document),
            totals=self._say(
                "certificate-total",
                recordings=totals["recordings"],
                bytes=f"{totals['bytes']:,}",
                versions=totals["versions"],
                derivatives=totals["derivatives"],
                replica=totals["replica"],
            ),
            issued=self.at(document["issued_at"]),
            zone=str(self._zone),
        )

    def _schedule(self, schedule: Mapping[str, Any]) -> str:
        named = f"{schedule['schedule']}@{schedule['version']}"
        return f"{named}  {self._in_words(schedule['name'])}" if schedule["name"] else named

    def _in_words(self, names: Mapping[str, str]) -> str:
        return names["en"] if self._say.language is Language.ENGLISH else names["zh"]

    def _executed(self, document: Mapping[str, Any]) -> str:
        if not document["executed_by"]:
            return self._say("certificate-nothing")
        by = ", ".join(map(self._by, document["executed_by"]))
        first, last = self.at(document["executed_from"]), self.at(document["executed_until"])
        return f"{by}\n{first}" if first == last else f"{by}\n{first} – {last}"

    def _by(self, actor: str) -> str:
        return self._say("certificate-by-itself") if actor == _ITSELF else actor

    # --- one recording ------------------------------------------------------------------------------------------

    def recording(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Its name, facts that stand two in a line, and those that need a line of their own."""
        return {
            "name": told["name"],
            "short": self._pairs(
                cases="\n".join(each["number"] for each in told["cases"]) or self._say("report-none"),
                device="\n".join(each for each in (told["device"], told["device_agency"]) if each),
                officer=self._officer(told),
                agency=told["agency"],
                recorded=self._recorded(told),
                secured=self.at(told["secured_at"]),
                size=self._say("report-bytes", size=f"{told['size']:,}"),
                expires=self.at(told["expires_at"]),
            ),
            "long": [
                *self._pairs(id=told["recording"], sha256=told["sha256"], sm3=told["sm3"], rule=self._rule(told)),
                *self._end(told),
            ],
        }

    def _officer(self, told: Mapping[str, Any]) -> str | None:
        if told["officer"] is None:
            return str(told["officer_code"]) if told["officer_code"] else None
        return self._say("certificate-person", name=told["officer"], number=told["certificate_number"])

    def _recorded(self, told: Mapping[str, Any]) -> str:
        begins, ends = told["captured_at"], told["captured_until"]
        return f"{self.at(begins)}\n– {self.at(ends)}" if begins and ends and begins != ends else self.at(begins)

    def _rule(self, told: Mapping[str, Any]) -> str:
        name, basis = told["rule_name"], told["basis"]
        named = f"{told['rule']}: {self._in_words(name)}" if name else str(told["rule"])
        if basis is None:
            return named
        key = "retention-basis-verified" if basis["verified"] else "retention-basis-unverified"
        return f"{named}\n{self._say(key, basis=self._in_words(basis))}"

    def _end(self, told: Mapping[str, Any]) -> Pairs:
        """What became of it, when, by whom, and why."""
        lines = [*(obstacle(each, self._say, self._zone) for each in told["because"])]
        if told["taken_back_by"]:
            reason = told["taken_back_reason"] or ""
            lines.append(self._say("certificate-taken-back", by=told["taken_back_by"], reason=reason))
        elif told["executed_by"]:
            lines.append(self._by(told["executed_by"]))
        gone = {each: told[f"{each}_deleted"] for each in ("versions", "derivatives", "replica")}
        if any(gone.values()):
            lines.append(self._say("certificate-gone", **gone))
        if told["left"]:
            lines.append(self._say("certificate-left", count=len(told["left"])))
        return self._pairs(ended="\n".join([self.at(told["ended_at"]), *lines]))

    # --- signature ----------------------------------------------------------------------------------------------

    def signature(self, signed: Signed) -> Pairs:
        last = signed.document["checkpoint"]
        checkpoint = self._say("certificate-no-checkpoint")
        if last is not None:
            at = self.at(last["at"])
            checkpoint = self._say("certificate-checkpoint-told", size=f"{last['size']:,}", root=last["root"], at=at)
        return self._pairs(
            digest=signed.sha256, key=signed.document["key"], note=signed.note.strip(), checkpoint=checkpoint
        )
