"""A limit in time for matching names: some patterns take centuries over one name."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from sensors.errors import BadConfig

PATIENCE_S = 10.0
"""Matching the names of a million files takes a second or two."""


@contextmanager
def patience(what: str) -> Iterator[None]:
    """Raise BadConfig where the block takes longer than `PATIENCE_S`.

    Only a signal interrupts a regular expression, and only the main thread of POSIX has them;
    elsewhere nothing is limited.
    """
    if not hasattr(signal, "setitimer") or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise BadConfig(
            f"{what}: matching the names of files takes for ever; simplify `files` and `pattern`: "
            "no repeated group within a repeated group, fewer * in a row"
        )

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
