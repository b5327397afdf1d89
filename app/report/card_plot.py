"""The picture of an evidence card: each line close up, where it should and where it does stand.

Electrical findings that no single line tells of have their phasors instead.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.report.canvas import house_style, inline_svg, new_figure
from app.report.palette import LIGHT
from app.report.phasor_plot import phasor_picture
from app.report.plots import Plot
from app.report.spectra import Kind, Spectrum, view_spectrum
from app.report.story import Story
from models.card import Card
from models.finding import Evidence
from sensors.capture import Capture
from sensors.conditions import Condition
from sensors.errors import SignalError
from sensors.motor import Motor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 3
"""Lines drawn of one card."""
AROUND_BINS = 40
"""Least width to either side, in bins: a line and the floor that it stands on."""
AROUND = 6.0
"""Width to either side, in tolerances."""


def card_pictures(story: Story) -> dict[Condition, Plot]:
    """Draw the lines, or the phases, of every card of the capture that is shown of a story."""
    kept = story.strongest
    if kept is None:
        return {}
    named = {finding.condition: finding for finding in kept.diagnosis.findings}
    made: dict[Condition, Plot] = {}
    with house_style():
        for sighting in story.sightings:
            card = sighting.card
            same = named.get(card.condition)
            if same is not None and same.evidence == card.evidence:
                lines = _picture(card, kept.capture, story.motor, kept.diagnosis.shaft_hz)
                picture = lines or phasor_picture(card, kept, story.motor)
                if picture is not None:
                    made[card.condition] = picture
    return made


def _picture(card: Card, capture: Capture, motor: Motor, shaft_hz: float | None) -> Plot | None:
    drawn: list[tuple[Evidence, Spectrum]] = []
    for one in card.evidence:
        if one.found_hz is None or one.channel is None or len(drawn) == MOST:
            continue
        kind: Kind = "amplitude" if one.band_hz is None else "envelope"
        try:
            spectrum = view_spectrum(
                capture,
                motor,
                kind,
                channel=_first(one.channel),
                band=one.band_hz,
                shaft_hz=shaft_hz,
            )
        except SignalError:
            continue
        drawn.append((one, spectrum))
    if not drawn:
        return None
    title = f"Evidence of {card.title}"
    caption = "Each line close up: shaded where it was expected, ▼ where it stands, in dB over the "
    return Plot(title, f"{caption}middle of what is shown.", inline_svg(_figure(drawn), title))


def _first(channels: str) -> str:
    """Return the first of the channels that a line was found in together, such as three phases."""
    return channels.split(", ")[0]


def _figure(drawn: Sequence[tuple[Evidence, Spectrum]]) -> "Figure":
    figure = new_figure(9.6, 2.3)
    for place, (one, spectrum) in enumerate(drawn, start=1):
        _close_up(figure.add_subplot(1, len(drawn), place), one, spectrum)
    return figure


def _close_up(axes: "Axes", one: Evidence, spectrum: Spectrum) -> None:
    assert one.found_hz is not None
    step = float(spectrum.hz[1] - spectrum.hz[0])
    expected = one.expected_hz or one.found_hz
    reach = max(AROUND_BINS * step, AROUND * (one.tolerance_hz or 0.0))
    reach = max(reach, 1.5 * abs(one.found_hz - expected))
    inside = np.abs(spectrum.hz - one.found_hz) <= reach
    heights = np.maximum(spectrum.heights[inside], np.finfo(np.float32).tiny)
    levels = 20 * np.log10(heights / np.median(heights))
    axes.plot(spectrum.hz[inside], levels, color=LIGHT["signal"], linewidth=0.9)
    tolerance = one.tolerance_hz or step
    axes.axvspan(
        expected - tolerance, expected + tolerance, color=LIGHT["expected"], alpha=0.5, linewidth=0
    )
    near = np.abs(spectrum.hz[inside] - one.found_hz) <= 2 * step
    top = float(levels[near].max()) if near.any() else float(levels.max())
    axes.plot([one.found_hz], [top + 2], marker="v", color=LIGHT["found"], markersize=6)
    axes.set_xlim(one.found_hz - reach, one.found_hz + reach)
    axes.set_ylim(-15.0, max(float(levels.max()), top) + 10.0)
    axes.set_title(f"{one.line or 'line'} on {one.channel}", fontsize=9, loc="left")
    axes.set_xlabel("frequency (Hz)" if one.band_hz is None else "modulation frequency (Hz)")
    axes.set_ylabel("dB")
