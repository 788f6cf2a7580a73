"""Keeping the custody log by timers: events get their positions, the tree is signed and stamped, locks are renewed."""

from api.runtime import Runtime
from api.timers import Duty

SEQUENCE_SECONDS = 5.0
_STAMP_SECONDS = 30.0
_RENEWAL_SECONDS = 3600.0


def keeping_log(runtime: Runtime) -> tuple[Duty, ...]:
    """The duties of whoever works. The key is made where the log has none yet.

    Raises CustodyError where the key is not that of the log; CatalogError, StorageError.
    """
    runtime.custody.key_ring().signing_key()
    sequencer, checkpointer, stamper = (
        runtime.custody.sequencer(),
        runtime.custody.checkpointer(),
        runtime.custody.stamper(),
    )
    renewer = runtime.custody.log_lock_renewer()

    def sign() -> None:
        sequencer.run()
        checkpointer.run()

    return (
        Duty("sequencing the custody log", SEQUENCE_SECONDS, lambda: _done(sequencer.run())),
        Duty("signing the custody log", runtime.settings.custody.checkpoint_seconds, sign, last_round=True),
        Duty("stamping the custody log", _STAMP_SECONDS, lambda: _done(stamper.run())),
        Duty("renewing the locks of the custody log", _RENEWAL_SECONDS, lambda: _done(renewer.renew())),
    )


def _done(_found: object) -> None:
    """What was found is logged by whoever found it."""
