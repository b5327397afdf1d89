"""What one sense says of a motor, before the senses are weighed against each other.

Every sense has one judge, ``judge_x(capture, motor, notes, speed) -> SenseVerdict``, that reads its
own channels only, and obeys the audit's refusals.
"""

from dataclasses import dataclass

from models.finding import Candidate, Finding, Measure
from sensors.capture import Sense


@dataclass(frozen=True, slots=True)
class SenseVerdict:
    """Findings, doubts and figures of one sense.

    Attributes
    ----------
    sense : Sense
        Which.
    findings : tuple of Finding
        What is named, in any order.
    doubts : tuple of str
        What stands out and cannot be named, and why: no finding is then no health.
    inhibited : tuple of str
        What could not be judged, why, and what would allow it.
    measured : tuple of Measure
        Figures that people ask for whether or not anything is wrong.
    judged : bool
        Whether anything could be judged: silence of a sense that could not is no health either.
    provisional : tuple of Candidate
        Bearings that would fit, where none is declared or the declared one cannot be right.
    """

    sense: Sense
    findings: tuple[Finding, ...] = ()
    doubts: tuple[str, ...] = ()
    inhibited: tuple[str, ...] = ()
    measured: tuple[Measure, ...] = ()
    judged: bool = True
    provisional: tuple[Candidate, ...] = ()
