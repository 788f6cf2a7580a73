"""Carrying out approved lists by a timer, and printing the certificates.

In `zhilu up` alone: where machines share their engines, only the role and the key of retention may delete, and
`zhilu retention execute --due` runs as them (infra/deploy/systemd/zhilu-dispose.timer).
"""

from collections.abc import Mapping
from datetime import tzinfo

import structlog

from api.errors import PrintingUnavailable
from api.messages.language import Language
from api.messages.translator import Translator, translator
from api.reports.disposal_pages import pages_of
from api.reports.printing import as_pdf
from api.runtime import Runtime
from api.timers import Duty
from retention.disposal.certificate import Print, Signed

_log = structlog.get_logger(__name__)


def disposing(runtime: Runtime) -> Duty:
    """Look now and every hour for lists that are due."""

    def dispose() -> None:
        made = runtime.retention.executor(printed=printer(runtime.settings.time_zone)).execute_due()
        for each in made.refused:
            _log.error("a list cannot be carried out", number=each.number, why=str(each.why))

    return Duty("disposing", runtime.settings.disposal.execute_seconds, dispose)


def printer(zone: tzinfo) -> Print:
    """Prints a certificate in each language, with the times of this zone."""

    def print_in_all(signed: Signed) -> Mapping[str, bytes]:
        """Nothing where this machine cannot print: the signed JSON says it all."""
        try:
            return {name_of(language): printed(signed, translator(language), zone) for language in Language}
        except PrintingUnavailable as error:
            _log.warning("a certificate is not printed here; it can be later", reason=str(error))
            return {}

    return print_in_all


def printed(signed: Signed, say: Translator, zone: tzinfo) -> bytes:
    """The certificate as PDF. Raises PrintingUnavailable."""
    return as_pdf("certificate.html", say, pages_of(signed, say, zone))


def name_of(language: Language) -> str:
    """How its print in that language is called."""
    return f"certificate-{language.value.partition('-')[0]}.pdf"
