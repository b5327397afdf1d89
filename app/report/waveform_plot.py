"""The waveform: all of it as a band between its extremes, and a few turns of the shaft near by."""

from typing import TYPE_CHECKING

import numpy as np

from app.report.canvas import new_figure
from app.report.palette import LIGHT
from app.report.spectra import QUANTITIES, Curve, extremes, thin
from app.report.words import short
from models.finding import Evidence
from sensors.capture import SampleBlock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NEAR_IMPACTS = 7.0
NEAR_TURNS = 4.0
NEAR_S = 0.1
"""Shown near by, where neither impacts nor the shaft's speed are known."""


def waveform_figure(
    block: SampleBlock, *, shaft_hz: float | None = None, evidence: Evidence | None = None
) -> "Figure":
    """Draw one block's samples, whole and around its highest peak.

    Parameters
    ----------
    block : SampleBlock
        Samples that are not finite leave gaps.
    shaft_hz : float, optional
        Sets how much is shown near by.
    evidence : Evidence, optional
        Where it tells how often impacts come, their spacing is drawn from the highest peak on.
    """
    figure = new_figure(11.0, 2.7)
    whole, near = figure.subplots(1, 2, width_ratios=[1.15, 1])
    t = np.arange(block.values.size) / block.rate_hz
    values = block.values.astype(np.float64)
    whole.fill_between(*extremes(t, values), color=LIGHT["signal"], linewidth=0.4)
    period_s = 1 / evidence.found_hz if evidence and evidence.found_hz else None
    start, stop = _span(block, period_s, shaft_hz)
    inside = slice(start, stop)
    ms = 1000 * (t[inside] - t[start])
    near.plot(*thin(ms, values[inside]), color=LIGHT["signal"], linewidth=0.8)
    whole.axvspan(t[start], t[stop - 1], 0.96, 1.0, color=LIGHT["found"], linewidth=0.8)
    quantity, unit = QUANTITIES[block.unit]
    whole.set(xlabel="time (s)", ylabel=f"{quantity} ({unit})", xlim=(0.0, float(t[-1])))
    near.set(xlabel=f"time from {t[start]:.3f} s (ms)", xlim=(0.0, float(ms[-1])))
    whole.set_title(f"{short(block.channel.name)}: waveform", pad=16)
    near.set_title(f"{short(block.channel.name)}: around its highest peak", pad=16)
    if period_s is not None:
        _mark_impacts(near, values[inside], block.rate_hz, period_s)
    return figure


def _span(block: SampleBlock, period_s: float | None, shaft_hz: float | None) -> tuple[int, int]:
    if period_s is not None:
        wanted_s = NEAR_IMPACTS * period_s
    else:
        wanted_s = NEAR_S if shaft_hz is None else NEAR_TURNS / shaft_hz
    size = min(max(round(wanted_s * block.rate_hz), 16), block.values.size // 3)
    heights = np.nan_to_num(np.abs(block.values), nan=0.0, posinf=0.0, neginf=0.0)
    peak = int(heights.argmax())
    start = min(max(peak - size // 4, 0), block.values.size - size)
    return start, start + size


def _mark_impacts(axes: "Axes", values: Curve, rate_hz: float, period_s: float) -> None:
    peak_ms = 1000 * int(np.nan_to_num(np.abs(values)).argmax()) / rate_hz
    step_ms, end_ms = 1000 * period_s, 1000 * values.size / rate_hz
    places = np.arange(peak_ms % step_ms, end_ms, step_ms)
    for place in places:
        axes.axvline(place, color=LIGHT["found"], linewidth=0.8, linestyle=(0, (2, 3)), zorder=0.6)
    axes.text(
        1.0, 1.015, f"impacts expected every {step_ms:.2f} ms", transform=axes.transAxes,
        ha="right", va="bottom", fontsize=8, color=LIGHT["found"],
    )  # fmt: skip
