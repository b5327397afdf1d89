"""How much of a window sits at the converter's limits.

A limit shows as a flat top: one extreme value taken again and again while the next value
below it is rare. Where the unit is a fraction of full scale, the limit itself is known too.
"""

import numpy as np

from sensors.capture import FloatArray, Sense, Unit

# A 16-bit converter's largest code as a fraction of full scale, less half a code.
FULL_SCALE = 1.0 - 1.5 * 2.0**-15
# A quantised sine's top code occurs 2.4 times as often as the next one; a clipped one's far more.
FLAT_TOP = 4

WAVEFORMS = frozenset({Sense.POWER, Sense.VIBRATION, Sense.SOUND})


def clipped_fraction(values: FloatArray, sense: Sense, unit: Unit) -> float:
    """Return the fraction of samples at the converter's limits, 0 to 1.

    Samples at the window's largest or smallest value count when that value occurs at least
    four times and four times as often as its neighbour value. Audio also counts what reaches
    full scale. Slow senses, and a constant signal (which is stuck, not clipped), give 0.

    Parameters
    ----------
    values : float32 array, shape (n,)
        Samples of one window.
    sense, unit : Sense, Unit
        Of the channel.
    """
    if sense not in WAVEFORMS or values.size == 0:
        return 0.0
    top, bottom = values.max(), values.min()
    if not (np.isfinite(top) and np.isfinite(bottom)):
        usable = values[np.isfinite(values)]
        return clipped_fraction(usable, sense, unit) * usable.size / values.size
    flat = _flat_end(values, top) + _flat_end(values, bottom) if bottom < top else 0
    if unit is Unit.FULL_SCALE and max(top, -bottom) >= FULL_SCALE:
        flat = max(flat, int(np.count_nonzero(np.abs(values) >= FULL_SCALE)))
    return flat / values.size


def _flat_end(values: FloatArray, extreme: np.float32) -> int:
    """Return how many samples are at an extreme, if they are too many to be there by chance."""
    count = int(np.count_nonzero(values == extreme))
    if count < FLAT_TOP:
        return 0
    rest = values[values != extreme]
    neighbour = rest[np.argmin(np.abs(rest - extreme))]
    return count if count >= FLAT_TOP * np.count_nonzero(rest == neighbour) else 0
