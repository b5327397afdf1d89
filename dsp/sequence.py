"""Symmetrical components of three fundamentals, and the unbalance that the standards define.

C. L. Fortescue, Trans. AIEE 37 (1918): any three phasors are the sum of a set that turns one way,
one that turns the other way, and one that does not turn.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dsp.power import whole_cycles
from sensors.errors import BadSamples, WindowTooShort

Floats = npt.NDArray[np.float64]
Phasors = npt.NDArray[np.complex128]

TURN = complex(-0.5, 0.75**0.5)
"""A third of a turn."""
FEWEST_CYCLES = 4
"""A Hann window over fewer does not part the fundamental from its second harmonic."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """Symmetrical components, as peak or RMS phasors like those they were made of.

    Attributes
    ----------
    forward : complex
        ``(a + h b + h^2 c) / 3``, h a third of a turn: all there is where the phases follow in the
        order a, b, c.
    backward : complex
        ``(a + h^2 b + h c) / 3``: all there is where they follow in the order a, c, b.
    zero : complex
        ``(a + b + c) / 3``.
    """

    forward: complex
    backward: complex
    zero: complex

    @property
    def crossed(self) -> bool:
        """Whether the phases follow in the order a, c, b."""
        return abs(self.backward) > abs(self.forward)

    @property
    def positive(self) -> complex:
        """The larger: the one that turns the motor, whatever its terminals are called."""
        return self.backward if self.crossed else self.forward

    @property
    def negative(self) -> complex:
        """The smaller of the two."""
        return self.forward if self.crossed else self.backward

    @property
    def unbalance(self) -> float:
        """Negative over positive, as IEC 61000-4-30 has it: 0 to 1; nought where nothing flows."""
        return _ratio(abs(self.negative), abs(self.positive))

    @property
    def residue(self) -> float:
        """Zero sequence over positive."""
        return _ratio(abs(self.zero), abs(self.positive))


def sequences(phasors: npt.ArrayLike) -> Sequences:
    """Return the symmetrical components of three phasors.

    Parameters
    ----------
    phasors : complex array, shape (3,)
        Phases a, b, c; of the line-to-line voltages ab, bc, ca there is no zero sequence, and the
        ratio of the others is that of the phases.
    """
    a, b, c = (complex(z) for z in np.asarray(phasors, dtype=np.complex128))
    return Sequences(
        forward=(a + TURN * b + TURN**2 * c) / 3,
        backward=(a + TURN**2 * b + TURN * c) / 3,
        zero=(a + b + c) / 3,
    )


def nema_unbalance(magnitudes: npt.ArrayLike) -> float:
    """Return the unbalance of NEMA MG-1: ``max |x - mean| / mean``, as a fraction.

    Parameters
    ----------
    magnitudes : array, shape (3,)
        RMS of the three line-to-line voltages, or of the three currents.

    Raises
    ------
    BadSamples
        A magnitude is negative or not finite.
    """
    values = np.asarray(magnitudes, dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0.0).any():
        raise BadSamples(f"unbalance of {values.tolist()}: magnitudes are finite and not negative")
    mean = float(values.mean())
    return _ratio(float(np.abs(values - mean).max()), mean)


def line_to_line(phases: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``a - b, b - c, c - a`` along the first axis, of phasors or of samples."""
    between: npt.NDArray[Any] = phases - np.roll(phases, -1, axis=0)
    return between


def fundamentals(
    waves: npt.NDArray[np.floating[Any]], *, rate_hz: float, line_hz: float
) -> Phasors:
    """Return the phasor of the fundamental of each wave, as RMS, told by one clock.

    ``X = sqrt(2) sum w[k] x[k] exp(-2 pi j f k / rate) / sum w`` with a Hann window over whole
    cycles, where harmonics, offset and the line's own image have their zeros.

    Parameters
    ----------
    waves : float array, shape (..., n)
        Sampled together; four cycles or more.
    rate_hz, line_hz : float
        Sampling rate and measured line frequency. What the frequency is off by turns and shrinks
        all phasors alike.

    Returns
    -------
    complex array, shape (...,)
        Phases are those at the first sample.

    Raises
    ------
    WindowTooShort
        Fewer than four cycles.
    """
    cycles, samples = whole_cycles(waves.shape[-1], rate_hz=rate_hz, line_hz=line_hz)
    if cycles < FEWEST_CYCLES:
        raise WindowTooShort(
            f"{cycles} cycles of {line_hz:g} Hz; unbalance needs {FEWEST_CYCLES} or more"
        )
    at = np.arange(samples)
    window = np.sin(np.pi * (at + 0.5) / samples) ** 2
    probe = np.exp(-2j * np.pi * line_hz / rate_hz * at)
    probe *= window * (np.sqrt(2) / window.sum())
    # One wave at a time: all of them as complex numbers are tens of megabytes.
    cut = (wave[:samples] for wave in waves.reshape(-1, waves.shape[-1]))
    phasors = [(wave - wave.mean()).astype(np.float64) @ probe for wave in cut]
    return np.asarray(phasors, dtype=np.complex128).reshape(waves.shape[:-1])


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0
