"""Keeping Zhilu's own files off the cards: nothing is ever written to one, and none tells Zhilu how to lock it."""

from collections.abc import Sequence
from pathlib import Path

from api.errors import OwnFolder
from api.settings import Settings, settings_file


def refuse_own_folders(settings: Settings, sources: Sequence[Path]) -> None:
    """Raises OwnFolder where Zhilu's home or settings lie inside a source, or a source inside Zhilu's own store."""
    home = settings.home.resolve()
    for source in sources:
        try:
            place = source.resolve()
        except (OSError, RuntimeError):  # a loop of links: whoever reads it says so
            continue
        if home.is_relative_to(place):
            raise OwnFolder(str(source), str(home))
        for own in (home / "objects", home / "scratch"):
            if place.is_relative_to(own):
                raise OwnFolder(str(source), str(own))
        used = settings_file().resolve()
        if used.is_file() and used.is_relative_to(place):
            raise OwnFolder(str(source), str(used))
