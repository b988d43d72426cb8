"""What several workers of one session share: results that are expensive are made once, in a folder of the session."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

#: Names the folder; the process that starts the workers sets it (conftest.py).
VARIABLE = "TOOLCHAIN_TESTS_SHARED"


@cache
def folder() -> Path:
    """Return the session's folder; outside of a session, one of this process."""
    return Path(os.environ.get(VARIABLE) or tempfile.mkdtemp(prefix="toolchain-tests-"))


def once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of this name, filled by ``make``: one worker calls it, others that ask meanwhile wait."""
    place = folder() / name
    with Path(f"{place}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "made").exists():
            place.mkdir(exist_ok=True)
            make(place)
            (place / "made").touch()
    return place
