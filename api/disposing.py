"""Carrying out approved lists by a timer, and printing the certificates.

In `zhilu up` alone: where machines share their engines, only the role and the key of retention may delete, and
`zhilu retention execute --due` runs as them (infra/deploy/systemd/zhilu-dispose.timer).
"""

from collections.abc import Mapping
from typing import Any

import structlog

from api.errors import PrintingUnavailable
from api.messages.language import Language
from api.messages.translator import Translator, translator
from api.reports.printing import as_pdf
from api.runtime import Runtime
from api.timers import Duty

_log = structlog.get_logger(__name__)


def disposing(runtime: Runtime) -> Duty:
    """Look now and every hour for lists that are due."""

    def dispose() -> None:
        runtime.retention.executor(printed=printed_in_all).execute_due()

    return Duty("disposing", runtime.settings.disposal.execute_seconds, dispose)


def printed_in_all(document: Mapping[str, Any]) -> Mapping[str, bytes]:
    """The certificate as PDF in each language; nothing where this machine cannot print: the signed JSON says it all."""
    try:
        return {f"certificate-{_tag(language)}.pdf": printed(document, translator(language)) for language in Language}
    except PrintingUnavailable as error:
        _log.warning("a certificate is not printed here; it can be later", reason=str(error))
        return {}


def printed(document: Mapping[str, Any], say: Translator) -> bytes:
    """The certificate as PDF. Raises PrintingUnavailable."""
    facts = {"title": say("certificate-title"), "number": document["number"], "document": document}
    return as_pdf("certificate.html", say, facts)


def _tag(language: Language) -> str:
    return language.value.partition("-")[0]
