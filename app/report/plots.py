"""Every plot of one motor's story, as SVG for a page, with what to see in it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np

from app.report.amplitude_plot import amplitude_figure
from app.report.canvas import house_style, inline_svg
from app.report.columns import column
from app.report.envelope_plot import alike, envelope_figure
from app.report.remembered import Kept
from app.report.spectra import FEWEST_SAMPLES, Kind, Spectrum, find_block, view_spectrum
from app.report.story import Story
from app.report.time_axis import say_duration, say_instant
from app.report.timeline_plot import timeline_figure
from app.report.trend_plot import trend_figure
from app.report.waveform_plot import waveform_figure
from app.report.words import short
from models.finding import Evidence
from sensors.capture import Sense
from sensors.errors import SignalError

FEWEST_WINDOWS = 3
"""Fewer make no line over time."""


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot of a page.

    Attributes
    ----------
    title, caption : str
        Plain text: what it is, and what to see in it.
    svg : str
        An ``<svg>`` element; empty where the caption says why it cannot be drawn.
    """

    title: str
    caption: str
    svg: str = ""


def story_plots(story: Story) -> tuple[Plot, ...]:
    """Draw what can be drawn of a story, over time first, then its most telling capture.

    Raises
    ------
    MissingDependency
        matplotlib is not installed.
    """
    with house_style():
        return (*_over_time(story), *_of_capture(story))


def _over_time(story: Story) -> Iterator[Plot]:
    if story.windows < FEWEST_WINDOWS:
        return
    said = "State of the machine, alarms and findings; apart from these, the state of the sensors."
    if np.isfinite(column(story.trend.mean, "probability")).any():
        said = f"Dashed: the release's thresholds, on an axis stretched towards 0 and 100 %. {said}"
    figure = timeline_figure(story)
    label = f"health of {story.motor.motor_id} over time"
    yield Plot("Health over time", said, inline_svg(figure, label))
    trends = trend_figure(story)
    if trends is not None:
        yield Plot(
            "Features that moved most",
            "One of each kind. Line: mean; band: lowest to highest; dashed: baseline, from the "
            "learning period or the first fifth; bold: the last tenth against the baseline.",
            inline_svg(trends, f"feature trends of {story.motor.motor_id}"),
        )


def _of_capture(story: Story) -> Iterator[Plot]:
    kept = story.strongest or story.last
    if kept is None:
        return
    evidence = _evidence(kept)
    try:
        block = find_block(kept.capture, evidence.channel if evidence else None)
    except SignalError as error:
        yield Plot("Spectra", str(error))
        return
    when = _span(story, kept)
    name, shaft_hz = block.channel.name, kept.diagnosis.shaft_hz
    band = evidence.band_hz if evidence else None
    if block.channel.sense is Sense.VIBRATION:
        band = yield from _envelope(story, kept, evidence, name, when)
    yield from _amplitude(story, kept, name, band, when)
    if block.values.size < FEWEST_SAMPLES:
        return
    title = f"Waveform of {short(name)}"
    figure = waveform_figure(block, shaft_hz=shaft_hz, evidence=evidence)
    said = f"Capture {when}. Left: all of it; the part marked at its top is drawn on the right."
    yield Plot(title, said, inline_svg(figure, title))


def _span(story: Story, kept: Kept) -> str:
    start = say_instant(kept.capture.t0_ns, story.clock, story.first_ns)
    after = "" if story.clock == "utc" else " into the recording"
    return f"{say_duration(kept.capture.duration_s)} long, taken {start}{after}"


def _evidence(kept: Kept) -> Evidence | None:
    """Return the line that the strongest finding stands on, where it stands on one."""
    for finding in kept.diagnosis.findings[:1]:
        return next((e for e in finding.evidence if e.found_hz is not None), None)
    return None


def _view(
    story: Story, kept: Kept, kind: Kind, channel: str, band: tuple[float, float] | None
) -> Spectrum:
    shaft_hz = kept.diagnosis.shaft_hz
    return view_spectrum(
        kept.capture, story.motor, kind, channel=channel, band=band, shaft_hz=shaft_hz
    )


def _reference(story: Story, kept: Kept, like: Spectrum, channel: str) -> Spectrum | None:
    """Return the same spectrum of the reference capture, if it can be compared."""
    held = story.reference
    if held is None or held is kept or held.capture.t0_ns >= kept.capture.t0_ns:
        return None
    try:
        before = _view(story, held, like.kind, channel, like.band_hz)
    except SignalError:
        return None
    return before if alike(like, before) else None


def _envelope(
    story: Story, kept: Kept, evidence: Evidence | None, channel: str, when: str
) -> Generator[Plot, None, tuple[float, float] | None]:
    title = f"Envelope spectrum of {short(channel)}"
    try:
        spectrum = _view(story, kept, "envelope", channel, evidence.band_hz if evidence else None)
    except SignalError as error:
        yield Plot(title, f"It cannot be drawn: {error}")
        return None
    reference = _reference(story, kept, spectrum, channel)
    figure = envelope_figure(spectrum, evidence=evidence, reference=reference)
    said = _envelope_caption(spectrum, evidence, when, kept.diagnosis.abstained)
    yield Plot(title, said, inline_svg(figure, title))
    return spectrum.band_hz


def _envelope_caption(
    spectrum: Spectrum, evidence: Evidence | None, when: str, abstained: str | None
) -> str:
    start = f"Capture {when}. "
    if not spectrum.lines:
        return start + "No bearing is declared, so no line can be placed."
    if spectrum.shaft_hz is None:
        return start + "The shaft's speed is unknown, so no line can be placed."
    ruler = (
        "Ruler above: where each bearing line and its harmonics may stand, slip included; thin "
        "ticks are sidebands. "
    )
    if evidence is None:
        why = f"No verdict from it: {abstained}." if abstained else "No line of it says a fault."
        return start + ruler + why
    return start + ruler + f"Orange: {evidence.line} expected (shaded) and found (▼)."


def _amplitude(
    story: Story, kept: Kept, channel: str, band: tuple[float, float] | None, when: str
) -> Iterator[Plot]:
    title = f"Amplitude spectrum of {short(channel)}"
    try:
        spectrum = _view(story, kept, "amplitude", channel, None)
    except SignalError as error:
        yield Plot(title, f"It cannot be drawn: {error}")
        return
    figure = amplitude_figure(
        spectrum, reference=_reference(story, kept, spectrum, channel), band_hz=band
    )
    shaft = spectrum.shaft_hz
    low = "low frequencies, the shaft's speed being unknown" if shaft is None else "shaft orders"
    caption = f"Capture {when}, logarithmic. Left: {low}. Right: up to Nyquist."
    yield Plot(title, caption, inline_svg(figure, title))
