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
CHANCE_DEVIATIONS = 2.0
"""Standard deviations by which variances may differ by chance."""
LEAST_GAIN = 50.0
"""By how much the repair must raise the log-likelihood, doubled: far beyond chance (about 15)."""


def is_cut(survey: Survey, steps: PhaseSteps) -> bool:
    """Say whether putting back whole samples makes one smooth wave of the record near a jump."""
    period = survey.block.rate_hz / steps.hz
    turn = 2 * np.pi / period
    index, values = _near(survey, steps.at_s, round((REACH_CYCLES + FITTED_CYCLES) * period))
    reach = round(REACH_CYCLES * period)
    sides = [side for side in (index < -reach, index > reach) if side.sum() > period]
    if len(sides) < 2:
        return False
    errors = [_errors(_waves(index, turn, drift=1), values, side) for side in sides]
    quiet = float(np.mean([e[side].mean() for e, side in zip(errors, sides, strict=True)]))
    turns = (-1, 0, 1) if abs(steps.largest) > period / 4 else (0,)
    counts = {round(steps.largest + whole * period) for whole in turns} - {0}
    cuts = (*np.linspace(-reach, reach, TRIED_CUTS), index[_best_joint(*errors)])
    after, before = min(
        (
            (_smoothed(index, values, turn, cut, count), _smoothed(index, values, turn, cut, 0))
            for cut in cuts
            for count in counts
        ),
        default=(quiet, quiet),
    )
    return _is_mended(before, after, quiet, values.size)


def _near(survey: Survey, at_s: float, around: int) -> tuple[Array, Array]:
    """Return sample numbers about a time and the samples."""
    centre = round(at_s * survey.block.rate_hz)
    first, last = max(centre - around, 0), min(centre + around, survey.n)
    index = np.arange(first, last, dtype=np.float64) - centre
    return index, survey.values[first:last].astype(np.float64)


def _is_mended(before: float, after: float, quiet: float, n: int) -> bool:
    """Compare variances of the wave as it came, of the repaired one, and of quiet stretches."""
    chance = CHANCE_DEVIATIONS * quiet * 2 / np.sqrt(n)
    remainder = after - quiet - LARGEST_REMAINDER * (before - quiet)
    gain = n * np.log(max(before, 1e-300) / max(after, 1e-300))
    return bool(remainder < chance and gain > LEAST_GAIN)


def _best_joint(before: Array, after: Array) -> int:
    """Index at which to go over from one side's wave to the other's with the least error."""
    left = np.concatenate([[0.0], np.cumsum(before[:-1])])
    right = np.cumsum(after[::-1])[::-1]
    return int((left + right).argmin())


def _smoothed(index: Array, values: Array, turn: float, cut: float, count: int) -> float:
    """Variance beside one smooth wave, after `count` samples are put back at `cut`.

    The wave may bend at the cut, as a changing load makes it; it may not jump.
    """
    waves = _waves(index + count * (index >= cut), turn, drift=3)
    bend = np.abs(index - cut)[:, None] / index.size * waves[:, 1:3]
    return float(_errors(np.hstack([waves, bend]), values, slice(None)).mean())


def _errors(waves: Array, values: Array, fitted: slice | npt.NDArray[np.bool_]) -> Array:
    """Squared errors everywhere of waves fitted to a part, corrected for what the fit took."""
    side = waves[fitted]
    weights = np.linalg.solve(
        side.T @ side + 1e-9 * side.shape[0] * np.eye(side.shape[1]), side.T @ values[fitted]
    )
    free = side.shape[0] / max(side.shape[0] - side.shape[1], 1)
    errors: Array = free * (values - waves @ weights) ** 2
    return errors


def _waves(index: Array, turn: float, *, drift: int) -> Array:
    """Columns: offset, fundamental, its drift in amplitude and phase, and its harmonics."""
    orders = np.arange(1, max(1, min(HARMONICS, int(0.8 * np.pi / turn))) + 1)
    theta = turn * index[:, None] * orders
    cos, sin = np.cos(theta), np.sin(theta)
    tone = np.hstack([cos[:, :1], sin[:, :1]])
    slow = index[:, None] / np.abs(index).max()
    drifts = [tone * slow**power for power in range(1, drift + 1)]
    return np.hstack([np.ones_like(slow), tone, *drifts, cos[:, 1:], sin[:, 1:]])
