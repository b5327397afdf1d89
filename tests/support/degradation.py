"""Simulated lives of a level: Wiener paths with drift up to a random threshold, seeded."""

import numpy as np

from models.prognosis.series import LevelSeries

STEP_S = 60.0
HOUR_S = 3600.0


def make_series(level_db, *, unit="m1", indicator="vib_rms_db", step_s=STEP_S):
    level = np.asarray(level_db, dtype=np.float64)
    t_ns = (np.arange(1, level.size + 1) * step_s * 1e9).astype(np.int64)
    return LevelSeries(unit, indicator, t_ns, level)


def wiener_life(
    rng,
    *,
    unit="m1",
    drift_db_per_h=2.0,
    diffusion_db=0.5,
    noise_db=0.3,
    end_db=(20.0, 3.0),
):
    """A level from rest to its own threshold: diffusion in dB per root hour; the last true value
    is the first beyond the threshold."""
    threshold = rng.normal(*end_db)
    steps = int(6 * threshold / drift_db_per_h * HOUR_S / STEP_S)
    step_h = STEP_S / HOUR_S
    walk = np.cumsum(
        drift_db_per_h * step_h + diffusion_db * np.sqrt(step_h) * rng.standard_normal(steps)
    )
    end = int(np.argmax(walk >= threshold)) + 1
    return make_series(walk[:end] + noise_db * rng.standard_normal(end) - 30.0, unit=unit)


def autocorrelated(rng, count, phi):
    """Stationary AR(1) noise of unit variance."""
    noise = rng.standard_normal(count) * np.sqrt(1.0 - phi**2)
    values = np.empty(count)
    values[0] = rng.standard_normal()
    for at in range(1, count):
        values[at] = phi * values[at - 1] + noise[at]
    return values
