"""The picture of an electrical finding: three phasors beside the even three they ought to be."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from app.report.canvas import inline_svg, new_figure, plain
from app.report.palette import LIGHT
from app.report.plots import Plot
from app.report.remembered import Kept
from dsp.sequence import TURN, Phasors, sequences
from models.card import Card
from models.supply.figures import Unbalance, measure_supply
from models.supply.waves import PHASES, gather
from sensors.conditions import Condition
from sensors.motor import Motor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ELECTRICAL = frozenset(
    {
        Condition.CURRENT_UNBALANCE,
        Condition.SUPPLY_UNBALANCE,
        Condition.SINGLE_PHASING,
        Condition.STATOR_INTER_TURN,
    }
)
NAMED_AT = 1.12
"""Where a phase's name stands, in lengths of its phasor or the even one, whichever is longer."""
CAPTION = (
    "Phasors of the fundamental (RMS), turned so that the positive sequence of phase a points up. "
    "Dashed: three even phases of that positive sequence alone."
)


def phasor_picture(card: Card, kept: Kept, motor: Motor) -> Plot | None:
    """Draw the currents, and the voltages where they were measured, behind an electrical finding.

    Returns
    -------
    Plot or None
        None where the finding is no matter of phases, or three phases are not known.
    """
    if card.condition not in ELECTRICAL:
        return None
    notes = kept.diagnosis.audit
    lines, meters = (gather(kept.capture, notes, kind) for kind in ("current", "power"))
    figures = measure_supply(lines, meters, motor.nameplate)
    known = [one for one in (figures.currents, figures.voltages) if one is not None]
    if not known:
        return None
    title = f"Phases behind {card.title}"
    return Plot(title, CAPTION, inline_svg(_figure(known), title))


def even_phases(phasors: Phasors) -> Phasors:
    """Return the three phases that the positive sequence of three phasors would be alone."""
    parts = sequences(phasors)
    turn = TURN if parts.crossed else TURN.conjugate()
    return parts.positive * np.array([1.0, turn, turn**2])


def _figure(known: Sequence[Unbalance]) -> "Figure":
    figure = new_figure(9.6, 2.9)
    for place, one in enumerate(known, start=1):
        _panel(figure.add_subplot(1, 2, place), one)
    return figure


def _panel(axes: "Axes", one: Unbalance) -> None:
    even = even_phases(one.phasors)
    up = 1j * abs(even[0]) / even[0] if even[0] else 1.0
    reach = float(np.abs([*one.phasors, *even]).max()) or 1.0
    decimals = 2 if reach < 20 else 1
    unit = ("A" if one.phases.is_current else "V") if one.phases.calibrated else ""
    for name, phasor, ideal in zip(PHASES, one.phasors * up, even * up, strict=True):
        axes.plot([0, ideal.real], [0, ideal.imag], "--", color=LIGHT["reference"], linewidth=1.2)
        tip = (phasor.real, phasor.imag)
        arrow = {"arrowstyle": "-|>", "color": LIGHT["signal"], "linewidth": 1.6, "shrinkB": 0}
        axes.annotate("", tip, (0.0, 0.0), arrowprops=arrow)
        way = phasor if abs(phasor) > abs(ideal) / 2 else ideal
        place = NAMED_AT * max(abs(phasor), abs(ideal)) * way / (abs(way) or 1.0)
        side = "center" if abs(place.real) < reach / 5 else "left" if place.real > 0 else "right"
        said = f"{name} {abs(phasor):.{decimals}f} {unit}".rstrip()
        axes.text(place.real, place.imag, said, ha=side, va="center", fontsize=8)
    axes.set(xlim=(-2 * reach, 2 * reach), ylim=(-0.85 * reach, 1.25 * reach))
    axes.set_aspect("equal")
    plain(axes)
    axes.set(xticks=[], yticks=[])
    what = "Currents" if one.phases.is_current else "Voltages"
    axes.set_title(f"{what}: negative over positive sequence {one.ratio:.1%}", fontsize=9)
