"""SIGTERM and SIGINT: the first asks the main loop to end, the second ends the process at once.

From the first on a clock runs that no Python code can stop: a process that does not end in time
writes the stack of every thread to standard error and ends with exit code 1.
"""

import faulthandler
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

STDERR = 2
STOPS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def stop_on_signals(stop: Callable[[str], None], within_s: float) -> Iterator[None]:
    """Call `stop` with the name of the first signal, and see to it that the process then ends.

    Parameters
    ----------
    stop : callable
        Must neither wait nor take a lock.
    within_s : float
        How long a clean end may take.
    """
    asked = False

    def handle(number: int, _: FrameType | None) -> None:
        nonlocal asked
        if asked:
            os._exit(128 + number)
        asked = True
        # By its number: the object might be in the middle of a write.
        faulthandler.dump_traceback_later(within_s, exit=True, file=STDERR)
        stop(signal.Signals(number).name)

    before = {number: signal.signal(number, handle) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        faulthandler.cancel_dump_traceback_later()
