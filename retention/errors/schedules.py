"""What stands in a schedule, putting one in force, and what a person says a recording is."""

from collections.abc import Sequence

from retention.errors.base import RetentionError


class ScheduleError(RetentionError):
    pass


class ScheduleFileUnreadable(ScheduleError):
    """`code` is why: system, large, not_utf8; `detail` what the system said, or the limit in bytes."""

    def __init__(self, path: str, code: str, detail: str) -> None:
        self.path, self.code, self.detail = path, code, detail
        why = {
            "large": f"it is larger than {detail} bytes",
            "not_utf8": "it is no UTF-8 text",
        }.get(code, detail)
        super().__init__(f"The schedule {path} cannot be read: {why}.")


_SCHEDULE_FAULTS = {
    "toml": "it is no TOML ({value})",
    "unknown": "there is no key {key} here",
    "missing": "the key {key} is missing",
    "empty": "{key} is empty",
    "text": "{key} must be text",
    "yes_or_no": "{key} must be true or false",
    "true_only": "{key} can only be true: leave it out where it does not matter",
    "number": "{key} must be a whole number",
    "list": "{key} must be a list",
    "table": "{key} must be a table",
    "one_of": "{key} must be one of {value}",
    "form": "{key} must have the form {value}",
    "twice": "there is a rule {value} already",
    "keep": '{value} is no period: write "60 days", "6 months", "2 years", "permanent", "as case file" or '
    '"until adjudicated"',
    "from": "from goes with a period only, and {value} is none",
    "deadline": "a deadline has either hours or working_days",
}


class ScheduleInvalid(ScheduleError):
    """`code` names what is wrong, `key` where, `value` what was found or what may be there."""

    def __init__(self, file: str, line: int, key: str, code: str, value: str = "") -> None:
        self.file, self.line, self.key, self.code, self.value = file, line, key, code, value
        why = _SCHEDULE_FAULTS.get(code, "{key} cannot be that").format(key=key, value=value)
        super().__init__(f"{file}, line {line}: {why}.")


class ScheduleUnknown(ScheduleError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"No schedule {name} was loaded: see `zhilu retention schedule list`, and load it first.")


class ScheduleAmbiguous(ScheduleError):
    """`versions`: those that were loaded, of which one has to be named."""

    def __init__(self, name: str, versions: Sequence[str]) -> None:
        self.name, self.versions, self.example = name, ", ".join(versions), f"{name}@{versions[-1]}"
        super().__init__(
            f"Several versions of the schedule {name} were loaded ({self.versions}): say which one, as {self.example}."
        )


class ScheduleVersionKnown(ScheduleError):
    def __init__(self, schedule: str, version: str) -> None:
        self.schedule, self.version = schedule, version
        super().__init__(
            f"Another text was loaded as version {version} of {schedule}: give this one a version of its own."
        )


class ScheduleIncomplete(ScheduleError):
    def __init__(self, schedule: str) -> None:
        self.schedule = schedule
        super().__init__(
            f"The schedule {schedule} leaves the general period to the agency, so it cannot come into force as it is: "
            f"write it to a file with `zhilu retention schedule show {schedule} --toml`, add a [[rule]] without "
            "`when`, give it a version of its own, and load that."
        )


class ScheduleInForce(ScheduleError):
    def __init__(self, schedule: str, version: str) -> None:
        self.schedule, self.version = schedule, version
        super().__init__(f"Version {version} of {schedule} is in force already.")


class ScheduleProposed(ScheduleError):
    def __init__(self, schedule: str, version: str) -> None:
        self.schedule, self.version = schedule, version
        super().__init__(
            f"Version {version} of {schedule} is proposed and waits for a second person: activate or reject it first."
        )


class ScheduleNotProposed(ScheduleError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"The schedule {name} is not proposed: propose it first.")


class ProposerGone(ScheduleError):
    def __init__(self, name: str, proposer: str) -> None:
        self.name, self.proposer = name, proposer
        super().__init__(
            f"{proposer}, who proposed the schedule {name}, may not approve any more: reject it, and have another "
            "approver propose it."
        )


class SamePerson(ScheduleError):
    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} has proposed it: another approver must put it in force.")


class ClassificationError(RetentionError):
    pass


class ClassificationStands(ClassificationError):
    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(f"The recording is classified as {word} already.")


class NotClassified(ClassificationError):
    def __init__(self, word: str) -> None:
        self.word = word
        super().__init__(f"The recording is not classified as {word}: see `zhilu retention explain`.")


class NoDeadline(RetentionError):
    """`code` is why: none_in_force, or none_set by the `schedule`."""

    def __init__(self, schedule: str) -> None:
        self.schedule, self.code = schedule, "none_set" if schedule else "none_in_force"
        super().__init__(
            f"The schedule in force, {schedule}, sets no deadline for securing recordings."
            if schedule
            else "No schedule is in force, so there is no deadline for securing recordings: put one in force first."
        )
