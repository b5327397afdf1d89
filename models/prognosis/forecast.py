"""When a rising level will reach where others failed: a distribution of the time that is left.

Assumptions: the level goes on as a Wiener process with the drift and diffusion of the latest rise;
a motor fails where its rise passes a level of its own, which is distributed as those of the lives
learnt (Student, for they are few); it has not failed yet; damage does not heal (drift above zero).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from models.prognosis.population import Population
from models.prognosis.posterior import Posterior, infer
from models.prognosis.series import Blocks
from models.prognosis.trend import Trend
from models.prognosis.wiener import first_passage_cdf
from models.robust import Floats
from sensors.errors import BadSamples

DRIFTS, GAPS, INSTANTS = 7, 7, 140
REACH = 1e3
"""Times are looked at from a thousandth of the typical to a thousand times it."""
LEAST_GAP_DB = 1e-3
SURE_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class Forecast:
    """Distribution of the time left from now.

    Attributes
    ----------
    left_s : array, shape (T,)
        Times from now, rising.
    chance : array, shape (T,)
        Of having failed by then; it may stay below one.
    """

    left_s: Floats
    chance: Floats

    def within(self, horizon_s: float) -> float:
        """Return the probability of failure within a horizon.

        Raises
        ------
        BadSamples
            The horizon is not a time ahead.
        """
        if not horizon_s > 0.0:
            raise BadSamples(f"a horizon of {horizon_s} s must be above 0")
        return float(np.interp(horizon_s, self.left_s, self.chance, left=0.0))

    def quantile_s(self, probability: float) -> float | None:
        """Return the time by which failure has this probability; None where it never has it."""
        at = int(np.searchsorted(self.chance, probability))
        if at >= self.chance.size:
            return None
        if at == 0:
            return float(self.left_s[0])
        return float(
            np.interp(probability, self.chance[at - 1 : at + 1], self.left_s[at - 1 : at + 1])
        )


def forecast(blocks: Blocks, trend: Trend, population: Population) -> Forecast:
    """Say how much time is left to a motor whose level rises.

    Parameters
    ----------
    blocks : Blocks
        Of the motor, up to now.
    trend : Trend
        What was found in them.
    population : Population
        Of lives that ended, of the same indicator.
    """
    part = blocks.last(trend.blocks)
    fitted = infer(part, population.prior)
    weight, drift, diffusion, gap = _atoms(fitted, population)
    lag_s = -float(part.t_s[-1])
    typical = float(np.median(gap / drift)) + lag_s
    left_s = typical * np.geomspace(1.0 / REACH, REACH, INSTANTS)
    # The posterior stands at the last block's middle; since then nothing failed.
    grid = np.append(lag_s, left_s + lag_s)[:, None]
    reached = first_passage_cdf(grid, gap, drift, diffusion) @ weight
    alive = max(1.0 - float(reached[0]), SURE_EDGE)
    chance = np.clip((reached[1:] - reached[0]) / alive, 0.0, 1.0)
    return Forecast(left_s, np.maximum.accumulate(chance))


def _atoms(fitted: Posterior, population: Population) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights, drifts, diffusions and gaps: equal shares of each distribution, at their middles."""
    sd = np.sqrt(fitted.drift_var)
    below = ndtr(-fitted.drift / sd)[:, None]
    shares = below + (1.0 - below) * (np.arange(DRIFTS) + 0.5) / DRIFTS
    z = ndtri(np.clip(shares, SURE_EDGE, 1.0 - SURE_EDGE))
    drift = np.maximum(fitted.drift[:, None] + sd[:, None] * z, 1e-6 * sd[:, None])
    slope = (fitted.covariance / fitted.drift_var)[:, None]
    level = fitted.level[:, None] + slope * (drift - fitted.drift[:, None])
    rest = np.maximum(fitted.level_var[:, None] - slope**2 * fitted.drift_var[:, None], 0.0)
    gap, ahead = _gaps(level, rest, population)
    weight = (fitted.weight[:, None] * (1.0 - below) * ahead)[:, :, None] * np.ones(GAPS)
    weight = weight / max(float(weight.sum()), 1e-300)
    shape = gap.shape
    return (
        weight.ravel(),
        np.broadcast_to(drift[:, :, None], shape).ravel(),
        np.broadcast_to(fitted.diffusion[:, None, None], shape).ravel(),
        gap.ravel(),
    )


def _gaps(level: Floats, level_var: Floats, population: Population) -> tuple[Floats, Floats]:
    """Distances to the failing level where it lies ahead, and the chance that it does."""
    freedom = population.lives - 1
    scale = np.sqrt(population.end_sd_db**2 * (1.0 + 1.0 / population.lives) + level_var)
    passed = stdtr(freedom, (level - population.end_mean_db) / scale)
    shares = passed[:, :, None] + (1.0 - passed[:, :, None]) * (np.arange(GAPS) + 0.5) / GAPS
    ends = population.end_mean_db + scale[:, :, None] * stdtrit(
        freedom, np.clip(shares, SURE_EDGE, 1.0 - SURE_EDGE)
    )
    return np.maximum(ends - level[:, :, None], LEAST_GAP_DB), np.maximum(1.0 - passed, SURE_EDGE)
