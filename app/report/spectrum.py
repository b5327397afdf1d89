"""One capture's spectrum on its own: as a picture, in the terminal, and as numbers."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from app.report.amplitude_plot import amplitude_figure
from app.report.canvas import house_style, write_figure
from app.report.envelope_plot import envelope_figure
from app.report.spectra import QUANTITIES, Kind, Spectrum, view_spectrum
from app.report.terminal import plot_spectrum_terminal
from dsp.order import SLIP_ABOVE, SLIP_BELOW
from sensors.capture import Capture
from sensors.motor import Motor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Band = tuple[float, float]
LISTED_PEAKS = 10
APART_BINS = 4


class Peak(msgspec.Struct, frozen=True, kw_only=True):
    """One line that stands out."""

    hz: float
    height: float
    order: float | None = None


class ExpectedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One bearing line: where it may stand, and the highest bin there; no verdict."""

    line: str
    bearing: str
    expected_hz: float
    highest_hz: float
    height: float


class SpectrumSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A spectrum in numbers.

    Attributes
    ----------
    channel, kind : str
        What of what.
    unit : str
        Of the heights: peak amplitude in the channel's unit, or modulation depth as a fraction.
    resolution_hz : float
        Distance between bins.
    shaft_hz, band_hz
        Shaft frequency, and band demodulated, where there are any.
    peaks : tuple of Peak
        Highest first.
    lines : tuple of ExpectedLine
        Of the bearings that are declared.
    output : str or None
        The file that was written.
    """

    channel: str
    kind: Kind
    unit: str
    resolution_hz: float
    shaft_hz: float | None
    band_hz: Band | None
    peaks: tuple[Peak, ...]
    lines: tuple[ExpectedLine, ...]
    output: str | None


def draw_spectrum(
    capture: Capture,
    motor: Motor,
    *,
    kind: Kind,
    channel: str | None = None,
    band: Band | None = None,
    output: Path | None = None,
    show: bool = True,
) -> SpectrumSummary:
    """Draw a spectrum to a file, or without one in the terminal, and return its numbers.

    Parameters
    ----------
    capture, motor : Capture, Motor
        Whose bearings and speed place the lines.
    kind : str
        ``amplitude`` or ``envelope``.
    channel : str, optional
        Without it the first vibration channel, else current, else sound.
    band : tuple of float, optional
        To demodulate, in Hz; without it the most impulsive one.
    output : Path, optional
        PNG, SVG or PDF by its suffix.
    show : bool
        Draw in the terminal where there is no output.

    Raises
    ------
    SignalError
        No such channel, or its samples carry no such spectrum.
    OutputError
        The file cannot be written.
    MissingDependency
        matplotlib (for files) or plotext (for the terminal) is not installed.
    """
    view = view_spectrum(capture, motor, kind, channel=channel, band=band)
    if output is not None:
        write_figure(_figure(view), output)
    elif show:
        sys.stdout.write(plot_spectrum_terminal(view))
    return summarise(view, output)


def spectrum_figure(
    capture: Capture,
    motor: Motor,
    kind: Kind,
    channel: str | None = None,
    band: Band | None = None,
) -> "Figure":
    """Return the picture of a spectrum, to be written by `canvas.write_figure`."""
    return _figure(view_spectrum(capture, motor, kind, channel=channel, band=band))


def _figure(view: Spectrum) -> "Figure":
    with house_style():
        return envelope_figure(view) if view.kind == "envelope" else amplitude_figure(view)


def summarise(view: Spectrum, output: Path | None = None) -> SpectrumSummary:
    """Return a spectrum in numbers."""
    unit = "fraction of mean" if view.kind == "envelope" else QUANTITIES[view.channel.unit][1]
    return SpectrumSummary(
        channel=view.channel.name,
        kind=view.kind,
        unit=unit,
        resolution_hz=float(view.hz[1]),
        shaft_hz=view.shaft_hz,
        band_hz=view.band_hz,
        peaks=_peaks(view),
        lines=_lines(view),
        output=None if output is None else str(output),
    )


def _peaks(view: Spectrum) -> tuple[Peak, ...]:
    left = view.heights.copy()
    left[:2] = 0.0  # the mean's remains
    found = []
    for _ in range(min(LISTED_PEAKS, left.size // (2 * APART_BINS))):
        at = int(np.argmax(left))
        hz = float(view.hz[at])
        order = None if view.shaft_hz is None else hz / view.shaft_hz
        found.append(Peak(hz=hz, height=float(view.heights[at]), order=order))
        left[max(at - APART_BINS, 0) : at + APART_BINS + 1] = 0.0
    return tuple(found)


def _lines(view: Spectrum) -> tuple[ExpectedLine, ...]:
    shaft = view.shaft_hz
    if view.kind != "envelope" or shaft is None:
        return ()
    said = []
    for line in view.lines:
        expected = line.order * shaft
        if expected * (1 + SLIP_ABOVE) >= view.hz[-1]:
            continue
        # The middle of what slip allows, and half its width.
        middle = expected * (1 + (SLIP_ABOVE - SLIP_BELOW) / 2)
        hz, height = view.peak_near(middle, (SLIP_ABOVE + SLIP_BELOW) / 2)
        said.append(
            ExpectedLine(
                line=line.name,
                bearing=line.bearing,
                expected_hz=expected,
                highest_hz=hz,
                height=height,
            )
        )
    return tuple(said)
