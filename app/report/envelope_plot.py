"""The envelope spectrum with the defect lines drawn in: where each may stand, and what stands."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.report.canvas import new_figure, plain
from app.report.palette import LIGHT
from app.report.spectra import Spectrum, line_of, thin
from app.report.words import short
from dsp.comb import HARMONICS, LOWEST_ORDER
from dsp.order import SLIP_ABOVE, SLIP_BELOW, DefectLine
from models.finding import Evidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNKNOWN_TOP_HZ = 500.0
"""Shown up to here where no line tells how far to look."""
MOST_ROWS = 8
RULED_HARMONICS = 5
"""Tolerances grow with every harmonic until they meet; no more are ruled."""
BUCKETS = 800


@dataclass(frozen=True, slots=True)
class Family:
    """One row of the ruler: a line with its harmonics and sidebands, in Hz."""

    label: str
    fundamental_hz: float
    sideband_hz: float | None
    found: bool
    is_shaft: bool = False


def envelope_figure(
    spectrum: Spectrum, *, evidence: Evidence | None = None, reference: Spectrum | None = None
) -> "Figure":
    """Draw an envelope spectrum.

    Parameters
    ----------
    spectrum : Spectrum
        Of kind ``envelope``.
    evidence : Evidence, optional
        The line that a finding stands on: its expected and found places are drawn.
    reference : Spectrum, optional
        The same channel and band before, drawn behind.
    """
    found = None if evidence is None else line_of(spectrum, evidence)
    rows = _families(spectrum, found)
    top_hz = _top_hz(spectrum)
    figure = new_figure(11.0, 3.7 + 0.19 * len(rows))
    heights = [0.19 * len(rows) + 0.01, 3.0]
    ruler, axes = figure.subplots(2, 1, sharex=True, height_ratios=heights)
    _draw_ruler(ruler, rows, top_hz)
    _draw_spectrum(axes, spectrum, reference, top_hz)
    if found is not None and evidence is not None and evidence.found_hz is not None:
        _draw_found(axes, spectrum, evidence.line or "", evidence.found_hz, top_hz)
    for family in rows:
        _draw_expected(axes, family, top_hz)
    low, high = spectrum.band_hz or (0.0, 0.0)
    ruler.set_title(f"{short(spectrum.channel.name)}: envelope spectrum of {low:.0f}–{high:.0f} Hz")
    return figure


def _families(spectrum: Spectrum, found: DefectLine | None) -> list[Family]:
    shaft = spectrum.shaft_hz
    if shaft is None:
        return []
    several = len({line.bearing for line in spectrum.lines}) > 1
    rows = [Family(f"shaft {shaft:.1f} Hz", shaft, None, found=False, is_shaft=True)]
    for line in spectrum.lines[: MOST_ROWS - 1]:
        side = None if line.sideband_order is None else line.sideband_order * shaft
        whose = f" {short(line.bearing)[:14]}" if several else ""
        label = f"{line.name}{whose} {line.order * shaft:.1f} Hz"
        rows.append(Family(label, line.order * shaft, side, found=line is found))
    return rows


def _top_hz(spectrum: Spectrum) -> float:
    highest = max((line.order for line in spectrum.lines), default=0.0)
    if spectrum.shaft_hz is None or highest == 0.0:
        return min(UNKNOWN_TOP_HZ, float(spectrum.hz[-1]))
    return min((HARMONICS * highest + 1.5) * spectrum.shaft_hz, float(spectrum.hz[-1]))


def _tolerance(family: Family, multiple: int) -> tuple[float, float]:
    centre = multiple * family.fundamental_hz
    if family.is_shaft:
        return centre, centre
    return centre * (1 - SLIP_BELOW), centre * (1 + SLIP_ABOVE)


def _multiples(family: Family, top_hz: float) -> range:
    most = int(top_hz / family.fundamental_hz)
    return range(1, 1 + (most if family.is_shaft else min(most, RULED_HARMONICS)))


def _draw_ruler(axes: "Axes", rows: list[Family], top_hz: float) -> None:
    plain(axes)
    axes.tick_params(labelbottom=False)
    axes.set_yticks(range(len(rows)), [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for at, (row, label) in enumerate(zip(rows, axes.get_yticklabels(), strict=True)):
        colour = LIGHT["found"] if row.found else LIGHT["other"]
        label.set_color(LIGHT["found"] if row.found else LIGHT["ink"])
        axes.axhline(at, color=LIGHT["rule"], linewidth=0.6, zorder=0)
        least = top_hz / 500
        for multiple in _multiples(row, top_hz):
            low, high = _tolerance(row, multiple)
            width = max(high - low, least)
            axes.barh(
                at, width, 0.62, (low + high - width) / 2, linewidth=0, color=colour,
                alpha=1.0 if multiple <= HARMONICS else 0.35,
            )  # fmt: skip
        for place in _sidebands(row, top_hz):
            axes.plot([place, place], [at - 0.2, at + 0.2], color=colour, linewidth=0.7, alpha=0.7)


def _sidebands(row: Family, top_hz: float) -> list[float]:
    if row.sideband_hz is None:
        return []
    places = [
        multiple * row.fundamental_hz + side * row.sideband_hz
        for multiple in range(1, HARMONICS + 1)
        for side in (-2, -1, 1, 2)
    ]
    return [place for place in places if 0 < place < top_hz]


def _draw_spectrum(
    axes: "Axes", spectrum: Spectrum, reference: Spectrum | None, top_hz: float
) -> None:
    shown = [(spectrum, "this capture", LIGHT["signal"], 1.0)]
    if reference is not None:
        shown.insert(0, (reference, "reference: first without finding", LIGHT["reference"], 0.9))
    highest = 0.0
    for curve, label, colour, width in shown:
        inside = curve.hz <= top_hz
        hz, depth = thin(curve.hz[inside], 100 * curve.heights[inside], BUCKETS)
        axes.plot(hz, depth, color=colour, linewidth=width, label=label)
        lively = hz > LOWEST_ORDER * (spectrum.shaft_hz or 1.0)
        highest = max(highest, float(depth[lively].max(initial=0.0)))
    axes.set_xlim(0.0, top_hz)
    axes.set_ylim(0.0, 1.22 * highest or 1.0)
    axes.set_xlabel("modulation frequency (Hz)")
    axes.set_ylabel("modulation depth (%)")
    if reference is not None:
        axes.legend(loc="upper right")


def _draw_expected(axes: "Axes", family: Family, top_hz: float) -> None:
    if family.is_shaft:
        return
    multiples = range(1, HARMONICS + 1) if family.found else (1,)
    for multiple in multiples:
        low, high = _tolerance(family, multiple)
        if low >= top_hz:
            return
        if family.found:
            axes.axvspan(low, high, color=LIGHT["expected"], alpha=0.6, linewidth=0, zorder=0.5)
        else:
            at = multiple * family.fundamental_hz
            axes.axvline(at, color=LIGHT["other"], linewidth=0.7, linestyle=(0, (2, 3)), zorder=0.6)
    for place in _sidebands(family, top_hz) if family.found else []:
        axes.axvline(
            place, color=LIGHT["found"], linewidth=0.5, linestyle=":", alpha=0.6, zorder=0.6
        )


def _draw_found(
    axes: "Axes", spectrum: Spectrum, name: str, found_hz: float, top_hz: float
) -> None:
    for multiple in range(1, HARMONICS + 1):
        hz = multiple * found_hz
        if hz >= min(top_hz, float(spectrum.hz[-1])):
            return
        at, height = spectrum.peak_near(hz, SLIP_ABOVE)
        said = f"{name} {found_hz:.1f} Hz" if multiple == 1 else f"{multiple} ×"
        axes.plot(at, 100 * height, marker="v", markersize=5, color=LIGHT["found"], zorder=4)
        axes.annotate(
            said, (at, 100 * height), (0, 6), textcoords="offset points", ha="center", va="bottom",
            color=LIGHT["found"], fontsize=8.5, fontweight="bold" if multiple == 1 else "normal",
        )  # fmt: skip


def alike(spectrum: Spectrum, reference: Spectrum | None) -> bool:
    """Whether two spectra were taken near enough in speed to be laid over one another."""
    if reference is None or reference.channel != spectrum.channel:
        return False
    if spectrum.shaft_hz is None or reference.shaft_hz is None:
        return True
    return bool(np.isclose(spectrum.shaft_hz, reference.shaft_hz, rtol=0.03))
