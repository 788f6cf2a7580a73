"""How facts are written for people: times in the zone of this Zhilu, sizes, durations, places. Unknown is said."""

from datetime import datetime, tzinfo

from api import fixity_words
from api.messages import Translator
from api.reading.fixity_model import FixityView
from api.times import for_people
from ingest.media.times import quicktime_epoch

_KIB = 1024
_MINUTE, _HOUR = 60, 3600


class Formats:
    """Formats in one language and one zone."""

    def __init__(self, say: Translator, zone: tzinfo) -> None:
        self._say, self._zone = say, zone

    @property
    def unknown(self) -> str:
        return self._say("unknown")

    def time(self, written: str | None) -> str:
        """A time of ISO 8601 in the zone of this Zhilu, with its offset: 2024-01-05 08:30:00 +08:00."""
        moment = _moment(written)
        return self.unknown if moment is None else for_people(moment, self._zone)

    def time_as_written(self, raw: str, origin: str | None) -> str:
        """What the file says, letter by letter; of a bare number also what it counts."""
        if not (raw.isascii() and raw.isdigit() and (origin or "").startswith("quicktime")):
            return raw
        return self._say("quicktime-seconds", seconds=raw, since=f"{quicktime_epoch(int(raw)):%Y-%m-%d}")

    def stored_bytes(self, view: FixityView, recording_id: object) -> list[str]:
        """What was read of the stored bytes, a sentence each."""
        return list(fixity_words.lines(view, str(recording_id), self._say, self._zone))

    def day(self, written: str | None) -> str:
        moment = _moment(written)
        return self.unknown if moment is None else f"{moment.astimezone(self._zone):%Y-%m-%d}"

    def clock(self, written: str | None) -> str:
        moment = _moment(written)
        return "" if moment is None else f"{moment.astimezone(self._zone):%H:%M:%S}"

    def duration(self, seconds: float | None) -> str:
        """Hours, minutes, seconds: 1:02:03, 0:05."""
        if seconds is None:
            return self.unknown
        whole = int(seconds)
        hours, minutes = whole // _HOUR, whole // _MINUTE % _MINUTE
        if hours:
            return f"{hours}:{minutes:02}:{whole % _MINUTE:02}"
        return f"{minutes}:{whole % _MINUTE:02}"

    def seconds(self, seconds: float | None) -> str:
        return (
            self.unknown if seconds is None else self._say("seconds", seconds=f"{seconds:.3f}".rstrip("0").rstrip("."))
        )

    def offset(self, seconds: float | None) -> str:
        """A measured offset with its sign: what is added to the device's time."""
        return (
            self.unknown if seconds is None else self._say("seconds", seconds=f"{seconds:+.3f}".rstrip("0").rstrip("."))
        )

    def size(self, size: int) -> str:
        """With a binary unit: 12.3 MiB."""
        amount = float(size)
        for unit in ("B", "KiB", "MiB", "GiB"):
            if amount < _KIB:
                return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
            amount /= _KIB
        return f"{amount:.1f} TiB"

    def exactly(self, size: int) -> str:
        """All bytes: 12,345,678 bytes."""
        return self._say("bytes", size=f"{size:,}")

    def degrees(self, latitude: float, longitude: float) -> str:
        north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
        return f"{abs(latitude):.6f}° {north}, {abs(longitude):.6f}° {east}"

    def percent(self, share: float) -> str:
        return f"{share * 100:.0f}%"


def _moment(written: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written) if written else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
