"""Reading again what is stored, and repairing it."""

from retention.errors.base import RetentionError


class StoreAway(RetentionError):
    retryable = True

    def __init__(self, version: str, why: str) -> None:
        self.version, self.why = version, why
        super().__init__(f"The store gives neither {version} nor others ({why}): see that it is there, then try again.")


class RepairRefused(RetentionError):
    pass


class NoReplica(RepairRefused):
    def __init__(self, recording: str) -> None:
        self.recording = recording
        super().__init__(
            f"The recording {recording} is damaged and no replica is set up to repair it from: name one in "
            "[fixity.replica], or put its bytes back from a backup."
        )


class ReplicaAway(RepairRefused):
    retryable = True

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(f"The replica at {where} cannot be read ({why}): nothing was repaired; try again.")


class ReplicaUnfit(RepairRefused):
    """`looked`: how many versions it holds under that key."""

    def __init__(self, recording: str, where: str, looked: int) -> None:
        self.recording, self.where, self.looked = recording, where, looked
        super().__init__(
            f"The replica at {where} holds no version of the recording {recording} with the SHA-256 on record "
            f"({looked} looked at): nothing was repaired; look for another copy."
        )


class BeingDisposedOf(RepairRefused):
    def __init__(self, recording: str) -> None:
        self.recording = recording
        super().__init__(f"The recording {recording} is disposed of, or just being so: it is not repaired.")
