"""Everything that is read of a rotor from its current before anything is judged."""

from dataclasses import dataclass

from dsp.line_frame import LineFrame, LineTrack, follow_line, line_frame
from dsp.sidebands import LOBE_BINS, SidebandPair, Span, find_pair
from dsp.slip import (
    SlipEstimate,
    best_estimate,
    disagreement,
    slip_from_shaft_lines,
    slip_from_sidebands,
    slip_from_slots,
    slip_from_speed,
    tells_slip,
)
from models.rotor.current import RotorCurrent
from models.rotor.slip_range import LARGEST_SLIP, plausible_slips
from models.shaft_speed import ShaftSpeed
from sensors.errors import WindowTooShort
from sensors.motor import Nameplate

SLIP_CYCLES = 10.0
"""Record ``T >= 10 / (2 s f)``: ten bins between sideband and line."""
SPAN_SHARE = 0.9
"""The spectrum is read this far, in multiples of the line's frequency: beyond stand offset and the
second harmonic."""
BEYOND_SHAFT = 1.25
"""And this far in multiples of the shaft's frequency, where two poles put it beside the line's."""
CONFIRMED_WITHIN = 0.01
"""Slips around a measured speed's at which the current is asked to confirm or contradict it."""
WINDOW_BINS = 1.5
"""A line is looked for this far beyond the uncertainty of its place."""


@dataclass(frozen=True, slots=True)
class RotorView:
    """Line, slip and sidebands of one current.

    Attributes
    ----------
    current : RotorCurrent
        What was read.
    track : LineTrack
        Its line.
    frame : LineFrame
        Spectra around the line.
    pole_pairs : int
        Half of the poles.
    estimates : tuple of SlipEstimate
        Slip from every source that told it, the cage's sidebands last.
    slip : SlipEstimate
        The most exact that does not lean on the cage's sidebands.
    shaft : SidebandPair
        Lines ``f +- fr``.
    cage : SidebandPair
        Lines ``f (1 +- 2s)``.
    conflict : str or None
        Which estimates of slip disagree.
    """

    current: RotorCurrent
    track: LineTrack
    frame: LineFrame
    pole_pairs: int
    estimates: tuple[SlipEstimate, ...]
    slip: SlipEstimate
    shaft: SidebandPair
    cage: SidebandPair
    conflict: str | None

    @property
    def shaft_hz(self) -> float:
        """Shaft frequency by the best slip."""
        return self.track.hz * (1 - self.slip.slip) / self.pole_pairs


@dataclass(frozen=True, slots=True)
class LineView:
    """Line and spectra of a current whose slip nothing tells.

    Attributes
    ----------
    current, track, frame, pole_pairs
        As of `RotorView`.
    """

    current: RotorCurrent
    track: LineTrack
    frame: LineFrame
    pole_pairs: int


def view_rotor(
    current: RotorCurrent, plate: Nameplate, speed: ShaftSpeed | None
) -> RotorView | LineView:
    """Read line, slip and sidebands; only the line where neither speed nor current tells slip.

    A speed that is merely declared tells none: it may be off by 5 %, and slip is under 5 %.

    Raises
    ------
    WindowTooShort
        The recording is too short for the slip, or for a judgement of chance.
    BadRate, BadSamples
        The line cannot be followed.
    """
    assert plate.poles is not None
    pairs = plate.poles // 2
    track = follow_line(
        current.values, current.reference, rate_hz=current.rate_hz, nominal_hz=plate.line_hz
    )
    measured = None
    if speed is not None and speed.source != "declared":
        measured = slip_from_speed(speed.hz, speed.tolerance, track, pairs)
    span_hz = max(SPAN_SHARE * track.hz, BEYOND_SHAFT * track.hz / pairs)
    frame = line_frame(current.values, track, order=1.0, span_hz=span_hz)
    span = _looked_at(measured, plate, frame.resolution_hz / track.hz)
    shaft = _shaft_pair(frame, track.hz, span, pairs)
    independent = [] if measured is None else [measured]
    if tells_slip(shaft):
        independent.append(slip_from_shaft_lines(shaft, frame.resolution_hz, track, pairs))
    independent += _by_slots(current, track, plate.rotor_bars, pairs, span)
    if not independent:
        return LineView(current, track, frame, pairs)
    slip = best_estimate(independent)
    check_length(slip.slip, track.hz, current.duration_s)
    cage = cage_pair(frame, track.hz, pairs, slip.slip, slip.uncertainty)
    by_cage = slip_from_sidebands(cage, frame.resolution_hz, track)
    told = (*independent, by_cage) if tells_slip(cage) else tuple(independent)
    return RotorView(current, track, frame, pairs, told, slip, shaft, cage, disagreement(told))


def _by_slots(
    current: RotorCurrent, track: LineTrack, bars: int | None, pairs: int, span: Span
) -> list[SlipEstimate]:
    if bars is None:
        return []
    lo, hi = span
    slots = slip_from_slots(current.values, track, bars=bars, pairs=pairs, lo=lo, hi=hi)
    return [] if slots is None else [slots]


def _shaft_pair(frame: LineFrame, line_hz: float, span: Span, pairs: int) -> SidebandPair:
    """Find ``f +- fr``, ranked where neither the cage's sidebands nor multiples of fr stand."""
    lo, hi = span
    synchronous_hz, top_hz = line_hz / pairs, frame.lower.bins.size * frame.resolution_hz
    return find_pair(
        frame,
        synchronous_hz * (1 - hi),
        synchronous_hz * (1 - lo),
        expected=[(0.0, 4 * hi * line_hz), *_turns(synchronous_hz, hi, top_hz)],
    )


def _looked_at(measured: SlipEstimate | None, plate: Nameplate, bin_slip: float) -> Span:
    """Return the slips at which shaft and slots are looked for, down to an idle motor's."""
    # With two poles f +- fr meets offset and second harmonic at no slip.
    least = LOBE_BINS * bin_slip if plate.poles == 2 else 0.0
    lo, hi = plausible_slips(plate, None)
    if measured is not None:
        # Wider than a speed claims to be exact: the current is to confirm it, or contradict.
        reach = max(measured.uncertainty, CONFIRMED_WITHIN)
        lo, hi = measured.slip - reach, measured.slip + reach
    return max(lo, least), max(min(hi, LARGEST_SLIP), 2 * least)


def check_length(slip: float, line_hz: float, span_s: float) -> None:
    """Raise WindowTooShort where the sidebands of a slip stand too near to the line."""
    offset_hz = 2 * max(slip, 1e-4) * line_hz
    if span_s * offset_hz < SLIP_CYCLES:
        raise WindowTooShort(
            f"slip {slip:.2%} puts sidebands {offset_hz:.2f} Hz from the line: record "
            f"{SLIP_CYCLES / offset_hz:.1f} s or more, not {span_s:.3g} s"
        )


def _turns(synchronous_hz: float, slip: float, span_hz: float) -> list[Span]:
    """Return where multiples of the shaft's frequency stand at slips up to one."""
    most = int(span_hz / (synchronous_hz * (1 - slip)))
    return [(k * synchronous_hz * (1 - slip), k * synchronous_hz) for k in range(1, most + 1)]


def cage_pair(
    frame: LineFrame, line_hz: float, pairs: int, slip: float, reach: float
) -> SidebandPair:
    """Find the pair ``f (1 +- 2s)`` at slips up to `reach` from one; raises as `find_pair`."""
    middle_hz = 2 * slip * line_hz
    reach_hz = 2 * reach * line_hz + WINDOW_BINS * frame.resolution_hz
    span_hz = frame.lower.bins.size * frame.resolution_hz
    return find_pair(
        frame,
        middle_hz - reach_hz,
        middle_hz + reach_hz,
        expected=[
            (2 * (middle_hz - reach_hz), 2 * (middle_hz + reach_hz)),
            *_turns(line_hz / pairs, slip + reach, span_hz),
        ],
    )
