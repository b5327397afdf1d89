"""The latest readings of every tag, by time: sources put in, windows look up.

The one place where threads of sources and the sensing meet; nobody waits here for anybody.
"""

import time
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Literal

from app.context.config import Tag
from app.context.value import Refusal, number

SECOND = 1_000_000_000
KEPT = 256
"""Readings of a tag that are remembered, for windows that come late."""
MOST_AHEAD_S = 5.0
"""Clocks of sources may be ahead by as much; a time further on is refused."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value in its quantity's unit, and when it was true (UTC ns)."""

    value: float
    t_ns: int


@dataclass(frozen=True, slots=True)
class TagStatus:
    """How a tag stands, for people.

    Attributes
    ----------
    tag : Tag
        Which.
    state : str
        ``fresh``, ``stale`` (older than its limit) or ``missing`` (never came).
    age_s : float or None
        Of the latest reading.
    refused : dict of str to int
        What was turned away, by cause.
    """

    tag: Tag
    state: Literal["fresh", "stale", "missing"]
    age_s: float | None
    refused: dict[str, int]


class Tags:
    """Readings of a fixed set of tags.

    Parameters
    ----------
    tags : tuple of Tag
        All there are.
    now_ns : callable
        UTC nanoseconds, the clock of the windows.
    """

    def __init__(self, tags: tuple[Tag, ...], now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._lock = Lock()
        self._readings: dict[Tag, deque[Reading]] = {tag: deque(maxlen=KEPT) for tag in tags}
        self._refused: dict[Tag, Counter[Refusal]] = {tag: Counter() for tag in tags}

    def put(self, tag: Tag, raw: object, t_ns: int | None = None) -> None:
        """Take what a source said, now or at its own time; what is no value is counted."""
        now_ns = self._now_ns()
        t_ns = now_ns if t_ns is None else t_ns
        value = number(raw, tag)
        if not isinstance(value, float):
            self.refuse(tag, value)
        elif t_ns > now_ns + MOST_AHEAD_S * SECOND:
            self.refuse(tag, "wrong_time")
        else:
            with self._lock:
                self._insert(tag, Reading(value, t_ns))

    def refuse(self, tag: Tag, why: Refusal) -> None:
        """Count something that was no value."""
        with self._lock:
            self._refused[tag][why] += 1

    def of(self, motor_id: str) -> tuple[Tag, ...]:
        """Return the tags of one motor."""
        return tuple(tag for tag in self._readings if tag.motor == motor_id)

    def at(self, tag: Tag, t_ns: int) -> Reading | None:
        """Return the last reading that was true at `t_ns`, None where it was too old by then."""
        with self._lock:
            known = self._readings[tag]
            place = bisect_right(known, t_ns, key=lambda reading: reading.t_ns)
            found = known[place - 1] if place else None
        if found is None or t_ns - found.t_ns > tag.max_age_s * SECOND:
            return None
        return found

    def status(self) -> tuple[TagStatus, ...]:
        """Return how every tag stands now."""
        now_ns = self._now_ns()
        return tuple(self._status(tag, now_ns) for tag in self._readings)

    def _status(self, tag: Tag, now_ns: int) -> TagStatus:
        with self._lock:
            latest = self._readings[tag][-1] if self._readings[tag] else None
            refused = {str(why): count for why, count in self._refused[tag].items()}
        if latest is None:
            return TagStatus(tag, "missing", None, refused)
        age_s = max(0.0, (now_ns - latest.t_ns) / SECOND)
        return TagStatus(tag, "fresh" if age_s <= tag.max_age_s else "stale", age_s, refused)

    def _insert(self, tag: Tag, reading: Reading) -> None:
        known = self._readings[tag]
        if known and reading.t_ns < known[-1].t_ns - tag.max_age_s * SECOND:
            # A clock was set back: what lies ahead of it would hide everything that follows.
            known.clear()
        place = bisect_right(known, reading.t_ns, key=lambda one: one.t_ns)
        if place == len(known):
            known.append(reading)
        elif len(known) < KEPT:
            known.insert(place, reading)
