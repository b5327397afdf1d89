"""Signals with planted bearing impacts, made here so that tests do not lean on the simulator."""

import numpy as np

from sensors.motor import Bearing

RATE_HZ = 20_000.0
BEARING = Bearing(
    name="6205",
    rolling_elements=9,
    element_diameter_mm=7.94,
    pitch_diameter_mm=39.04,
    source="test",
)


def impacts(
    order: float,
    *,
    seed: int,
    shaft_hz: float = 29.0,
    seconds: float = 5.0,
    height: float = 8.0,
    jitter: float = 0.01,
    modulation_order: float | None = None,
    resonance_hz: float = 4000.0,
) -> np.ndarray:
    """White noise of RMS 1, shaft lines, and ringing impacts at an order of shaft speed."""
    rng = np.random.default_rng(seed)
    n = round(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    x = rng.standard_normal(n)
    for harmonic, size in ((1, 1.0), (2, 0.5), (3, 0.3)):
        x += size * np.sin(2 * np.pi * harmonic * shaft_hz * t + harmonic)
    gaps = (1 + jitter * rng.standard_normal(round(seconds * order * shaft_hz) + 10)) / (
        order * shaft_hz
    )
    times = np.cumsum(gaps)
    times = times[times < seconds - 0.02]
    sizes = np.full(times.size, height)
    if modulation_order is not None:
        sizes *= 1 + 0.9 * np.cos(2 * np.pi * modulation_order * shaft_hz * times)
    ring = np.exp(-900 * t[:400]) * np.sin(2 * np.pi * resonance_hz * t[:400])
    for at, size in zip((times * RATE_HZ).astype(int), sizes, strict=True):
        x[at : at + 400] += size * ring
    return x.astype(np.float32)


def ringing(order: float, *, seed: int, seconds: float, height: float) -> np.ndarray:
    """What impacts add to such a signal: the ringing alone."""
    struck = impacts(order, seed=seed, seconds=seconds, height=height)
    return struck - impacts(order, seed=seed, seconds=seconds, height=0.0)
