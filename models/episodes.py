"""From windows to decisions: a debounced alarm with hysteresis that survives a restart.

Each window says raised or not. `observe` takes the state and gives the next; an episode opens when
`raise_k` of the last `raise_n` windows are raised, closes when at most `clear_k` of them are, and
alarms are at least `decision_s` apart. Time is `t0_ns` alone.
"""

from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt

from sensors.errors import BadConfig

DECISION_S = 600.0
"""One alarm decision in ten minutes: 4,380 in a month of 730 hours."""
MOST_REASONS = 20
"""Reasons differ in their figures: an episode of days must not gather one for every window."""


class EpisodeRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How windows become alarms.

    Attributes
    ----------
    raise_k, raise_n : int
        An episode opens when k of the last n windows are raised.
    clear_k : int
        It closes when n windows have been seen since and at most this many of them are raised.
    decision_s : float
        Least time between two alarms.
    stale_s : float
        Windows from before a silence longer than this no longer count as recent.
    """

    raise_k: int = 3
    raise_n: int = 5
    clear_k: int = 0
    decision_s: float = DECISION_S
    stale_s: float = 3600.0

    def __post_init__(self) -> None:
        if not 0 <= self.clear_k < self.raise_k <= self.raise_n:
            raise BadConfig(
                f"episode rule: needs 0 <= clear_k < raise_k <= raise_n, "
                f"got {self.clear_k}, {self.raise_k}, {self.raise_n}"
            )
        if not (self.decision_s >= 0.0 and self.stale_s > 0.0):
            raise BadConfig("episode rule: decision_s and stale_s must be times in seconds")


@dataclass(frozen=True, slots=True)
class Episode:
    """One stretch of time in which a motor was raised.

    Attributes
    ----------
    motor_id : str
        Which motor.
    t_start_ns : int
        Window that raised the alarm.
    t_end_ns : int or None
        Last raised window; None while the episode is open.
    peak : float
        Highest score seen.
    reasons : tuple of str
        The first twenty reasons given, in order of first appearance.
    """

    motor_id: str
    t_start_ns: int
    t_end_ns: int | None
    peak: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EpisodeState:
    """All that the machine remembers of one motor: enough to go on after a restart.

    Attributes
    ----------
    recent : tuple of bool
        Raised or not, last `raise_n` windows, oldest first.
    t_last_ns, t_raised_ns, t_alarm_ns : int or None
        The last window, the last raised window, the last alarm.
    open : Episode or None
        The episode in progress.
    """

    recent: tuple[bool, ...] = ()
    t_last_ns: int | None = None
    t_raised_ns: int | None = None
    t_alarm_ns: int | None = None
    open: Episode | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, and what this window decided: an alarm raised, an episode closed, or none."""

    state: EpisodeState
    alarm: Episode | None = None
    closed: Episode | None = None


def observe(
    state: EpisodeState,
    rule: EpisodeRule,
    *,
    motor_id: str,
    t0_ns: int,
    raised: bool,
    score: float,
    reasons: tuple[str, ...] = (),
) -> Step:
    """Take one window into account.

    A window not later than the last one changes nothing, so redelivery is harmless.
    """
    if state.t_last_ns is not None and t0_ns <= state.t_last_ns:
        return Step(state)
    state = _remember(state, rule, t0_ns, raised)
    if state.open is not None:
        return _go_on(state, state.open, rule, raised, score, reasons)
    if sum(state.recent) < rule.raise_k or not _may_decide(state, rule, t0_ns):
        return Step(state)
    episode = Episode(motor_id, t0_ns, None, score, reasons)
    return Step(replace(state, open=episode, t_alarm_ns=t0_ns), alarm=episode)


def debounce(scores: npt.ArrayLike, rule: EpisodeRule) -> npt.NDArray[np.float64]:
    """Return the k-th largest of the last n scores: above a threshold exactly when k of n are.

    Parameters
    ----------
    scores : array, shape (N,)
        One score a window, in order of time.

    Returns
    -------
    array, shape (N,)
        Minus infinity until k windows are seen.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.size == 0:
        return values
    padded = np.concatenate([np.full(rule.raise_n - 1, -np.inf), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, rule.raise_n)
    return np.sort(windows, axis=-1)[:, -rule.raise_k]


def decision_scores(
    t0_ns: npt.ArrayLike, scores: npt.ArrayLike, rule: EpisodeRule
) -> npt.NDArray[np.float64]:
    """Highest debounced score of each decision slot that holds one.

    Parameters
    ----------
    t0_ns, scores : arrays, shape (N,)
        Windows of one motor in order of time.

    Returns
    -------
    array, shape (D,)
        One score for each slot of `decision_s` with data, in order of time.
    """
    times, values = np.asarray(t0_ns, dtype=np.int64), debounce(scores, rule)
    known = np.isfinite(values)
    if not known.any():
        return np.empty(0)
    slot = (times[known] - times[0]) // int(rule.decision_s * 1e9)
    starts = np.flatnonzero(np.diff(slot, prepend=slot[0] - 1))
    return np.maximum.reduceat(values[known], starts)


def _remember(state: EpisodeState, rule: EpisodeRule, t0_ns: int, raised: bool) -> EpisodeState:
    silent_ns = 0 if state.t_last_ns is None else t0_ns - state.t_last_ns
    kept = () if silent_ns > rule.stale_s * 1e9 else state.recent
    return replace(
        state,
        recent=(*kept, raised)[-rule.raise_n :],
        t_last_ns=t0_ns,
        t_raised_ns=t0_ns if raised else state.t_raised_ns,
    )


def _may_decide(state: EpisodeState, rule: EpisodeRule, t0_ns: int) -> bool:
    return state.t_alarm_ns is None or t0_ns - state.t_alarm_ns >= rule.decision_s * 1e9


def _go_on(
    state: EpisodeState,
    episode: Episode,
    rule: EpisodeRule,
    raised: bool,
    score: float,
    reasons: tuple[str, ...],
) -> Step:
    if raised:
        named = tuple(dict.fromkeys((*episode.reasons, *reasons)))[:MOST_REASONS]
        episode = replace(episode, peak=max(episode.peak, score), reasons=named)
    if len(state.recent) < rule.raise_n or sum(state.recent) > rule.clear_k:
        return Step(replace(state, open=episode))
    closed = replace(episode, t_end_ns=state.t_raised_ns)
    return Step(replace(state, open=None), closed=closed)
