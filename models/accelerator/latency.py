"""How long a backend takes: many runs, their middle and their tail."""

import msgspec
import numpy as np

from models.accelerator.worker_process import Values, Worker

WARM_UP = 20


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Time of one run as its caller sees it.

    Attributes
    ----------
    median_ms, p99_ms : float
        Half of the runs, and 99 of 100, took no longer.
    invoke_ms : float
        The median within the runtime alone, without the way to its process and back.
    runs : int
        How many there were.
    """

    median_ms: float
    p99_ms: float
    invoke_ms: float
    runs: int


def measure(worker: Worker, inputs: Values, runs: int) -> Latency:
    """Run inputs in turn, a warm-up first.

    Parameters
    ----------
    worker : Worker
        Where.
    inputs : ndarray, shape (k, *input)
        What.
    runs : int
        How often.

    Raises
    ------
    BackendLost
        It failed meanwhile.
    """
    for number in range(WARM_UP):
        worker.run(inputs[number % len(inputs)])
    answers = [worker.run(inputs[number % len(inputs)]) for number in range(runs)]
    whole = 1e3 * np.array([one.latency_s for one in answers])
    median, p99 = np.percentile(whole, [50, 99])
    return Latency(
        median_ms=float(median),
        p99_ms=float(p99),
        invoke_ms=1e3 * float(np.median([one.invoke_s for one in answers])),
        runs=runs,
    )
