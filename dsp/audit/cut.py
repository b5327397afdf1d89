"""Whether a jump of phase is a cut in the record or a motor that changed its load.

Lost samples leave a wave that is perfect on either side; with the right number of samples put
back, one smooth wave fits both. A load that steps moves the phase over cycles, and by no whole
number of samples, so that no such repair makes it smooth.
"""

import numpy as np
import numpy.typing as npt

from dsp.audit.survey import Survey
from dsp.audit.tone import PhaseSteps

Array = npt.NDArray[np.float64]

REACH_CYCLES = 2.0
"""Where the cut may lie, either side of the reading in which the phase jumped."""
FITTED_CYCLES = 4.0
"""What is fitted on either side of that."""
TRIED_CUTS = 9
"""Places tried: a repair misplaced by less than a quarter cycle still shows most of its gain."""
HARMONICS = 7
LARGEST_REMAINDER = 0.1
"""Share of the excess variance that a repair may leave. Cuts leave under 0.05; loads that take
10 ms or more to change leave 0.2 to 1."""
LEAST_GAIN = 50.0
"""By how much the repair must raise the log-likelihood, doubled: far beyond chance (about 15)."""


def is_cut(survey: Survey, steps: PhaseSteps) -> bool:
    """Say whether putting back whole samples makes one smooth wave of the record near a jump."""
    period = survey.block.rate_hz / steps.hz
    centre = round(steps.at_s * survey.block.rate_hz)
    reach, fitted = round(REACH_CYCLES * period), round(FITTED_CYCLES * period)
    first, last = max(centre - reach - fitted, 0), min(centre + reach + fitted, survey.n)
    values = survey.values[first:last].astype(np.float64)
    index = np.arange(first, last, dtype=np.float64) - centre
    turn = 2 * np.pi / period
    sides = [side for side in (index < -reach, index > reach) if side.sum() > period]
    if len(sides) < 2:
        return False
    quiet = float(np.mean([_variance(_waves(index[s], turn), values[s]) for s in sides]))
    turns = (-1, 0, 1) if abs(steps.largest) > period / 4 else (0,)
    counts = {round(steps.largest + whole * period) for whole in turns} - {0}
    cuts = np.linspace(-reach, reach, TRIED_CUTS)
    before, after = min(
        (
            (_repaired(index, values, turn, cut, 0), _repaired(index, values, turn, cut, count))
            for cut in cuts
            for count in counts
        ),
        key=lambda pair: pair[1],
        default=(quiet, quiet),
    )
    chance = 2 * quiet * np.sqrt(4 / values.size)
    gain = values.size * np.log(before / max(after, 1e-300))
    remainder = after - quiet - LARGEST_REMAINDER * (before - quiet)
    return bool(remainder < chance and gain > LEAST_GAIN)


def _repaired(index: Array, values: Array, turn: float, cut: float, count: int) -> float:
    """Variance beside one smooth wave with `count` samples put back at `cut`.

    The wave may bend at the cut, as a changing load makes it; it may not jump.
    """
    waves = _waves(index + count * (index > cut), turn)
    bend = np.abs(index - cut)[:, None] / index.size * waves[:, 1:3]
    return _variance(np.hstack([waves, bend]), values)


def _variance(waves: Array, values: Array) -> float:
    weights = np.linalg.lstsq(waves, values, rcond=None)[0]
    return float(((values - waves @ weights) ** 2).sum() / max(values.size - waves.shape[1], 1))


def _waves(index: Array, turn: float) -> Array:
    """Columns: offset, fundamental, its drift in amplitude and phase, and its harmonics."""
    orders = np.arange(1, max(1, min(HARMONICS, int(0.8 * np.pi / turn))) + 1)
    theta = turn * index[:, None] * orders
    cos, sin = np.cos(theta), np.sin(theta)
    tone = np.hstack([cos[:, :1], sin[:, :1]])
    slow = index[:, None] / np.abs(index).max()
    drift = [tone * slow**power for power in (1, 2, 3)]
    return np.hstack([np.ones_like(slow), tone, *drift, cos[:, 1:], sin[:, 1:]])
