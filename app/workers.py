"""Work shared among processes, in order; an interrupt ends it after what has been given out."""

import os
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
BATCH = 4
"""Items given to a process at once."""


def cores() -> int:
    """Return the processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared(
    work: Callable[[Item], Done], items: Sequence[Item], jobs: int
) -> Generator[Done, None, None]:
    """Yield the result of each item, in order, as soon as it and those before it are done.

    Parameters
    ----------
    work : callable
        A function of a module, which other processes can import.
    items : sequence
        What it is called with.
    jobs : int
        Processes; with one, everything runs here and in order.
    """
    if jobs <= 1:
        yield from map(work, items)
        return
    for name in ONE_THREAD:  # else each process starts a thread a core
        os.environ.setdefault(name, "1")
    with ProcessPoolExecutor(jobs, get_context("spawn"), _leave_interrupts_to_the_parent) as pool:
        try:
            yield from pool.map(work, items, chunksize=BATCH)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
