"""The supply's frequency to a few millihertz, from one current or voltage of a second or more.

The line is found in the spectrum, then its phase is followed through the window: frequency is the
slope of the phase, and what the phase does beside a straight line says how far that can be trusted.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.spectrum import RealArray, tone, transform
from sensors.errors import BadRate, BadSamples, WindowTooShort

Floats = npt.NDArray[np.float64]

SUPPLY_HZ = (5.0, 400.0)
"""Drives start at about 5 Hz; aircraft and ships go to 400 Hz."""
GRID_REACH = 0.04
"""Where the nominal frequency is known the line is looked for this far, relative, around it."""
BLOCK_CYCLES = 4
"""Cycles to a phase reading: a Hann window's zeros then lie on offset, image and harmonics."""
FEWEST_CYCLES = 8.0
"""Two readings that share nothing."""
SAMPLES_PER_CYCLE = 4.0
"""Below this the line's image leaks into its phase."""
MOST_READINGS = 400
OVERLAP = 0.5
"""Correlation that readings a cycle apart have at least: they share three of their four cycles."""
LARGEST_SPREAD_RAD = 0.5
"""Beyond this the phase could slip a turn between readings: there is no line."""
COVERAGE = 2.0
"""Standard errors in the stated uncertainty: about 95 % of cases."""


@dataclass(frozen=True, slots=True)
class SupplyFrequency:
    """Frequency of the supply, the mean over a window.

    Attributes
    ----------
    hz : float
        By the clock that sampled it: a converter's crystal may be off by some 50 ppm (2.5 mHz).
    uncertainty_hz : float
        Twice the standard error, from how far the phase strays from a straight line (noise,
        sidebands near the line), and from what the weights matter (wander of the grid). The
        clock's error is not in it.
    amplitude : float
        Peak value of the line, in the unit of the samples.
    """

    hz: float
    uncertainty_hz: float
    amplitude: float


def supply_frequency(
    values: RealArray, *, rate_hz: float, nominal_hz: float | None
) -> SupplyFrequency:
    """Measure the frequency of the supply in a current or voltage.

    ``f = f0 + slope / (2 pi)``, where the slope is that of the phase of blocks of four cycles
    against time, weighted with a Hann window over the readings, so that sidebands close to the
    line pull less on it than by the plain spectrum.

    Parameters
    ----------
    values : float array, shape (n,)
        One phase; eight cycles or more, a second for a few millihertz.
    rate_hz : float
        Its sampling rate.
    nominal_hz : float or None
        The grid's, where one feeds the motor: the line is then looked for within 4 % of it. None
        takes the strongest line from 5 to 400 Hz, as behind a drive.

    Raises
    ------
    WindowTooShort
        Fewer than eight cycles.
    BadRate
        Fewer than four samples to a cycle.
    BadSamples
        A sample is not finite, or no line stands in the range.
    """
    spectrum = transform(np.asarray(values, dtype=np.float64), rate_hz=rate_hz)
    lo, hi = SUPPLY_HZ
    if nominal_hz is not None:
        lo, hi = nominal_hz * (1 - GRID_REACH), nominal_hz * (1 + GRID_REACH)
        _check_length(values.size, rate_hz, nominal_hz)
    coarse_hz, height = tone(spectrum, lo, min(hi, rate_hz / SAMPLES_PER_CYCLE))
    if not height > 0.0:
        raise BadSamples("supply frequency: the channel carries nothing; is it connected?")
    _check_length(values.size, rate_hz, coarse_hz)
    # Twice, since blocks cut to the first guess are not quite whole cycles.
    _, hz = _slope(values, rate_hz, coarse_hz)
    error_hz, hz = _slope(values, rate_hz, hz)
    if abs(hz - coarse_hz) > spectrum.resolution_hz:
        raise BadSamples(_no_line(lo, hi))
    return SupplyFrequency(hz, COVERAGE * error_hz, height)


def _check_length(samples: int, rate_hz: float, line_hz: float) -> None:
    if rate_hz < SAMPLES_PER_CYCLE * line_hz:
        raise BadRate(
            f"supply frequency: {rate_hz:g} Hz gives under {SAMPLES_PER_CYCLE:g} samples to a "
            f"cycle of {line_hz:g} Hz; sample faster"
        )
    if samples * line_hz < FEWEST_CYCLES * rate_hz:
        raise WindowTooShort(
            f"supply frequency: {samples * line_hz / rate_hz:.2g} cycles of {line_hz:g} Hz; "
            f"record {FEWEST_CYCLES / line_hz:.2g} s or more"
        )


def _no_line(lo: float, hi: float) -> str:
    return f"supply frequency: no steady line between {lo:g} and {hi:g} Hz"


def _slope(values: RealArray, rate_hz: float, line_hz: float) -> tuple[float, float]:
    """Return the standard error and the frequency that the phase's weighted slope tells."""
    t_s, phase = phase_readings(values, rate_hz=rate_hz, line_hz=line_hz)
    weights = np.sin(np.pi * (np.arange(t_s.size) + 0.5) / t_s.size) ** 2
    weights /= weights.sum()
    t = t_s - weights @ t_s
    lever = weights * t / (weights @ t**2)
    residual = phase - weights @ phase
    slope = float(lever @ residual)
    residual -= slope * t
    spread = float(np.sqrt(weights @ residual**2))
    if spread > LARGEST_SPREAD_RAD:
        raise BadSamples(_no_line(line_hz * (1 - GRID_REACH), line_hz * (1 + GRID_REACH)))
    # Two parameters were fitted to what amounts to one free reading in half a block.
    free = 2 * (t_s[-1] - t_s[0]) * line_hz / BLOCK_CYCLES + 1
    spread *= float(np.sqrt(free / max(free - 2, 0.5)))
    error = spread * float(np.linalg.norm(lever)) * _kinship(residual)
    # A steady line has one slope whatever the weights; a wandering one has not.
    even = t_s - t_s.mean()
    wander = float(even @ residual / (even @ even))
    return float(np.hypot(error, wander)) / (2 * np.pi), line_hz + slope / (2 * np.pi)


def _kinship(residual: Floats) -> float:
    """Return by how much neighbours that err alike widen the error: ``sqrt((1 + r)/(1 - r))``."""
    own = float(residual @ residual)
    alike = float(residual[1:] @ residual[:-1]) / own if own > 0.0 else 0.0
    alike = float(np.clip(alike, OVERLAP, max(1.0 - 1.0 / residual.size, OVERLAP)))
    return float(np.sqrt((1 + alike) / (1 - alike)))


def phase_readings(values: RealArray, *, rate_hz: float, line_hz: float) -> tuple[Floats, Floats]:
    """Follow the phase of a line through a window.

    Parameters
    ----------
    values : float array, shape (n,)
        Four cycles or more.
    rate_hz, line_hz : float
        Sampling rate, and the frequency that the phase is told against.

    Returns
    -------
    t_s, phase_rad : float arrays, shape (m,)
        Middles of the blocks, about a cycle apart (400 at most), and the unwrapped phase there,
        less that of `line_hz`.
    """
    size = round(BLOCK_CYCLES * rate_hz / line_hz)
    if values.size < size:
        raise WindowTooShort(f"{values.size} samples; a phase reading needs {size}")
    hop = max(round(rate_hz / line_hz), (values.size - size) // MOST_READINGS + 1)
    centred = np.asarray(values, dtype=np.float64) - np.mean(values, dtype=np.float64)
    blocks = np.lib.stride_tricks.sliding_window_view(centred, size)[::hop]
    turn = -2j * np.pi * line_hz / rate_hz
    hann = np.sin(np.pi * np.arange(size) / size) ** 2
    starts = np.arange(blocks.shape[0]) * hop
    probe = hann * np.exp(turn * np.arange(size))
    # Parts one by one: blocks overlap, and would be copied, four times over, as complex numbers.
    phasors = (blocks @ probe.real + 1j * (blocks @ probe.imag)) * np.exp(turn * starts)
    t_s = np.asarray((starts + size / 2) / rate_hz, dtype=np.float64)
    phase: Floats = np.unwrap(np.angle(phasors))
    return t_s, phase
