"""How alike two recordings are, sample by sample, wherever each of them begins."""

import numpy as np

from models.robust import Floats
from sensors.capture import Capture

MOST_SHIFT = 300
"""Samples two recordings are shifted against each other: five cycles of 60 Hz at 1 kHz."""


def aligned_difference(one: Capture, other: Capture) -> float:
    """Return the RMS of the difference over the RMS of `one`, all channels, at the best shift.

    Captures of the same channels at the same rate.
    """
    a, b = _channels(one), _channels(other)
    length = min(a.shape[1], b.shape[1])
    return min(_difference(a, b, length, shift) for shift in range(-MOST_SHIFT, MOST_SHIFT + 1))


def _channels(capture: Capture) -> Floats:
    return np.array([block.values for block in capture.blocks], dtype=np.float64)


def _difference(one: Floats, other: Floats, length: int, shift: int) -> float:
    a = one[:, max(shift, 0) : length + min(shift, 0)]
    b = other[:, max(-shift, 0) : length + min(-shift, 0)]
    return float(np.sqrt(np.mean((a - b) ** 2) / np.mean(a**2)))
