"""From facts to a PDF: a template of this package, said in one language, printed with its fonts inside.

PDF/A-2u, the form that archives keep: nothing outside the file is needed to read it, and its text can be selected,
searched and copied. Templates reach no file and no network; whatever facts hold is escaped.
"""

import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.errors import PrintingUnavailable
from api.messages.translator import Translator
from api.reports.fonts import FONT, PACKAGES, missing

_TEMPLATES = Path(__file__).parent / "templates"
_VARIANT = "pdf/a-2u"


def check_printing() -> None:
    """Before any work is put into what is to be printed. Raises PrintingUnavailable."""
    lacking = missing()
    if lacking is not None:
        raise PrintingUnavailable(lacking, PACKAGES)


def as_pdf(template: str, say: Translator, facts: Mapping[str, Any]) -> bytes:
    """Print `templates/NAME`, which extends `sheet.html` and sees `say` and the facts. Raises PrintingUnavailable.

    The sheet itself wants the facts `title` and `number`: both stand on every page.
    """
    check_printing()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions to come, for its programmers
        # Read in only where something is printed: it takes a second and 60 MB.
        from weasyprint import HTML  # noqa: PLC0415
        from weasyprint.urls import URLFetcher  # noqa: PLC0415

        # Data addresses alone: what is printed comes from the facts, never from a file or the network.
        nowhere = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
        document = HTML(string=as_html(template, say, facts), url_fetcher=nowhere)
        printed: bytes = document.write_pdf(pdf_variant=_VARIANT)
    return printed


def as_html(template: str, say: Translator, facts: Mapping[str, Any]) -> str:
    """What is printed, before it is printed."""
    return _templates().get_template(template).render(say=say, language=say.language.value, font=FONT, **facts)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
