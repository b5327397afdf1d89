"""Whether a jump of phase is a cut in the record or a motor that changed its load.

Lost samples leave a wave that is perfect on either side; with the right number of samples put
back, one smooth wave fits both. A load that steps moves the phase over cycles, and by no whole
number of samples, so that no such repair makes it smooth.
"""

import numpy as np
import numpy.typing as npt

from dsp.audit.survey import Survey
from dsp.audit.tone import PhaseSteps

DEBUG=None
Array = npt.NDArray[np.float64]

REACH_CYCLES = 2.0
"""Where the cut may lie, either side of the reading in which the phase jumped."""
FITTED_CYCLES = 4.0
"""What is fitted on either side of that."""
HARMONICS = 7
LARGEST_MISFIT = 1.15
"""Variance around the repaired wave over that beside the cut: 1.00 to 1.10 for cuts; a load that
takes 10 ms or more to change leaves more, unless it moved the phase by under two samples."""
LEAST_GAIN = 50.0
"""By how much the repair must raise the log-likelihood, doubled: far beyond chance (about 15)."""


def is_cut(survey: Survey, steps: PhaseSteps) -> bool:
    """Say whether putting back whole samples makes one smooth wave of the record near a jump."""
    rate_hz, period = survey.block.rate_hz, survey.block.rate_hz / steps.hz
    centre = round(steps.at_s * rate_hz)
    reach, fitted = round(REACH_CYCLES * period), round(FITTED_CYCLES * period)
    first, last = max(centre - reach - fitted, 0), min(centre + reach + fitted, survey.n)
    values = survey.values[first:last].astype(np.float64)
    index = np.arange(first, last, dtype=np.float64) - centre
    turn = 2 * np.pi / period
    left, right = index < -reach, index > reach
    if min(left.sum(), right.sum()) < period:
        return False
    quiet, cut = _best_cut(_waves(index, turn), values, left, right)
    whole = _variance(_waves(index, turn), values)
    lost = {round(steps.largest + turns * period) for turns in (-1, 0, 1)}
    after = np.arange(values.size) >= cut
    repaired = min(_variance(_waves(index + after * count, turn), values) for count in lost)
    if DEBUG is not None: DEBUG.append((repaired/quiet, whole/repaired, (repaired-quiet)/(whole-quiet), values.size*np.log(whole/repaired)))
    gain = values.size * np.log(whole / max(repaired, 1e-300))
    return bool(repaired < LARGEST_MISFIT * quiet and gain > LEAST_GAIN)


def _best_cut(
    waves: Array, values: Array, left: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]
) -> tuple[float, int]:
    """Fit either side alone; return their mean variance and the index where they join best."""
    errors, variances = [], []
    for side in (left, right):
        weights = np.linalg.lstsq(waves[side], values[side], rcond=None)[0]
        squared = (values - waves @ weights) ** 2
        errors.append(squared)
        variances.append(squared[side].sum() / max(side.sum() - waves.shape[1], 1))
    before = np.concatenate([[0.0], np.cumsum(errors[0])])
    after = np.concatenate([np.cumsum(errors[1][::-1])[::-1], [0.0]])
    return float(np.mean(variances)), int((before + after).argmin())


def _variance(waves: Array, values: Array) -> float:
    weights = np.linalg.lstsq(waves, values, rcond=None)[0]
    return float(((values - waves @ weights) ** 2).sum() / max(values.size - waves.shape[1], 1))


def _waves(index: Array, turn: float) -> Array:
    """Columns: offset, harmonics, and the fundamental drifting in amplitude and phase."""
    orders = np.arange(1, max(1, min(HARMONICS, int(0.8 * np.pi / turn))) + 1)
    theta = turn * index[:, None] * orders
    cos, sin = np.cos(theta), np.sin(theta)
    slow = index[:, None] / np.abs(index).max()
    forms = (slow, slow**2, slow**3, np.abs(slow))
    drift = [form * wave[:, :1] for form in forms for wave in (cos, sin)]
    return np.hstack([np.ones_like(slow), cos, sin, *drift])
