"""How times are written, one rule for all faces: people read the agency's own time with its offset, programs UTC."""

from datetime import UTC, datetime, timedelta, tzinfo


def for_people(moment: datetime, zone: tzinfo) -> str:
    """In the zone of the settings, with its offset: 2026-11-23 08:30:00 +08:00."""
    local = moment.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    sign = "-" if offset < timedelta() else "+"
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{local:%Y-%m-%d %H:%M:%S} {sign}{minutes // 60:02}:{minutes % 60:02}"


def written_for_people(text: str, zone: tzinfo) -> str:
    """The same of a time that is written down; one that cannot be read, or has no offset, as it stands."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo is None else for_people(moment, zone)


def in_utc(moment: datetime) -> str:
    """ISO 8601 in UTC, for `--json`."""
    return moment.astimezone(UTC).isoformat()
