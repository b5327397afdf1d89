"""What turns with the shaft and shows beside the line, and in the slot lines: shaft and air gap.

The lines ``f +- fr`` say only that something goes round with the shaft. That the air gap does is
said by the slot lines shifted by fr, which need the number of rotor bars.
"""

from dataclasses import dataclass

import numpy as np

from dsp.line_frame import line_frame
from dsp.sidebands import free_bins, rank_peak, side_levels, tops
from dsp.slip import MOST_NYQUIST, SLOT_LINES
from dsp.spectrum import tone
from models.finding import Confidence, Evidence, Finding
from models.rotor.limits import RotorLimits
from models.rotor.view import RotorView
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.errors import WindowTooShort

LOOKALIKES = (
    "mixed eccentricity of the air gap",
    "misalignment or a bent shaft",
    "unbalance",
    "a load torque that swings once a turn",
)
NOT_THE_GAP = (
    "a load torque that swings once a turn, which shifts the slot lines, too",
    "misalignment, a bent shaft or unbalance that moves the rotor in its bore",
)
SLOT_SPAN_HZ = 40.0
"""Slot lines are ranked among pseudo-lines this far to both sides."""


@dataclass(frozen=True, slots=True)
class SlotLine:
    """The higher of the lines ``(R + d) fr +- f``: height, and its rank among pseudo-lines."""

    shift: int
    found_hz: float
    level_dbc: float
    level_db: float
    chance: float


def judge_shaft(view: RotorView, limits: RotorLimits) -> Finding | None:
    """Name shaft asymmetry where ``f +- fr`` stands high."""
    pair = view.shaft
    if pair.chance > limits.chance or pair.highest_dbc < limits.shaft.suspect_dbc:
        return None
    clear: Confidence = "medium" if pair.highest_dbc >= limits.shaft.clear_dbc else "low"
    return Finding(
        condition=Condition.SHAFT_ASYMMETRY,
        confidence=clear,
        evidence=(_shaft_evidence(view),),
        alternatives=LOOKALIKES,
    )


def judge_gap(view: RotorView, bars: int, limits: RotorLimits) -> tuple[Finding | None, str | None]:
    """Name dynamic eccentricity, and doubt static, by the slot lines; None where neither shows."""
    lines = {shift: slot_line(view, bars, shift) for shift in (-1, 0, 1)}
    shifted = [line for shift, line in lines.items() if shift and line is not None]
    standing = [
        line
        for line in shifted
        if line.chance <= limits.chance and line.level_dbc >= limits.slots.dynamic_dbc
    ]
    turning = judge_shaft(view, limits)
    finding = None
    if standing and turning is not None:
        best = max(standing, key=lambda line: line.level_dbc)
        finding = Finding(
            condition=Condition.ECCENTRICITY_DYNAMIC,
            confidence=turning.confidence if len(standing) > 1 else "low",
            evidence=(_slot_evidence(view, best, bars), _shaft_evidence(view)),
            alternatives=NOT_THE_GAP,
        )
    return finding, _static_doubt(lines[0], limits)


def _static_doubt(line: SlotLine | None, limits: RotorLimits) -> str | None:
    if line is None or line.chance > limits.chance or line.level_dbc < limits.slots.static_dbc:
        return None
    return (
        f"rotor slot line at {line.found_hz:.1f} Hz, {line.level_dbc:.1f} dBc: static "
        "eccentricity, or this design's own slotting; compare with the motor's own baseline"
    )


def slot_line(view: RotorView, bars: int, shift: int) -> SlotLine | None:
    """Read the slot lines ``(R + d) fr +- f``; None where the sampling rate does not reach them."""
    teeth, line_hz = bars + shift, view.track.hz
    order = teeth / view.pole_pairs
    below_hz = teeth * line_hz * view.slip.slip / view.pole_pairs
    reach_hz = teeth * line_hz * view.slip.uncertainty / view.pole_pairs
    top_hz = (order + 1) * line_hz + SLOT_SPAN_HZ + below_hz + reach_hz
    if top_hz > MOST_NYQUIST * view.track.rate_hz / 2:
        return None
    found = [_slot_in_frame(view, order + v, below_hz, reach_hz, shift) for v in SLOT_LINES]
    lines = [line for line in found if line is not None]
    return max(lines, key=lambda line: line.level_dbc, default=None)


def _slot_in_frame(
    view: RotorView, order: float, below_hz: float, reach_hz: float, shift: int
) -> SlotLine | None:
    frame = line_frame(
        view.current.values, view.track, order=order, span_hz=below_hz + reach_hz + SLOT_SPAN_HZ
    )
    step = frame.resolution_hz
    levels = np.concatenate([side_levels(frame.lower), side_levels(frame.upper)])
    first = max(round((below_hz - reach_hz) / step) - 1, 4)
    window = slice(first, round((below_hz + reach_hz) / step) + 2)
    free = np.zeros(levels.size, np.bool_)
    # Pseudo-lines stand above the middle, clear of harmonics and of slot lines shifted by fr.
    others = [(k - order % 1.0) * view.track.hz for k in (1, 2)]
    others += [k * view.shaft_hz - below_hz for k in (1, 2, 3)]
    spans = [(hz - reach_hz, hz + reach_hz) for hz in others]
    free[frame.lower.bins.size :] = free_bins(frame.upper.bins.size, spans, step)
    try:
        at, chance = rank_peak(tops(levels), window, free)
    except WindowTooShort:
        return None
    offset_hz, height = tone(frame.lower, (at - 1) * step, (at + 1) * step)
    dbc = 20 * np.log10(max(height / frame.carrier, 1e-12))
    hz = order * view.track.hz - offset_hz
    return SlotLine(shift, hz, float(dbc), float(levels[at]), chance)


def _shaft_evidence(view: RotorView) -> Evidence:
    pair = view.shaft
    return Evidence(
        text=f"lines {pair.offset_hz:.2f} Hz, once a turn, beside the supply's at "
        f"{pair.lower_dbc:.1f} (lower) and {pair.upper_dbc:.1f} dBc (upper)",
        channel=view.current.name,
        line="f +- fr",
        expected_hz=view.track.hz + view.shaft_hz,
        found_hz=view.track.hz + pair.offset_hz,
        level_db=pair.over_floor_db,
        chance=pair.chance,
        sense=Sense.POWER,
        sidebands_db=(pair.lower_db, pair.upper_db),
    )


def _slot_evidence(view: RotorView, line: SlotLine, bars: int) -> Evidence:
    return Evidence(
        text=f"slot line of {bars} bars shifted by the shaft's frequency at "
        f"{line.level_dbc:.1f} dBc",
        channel=view.current.name,
        line="(R +- 1) fr +- f",
        found_hz=line.found_hz,
        level_db=line.level_db,
        chance=line.chance,
        sense=Sense.POWER,
    )
