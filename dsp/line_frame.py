"""A current seen in the frame of its own line: what wanders with the supply stands still there.

The line's phase is followed through the window by a curve too stiff to follow slip sidebands, and
the current turned back by it, or by a multiple of it. Sidebands then stand sharp at their offset
from the line, however the grid drifts, and keep both amplitude and phase modulation. Wander as fast
as a sideband stays: nothing in the current tells one from the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre
from scipy import fft

from dsp.spectrum import BlockSpectrum, ComplexArray, RealArray
from dsp.supply_frequency import phase_readings, supply_frequency
from sensors.errors import BadSamples

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.floating[Any]] | npt.NDArray[np.complexfloating[Any, Any]]

DEGREE = 8
"""Of the phase's curve over the window. It follows two swings to a window to 2 %, and takes less
than 0.1 % of a sideband ten cycles from the line, the nearest that is read."""
GLANCE_S = 4.0
"""The line is first found in the middle of the window, where a wandering grid is steady yet."""
MOST_ASTRAY_RAD = 0.5
"""RMS distance of the phase from its curve where there is a line to follow."""
WANDER_CYCLES = 8
"""Fewest phase readings to a coefficient; below that the line is taken as steady."""


@dataclass(frozen=True, slots=True)
class LineTrack:
    """The line of a current: frequency, height, and its phase over a window.

    Attributes
    ----------
    hz, uncertainty_hz : float
        Mean frequency over the window, and how exactly it was found.
    carrier : float
        Height of the line in the line's own frame: peak value for one phase.
    phase_rad : float64 array, shape (n,)
        The line's phase at every sample.
    rate_hz : float
        Sampling rate.
    """

    hz: float
    uncertainty_hz: float
    carrier: float
    phase_rad: Floats
    rate_hz: float

    def turned_back(self, values: Samples, order: float) -> npt.NDArray[np.complex128]:
        """Return ``x exp(-j order theta)``, mean removed, shape (n,)."""
        return np.asarray((values - values.mean()) * np.exp(-1j * order * self.phase_rad))


@dataclass(frozen=True, slots=True)
class LineFrame:
    """Spectra to both sides of a multiple of the line, in the frame of the line.

    Attributes
    ----------
    lower, upper : BlockSpectrum
        Bin k stands k resolutions below, or above, `order` times the line.
    carrier : float
        Height of the line itself, which levels in dBc refer to.
    order : float
        Multiple of the line's frequency in the middle.
    """

    lower: BlockSpectrum
    upper: BlockSpectrum
    carrier: float
    order: float

    @property
    def resolution_hz(self) -> float:
        """Distance between bins."""
        return self.lower.resolution_hz


def space_vector(a: RealArray, b: RealArray, c: RealArray) -> ComplexArray:
    """Join three phase currents into ``(a + h b + h^2 c) 2/3``, ``h = exp(2 pi j/3)`` (Park).

    What turns with the field keeps its height. Returns the conjugate, so that the line turns
    forward, where the phases are wired in the other order.
    """
    turn = np.exp(2j * np.pi / 3)
    forward = (a + turn * b + turn**2 * c) / 1.5
    backward = (a + turn**2 * b + turn * c) / 1.5
    spectrum = fft.fft(forward)
    half = spectrum.size // 2
    ahead, behind = spectrum[1:half], spectrum[half + 1 :]
    turns_forward = np.vdot(ahead, ahead).real >= np.vdot(behind, behind).real
    vector: ComplexArray = forward if turns_forward else backward
    return vector


def follow_line(
    values: Samples, reference: RealArray, *, rate_hz: float, nominal_hz: float | None
) -> LineTrack:
    """Follow the line through a window.

    Parameters
    ----------
    values : float or complex array, shape (n,)
        One phase, or the `space_vector` of three.
    reference : float array, shape (n,)
        The phase whose line is followed; `values` itself where it is one phase.
    rate_hz : float
        Sampling rate.
    nominal_hz : float or None
        Frequency of the grid, where one feeds the motor.

    Raises
    ------
    WindowTooShort, BadRate, BadSamples
        As `dsp.supply_frequency.supply_frequency`, or the phase follows no curve.
    """
    glance = _middle(reference, round(GLANCE_S * rate_hz))
    line = supply_frequency(glance, rate_hz=rate_hz, nominal_hz=nominal_hz)
    t_s, phase = phase_readings(reference, rate_hz=rate_hz, line_hz=line.hz)
    at_s = np.arange(values.size) / rate_hz
    span_s = values.size / rate_hz
    degree = min(DEGREE, t_s.size // WANDER_CYCLES)
    # Readings are weighted as the window weighs the samples that they follow.
    weights = np.sin(np.pi * t_s / span_s)
    curve = legendre.legfit(2 * t_s / span_s - 1, phase, degree, w=weights)
    astray = phase - legendre.legval(2 * t_s / span_s - 1, curve)
    if np.std(astray) > MOST_ASTRAY_RAD:
        raise BadSamples(
            f"the line at {line.hz:.2f} Hz does not hold its phase: a drive, a start, or no current"
        )
    theta = 2 * np.pi * line.hz * at_s + legendre.legval(2 * at_s / span_s - 1, curve)
    mean_hz = float(theta[-1] - theta[0]) / (2 * np.pi * (at_s[-1] - at_s[0]))
    hann = np.sin(np.pi * np.arange(values.size) / values.size) ** 2
    turned = (values - values.mean()) * np.exp(-1j * theta)
    carrier = 2 * abs(np.vdot(hann, turned)) / hann.sum()
    return LineTrack(float(mean_hz), line.uncertainty_hz, float(carrier), theta, rate_hz)


def _middle(values: RealArray, size: int) -> RealArray:
    first = max((values.size - size) // 2, 0)
    return values[first : first + size]


def line_frame(values: Samples, track: LineTrack, *, order: float, span_hz: float) -> LineFrame:
    """Turn a current back by a multiple of its line and transform what remains.

    ``Y(v) = sum x[i] exp(-j order theta[i]) exp(-2 pi j v i / rate)``, for ``|v| <= span_hz``.

    Parameters
    ----------
    values : float or complex array, shape (n,)
        What `track` was made of.
    track : LineTrack
        The line's phase.
    order : float
        Multiple of the line in the middle: 1 for slip and shaft sidebands, ``R/pp + v`` for the
        slot lines, which wander that many times as far.
    span_hz : float
        How far to either side.
    """
    bins = fft.fft(track.turned_back(values, order))
    last = min(int(span_hz * values.size / track.rate_hz) + 2, values.size // 2 - 1)
    upper = bins[: last + 1]
    lower = np.conj(bins[-np.arange(last + 1)])
    sides: Sequence[BlockSpectrum] = [
        BlockSpectrum(np.ascontiguousarray(side), values.size, track.rate_hz)
        for side in (lower, upper)
    ]
    return LineFrame(sides[0], sides[1], track.carrier, order)
