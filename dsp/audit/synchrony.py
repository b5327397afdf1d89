"""Whether two clocks agree: one tone, followed in channels of different converters.

The mains is in the current, and its double in vibration and sound. Their phases are followed side
by side: a slope between them is a disagreement of rates, whatever the mains itself does, and
scatter about that slope is jitter. Lines of the shaft stand near the mains' too, but slip takes
them away by far more than clocks differ.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.audit.mains import mains_hz
from dsp.audit.survey import Scene, Survey
from dsp.audit_note import AuditNote
from dsp.coherence import SHORTEST_SEGMENT, line_readings
from sensors.capture import Sense

CHECK = "synchrony"
SEGMENT_S = 0.2
"""Ten cycles of 50 Hz: lines 10 Hz apart do not disturb."""
FEWEST_READINGS = 16
"""Phases of noise fit a straight line well where there are few of them."""
STEADY = 0.95
"""Mean resultant length of phases about their line: 1 for a clean tone, under 0.7 for noise."""
AGREED_PPM = 100.0
"""Two ordinary crystals, each within 50 ppm."""
SURE_PPM = 40.0
"""A standard error beyond this tells nothing about clocks."""
STRANGER_PPM = {Sense.POWER: 2e4, Sense.VIBRATION: 500.0, Sense.SOUND: 500.0}
"""More is no clock but another line: a rotor slips by 0.1 % (1000 ppm) and more."""
MULTIPLES = {Sense.POWER: (1,), Sense.VIBRATION: (2, 1), Sense.SOUND: (2, 1)}
"""Where the mains shows: stator and core are pulled twice a cycle."""
OVERLAP_WIDENING = 1.25
"""Half-overlapped Hann readings hang together a little: standard errors are larger by this."""


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """How one channel's clock runs against another's.

    Attributes
    ----------
    ppm, error_ppm : float
        Rate of the channel's clock less the reference's, with its standard error: positive
        where the channel's true rate is higher than declared, if the reference's is right.
    scatter_s : float
        RMS of what is left, in seconds.
    """

    ppm: float
    error_ppm: float
    scatter_s: float


def check(scene: Scene) -> Iterator[AuditNote]:
    """Compare one channel of each rate and sense with the cleanest mains in sight."""
    clocks = _clocks(scene)
    if len(clocks) < 2:
        return
    reference = next((c for c in clocks if c.channel.sense is Sense.POWER and mains_hz(c)), None)
    line_hz = None if reference is None else mains_hz(reference)
    if reference is None or line_hz is None:
        yield _unverified([clock.channel.name for clock in clocks], "no mains tone to compare by")
        return
    silent = []
    mains = _readings(reference, line_hz)
    for other in clocks:
        if other is reference:
            continue
        difference = _compare(mains, other, line_hz)
        if difference is None:
            silent.append(other.channel.name)
        else:
            yield _note(reference, other, difference)
    if silent:
        yield _unverified(silent, f"no tone shared with {reference.channel.name}")


def compare_clocks(reference: Survey, other: Survey, line_hz: float) -> ClockDifference | None:
    """Follow the mains in both; None where the other does not show it, or not well enough."""
    return _compare(_readings(reference, line_hz), other, line_hz)


def _compare(
    mains: npt.NDArray[np.complex128], other: Survey, line_hz: float
) -> ClockDifference | None:
    for multiple in MULTIPLES[other.channel.sense]:
        hz = multiple * line_hz
        if hz >= other.bandwidth_hz:
            continue
        found = _difference(_readings(other, hz), mains**multiple, hz)
        if found is not None and abs(found.ppm) <= STRANGER_PPM[other.channel.sense]:
            return found
    return None


def _clocks(scene: Scene) -> list[Survey]:
    """Return one channel of each rate and sense; power first, since it shows the mains best."""
    found: dict[tuple[Sense, float], Survey] = {}
    for survey in scene.waveforms(Sense.POWER, Sense.VIBRATION, Sense.SOUND):
        found.setdefault((survey.channel.sense, survey.block.rate_hz), survey)
    return sorted(found.values(), key=lambda survey: survey.channel.sense is not Sense.POWER)


def _readings(survey: Survey, hz: float) -> npt.NDArray[np.complex128]:
    rate_hz = survey.block.rate_hz
    too_slow = hz * 2 >= rate_hz or round(SEGMENT_S * rate_hz) < SHORTEST_SEGMENT
    if survey.block.duration_s < SEGMENT_S or too_slow:
        return np.zeros(0, np.complex128)
    at = np.array([hz])
    return line_readings(survey.values, rate_hz=rate_hz, lines_hz=at, segment_s=SEGMENT_S)[:, 0]


def _difference(
    tone: npt.NDArray[np.complex128], mains: npt.NDArray[np.complex128], hz: float
) -> ClockDifference | None:
    count = min(tone.size, mains.size)
    if count < FEWEST_READINGS:
        return None
    turned = np.angle(tone[:count] * mains[:count].conj())
    phase = np.unwrap(turned)
    t_s = (np.arange(count) - (count - 1) / 2) * SEGMENT_S / 2
    spread = float(t_s @ t_s)
    slope = float(t_s @ phase) / spread
    left = phase - phase.mean() - slope * t_s
    if abs(np.exp(1j * left).mean()) < STEADY:
        return None
    scatter = math.sqrt(float(left @ left) / (count - 2))
    error_ppm = OVERLAP_WIDENING * scatter / math.sqrt(spread) / (2 * np.pi * hz) * 1e6
    if error_ppm > SURE_PPM:
        return None
    # A clock that runs fast takes more samples of a cycle: the tone then seems slow.
    return ClockDifference(-slope / (2 * np.pi * hz) * 1e6, error_ppm, scatter / (2 * np.pi * hz))


def _note(reference: Survey, other: Survey, found: ClockDifference) -> AuditNote:
    against = f"{reference.channel.name} at {reference.block.rate_hz:g} Hz"
    figures = (
        f"{found.ppm:+.0f} ppm (standard error {found.error_ppm:.0f}), scattering by "
        f"{found.scatter_s * 1e6:.0f} us"
    )
    if abs(found.ppm) <= AGREED_PPM + 3 * found.error_ppm:
        return other.note(CHECK, "ok", f"its clock runs with that of {against}: {figures}")
    apart_s = abs(found.ppm) * 1e-6 * other.block.duration_s
    return other.note(
        CHECK,
        "warning",
        f"its clock drifts against {against}: {figures}; {apart_s * 1e3:.2g} ms apart at the end "
        "of the window, so the two are not to be compared sample by sample",
    )


def _unverified(names: list[str], why: str) -> AuditNote:
    return AuditNote(
        check=CHECK, level="note", text=f"unverified: clocks of {', '.join(names)}; {why}"
    )
