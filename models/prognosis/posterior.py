"""What a rising span says of drift, diffusion and measurement noise.

Model: the true level is a Wiener process with drift, ``dx = m dt + s dW``; each block's median is
``y = x + e``, e Gaussian with deviation ``u``, independent. For each s and u of a grid a Kalman
filter over (x, m) gives the likelihood and the Gaussian posterior of level and drift exactly.
"""

from dataclasses import dataclass

import numpy as np

from models.prognosis.series import Blocks
from models.robust import Floats

DIFFUSION_GRID = np.geomspace(0.03, 3.0, 12)
NOISE_GRID = np.geomspace(0.05, 1.5, 9)
"""As shares of the deviation of steps from block to block: from far under it to beyond it."""
LEAST_WEIGHT = 1e-3
"""Of the best grid point: what is less likely is left out."""
DIFFUSE = 10.0
"""Deviation of the drift where no other life is known, in slopes of the span itself."""


@dataclass(frozen=True, slots=True)
class DriftPrior:
    """What other lives say before this one speaks.

    Attributes
    ----------
    drift_rms : float
        Root mean square drift of lives that rose, dB/s: deviation of a Gaussian about zero.
    log_diffusion, log_diffusion_sd : float
        Natural logarithm of the diffusion (dB per root second), and its deviation between lives.
    """

    drift_rms: float
    log_diffusion: float
    log_diffusion_sd: float


@dataclass(frozen=True, slots=True)
class Posterior:
    """Weighted Gaussians of level and drift at the time of the last block.

    Attributes
    ----------
    weight : array, shape (G,)
        Adds up to one.
    diffusion, noise : arrays, shape (G,)
        dB per root second; dB.
    level, drift : arrays, shape (G,)
        Means: dB above quiet, dB/s.
    level_var, drift_var, covariance : arrays, shape (G,)
        Of both.
    """

    weight: Floats
    diffusion: Floats
    noise: Floats
    level: Floats
    drift: Floats
    level_var: Floats
    drift_var: Floats
    covariance: Floats

    def mean(self, values: Floats) -> float:
        """Return the mean of what each grid point has."""
        return float(self.weight @ values)


def infer(blocks: Blocks, prior: DriftPrior | None = None) -> Posterior:
    """Fit the process to a span.

    Parameters
    ----------
    blocks : Blocks
        The rising span alone: at least three medians.
    prior : DriftPrior, optional
        From other lives; without it drift and diffusion are left to this span.
    """
    y, dt = blocks.rise_db, np.diff(blocks.t_s)
    steps = np.diff(y)
    scale = max(float(np.sqrt(np.mean((steps - steps.mean()) ** 2))), 1e-3)
    diffusion, noise = (
        grid.ravel()
        for grid in np.meshgrid(
            scale * DIFFUSION_GRID / np.sqrt(dt.mean()), scale * NOISE_GRID, indexing="ij"
        )
    )
    slope = abs(float(y[-1] - y[0])) / float(blocks.t_s[-1] - blocks.t_s[0])
    drift_sd = max(DIFFUSE * slope, 1e-12) if prior is None else prior.drift_rms
    log_weight, state = _filter(y, dt, diffusion, noise, drift_sd)
    if prior is not None:
        away = (np.log(diffusion) - prior.log_diffusion) / prior.log_diffusion_sd
        log_weight = log_weight - 0.5 * away**2
    weight = np.exp(log_weight - log_weight.max())
    kept = weight >= LEAST_WEIGHT
    level, drift, p_xx, p_xm, p_mm = (part[kept] for part in state)
    return Posterior(
        weight=weight[kept] / weight[kept].sum(),
        diffusion=diffusion[kept],
        noise=noise[kept],
        level=level,
        drift=drift,
        level_var=p_xx,
        drift_var=p_mm,
        covariance=p_xm,
    )


def _filter(
    y: Floats, dt: Floats, diffusion: Floats, noise: Floats, drift_sd: float
) -> tuple[Floats, tuple[Floats, Floats, Floats, Floats, Floats]]:
    """Kalman filter of (level, drift) for every grid point at once; the first level is diffuse."""
    level, drift = np.full_like(noise, y[0]), np.zeros_like(noise)
    p_xx, p_xm, p_mm = noise**2, np.zeros_like(noise), np.full_like(noise, drift_sd**2)
    log_likelihood = np.zeros_like(noise)
    for value, step in zip(y[1:], dt, strict=True):
        level = level + step * drift
        p_xx = p_xx + 2.0 * step * p_xm + step**2 * p_mm + step * diffusion**2
        p_xm = p_xm + step * p_mm
        surprise, spread = value - level, p_xx + noise**2
        log_likelihood -= 0.5 * (surprise**2 / spread + np.log(spread))
        gain_x, gain_m = p_xx / spread, p_xm / spread
        level, drift = level + gain_x * surprise, drift + gain_m * surprise
        p_mm = p_mm - gain_m * p_xm
        p_xx, p_xm = p_xx * (1.0 - gain_x), p_xm * (1.0 - gain_x)
    return log_likelihood, (level, drift, p_xx, p_xm, p_mm)
