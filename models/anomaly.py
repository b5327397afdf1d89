"""Stage 1: one window against one release and the motor's own baseline.

A state is raised by the logistic score, or by the distance from health, or by a fixed physical
limit: one linear direction alone misses faults it has not seen.
"""

import math
from typing import Literal

import msgspec
import numpy as np

from dsp.vector import FeatureVector
from models.baseline import Baseline, Deviation
from models.distance import distance
from models.inverses import inverse
from models.limits import limit_value
from models.release import Release
from models.robust import Floats, Mask
from sensors.errors import BadRelease, SpecMismatch

Health = Literal["normal", "alert", "danger", "learning", "stopped", "unmonitored"]
QUANTILE_95 = 1.959963984540054


class Triage(msgspec.Struct, frozen=True, kw_only=True):
    """What stage 1 says of one window.

    Attributes
    ----------
    logit, probability : float or None
        Logistic score and its probability; None while there is no baseline or nothing measured.
    low, high : float or None
        95 % interval of the probability, wider where features are masked.
    distance : float or None
        Distance from health, 1 about typical.
    distance_chance : float or None
        Chance that a healthy window is as far.
    state : str
        Asset health from this window alone; alarms are debounced in `models.episodes`.
    escalate : bool
        The window deserves stage 2 and a raw capture: raised, or danger cannot be excluded.
    release_id : str
        Which release spoke.
    reasons : tuple of str
        Why the state is not ``normal``, one line each.
    """

    logit: float | None
    probability: float | None
    low: float | None
    high: float | None
    distance: float | None
    distance_chance: float | None
    state: Health
    escalate: bool
    release_id: str
    reasons: tuple[str, ...] = ()

    @property
    def raised(self) -> bool:
        """Whether the window counts towards an alarm."""
        return self.state in ("alert", "danger")


def triage(vector: FeatureVector, release: Release, baseline: Baseline | None) -> Triage:
    """Judge one window.

    Without a baseline only limits on levels speak and health is `learning`; at a load or speed
    that the baseline has not seen only limits speak and health is `unmonitored`.

    Raises
    ------
    SpecMismatch
        Vector, release and baseline are not of one FeatureSpec, or of one motor.
    """
    if vector.spec_id != release.spec_id or vector.values.size != len(release.feature_names):
        raise SpecMismatch(
            f"features of spec {vector.spec_id!r} meet release {release.release_id[:12]} of spec "
            f"{release.spec_id!r}; extract with the release's spec or train a release for this one"
        )
    if baseline is None:
        return _without_score(vector, release, None, "learning", "baseline is being learnt")
    found = baseline.deviation(vector)
    if found.mask.all():
        unmeasured = "no feature could be measured"
        return _without_score(vector, release, found, "unmonitored", unmeasured)
    if (unfamiliar := baseline.unfamiliar(vector)) is not None:
        return _without_score(vector, release, found, "unmonitored", unfamiliar)
    logit, error = logistic_score(release, found.z, found.mask)
    unread = release.least == release.most
    # What is no evidence for the score is none for the distance: a fall of a rising feature.
    evidence = np.clip(found.z, release.least, release.most)
    far, chance = (
        float(value) for value in distance(release.scatter, evidence, found.mask | unread)
    )
    health, reasons = _raise_state(vector, release, found, logit, chance)
    low, high = logit - QUANTILE_95 * error, logit + QUANTILE_95 * error
    return Triage(
        logit=logit,
        probability=_probability(logit),
        low=_probability(low),
        high=_probability(high),
        distance=far,
        distance_chance=chance,
        state=health,
        escalate=health != "normal" or high > release.danger.value,
        release_id=release.release_id,
        reasons=reasons,
    )


def logistic_score(release: Release, z: Floats, mask: Mask) -> tuple[float, float]:
    """Return the logit of one window and its standard error.

    ``var = x' H^-1 x + sum over masked (w_j s_j)^2``: the coefficients' uncertainty, and what the
    masked features might have said, s being their spread in training.

    Parameters
    ----------
    z, mask : arrays, shape (F,)
        Baseline deviations, zero where masked.
    """
    x = np.append(np.clip(z, release.least, release.most), 1.0)
    logit = float(x[:-1] @ release.coefficients) + release.intercept
    try:
        fitted = float(x @ inverse(release.hessian, np.arange(x.size)) @ x)
    except np.linalg.LinAlgError as error:
        raise BadRelease("release: its Hessian is singular; train with a ridge") from error
    unseen = float(np.sum((release.coefficients[mask] * release.spread[mask]) ** 2))
    return logit, math.sqrt(max(0.0, fitted) + unseen)


def surprise(chance: float) -> float:
    """``-log10`` of a chance, held at 300: the scale on which distance has its threshold."""
    return -math.log10(max(chance, 1e-300))


def _raise_state(
    vector: FeatureVector, release: Release, found: Deviation, logit: float, chance: float
) -> tuple[Health, tuple[str, ...]]:
    reasons: list[str] = []
    if logit > release.alert.value:
        reasons.append(
            f"logistic score {logit:.2f} is above {release.alert.value:.2f} "
            f"(probability {_probability(logit):.3g})"
        )
    if surprise(chance) > release.surprise.value:
        reasons.append(f"unlike its own healthy baseline (chance {chance:.1g})")
    worst, said = _judge_limits(vector, release, found)
    reasons.extend(said)
    if worst == "danger" or logit > release.danger.value:
        return "danger", tuple(reasons)
    return ("alert" if reasons else "normal"), tuple(reasons)


def _judge_limits(
    vector: FeatureVector, release: Release, found: Deviation | None
) -> tuple[Health, list[str]]:
    levels = np.asarray(vector.values, dtype=np.float64)
    unusable = vector.mask | ~np.isfinite(levels)
    worst: Health = "normal"
    reasons = []
    for limit in release.limits:
        if limit.kind == "level":
            values, mask = levels, unusable
        elif found is not None:
            values, mask = found.rise, found.mask
        else:
            continue
        value = limit_value(limit, release.feature_names, values, mask)
        if value is None or value <= limit.alert:
            continue
        word: Health = "danger" if value > limit.danger else "alert"
        bound = limit.danger if word == "danger" else limit.alert
        reasons.append(f"{limit.name} {value:.2f} {limit.unit} is above {bound:g} ({word})")
        worst = "danger" if "danger" in (word, worst) else "alert"
    return worst, reasons


def _without_score(
    vector: FeatureVector,
    release: Release,
    found: Deviation | None,
    health: Health,
    why: str,
) -> Triage:
    """Let the limits alone speak: where nothing was learnt, a score would be a guess."""
    worst, reasons = _judge_limits(vector, release, found)
    return Triage(
        logit=None,
        probability=None,
        low=None,
        high=None,
        distance=None,
        distance_chance=None,
        state=health if worst == "normal" else worst,
        escalate=worst != "normal",
        release_id=release.release_id,
        reasons=(*reasons, why),
    )


def _probability(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit)) if logit > -700.0 else 0.0
