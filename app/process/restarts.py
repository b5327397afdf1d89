"""When a job that failed is begun anew, and when that is hopeless: pure functions on counts."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How long to wait after a failure, and how many to bear.

    Attributes
    ----------
    first_s, longest_s : float
        Pause after the first failure, doubled after each further one up to the longest.
    most : int
        So many failures in a row are hopeless: about two minutes, as it stands.
    forget_s : float
        A job that ran this long since its last failure begins to count again.
    """

    first_s: float = 1.0
    longest_s: float = 60.0
    most: int = 8
    forget_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures in a row of one job, and when the last one was."""

    in_a_row: int = 0
    last_s: float = -math.inf


def after_failure(before: Failures, now_s: float, policy: RestartPolicy) -> Failures:
    """Count one more failure."""
    forgotten = now_s - before.last_s > pause_s(before, policy) + policy.forget_s
    return Failures(1 if forgotten else before.in_a_row + 1, now_s)


def pause_s(failures: Failures, policy: RestartPolicy) -> float:
    """Return how long to wait before the job is begun anew."""
    doublings = min(max(failures.in_a_row - 1, 0), 60)
    return min(policy.first_s * 2.0**doublings, policy.longest_s)


def is_hopeless(failures: Failures, policy: RestartPolicy) -> bool:
    """Say whether the whole process had better begin anew."""
    return failures.in_a_row >= policy.most
