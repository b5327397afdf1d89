"""A spectrum in the terminal, in braille dots, with the expected lines as columns."""

import shutil
from types import ModuleType

import numpy as np

from app.report.spectra import QUANTITIES, Curve, Spectrum, peaks
from app.report.words import short
from dsp.comb import LOWEST_ORDER
from sensors.errors import MissingDependency, WindowTooShort

NARROWEST, LOWEST = 60, 16
HIGHEST = 28
AMPLITUDE_ORDERS = 12.5
ENVELOPE_HARMONICS = 2.2
UNKNOWN_TOP_HZ = 500.0


def plot_spectrum_terminal(
    spectrum: Spectrum, *, size: tuple[int, int] | None = None, colour: bool = False
) -> str:
    """Return a spectrum as text.

    Parameters
    ----------
    spectrum : Spectrum
        Amplitudes are shown in decibels under the highest, modulation depth as it is.
    size : tuple of int, optional
        Columns and rows; without it those of the terminal.
    colour : bool
        With the escape sequences of a terminal that knows colours.

    Raises
    ------
    WindowTooShort
        Not one line lies in the part that would be shown.
    MissingDependency
        plotext is not installed.
    """
    plotext = _plotext()
    figure = plotext.figure
    figure.clear()
    figure.plot_size(*_size(size))
    hz, heights, label = _curve(spectrum)
    if hz.size == 0:
        raise WindowTooShort(
            f"{spectrum.channel.name}: the spectrum has no line up to {_top_hz(spectrum):g} Hz, "
            "where the shaft's orders stand; check the speed, or record longer"
        )
    figure.draw(figure.signal(hz.tolist(), heights.tolist(), marker="braille").lines(True))
    for place, _ in expected_lines(spectrum, float(hz[-1])):
        figure.line(place, "vertical", style="dotted")
    figure.title(_title(spectrum))
    figure.label("frequency (Hz)", "x")
    figure.label(label, "y")
    text = str(figure.build())
    return f"{text if colour else plotext.uncolorize(text)}\n{_legend(spectrum, float(hz[-1]))}"


def expected_lines(spectrum: Spectrum, top_hz: float) -> list[tuple[float, str]]:
    """Return place and name of what may stand: bearing lines, or the first shaft orders."""
    shaft = spectrum.shaft_hz
    if shaft is None:
        return []
    if spectrum.kind == "envelope" and spectrum.lines:
        named = [(line.order * shaft, line.name) for line in spectrum.lines]
    else:
        named = [(order * shaft, f"{order} x shaft") for order in (1, 2, 3)]
    return [(hz, name) for hz, name in named if hz < top_hz]


def _plotext() -> ModuleType:
    try:
        import plotext
    except ImportError as error:
        raise MissingDependency(
            "plots in the terminal need plotext: pip install 'motorwatch[report]', "
            "or write a picture with --output"
        ) from error
    made: ModuleType = plotext
    return made


def _size(size: tuple[int, int] | None) -> tuple[int, int]:
    columns, rows = size or shutil.get_terminal_size((100, HIGHEST))
    return max(columns, NARROWEST), min(max(rows - 4, LOWEST), HIGHEST)


def _curve(spectrum: Spectrum) -> tuple[Curve, Curve, str]:
    inside = (spectrum.hz > 0) & (spectrum.hz <= _top_hz(spectrum))
    hz, heights = peaks(spectrum.hz[inside], spectrum.heights[inside])
    if spectrum.kind == "envelope":
        lively = hz > LOWEST_ORDER * (spectrum.shaft_hz or 1.0)
        return hz[lively], 100 * heights[lively], "modulation depth (%)"
    tiny = np.finfo(np.float32).tiny
    level = 20 * np.log10(np.maximum(heights, tiny))
    unit = QUANTITIES[spectrum.channel.unit][1]
    return hz, np.maximum(level, level.max() - 80.0), f"dB re 1 {unit}"


def _top_hz(spectrum: Spectrum) -> float:
    last = float(spectrum.hz[-1])
    if spectrum.shaft_hz is None:
        return last if spectrum.kind == "amplitude" else min(UNKNOWN_TOP_HZ, last)
    if spectrum.kind == "amplitude":
        return min(AMPLITUDE_ORDERS * spectrum.shaft_hz, last)
    highest = max((line.order for line in spectrum.lines), default=AMPLITUDE_ORDERS)
    return min(ENVELOPE_HARMONICS * highest * spectrum.shaft_hz, last)


def _title(spectrum: Spectrum) -> str:
    if spectrum.band_hz is None:
        return f"{short(spectrum.channel.name)}: amplitude spectrum"
    low, high = spectrum.band_hz
    return f"{short(spectrum.channel.name)}: envelope spectrum of {low:.0f}-{high:.0f} Hz"


def _legend(spectrum: Spectrum, top_hz: float) -> str:
    placed = expected_lines(spectrum, top_hz)
    if not placed:
        return "no line can be placed: speed or bearing unknown (--rpm, --bearing)\n"
    return "dotted: " + ", ".join(f"{name} {hz:.1f} Hz" for hz, name in sorted(placed)) + "\n"
