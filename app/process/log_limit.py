"""How many lines a log takes: a device that repeats itself, or an enemy, must not fill the disk.

Lines are counted by the place in the code that they come from, a minute at a time: some for each
motor, and some for all motors together. What is left out is counted, and said when the minute is
over. Lines of an audit (``extra={"audit": True}``) and critical ones always pass.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOW_S = 60.0
MOTORS_TIMES = 5
"""All motors together may say this many times what one may."""


@dataclass(slots=True)
class LogLimit:
    """Decides which lines pass.

    Parameters
    ----------
    most : int
        Lines a minute from one place in the code about one motor.
    now_s : callable
        A clock that never goes back.
    """

    most: int
    now_s: Callable[[], float]
    left_out: int = 0
    _began_s: float | None = None
    _passed: Counter[tuple[str, str]] = field(default_factory=Counter)
    _at: Counter[str] = field(default_factory=Counter)

    def passes(self, record: logging.LogRecord) -> bool:
        """Count a record; say whether it is to be written."""
        if record.levelno >= logging.CRITICAL or getattr(record, "audit", False) is True:
            return True
        place = f"{record.name}:{record.lineno}"
        motor = str(getattr(record, "motor_id", ""))[:120]
        if (
            self._passed[place, "*"] >= self.most * MOTORS_TIMES
            or self._passed.get((place, motor), 0) >= self.most
        ):
            self._at[place] += 1
            self.left_out += 1
            return False
        # Counted only while the place may speak, so what strangers name cannot fill the memory.
        self._passed[place, "*"] += 1
        self._passed[place, motor] += 1
        return True

    def turn(self, *, end: bool = False) -> dict[str, int]:
        """Begin a new minute where one is over; return what was left out in the old one."""
        now_s = self.now_s()
        began_s = now_s if self._began_s is None else self._began_s
        self._began_s = began_s
        if now_s - began_s < WINDOW_S and not end:
            return {}
        left_out = dict(self._at)
        self._began_s = now_s
        self._passed.clear()
        self._at.clear()
        return left_out
