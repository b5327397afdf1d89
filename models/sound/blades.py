"""Fan blades by their sound: whether they pass evenly.

Equal blades sound at blade pass alone. Where they differ, its neighbours once a turn to either side
rise; a shaft that is loose or rubs raises all of its orders, and that is no word on blades.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsp.bank import level_over_floor
from dsp.spectrum import BlockSpectrum, RealArray, amplitude
from models.finding import Evidence, Finding
from models.shaft_speed import ShaftSpeed
from models.sound.limits import BladeLimits
from sensors.capture import Sense
from sensors.conditions import Condition

FLOOR_ORDERS = 1.5
"""The floor is the median over this many orders."""
OTHERS = (-3, -2, 2, 3)
"""Orders beside blade pass that uneven blades need not raise."""
BETWEEN = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Where, between two orders of the shaft, pseudo-lines are read."""
FEWEST_ORDERS = 16
"""Pseudo-lines are read up to here at least, or there are too few to rank by."""
WIDEST = 0.15
"""Half-width of a window, in orders, that still parts the shaft's orders from what is between."""
LEAKAGE_BINS = 1.5


@dataclass(frozen=True, slots=True)
class BladeVerdict:
    """What was found: a finding, a doubt, or what hindered; all None where blades pass evenly."""

    finding: Finding | None = None
    doubt: str | None = None
    inhibited: str | None = None


@dataclass(frozen=True, slots=True)
class _Orders:
    """Amplitudes at orders of the shaft, their heights over the floor, and pseudo-lines."""

    shaft_hz: float
    half_hz: float
    amplitude: RealArray
    level_db: RealArray
    pseudo_db: RealArray

    def chance(self, order: int) -> float:
        """Return the share of pseudo-lines that reach an order's height."""
        reach = int(np.count_nonzero(self.pseudo_db >= self.level_db[order]))
        return (reach + 1) / (self.pseudo_db.size + 1)


def judge_blades(
    channel: str,
    spectrum: BlockSpectrum,
    blades: int,
    speed: ShaftSpeed,
    rules: BladeLimits,
) -> BladeVerdict:
    """Judge a fan by one microphone.

    Parameters
    ----------
    channel : str
        Name of the microphone.
    spectrum : BlockSpectrum
        Of its last seconds.
    blades : int
        Number of blades on the motor's shaft.
    speed : ShaftSpeed
        Of that shaft.
    rules : BladeLimits
        From `sound.toml`.
    """
    hindrance = _hindrance(spectrum, blades, speed, rules)
    if hindrance is not None:
        return BladeVerdict(inhibited=hindrance)
    orders = _read(spectrum, blades, speed)
    sides = (blades - 1, blades + 1)
    standing = all(orders.chance(k) <= rules.largest_chance for k in (blades, *sides))
    lower = min(float(orders.amplitude[k]) for k in sides)
    below_db = _ratio_db(float(orders.amplitude[blades]), lower)
    if not standing or below_db > rules.within_db:
        return BladeVerdict()
    others = [blades + k for k in OTHERS if blades + k >= 1]
    above_db = _ratio_db(lower, max(float(orders.amplitude[k]) for k in others))
    if above_db < rules.stand_out_db:
        return BladeVerdict(
            doubt=f"blade pass at {blades * speed.hz:.1f} Hz and its neighbours stand out, but so "
            "do other orders of the shaft: uneven blades, or a shaft that is loose or rubs"
        )
    clear = above_db >= rules.clear_db and speed.source != "estimated"
    return BladeVerdict(
        Finding(
            condition=Condition.BLADE_FAULT,
            confidence="medium" if clear else "low",
            evidence=(_evidence(channel, orders, blades, (below_db, above_db)),),
            alternatives=("obstructed flow beside the fan", "deposits on the blades"),
        )
    )


def _hindrance(
    spectrum: BlockSpectrum, blades: int, speed: ShaftSpeed, rules: BladeLimits
) -> str | None:
    if blades < rules.least_blades:
        return (
            f"blade pass: beside that of {blades} blades stand the shaft's first orders, which "
            "unbalance and coupling make; a camera or a look at the fan tells more"
        )
    turns = speed.hz / spectrum.resolution_hz
    if turns < rules.least_turns:
        return (
            f"blade pass: {turns:.1f} turns of the shaft in the window; {rules.least_turns:g} are "
            f"needed ({rules.least_turns / speed.hz:.2g} s)"
        )
    top = max(2 * blades + 2, FEWEST_ORDERS) * speed.hz
    if top > spectrum.nyquist_hz:
        return f"blade pass: needs sound up to {top:.0f} Hz; sample faster"
    if _half_hz(spectrum, blades + 3, speed) > WIDEST * speed.hz:
        return (
            f"blade pass: speed is known to {speed.tolerance:.1%} only, too little to part the "
            f"orders beside the {blades}th of the shaft; give the measured speed"
        )
    return None


def _half_hz(spectrum: BlockSpectrum, order: int, speed: ShaftSpeed) -> float:
    return max(LEAKAGE_BINS * spectrum.resolution_hz, speed.tolerance * order * speed.hz)


def _read(spectrum: BlockSpectrum, blades: int, speed: ShaftSpeed) -> _Orders:
    top = max(2 * blades + 2, FEWEST_ORDERS)
    size = min(spectrum.index((top + 1) * speed.hz) + 1, spectrum.bins.size)
    heights = amplitude(spectrum, bins=size)
    levels = level_over_floor(heights, round(FLOOR_ORDERS * speed.hz / spectrum.resolution_hz))
    half_hz = _half_hz(spectrum, blades + 3, speed)
    half = half_hz / spectrum.resolution_hz

    def highest(of: RealArray, orders: Sequence[float]) -> RealArray:
        centres = np.asarray(orders) * speed.hz / spectrum.resolution_hz
        return np.array([of[max(int(c - half), 0) : int(c + half) + 2].max() for c in centres])

    between = [k + part for k in range(1, top) for part in BETWEEN]
    return _Orders(
        speed.hz,
        half_hz,
        highest(heights, range(top)),
        highest(levels, range(top)),
        highest(levels, between),
    )


def _ratio_db(one: float, other: float) -> float:
    return 20 * float(np.log10(max(one, 1e-30) / max(other, 1e-30)))


def _evidence(
    channel: str, orders: _Orders, blades: int, margins_db: tuple[float, float]
) -> Evidence:
    below_db, above_db = margins_db
    level, low, high = (float(orders.level_db[k]) for k in (blades, blades - 1, blades + 1))
    expected = blades * orders.shaft_hz
    return Evidence(
        text=f"orders {blades - 1} and {blades + 1} stand {above_db:.0f} dB above other orders of "
        f"the shaft and {below_db:.0f} dB below blade pass at {expected:.1f} Hz: blades differ",
        channel=channel,
        line="blade pass",
        expected_hz=expected,
        level_db=level,
        chance=max(orders.chance(k) for k in (blades - 1, blades, blades + 1)),
        sense=Sense.SOUND,
        tolerance_hz=orders.half_hz,
        sidebands_db=(low, high),
    )
