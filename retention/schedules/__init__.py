"""The built-in schedules: data files, each value with what it rests on and whether that was read in the original."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

from retention.schedule import Schedule
from retention.schedule_file import schedule_of


@cache
def built_in() -> Mapping[str, tuple[str, Schedule]]:
    """The text of each built-in schedule and what it says, by its id."""
    files = sorted(resources.files(__package__).iterdir(), key=lambda file: file.name)
    texts = {file.name: file.read_text("utf-8") for file in files if file.name.endswith(".toml")}
    return {name.removesuffix(".toml"): (text, schedule_of(text, name=name)) for name, text in texts.items()}
