"""What a main loop does: jobs, each of which is begun, stepped when it is due, and closed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

DEADLINE_S = 5.0


class Work(Protocol):
    """A job that has begun."""

    def step(self) -> float | None:
        """Do a little, never wait; return in how many seconds to step again, or None at the end."""
        ...

    def close(self) -> None:
        """Put everything in order, quickly; no step follows."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that a process does, such as one motor.

    Attributes
    ----------
    name : str
        Unique in the process; in logs and metrics.
    start : callable
        Begins it, and begins it anew after an error.
    deadline_s : float
        A step that takes longer is an overrun: logged and counted.
    motor_id : str or None
        The motor that it serves.
    """

    name: str
    start: Callable[[], Work]
    deadline_s: float = DEADLINE_S
    motor_id: str | None = None
