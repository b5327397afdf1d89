"""One motor under watch: its baseline learnt, each window judged, alarms debounced.

The state goes in and comes out, so replay, field and evaluation share these lines and a restart
goes on where it stopped.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dsp.vector import FeatureVector
from models.anomaly import Triage, triage
from models.baseline import Baseline, learn_baseline, learning_windows
from models.episodes import EpisodeState, Step, observe
from models.release import Release


@dataclass(frozen=True, slots=True)
class Watch:
    """What is remembered of one motor.

    Attributes
    ----------
    baseline : Baseline or None
        None while it is being learnt.
    learning : tuple of FeatureVector
        Windows gathered for it.
    episodes : EpisodeState
        The alarm machine.
    """

    baseline: Baseline | None = None
    learning: tuple[FeatureVector, ...] = ()
    episodes: EpisodeState = field(default_factory=EpisodeState)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One window with what was said of it."""

    vector: FeatureVector
    triage: Triage
    step: Step


def judge_window(watch: Watch, vector: FeatureVector, release: Release) -> tuple[Watch, Judgement]:
    """Judge one window and return what to remember.

    Windows of the learning period are judged without a baseline; the one after it is the first
    with a score.
    """
    said = triage(vector, release, watch.baseline)
    step = observe(
        watch.episodes,
        release.rule,
        motor_id=vector.motor_id,
        t0_ns=vector.t0_ns,
        raised=said.raised,
        score=0.0 if said.probability is None else said.probability,
        reasons=said.reasons,
    )
    watch = replace(watch, episodes=step.state)
    if watch.baseline is None and not vector.mask.all():
        watch = _learn(watch, vector, release)
    return watch, Judgement(vector, said, step)


def judge_windows(
    vectors: Iterable[FeatureVector], release: Release, watch: Watch | None = None
) -> Iterator[Judgement]:
    """Judge the windows of one motor in order of time."""
    state = watch or Watch()
    for vector in vectors:
        state, judgement = judge_window(state, vector, release)
        yield judgement


def _learn(watch: Watch, vector: FeatureVector, release: Release) -> Watch:
    gathered = (*watch.learning, vector)
    rule = release.learning
    if learning_windows(gathered, minimum=rule.minimum, span_s=rule.span_s) is None:
        return replace(watch, learning=gathered)
    baseline = learn_baseline(gathered, minimum=rule.minimum, population=release.population)
    return replace(watch, baseline=baseline, learning=())
