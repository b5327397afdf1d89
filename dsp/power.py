"""Power of one phase from its voltage and current: true RMS, P, S, PF, displacement, distortion.

Everything is read off one window of whole cycles, which is cut here: a partial cycle would bias
mean and RMS, and leak the fundamental into its harmonics.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.spectrum import tone, transform
from sensors.capture import check_rate
from sensors.errors import BadRate, BadSamples, WindowTooShort

Floats = npt.NDArray[np.float64]

HARMONICS = 40
"""Distortion is summed up to this harmonic, as IEC 61000-3-2 does."""
LINE_REACH = 0.04
"""Line frequency is looked for this far, relative, around its nominal value."""
CYCLES_TO_MEASURE = 8.0
"""With fewer cycles the nominal line frequency is better than a measured one."""
FEWEST_SAMPLES = 8
"""Samples to a cycle below which there is no waveform."""
RUN = 512
"""Samples that are turned together where single bins are read."""


@dataclass(frozen=True, slots=True)
class Power:
    """Power of one phase over a window of whole cycles.

    Attributes
    ----------
    voltage_v, current_a : float
        True RMS, DC included.
    active_w : float
        ``P = mean(v i)``; negative where the current transformer is reversed.
    apparent_va : float
        ``S = V I``.
    factor : float
        ``PF = P / S``; zero where nothing flows.
    displacement : float
        ``cos(phi1)`` between the fundamentals: equal to `factor` only without distortion.
    current_thd, voltage_thd : float
        ``sqrt(sum of Xh^2, h = 2 to 40) / X1``.
    line_hz : float
        Line frequency.
    cycles : int
        Whole cycles in the window.
    """

    voltage_v: float
    current_a: float
    active_w: float
    apparent_va: float
    factor: float
    displacement: float
    current_thd: float
    voltage_thd: float
    line_hz: float
    cycles: int

    @property
    def nonactive_var(self) -> float:
        """``N = sqrt(S^2 - P^2)``: reactive and distortion power together (IEEE 1459)."""
        return float(np.sqrt(max(self.apparent_va**2 - self.active_w**2, 0.0)))


def measure_power(
    voltage: npt.ArrayLike, current: npt.ArrayLike, *, rate_hz: float, nominal_hz: float
) -> Power:
    """Measure the power of one phase.

    Parameters
    ----------
    voltage, current : arrays, shape (n,)
        Sampled together, in V and A.
    rate_hz : float
        Their sampling rate.
    nominal_hz : float
        Nominal line frequency; from eight cycles on it is refined on the voltage.

    Returns
    -------
    Power
        Over the longest run of whole cycles from the first sample on.

    Raises
    ------
    BadSamples
        Shapes differ, a sample is not finite, or the voltage is zero throughout.
    WindowTooShort
        Less than one cycle.
    BadRate
        Fewer than 8 samples to a cycle.
    """
    v, i = _checked(voltage, current)
    line_hz = line_frequency(v, rate_hz=rate_hz, nominal_hz=nominal_hz)
    cycles, samples = whole_cycles(v.size, rate_hz=rate_hz, line_hz=line_hz)
    v, i = v[:samples], i[:samples]
    v_lines, i_lines = harmonics(v, cycles), harmonics(i, cycles)
    v_rms, i_rms, active = _rms(v), _rms(i), float(np.mean(v * i))
    return Power(
        voltage_v=v_rms,
        current_a=i_rms,
        active_w=active,
        apparent_va=v_rms * i_rms,
        factor=_ratio(active, v_rms * i_rms),
        displacement=_displacement(v_lines[0], i_lines[0]),
        current_thd=total_distortion(i_lines),
        voltage_thd=total_distortion(v_lines),
        line_hz=line_hz,
        cycles=cycles,
    )


def line_frequency(voltage: Floats, *, rate_hz: float, nominal_hz: float) -> float:
    """Return the line frequency: measured within 4 % of nominal, else nominal.

    Parameters
    ----------
    voltage : array, shape (n,)
        A short window (under eight cycles) keeps the nominal value.
    """
    check_rate(rate_hz, "power")
    if not nominal_hz > 0.0 or rate_hz < FEWEST_SAMPLES * nominal_hz:
        raise BadRate(
            f"power: {rate_hz:g} Hz gives under {FEWEST_SAMPLES} samples to a cycle of "
            f"{nominal_hz:g} Hz; sample faster or mend `line_hz`"
        )
    if voltage.size * nominal_hz < CYCLES_TO_MEASURE * rate_hz:
        return nominal_hz
    spectrum = transform(voltage, rate_hz=rate_hz)
    return tone(spectrum, nominal_hz * (1 - LINE_REACH), nominal_hz * (1 + LINE_REACH))[0]


def whole_cycles(samples: int, *, rate_hz: float, line_hz: float) -> tuple[int, int]:
    """Return how many whole cycles so many samples hold, and their length in samples.

    A window up to half a sample short of a cycle counts as whole.

    Raises
    ------
    WindowTooShort
        Less than one cycle.
    """
    per_cycle = rate_hz / line_hz
    cycles = int((samples + 0.5) / per_cycle)
    if cycles < 1:
        raise WindowTooShort(
            f"power: {samples} samples are less than one cycle of {line_hz:g} Hz at "
            f"{rate_hz:g} Hz; record {per_cycle:.0f} or more"
        )
    return cycles, min(round(cycles * per_cycle), samples)


def harmonics(values: Floats, cycles: int) -> npt.NDArray[np.complex128]:
    """Return the phasors of the fundamental and its harmonics, up to the 40th or Nyquist.

    Parameters
    ----------
    values : array, shape (n,)
        Whole cycles.
    cycles : int
        How many.

    Returns
    -------
    complex array, shape (H,)
        ``X_h = (2/n) sum x[k] exp(-2 pi j k h cycles / n)``, of peak amplitude.
    """
    n = values.size
    # The Nyquist bin of an even transform is half a line and carries no phase.
    last = (n - 1) // 2
    at = cycles * np.arange(1, min(HARMONICS, last // cycles) + 1)
    # Whole cycles are of any length, so a Fourier transform of them, of which forty bins are
    # wanted, would need tens of megabytes, and keep as much as plan for every length.
    rows = -(-n // RUN)
    padded = np.zeros(rows * RUN)
    padded[:n] = values
    within = padded.reshape(rows, RUN) @ _turned(at, np.arange(RUN), n)
    phasors: npt.NDArray[np.complex128] = np.einsum(
        "rh,rh->h", within, _turned(at, RUN * np.arange(rows), n)
    )
    return phasors * 2 / n


def _turned(
    at: npt.NDArray[np.int64], places: npt.NDArray[np.int64], n: int
) -> npt.NDArray[np.complex128]:
    """Return ``exp(-2 pi j k m / n)`` of samples k and bins m; whole turns leave no rounding."""
    turn: npt.NDArray[np.complex128] = np.exp(-2j * np.pi / n * (places[:, None] * at % n))
    return turn


def total_distortion(phasors: npt.NDArray[np.complex128]) -> float:
    """Return ``sqrt(sum over h > 1 of |X_h|^2) / |X_1|``; infinite without a fundamental."""
    first = float(abs(phasors[0]))
    rest = float(np.linalg.norm(phasors[1:]))
    return rest / first if first > 0.0 else float("inf") if rest > 0.0 else 0.0


def _checked(voltage: npt.ArrayLike, current: npt.ArrayLike) -> tuple[Floats, Floats]:
    v, i = np.asarray(voltage, dtype=np.float64), np.asarray(current, dtype=np.float64)
    if v.ndim != 1 or v.shape != i.shape:
        raise BadSamples(
            f"power: voltage of shape {v.shape} and current of shape {i.shape}; "
            "give both over the same samples"
        )
    if not (np.isfinite(v).all() and np.isfinite(i).all()):
        raise BadSamples("power: a sample is not finite; run the audit")
    if not v.any():
        raise BadSamples("power: the voltage is zero throughout; is it connected?")
    return v, i


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else 0.0


def _displacement(voltage: np.complex128, current: np.complex128) -> float:
    return _ratio(float((voltage * np.conj(current)).real), float(abs(voltage) * abs(current)))
