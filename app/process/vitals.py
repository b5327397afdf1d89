"""What a process knows of its own health: when its main loop last came round, what it waits for.

The main loop writes, the health server's threads read; each value is replaced whole.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from app.process.log_line import MAX_FIELD, cut
from app.process.redaction import redact


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a process needs for its work: whether it is there, and if not, why."""

    ok: bool
    reason: str


class Beat:
    """The pulse of a main loop.

    Parameters
    ----------
    most_s : float
        The longest silence of a loop that is alive.
    now_s : callable
        A clock that never goes back.
    """

    def __init__(self, most_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._most_s, self._now_s = most_s, now_s
        self._last_s = now_s()

    def beat(self) -> None:
        """Say that the loop has come round."""
        self._last_s = self._now_s()

    @property
    def age_s(self) -> float:
        """Seconds since the last beat."""
        return max(0.0, self._now_s() - self._last_s)

    @property
    def is_alive(self) -> bool:
        """Whether the loop came round in time."""
        return self.age_s <= self._most_s


class Readiness:
    """Named checks, each failing until it is first passed.

    Parameters
    ----------
    names : iterable of str
        What must be there for this process to do its work, such as ``broker`` or ``store``.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._checks = dict.fromkeys(names, Check(ok=False, reason="starting"))

    def passed(self, name: str) -> None:
        """Say that something is there."""
        self._set(name, Check(ok=True, reason=""))

    def failed(self, name: str, reason: str) -> None:
        """Say that something is missing, and why."""
        self._set(name, Check(ok=False, reason=cut(redact(reason), MAX_FIELD)))

    @property
    def checks(self) -> dict[str, Check]:
        """Every check by its name."""
        return self._checks

    @property
    def is_ready(self) -> bool:
        """Whether every check passes."""
        return all(check.ok for check in self._checks.values())

    def _set(self, name: str, check: Check) -> None:
        if name not in self._checks:
            raise KeyError(f"{name!r} is no check of this process: {', '.join(self._checks)}")
        # Replaced, never changed: a thread may be walking through the old one.
        self._checks = {**self._checks, name: check}


@dataclass(frozen=True, slots=True)
class Vitals:
    """Both: is it alive, is it ready."""

    beat: Beat
    readiness: Readiness
