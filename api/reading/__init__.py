"""What is known of recordings, as one shape for every face: the command line's JSON, the HTTP JSON and the pages.

`show` reads one recording and asks the store for its lock; `summaries` and `search` read many. Both hand out frozen
views (`api.reading.model`): plain values with stable keys, times as ISO 8601 text, unknown as null.
"""

from api.reading.criteria import CriteriaWrong, criteria_from
from api.reading.history import history
from api.reading.listing import Page, search, summaries
from api.reading.model import RecordingSummary, RecordingView
from api.reading.recording import show

__all__ = [
    "CriteriaWrong",
    "Page",
    "RecordingSummary",
    "RecordingView",
    "criteria_from",
    "history",
    "search",
    "show",
    "summaries",
]
