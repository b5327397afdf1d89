"""Broken rotor bars, and what looks like them.

A broken bar's cause is the lower sideband at ``f (1 - 2s)``; the upper is the answer of the speed
that ripples. A torque that swings at 2sf raises both, the lower by up to 3.5 dB more, and a sound
cage's own lines may add to that. So only a lower sideband that leads clearly, in a direction that
no swing has, can be told from it (`models.rotor.swing`), and any other is left as ambiguous: a
broken bar in a drive of small inertia looks just so. Axial ducts of the rotor look the same always.
"""

import math

from models.finding import Confidence, Evidence, Finding
from models.rotor.limits import RotorLimits
from models.rotor.load import RotorLoad
from models.rotor.search import say_lines
from models.rotor.swing import may_be_a_swing
from models.rotor.view import WINDOW_BINS, RotorView
from sensors.capture import Sense
from sensors.conditions import Condition

LOOKALIKES = (
    "axial ducts or spider arms of the rotor, equal in number to the poles",
    "porous casting, or a high-resistance joint of bar and end ring",
    "a load that swings at just twice slip frequency together with a cage less even than sound "
    "ones are: it would not follow the slip when the load changes",
)
EXACT_SLIP = 0.002
"""Slip known to this, absolute, puts the sidebands within 0.2 Hz at 50 Hz: no load swings there by
chance."""


def judge_bars(
    view: RotorView, load: RotorLoad | None, bars: int | None, limits: RotorLimits
) -> Finding | str | None:
    """Return the finding, or what stands out and cannot be named, or None.

    Parameters
    ----------
    view : RotorView
        Slip and sidebands.
    load : RotorLoad or None
        At enough load, or unknown.
    bars : int or None
        Rotor bars, by which their broken ones are estimated.
    limits : RotorLimits
        From where.
    """
    cage = view.cage
    if cage.chance > limits.chance or cage.highest_dbc < limits.bars.suspect_dbc:
        return None
    if view.conflict is not None:
        return f"{say_pair(view)} at {2 * view.slip.slip:.2%} of the line, but {view.conflict}"
    if view.slip.uncertainty > EXACT_SLIP:
        return (
            f"{say_pair(view)}, but slip is known only to {view.slip.uncertainty:.2%}: a swinging "
            "load may put them there; measure the speed to a tenth of the slip"
        )
    like = _like_a_swing(view, load, limits)
    if like is not None:
        return (
            f"{say_pair(view)}: {like}, so this may be a load that swings at twice slip frequency, "
            "axial ducts of the rotor, or broken bars in a drive of small inertia: ambiguous; "
            "record at another load, where only the cage's sidebands follow the slip"
        )
    return Finding(
        condition=Condition.BROKEN_ROTOR_BAR,
        confidence=_confidence(view, load, limits),
        evidence=(_evidence(view, load, bars),),
        alternatives=LOOKALIKES,
    )


def _like_a_swing(view: RotorView, load: RotorLoad | None, limits: RotorLimits) -> str | None:
    """Say in what a pair is like that of a swinging load; None where it is not."""
    cage = view.cage
    if cage.lower_dbc - cage.upper_dbc < limits.swing.least_asymmetry_db:
        return f"the lower does not lead by {limits.swing.least_asymmetry_db:g} dB"
    if may_be_a_swing(cage, load, limits):
        return (
            f"the lower leads by {cage.lower_dbc - cage.upper_dbc:.1f} dB, but a swing, together "
            "with what a sound cage adds, does so too in this direction "
            f"({math.degrees(cage.direction_rad):.0f} degrees ahead of the current)"
        )
    return None


def hidden_bars(view: RotorView, limits: RotorLimits) -> str | None:
    """Say that chance alone stands as high as suspect bars would; None where it does not."""
    cage = view.cage
    if cage.chance <= limits.chance or cage.highest_dbc < limits.bars.suspect_dbc:
        return None
    return (
        f"beside the line, at {2 * view.slip.slip:.2%} of it, noise reaches {cage.highest_dbc:.1f} "
        f"dBc, as high as suspect bars ({limits.bars.suspect_dbc:g}): record at steadier load, "
        "longer, or with less noise"
    )


def say_pair(view: RotorView) -> str:
    """Say where the slip sidebands stand and how high."""
    return say_lines(view.cage)


def broken_bars(lower_dbc: float, bars: int, pole_pairs: int) -> float:
    """Estimate the number of broken bars, ``2 R / (10^(N/20) + pp)`` with N dB below the line.

    A rule of thumb for full load (Thomson and Fenger, IEEE Ind. Appl. Mag. 7(4), 2001).
    """
    return float(2 * bars / (10 ** (-lower_dbc / 20) + pole_pairs))


def _confidence(view: RotorView, load: RotorLoad | None, limits: RotorLimits) -> Confidence:
    # Never high: nothing in one recording excludes axial ducts.
    clear = view.cage.lower_dbc >= limits.bars.broken_dbc and load is not None
    return "medium" if clear else "low"


def _evidence(view: RotorView, load: RotorLoad | None, bars: int | None) -> Evidence:
    cage, step = view.cage, view.frame.resolution_hz
    said = [
        f"{say_pair(view)}, {cage.lower_dbc - cage.floor_dbc:.0f} dB over the floor",
        f"slip {view.slip.text}",
        "load unknown" if load is None else f"load {load.share:.0%} ({load.source})",
    ]
    if bars is not None:
        count = broken_bars(cage.lower_dbc, bars, view.pole_pairs)
        said.append(f"by Thomson's rule {count:.1f} of {bars} bars")
    return Evidence(
        text="; ".join(said),
        channel=view.current.name,
        line="f (1 - 2s)",
        expected_hz=view.track.hz * (1 - 2 * view.slip.slip),
        found_hz=view.track.hz - cage.offset_hz,
        level_db=cage.lower_db,
        chance=cage.chance,
        sense=Sense.POWER,
        tolerance_hz=2 * view.slip.uncertainty * view.track.hz + WINDOW_BINS * step,
        sidebands_db=(cage.lower_db, cage.upper_db),
    )
