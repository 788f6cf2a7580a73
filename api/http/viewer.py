"""Who looks, as far as a request says."""

from collections.abc import Mapping

from api.http.looks import Viewer

_PURPOSE_AT_MOST = 200
_PROGRAM_AT_MOST = 200


def viewer_of(headers: Mapping[str, str], query: Mapping[str, str]) -> Viewer:
    """The program from `User-Agent`, the purpose from the address (`?purpose=`); both bounded."""
    purpose = "".join(letter for letter in query.get("purpose", "") if letter.isprintable()).strip()
    program = "".join(letter for letter in headers.get("user-agent", "") if letter.isprintable()).strip()
    return Viewer(program[:_PROGRAM_AT_MOST] or "unknown program", purpose[:_PURPOSE_AT_MOST] or None)


def is_refresh(headers: Mapping[str, str]) -> bool:
    """Whether a page that is open already brings itself up to date; that is no new look."""
    return headers.get("x-zhilu-refresh") == "1" and headers.get("sec-fetch-site", "same-origin") == "same-origin"
