"""How much the lines of a finding have changed against the motor's own baseline capture."""

from collections.abc import Sequence

import msgspec
import numpy as np

from dsp.comb import half_width
from dsp.envelope import band_envelope, envelope_spectrum
from dsp.spectrum import BlockSpectrum, RealArray, amplitude
from models.finding import Evidence, Finding
from models.window import tail_spectra
from sensors.capture import Capture, Unit
from sensors.errors import WindowTooShort

SILENT = 1e-30
"""Power that stands for none: a line grown out of nothing has no change in dB."""

Spectra = dict[str, BlockSpectrum]


def against_baseline(
    findings: Sequence[Finding],
    now: tuple[Capture, float],
    baseline: tuple[Capture, float],
) -> tuple[Finding, ...]:
    """Add to each line of evidence how it has changed, in dB of power at the same order.

    Parameters
    ----------
    findings : sequence of Finding
        On the capture `now`.
    now, baseline : (Capture, float)
        The captures with their shaft frequencies in Hz. Channels are matched by name and unit;
        evidence without a frequency, or whose channel has no unit or is not in the baseline, stays
        as it is.
    """
    here, there = _spectra(now[0], findings), _spectra(baseline[0], findings)
    ratio = baseline[1] / now[1]
    units = {b.channel.name: b.unit for b in baseline[0].blocks}
    same = {
        b.channel.name
        for b in now[0].blocks
        if b.unit is not Unit.UNSCALED and units.get(b.channel.name) is b.unit
    }

    def told(one: Evidence) -> Evidence:
        hz, channel = one.found_hz, one.channel
        if (
            hz is None
            or channel is None
            or channel not in same
            or channel not in here
            or channel not in there
        ):
            return one
        try:
            power, was = _power(here[channel], one, hz), _power(there[channel], one, hz * ratio)
        except WindowTooShort:
            return one
        if min(power, was) <= SILENT:
            return one
        return msgspec.structs.replace(one, change_db=float(10 * np.log10(power / was)))

    return tuple(
        msgspec.structs.replace(finding, evidence=tuple(told(one) for one in finding.evidence))
        for finding in findings
    )


def _spectra(capture: Capture, findings: Sequence[Finding]) -> Spectra:
    wanted = {one.channel for finding in findings for one in finding.evidence if one.found_hz}
    blocks = [b for b in capture.blocks if b.channel.name in wanted and b.values.size]
    try:
        return dict(tail_spectra(blocks))
    except WindowTooShort:
        return {}


def _power(spectrum: BlockSpectrum, one: Evidence, hz: float) -> float:
    """Power of a line: of the squared envelope in its band, or of the spectrum itself."""
    if one.band_hz is None:
        return _highest(amplitude(spectrum), hz, spectrum.resolution_hz) ** 2
    envelope = band_envelope(spectrum, *one.band_hz)
    depth = _highest(envelope_spectrum(envelope), hz, spectrum.resolution_hz)
    # A line of the squared envelope is a power already.
    return envelope.mean_square * depth


def _highest(heights: RealArray, hz: float, resolution_hz: float) -> float:
    """Height of the highest line near a place, from its three bins: wherever it falls in them."""
    centre, reach = hz / resolution_hz, float(half_width(np.array(hz), resolution_hz))
    first = max(round(centre - reach), 1)
    window = heights[first : round(centre + reach) + 1]
    if window.size == 0:
        return 0.0
    at = first + int(np.argmax(window))
    return float(np.linalg.norm(heights[at - 1 : at + 2]))
