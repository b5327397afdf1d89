"""Power of three phases: P, Q1, effective apparent power, power factor, from what was measured.

Without a neutral wire the currents sum to zero, so two of them tell the third, and the power does
not depend on where the voltages are measured from. So two current transformers and two
line-to-line voltages (Aron, or two wattmeters) are enough.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dsp.power import harmonics, total_distortion, whole_cycles
from dsp.sequence import line_to_line
from sensors.errors import BadSamples

Floats = npt.NDArray[np.float64]
Waves = npt.NDArray[np.floating[Any]]
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ThreePhasePower:
    """Power of three phases over a window of whole cycles, after IEEE Std 1459.

    Attributes
    ----------
    currents_a : tuple of float
        True RMS of each phase.
    line_voltages_v : tuple of float
        True RMS of ab, bc and ca.
    phase_active_w : tuple of float
        ``mean(v i)`` of each phase against the star point: one below zero where the others are
        above it is a reversed or wrongly paired current transformer.
    active_w : float
        ``P``, their sum; negative where the machine generates, or all transformers are reversed.
    reactive_var : float
        ``Q1``, of the fundamentals; positive where the current lags.
    effective_va : float
        ``Se = 3 Ve Ie``: what a balanced load of the same losses would take.
    current_thd, voltage_thd : tuple of float
        ``sqrt(sum of Xh^2, h = 2 to 40) / X1`` of each phase.
    cycles : int
        Whole cycles in the window.
    """

    currents_a: Triple
    line_voltages_v: Triple
    phase_active_w: Triple
    active_w: float
    reactive_var: float
    effective_va: float
    current_thd: Triple
    voltage_thd: Triple
    cycles: int

    @property
    def factor(self) -> float:
        """``PF = P / Se``; zero where nothing flows."""
        return self.active_w / self.effective_va if self.effective_va > 0.0 else 0.0

    @property
    def nonactive_var(self) -> float:
        """``N = sqrt(Se^2 - P^2)``: reactive, distortion and unbalance together."""
        return float(np.sqrt(max(self.effective_va**2 - self.active_w**2, 0.0)))


def measure_three_phase(
    voltages: Waves,
    currents: Waves,
    *,
    rate_hz: float,
    line_hz: float,
    neutral: bool = False,
) -> ThreePhasePower:
    """Measure the power of three phases.

    Parameters
    ----------
    voltages : float array, shape (3, n)
        Phases a, b, c against the neutral, or against any one point where no neutral is wired;
        `star_voltages` makes them of line-to-line voltages.
    currents : float array, shape (3, n)
        Line currents, sampled with them; `third_wave` makes the third of two.
    rate_hz, line_hz : float
        Sampling rate and line frequency.
    neutral : bool
        Whether a neutral wire carries current to the load. Without one (every common motor) the
        zero sequence of the voltages does nothing and is left out.

    Returns
    -------
    ThreePhasePower
        Over the longest run of whole cycles from the first sample on. Effective values:
        ``Ie^2 = (Ia^2 + Ib^2 + Ic^2)/3`` and ``Ve^2 = (Vab^2 + Vbc^2 + Vca^2)/9``; with a neutral
        ``+ In^2/3``, and ``Ve^2 = (3 (Va^2 + Vb^2 + Vc^2) + Vab^2 + Vbc^2 + Vca^2)/18``.

    Raises
    ------
    BadSamples
        Shapes are not (3, n), differ, or a sample is not finite.
    WindowTooShort
        Less than one cycle.
    """
    v, i = _checked(voltages, currents)
    cycles, samples = whole_cycles(v.shape[1], rate_hz=rate_hz, line_hz=line_hz)
    v, i = v[:, :samples], i[:, :samples]
    if not neutral:
        v = v - v.mean(axis=0)
    v_lines = [harmonics(wave, cycles) for wave in v]
    i_lines = [harmonics(wave, cycles) for wave in i]
    first = sum(a[0] * np.conj(b[0]) for a, b in zip(v_lines, i_lines, strict=True)) / 2
    phase_active = np.mean(v * i, axis=1)
    return ThreePhasePower(
        currents_a=_triple(_rms(i)),
        line_voltages_v=_triple(_rms(line_to_line(v))),
        phase_active_w=_triple(phase_active),
        active_w=float(phase_active.sum()),
        reactive_var=float(np.imag(first)),
        effective_va=_effective(v, i, neutral=neutral),
        current_thd=_triple([total_distortion(lines) for lines in i_lines]),
        voltage_thd=_triple([total_distortion(lines) for lines in v_lines]),
        cycles=cycles,
    )


def third_wave(first: Waves, second: Waves) -> Floats:
    """Return what makes three waves sum to zero: the third current, or line-to-line voltage."""
    return -(np.asarray(first, np.float64) + np.asarray(second, np.float64))


def star_voltages(ab: Waves, bc: Waves, ca: Waves) -> Floats:
    """Return phase voltages against the middle of three line-to-line ones, shape (3, n).

    ``a = (ab - ca)/3`` and so on around: their zero sequence, which no line-to-line voltage knows,
    is nought.
    """
    between = np.stack([ab, bc, ca]).astype(np.float64)
    star: Floats = (between - np.roll(between, 1, axis=0)) / 3
    return star


def _checked(voltages: Waves, currents: Waves) -> tuple[Floats, Floats]:
    v, i = np.asarray(voltages, np.float64), np.asarray(currents, np.float64)
    if v.shape != i.shape or v.ndim != 2 or v.shape[0] != 3:
        raise BadSamples(
            f"power of three phases: voltages of shape {v.shape} and currents of shape {i.shape}; "
            "both must be (3, n)"
        )
    if not (np.isfinite(v).all() and np.isfinite(i).all()):
        raise BadSamples("power of three phases: a sample is not finite; run the audit")
    return v, i


def _effective(v: Floats, i: Floats, *, neutral: bool) -> float:
    between = float(np.sum(_rms(line_to_line(v)) ** 2))
    amperes, volts = float(np.sum(_rms(i) ** 2)) / 3, between / 9
    if neutral:
        amperes += float(_rms(i.sum(axis=0)) ** 2) / 3
        volts = (3 * float(np.sum(_rms(v) ** 2)) + between) / 18
    return 3 * float(np.sqrt(volts * amperes))


def _rms(waves: Floats) -> Floats:
    rms: Floats = np.sqrt(np.mean(waves**2, axis=-1))
    return rms


def _triple(values: npt.ArrayLike) -> Triple:
    a, b, c = (float(value) for value in np.asarray(values, np.float64))
    return a, b, c
