"""What a plot of a capture shows, as data: waveform, spectrum, envelope spectrum and its lines."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from dsp.bank import LOWEST_BAND_HZ, NARROWEST_BAND_ORDER
from dsp.envelope import band_envelope, envelope_spectrum
from dsp.features.extract import shaft_frequency
from dsp.kurtogram import demodulation_band
from dsp.order import DefectLine, defect_lines
from dsp.spectrum import BlockSpectrum, amplitude, transform
from models.finding import Evidence
from models.window import LONGEST_S
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.errors import BadSamples, MissingChannel, WindowTooShort
from sensors.motor import Bearing, Motor

Kind = Literal["amplitude", "envelope"]
Curve = npt.NDArray[np.float64]

FEWEST_SAMPLES = 64
BUCKETS = 500
"""Each keeps its lowest and highest point: finer than a plot's pixels."""
NARROWEST_BAND_HZ = 600.0
"""Demodulated where the shaft's speed is unknown."""
QUANTITIES: dict[Unit, tuple[str, str]] = {
    Unit.VOLT: ("voltage", "V"),
    Unit.AMPERE: ("current", "A"),
    Unit.MPS2: ("acceleration", "m/s²"),
    Unit.PASCAL: ("sound pressure", "Pa"),
    Unit.FULL_SCALE: ("level", "fraction of full scale"),
    Unit.DEGC: ("temperature", "°C"),
    Unit.RPM: ("speed", "rpm"),
    Unit.UNSCALED: ("signal", "unscaled"),
}
PREFERRED = (Sense.VIBRATION, Sense.POWER, Sense.SOUND)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """One spectrum of one channel, ready to be drawn.

    Attributes
    ----------
    channel : Channel
        Whose.
    kind : str
        ``amplitude`` (peak, in the channel's unit) or ``envelope`` (modulation depth).
    hz, heights : float64 arrays, shape (m,)
        Every bin from 0 Hz on.
    band_hz : tuple of float or None
        Band demodulated for an envelope.
    shaft_hz : float or None
        Shaft frequency where known.
    lines : tuple of DefectLine
        Lines of the bearings that may stand here.
    """

    channel: Channel
    kind: Kind
    hz: Curve
    heights: Curve
    band_hz: tuple[float, float] | None
    shaft_hz: float | None
    lines: tuple[DefectLine, ...]

    def peak_near(self, hz: float, reach: float) -> tuple[float, float]:
        """Return place and height of the highest bin within a relative reach of a frequency."""
        width = max(reach * hz, 1.5 * self.hz[1])
        first, last = np.searchsorted(self.hz, [hz - width, hz + width])
        at = int(first) + int(np.argmax(self.heights[first : max(last, first + 1)]))
        return float(self.hz[at]), float(self.heights[at])


def is_usable(block: SampleBlock) -> bool:
    """Whether a block can be drawn as a spectrum: long enough, and every sample a number."""
    return block.values.size >= FEWEST_SAMPLES and bool(np.isfinite(block.values).all())


def _check_usable(block: SampleBlock) -> None:
    name, size = block.channel.name, block.values.size
    if size < FEWEST_SAMPLES:
        raise WindowTooShort(f"{name}: {size} samples make no spectrum; {FEWEST_SAMPLES} do")
    lost = size - int(np.count_nonzero(np.isfinite(block.values)))
    if lost:
        raise BadSamples(f"{name}: {lost} of {size} samples are NaN or infinite; see the audit")


def find_block(capture: Capture, channel: str | None) -> SampleBlock:
    """Return a channel's block; without a name the first of vibration, power or sound.

    Raises
    ------
    MissingChannel
        No such channel, or none with a waveform.
    """
    named = [block for block in capture.blocks if channel in (None, block.channel.name)]
    for sense in PREFERRED:
        fitting = [block for block in named if block.channel.sense is sense]
        if fitting:
            return next((block for block in fitting if is_usable(block)), fitting[0])
    if channel is not None and named:
        return named[0]
    held = ", ".join(block.channel.name for block in capture.blocks) or "none"
    wanted = "with a waveform" if channel is None else f"{channel!r}"
    raise MissingChannel(f"no channel {wanted} in this capture; its channels: {held}")


def view_spectrum(
    capture: Capture,
    motor: Motor,
    kind: Kind,
    *,
    channel: str | None = None,
    band: tuple[float, float] | None = None,
    shaft_hz: float | None = None,
) -> Spectrum:
    """Compute the spectrum of the last ten seconds of one channel.

    Parameters
    ----------
    capture, motor : Capture, Motor
        Whose bearings place the lines.
    kind : str
        ``amplitude`` or ``envelope``.
    channel : str, optional
        Without it the first vibration channel, else current, else sound.
    band : tuple of float, optional
        To demodulate, in Hz; without it the most impulsive one.
    shaft_hz : float, optional
        As a diagnosis refined it; without it as declared.

    Raises
    ------
    MissingChannel
        No such channel.
    SignalError
        The samples carry no such spectrum.
    """
    block = find_block(capture, channel)
    _check_usable(block)
    tail = block.values[-round(LONGEST_S * block.rate_hz) :]
    spectrum = transform(tail, rate_hz=block.rate_hz)
    shaft = shaft_hz or shaft_frequency(capture, motor)
    if kind == "amplitude":
        heights, chosen = amplitude(spectrum), None
    else:
        chosen = band or _impulsive_band(spectrum, shaft)
        heights = envelope_spectrum(band_envelope(spectrum, *chosen))
    return Spectrum(
        channel=block.channel,
        kind=kind,
        hz=np.arange(heights.size, dtype=np.float64) * spectrum.resolution_hz,
        heights=heights.astype(np.float64),
        band_hz=chosen,
        shaft_hz=shaft,
        lines=tuple(line for b in _near(motor, block.channel) for line in defect_lines(b)),
    )


def _impulsive_band(spectrum: BlockSpectrum, shaft_hz: float | None) -> tuple[float, float]:
    narrowest = NARROWEST_BAND_HZ if shaft_hz is None else NARROWEST_BAND_ORDER * shaft_hz
    return demodulation_band(spectrum, lowest_hz=LOWEST_BAND_HZ, narrowest_hz=narrowest)


def _near(motor: Motor, channel: Channel) -> tuple[Bearing, ...]:
    """Bearings whose lines this channel shows: those of its own end, where ends are known."""
    near = tuple(
        bearing
        for bearing in motor.bearings
        if None in (bearing.position, channel.position) or bearing.position == channel.position
    )
    return near or motor.bearings


def line_of(spectrum: Spectrum, evidence: Evidence) -> DefectLine | None:
    """Return the defect line that an evidence speaks of, or None."""
    shaft = spectrum.shaft_hz
    if shaft is None or evidence.line is None or evidence.expected_hz is None:
        return None
    named = [line for line in spectrum.lines if line.name == evidence.line]
    order = evidence.expected_hz / shaft
    return min(named, key=lambda line: abs(line.order - order), default=None)


def thin(x: Curve, y: Curve, buckets: int = BUCKETS) -> tuple[Curve, Curve]:
    """Keep the lowest and the highest point of each bucket, in their order.

    Parameters
    ----------
    x, y : float64 arrays, shape (n,)
    buckets : int

    Returns
    -------
    x, y : float64 arrays, shape (at most 2 * buckets,)
        The same where there are no more points than that.
    """
    if y.size <= 2 * buckets:
        return x, y
    per = -(-y.size // buckets)
    whole = y.size // per * per
    folded = y[:whole].reshape(-1, per)
    starts = np.arange(0, whole, per)
    kept = np.stack([starts + folded.argmin(axis=1), starts + folded.argmax(axis=1)])
    at = np.sort(kept, axis=0).T.ravel()
    if whole < y.size:
        at = np.append(at, [whole + int(y[whole:].argmax())])
    return x[at], y[at]


def peaks(x: Curve, y: Curve, buckets: int = BUCKETS) -> tuple[Curve, Curve]:
    """Keep the highest point of each bucket: two spectra drawn so do not hide one another.

    Parameters
    ----------
    x, y : float64 arrays, shape (n,)
    buckets : int

    Returns
    -------
    x, y : float64 arrays, shape (at most buckets,)
    """
    if y.size <= buckets:
        return x, y
    starts = np.arange(buckets) * y.size // buckets
    stops = np.append(starts[1:], y.size)
    at = np.array([a + int(y[a:b].argmax()) for a, b in zip(starts, stops, strict=True)])
    return x[at], y[at]


def extremes(x: Curve, y: Curve, buckets: int = BUCKETS) -> tuple[Curve, Curve, Curve]:
    """Return start, lowest and highest of each bucket, shapes (at most buckets,).

    A bucket with a value that is not finite is a gap.
    """
    starts = np.arange(min(buckets, y.size)) * y.size // min(buckets, y.size)
    return x[starts], np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
