"""The current's lanes: its harmonics in orders of the supply, and what stands close to the line.

Slip sidebands of a broken bar stand within a few hertz of the line; they need several seconds and
the line's own frame, since a wandering grid would smear them.
"""

import numpy as np

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.line_frame import follow_line, line_frame
from dsp.spectrum import RealArray, amplitude, transform
from dsp.supply_frequency import supply_frequency
from dsp.vector import Float32Array
from models.rotor.current import rotor_current
from models.stage2.lanes import pooled, scaled
from models.window import LONGEST_S
from sensors.capture import Capture, SampleBlock, Sense, Unit
from sensors.errors import BadRate, BadSamples, WindowTooShort

NEAR_LINE_S = 4.0
"""Shorter windows cannot part slip sidebands from the line."""


def supply_lanes(
    capture: Capture,
    notes: tuple[AuditNote, ...],
    *,
    nominal_hz: float | None,
    bins: int,
    bins_per_order: int,
    near_order: float,
    carrier_span_db: tuple[float, float],
) -> dict[str, Float32Array]:
    """Return the lanes ``current`` and ``current_near_line`` as far as they can be measured.

    Parameters
    ----------
    capture, notes
        As `models.stage2.spectra.order_spectra`.
    nominal_hz : float or None
        Frequency of the grid; None behind a drive.
    bins, bins_per_order, near_order, carrier_span_db
        As in `models.stage2.spectra.SpectraSpec`.
    """
    low, high = carrier_span_db
    lanes = {}
    wide = _harmonics(capture, notes, nominal_hz, bins, bins_per_order)
    if wide is not None:
        lanes["current"] = scaled(wide, zero_db=low, span_db=high - low)
    near = _surroundings(capture, notes, nominal_hz, bins, near_order)
    if near is not None:
        lanes["current_near_line"] = scaled(near, zero_db=low, span_db=high - low)
    return lanes


def _harmonics(
    capture: Capture,
    notes: tuple[AuditNote, ...],
    nominal_hz: float | None,
    bins: int,
    bins_per_order: int,
) -> Float32Array | None:
    fit = [block for block in capture.of(Sense.POWER) if _is_fit(block, notes)]
    if not fit:
        return None
    # An open phase tells no line.
    block = max(fit, key=lambda one: float(np.std(one.values)))
    rate_hz = block.rate_hz
    strongest = block.values[-round(LONGEST_S * rate_hz) :]
    try:
        line_hz = supply_frequency(strongest, rate_hz=rate_hz, nominal_hz=nominal_hz).hz
    except (WindowTooShort, BadRate, BadSamples):
        return None
    spectrum = transform(strongest, rate_hz=rate_hz)
    heights = amplitude(spectrum)
    at = round(line_hz / spectrum.resolution_hz)
    carrier = float(heights[max(at - 2, 0) : at + 3].max())
    # Coarse bins are centred on whole orders, so that a line never straddles two.
    edges = np.maximum(np.arange(bins + 1) - 0.5, 0) / bins_per_order
    return pooled(_dbc(heights, carrier), edges * line_hz / spectrum.resolution_hz)


def _is_fit(block: SampleBlock, notes: tuple[AuditNote, ...]) -> bool:
    return (
        block.unit is not Unit.VOLT
        and bool(block.values.size)
        and refused(notes, "current", channel=block.channel.name) is None
    )


def _surroundings(
    capture: Capture,
    notes: tuple[AuditNote, ...],
    nominal_hz: float | None,
    bins: int,
    near_order: float,
) -> Float32Array | None:
    """Return levels from `near_order` below the line to as far above it."""
    current = rotor_current(capture, notes)
    if isinstance(current, str) or current.duration_s < NEAR_LINE_S:
        return None
    size = round(LONGEST_S * current.rate_hz)
    values, reference = current.values[-size:], current.reference[-size:]
    try:
        track = follow_line(values, reference, rate_hz=current.rate_hz, nominal_hz=nominal_hz)
    except (WindowTooShort, BadRate, BadSamples):
        return None
    frame = line_frame(values, track, order=1.0, span_hz=2 * near_order * track.hz)
    half = bins // 2
    edges = np.arange(half + 1) / half * near_order * track.hz / frame.resolution_hz
    below, above = (
        pooled(_dbc(amplitude(side), frame.carrier), edges) for side in (frame.lower, frame.upper)
    )
    return np.concatenate([below[::-1], above])


def _dbc(heights: RealArray, carrier: float) -> Float32Array:
    ratio = np.maximum(np.abs(heights) / max(carrier, 1e-30), 1e-12)
    return np.asarray(20 * np.log10(ratio), dtype=np.float32)
