"""The amplitude spectrum: the shaft's orders near by, and the whole range at a distance."""

from typing import TYPE_CHECKING

import numpy as np

from app.report.canvas import new_figure, plain_numbers
from app.report.palette import LIGHT
from app.report.spectra import QUANTITIES, Curve, Spectrum, peaks
from app.report.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NEAR_ORDERS = 12.5
NEAR_HZ = 500.0
"""The left panel's reach where the shaft's speed is unknown."""
MARKED_ORDERS = 10
DEPTH = 1e4
"""Heights are shown down to this far below the highest: 80 dB."""


def amplitude_figure(
    spectrum: Spectrum,
    *,
    reference: Spectrum | None = None,
    band_hz: tuple[float, float] | None = None,
) -> "Figure":
    """Draw an amplitude spectrum twice: low orders with their marks, and up to Nyquist.

    Parameters
    ----------
    spectrum : Spectrum
        Of kind ``amplitude``.
    reference : Spectrum, optional
        The same channel before, drawn behind.
    band_hz : tuple of float, optional
        Band that was demodulated, shaded.
    """
    figure = new_figure(11.0, 3.2)
    near, whole = figure.subplots(1, 2, width_ratios=[1.15, 1])
    shaft = spectrum.shaft_hz
    reach = NEAR_HZ if shaft is None else NEAR_ORDERS * shaft
    reach = min(reach, float(spectrum.hz[-1]))
    _draw(near, spectrum, reference, reach, 1.0)
    _draw(whole, spectrum, reference, float(spectrum.hz[-1]), 1000.0)
    if shaft is not None:
        _mark_orders(near, shaft, reach)
    if band_hz is not None:
        _mark_band(whole, band_hz)
    quantity, unit = QUANTITIES[spectrum.channel.unit]
    near.set_ylabel(f"{quantity}, peak ({unit})")
    near.set_xlabel("frequency (Hz)")
    whole.set_xlabel("frequency (kHz)")
    low = "low frequencies" if shaft is None else "orders of the shaft"
    near.set_title(f"{short(spectrum.channel.name)}: amplitude spectrum, {low}", pad=18)
    whole.set_title(f"{short(spectrum.channel.name)}: whole range", pad=18)
    if reference is not None:
        whole.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, borderaxespad=0.1)
    return figure


def _draw(
    axes: "Axes", spectrum: Spectrum, reference: Spectrum | None, top_hz: float, scale: float
) -> None:
    axes.set_yscale("log")
    shown = [(spectrum, "this capture", LIGHT["signal"])]
    if reference is not None:
        shown.insert(0, (reference, "reference: first without finding", LIGHT["reference"]))
    seen = []
    for curve, label, colour in shown:
        hz, heights = _inside(curve, top_hz)
        axes.plot(hz / scale, heights, color=colour, linewidth=0.8, label=label)
        seen.append(heights)
    highest = max(float(heights.max()) for heights in seen)
    # Somewhat below the usual noise, and never absurdly deep.
    lowest = min(float(np.quantile(heights, 0.02)) / 2 for heights in seen)
    axes.set_xlim(0.0, top_hz / scale)
    axes.set_ylim(max(lowest, highest / DEPTH), 3.0 * highest)
    plain_numbers(axes)


def _inside(curve: Spectrum, top_hz: float) -> tuple[Curve, Curve]:
    kept = (curve.hz <= top_hz) & (curve.hz > 0)
    tiny = np.finfo(np.float32).tiny
    return peaks(curve.hz[kept], np.maximum(curve.heights[kept], tiny))


def _mark_orders(axes: "Axes", shaft_hz: float, top_hz: float) -> None:
    for order in range(1, MARKED_ORDERS + 3):
        if order * shaft_hz > top_hz:
            return
        axes.axvline(
            order * shaft_hz, color=LIGHT["other"], linewidth=0.7, linestyle=(0, (2, 3)), zorder=0.6
        )
        axes.text(
            order * shaft_hz, 1.015, f"{order}×", transform=axes.get_xaxis_transform(),
            ha="center", va="bottom", fontsize=8, color=LIGHT["muted"],
        )  # fmt: skip


def _mark_band(axes: "Axes", band_hz: tuple[float, float]) -> None:
    low, high = band_hz[0] / 1000, band_hz[1] / 1000
    axes.axvspan(low, high, color=LIGHT["expected"], alpha=0.5, linewidth=0, zorder=0.5)
    axes.text(
        (low + high) / 2, 0.98, "demodulated", transform=axes.get_xaxis_transform(),
        ha="center", va="top", fontsize=8, color=LIGHT["found"],
    )  # fmt: skip
