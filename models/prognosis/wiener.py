"""First passage of a Wiener process with drift: the inverse Gaussian distribution."""

import numpy as np
from scipy.special import log_ndtr, ndtr

from models.robust import Floats


def first_passage_cdf(t: Floats, gap: Floats, drift: Floats, diffusion: Floats) -> Floats:
    """Chance that ``drift t + diffusion W(t)`` has reached `gap` by time `t`.

    ``F(t) = Phi((m t - w) / (s sqrt t)) + exp(2 m w / s^2) Phi(-(m t + w) / (s sqrt t))``

    For m > 0 that is the inverse Gaussian distribution of mean ``w / m`` and shape ``w^2 / s^2``
    (Chhikara and Folks, The Inverse Gaussian Distribution, 1989). For m <= 0 it may stay below one.

    Parameters
    ----------
    t : array
        Times from now, at least 0; infinity is allowed for m > 0.
    gap, drift, diffusion : arrays that broadcast with `t`
        w and s above zero; any unit, the same time in all.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = diffusion * np.sqrt(t)
        # The first factor may overflow alone where the second is nothing: add their logarithms.
        exponent = 2.0 * drift * gap / diffusion**2 + log_ndtr(-(drift * t + gap) / spread)
        reached = ndtr((drift * t - gap) / spread) + np.exp(np.minimum(exponent, 0.0))
    reached = np.where(np.isposinf(t) & (drift > 0.0), 1.0, reached)
    result: Floats = np.clip(np.where(t <= 0.0, 0.0, reached), 0.0, 1.0)
    return result
