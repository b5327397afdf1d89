"""Timing side by side: rivals take turns, so that whatever slows the machine slows all of them."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Rival(NamedTuple):
    """A call to time, and how many of them make one turn."""

    call: Callable[[], object]
    calls: int


def cpu_seconds(rivals: Mapping[str, Rival], rounds: int) -> dict[str, Floats]:
    """Return the processor time of one call of each rival, the median of each turn.

    Processor time, because what other programs take of the machine is not ours.

    Returns
    -------
    dict of str to float array, shape (rounds,)
    """
    turns: dict[str, list[float]] = {name: [] for name in rivals}
    for rival in rivals.values():
        rival.call()
    for _ in range(rounds):
        for name, rival in rivals.items():
            turns[name].append(_turn(rival))
    return {name: np.array(seconds) for name, seconds in turns.items()}


def _turn(rival: Rival) -> float:
    seconds = []
    for _ in range(rival.calls):
        start = time.process_time()
        rival.call()
        seconds.append(time.process_time() - start)
    return float(np.median(seconds))
