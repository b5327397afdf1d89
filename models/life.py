"""A life run to its end, and what a sequence of judgements amounts to on it.

The first 30 % of a life is healthy, the last 5 % is failing, the middle is unscored. The learning
windows can raise no alarm and are counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dsp.vector import FeatureVector
from models.intervals import rate_bound
from models.monitor import Judgement
from models.threshold import HOURS_PER_MONTH

EARLY_SHARE = 0.30
LATE_SHARE = 0.05
PREDICTION_S = 600.0
"""A shorter lead is a detection, not a prediction."""

Verdict = Literal["prediction", "detection", "missed"]


@dataclass(frozen=True, slots=True)
class Life:
    """One unit from its first window to the end of its test.

    Attributes
    ----------
    unit_id : str
        The physical bearing.
    vectors : tuple of FeatureVector
        Its windows in order of time.
    start_ns, end_ns : int
        The whole life.
    """

    unit_id: str
    vectors: tuple[FeatureVector, ...]
    start_ns: int
    end_ns: int

    @property
    def early_end_ns(self) -> int:
        """Where the healthy part ends."""
        return self.start_ns + int(EARLY_SHARE * (self.end_ns - self.start_ns))

    @property
    def late_start_ns(self) -> int:
        """Where the failing part begins."""
        return self.end_ns - int(LATE_SHARE * (self.end_ns - self.start_ns))


@dataclass(frozen=True, slots=True)
class LifeOutcome:
    """What a frozen release did on one life.

    Attributes
    ----------
    unit_id : str
        The bearing.
    life_h, learning_h, early_h : float
        Whole life; time spent learning; healthy time in which an alarm could be raised.
    early_alarms : int
        Alarms in that healthy time: false ones.
    alarm_ns : int or None
        First alarm after the healthy part.
    lead_s : float or None
        From that alarm to the end.
    verdict : str
        ``prediction``, ``detection`` (a lead under ten minutes) or ``missed``.
    reasons : tuple of str
        Why the alarm was raised.
    alarms : int
        Alarms in the whole life.
    open_in_health : bool
        An episode that began in health still stood at its end: no fresh alarm can follow.
    """

    unit_id: str
    life_h: float
    learning_h: float
    early_h: float
    early_alarms: int
    alarm_ns: int | None
    lead_s: float | None
    verdict: Verdict
    reasons: tuple[str, ...]
    alarms: int
    open_in_health: bool


@dataclass(frozen=True, slots=True)
class LivesSummary:
    """All lives together, with exposure and what it can show.

    Attributes
    ----------
    lives, alarmed, predicted : int
        How many, with an alarm before the end, and with a lead of ten minutes or more.
    early_alarms : int
        False alarms.
    early_h : float
        Healthy time in which they could be raised.
    bound_per_month : float
        95 % upper bound of the false-alarm rate a motor-month.
    """

    lives: int
    alarmed: int
    predicted: int
    early_alarms: int
    early_h: float
    bound_per_month: float


def judge_life(life: Life, judgements: Sequence[Judgement]) -> LifeOutcome:
    """Say what a sequence of judgements amounts to on a life whose end is known."""
    alarms = [j.step.alarm for j in judgements if j.step.alarm is not None]
    late = [alarm for alarm in alarms if alarm.t_start_ns > life.early_end_ns]
    first = late[0] if late else None
    learnt = sum(j.triage.state == "learning" for j in judgements)
    learning_s = (judgements[learnt].vector.t0_ns - life.start_ns) / 1e9 if learnt else 0.0
    lead_s = None if first is None else (life.end_ns - first.t_start_ns) / 1e9
    health = [j for j in judgements if j.vector.t0_ns <= life.early_end_ns]
    return LifeOutcome(
        unit_id=life.unit_id,
        life_h=(life.end_ns - life.start_ns) / 3.6e12,
        learning_h=learning_s / 3600.0,
        early_h=(life.early_end_ns - life.start_ns) / 3.6e12 - learning_s / 3600.0,
        early_alarms=len(alarms) - len(late),
        alarm_ns=None if first is None else first.t_start_ns,
        lead_s=lead_s,
        verdict=verdict_of(lead_s),
        reasons=() if first is None else first.reasons,
        alarms=len(alarms),
        open_in_health=bool(health) and health[-1].step.state.open is not None,
    )


def verdict_of(lead_s: float | None) -> Verdict:
    """Name a lead time: under ten minutes nothing was predicted."""
    if lead_s is None:
        return "missed"
    return "prediction" if lead_s >= PREDICTION_S else "detection"


def summarise(outcomes: Sequence[LifeOutcome]) -> LivesSummary:
    """Add lives up, with the exposure and the bound that it supports."""
    early_h = sum(o.early_h for o in outcomes)
    early_alarms = sum(o.early_alarms for o in outcomes)
    return LivesSummary(
        lives=len(outcomes),
        alarmed=sum(o.verdict != "missed" for o in outcomes),
        predicted=sum(o.verdict == "prediction" for o in outcomes),
        early_alarms=early_alarms,
        early_h=early_h,
        bound_per_month=rate_bound(early_alarms, early_h / HOURS_PER_MONTH),
    )
