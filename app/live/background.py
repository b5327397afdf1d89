"""Slow work that the loop must not wait for: one thread, one call at a time, again and again."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sensors.errors import MotorwatchError

log = logging.getLogger(__name__)

LOOK_S = 1.0


class Background:
    """Work that calls something slow every so often.

    An error of ours is logged, and the call made again at its time; any other ends the job, which
    the loop then begins anew.

    Parameters
    ----------
    name : str
        Of the thread, and in the log.
    call : callable
        What is done; it must open what it needs for its own thread.
    every_s : float
        From the end of one call to the next.
    """

    def __init__(self, name: str, call: Callable[[], None], every_s: float) -> None:
        self._name, self._call, self._every_s = name, call, every_s
        self._pool = ThreadPoolExecutor(1, name)
        self._running: Future[None] | None = None

    def step(self) -> float:
        """See whether the call has ended; begin the next one."""
        if self._running is None:
            self._running = self._pool.submit(self._call)
            return min(LOOK_S, self._every_s)
        if not self._running.done():
            return LOOK_S
        ended, self._running = self._running, None
        try:
            ended.result()
        except MotorwatchError as error:
            log.error("%s: %s", self._name, error)
        return self._every_s

    def close(self) -> None:
        """End after the call at hand."""
        self._pool.shutdown(wait=True, cancel_futures=True)
