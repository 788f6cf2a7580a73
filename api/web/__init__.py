"""What the pages are made of: templates, formats, and the static files that browsers fetch."""

from pathlib import Path

from api.web.environment import templates
from api.web.formats import Formats

STATIC = Path(__file__).parent / "static"

__all__ = ["STATIC", "Formats", "templates"]
