"""Which account of the machine we run under, as the kernel knows it; no variable of the environment has a say."""

import os
import pwd


def system_user() -> dict[str, int | str]:
    """The real user id, and its name where it has one. Goes on record beside what people say; it is nobody's word."""
    uid = os.getuid()
    try:
        return {"uid": uid, "account": pwd.getpwuid(uid).pw_name}
    except KeyError:  # as in containers
        return {"uid": uid}
