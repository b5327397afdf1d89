"""From a capture to the orders of its shaft: spectra, order tracking where the speed varies."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dsp.envelope import band_envelope
from dsp.order_tracking import (
    END_PARTS,
    Revolutions,
    angle_spectrum,
    revolutions_of_line,
    revolutions_of_pulses,
    revolutions_of_speed,
)
from dsp.shaft_line import SMEAR
from dsp.shaft_orders import TWICE_LINE, WHOLE, OrderLine, OrderSource, ShaftOrders, read_orders
from dsp.shaft_speed import CLEAR_DB, confirm_speed
from dsp.spectrum import BlockSpectrum
from dsp.speed import REFINE_RANGE
from models.shaft.directions import HUM
from models.shaft.gear import gear_orders
from models.shaft_speed import ShaftSpeed, fastest_hz
from models.window import tail_spectra
from sensors.capture import Capture, SampleBlock, Sense, Unit
from sensors.errors import BadSamples, WindowTooShort
from sensors.motor import Nameplate

TRACKED_TOLERANCE = 0.001
"""How far lines stand from their order once the angle is known, relative."""
WANDER = 4 * SMEAR
"""Speeds that move by more between parts of a window, relative, smear lines out of reach."""
PARTS = 16
"""Parts of a window between which the speed is compared."""
FOLLOW_ORDERS = 0.3
"""Half-width of the band in which a first order is followed."""
FOLLOWED = 0.8
"""A first order steadier than this can be followed: noise beside it turns the phase about."""

NO_SLIP = 0.0005
"""Slip under which no induction motor runs; the audit's limit too."""


def shaft_orders(
    capture: Capture,
    blocks: Sequence[SampleBlock],
    speed: ShaftSpeed,
    nameplate: Nameplate,
) -> ShaftOrders:
    """Read the orders of some vibration channels of one capture.

    Over angle where a speed channel, or the first order's own phase, says that the speed moved
    by more than the window resolves; over time otherwise. The result may serve as the baseline
    of a later capture.

    Parameters
    ----------
    capture : Capture
        Whose speed channel is used where it has one.
    blocks : sequence of SampleBlock
        Vibration channels that are fit to be judged.
    speed : ShaftSpeed
    nameplate : Nameplate
        Whose supply is looked at, unless a drive stands between, and whose gear.

    Raises
    ------
    WindowTooShort
        The window holds too few turns of the shaft.
    """
    line_hz = None if nameplate.variable_frequency_drive else nameplate.line_hz
    extra = gear_orders(nameplate)
    spectra = [spectrum for _, spectrum in tail_spectra(blocks, speed.hz)]
    angle = _angle(capture, blocks, spectra, speed)
    top = max(*WHOLE, *extra.values()) + 1
    sources = [
        OrderSource(block.channel, spectrum, _over(spectrum, angle, top))
        for block, spectrum in zip(blocks, spectra, strict=True)
    ]
    hz, tolerance = speed.hz, speed.tolerance
    if speed.source == "declared" and angle is None:
        # Unbalance is one line and no comb: what refines combs has missed it.
        most_hz = fastest_hz(nameplate, hz)
        found = confirm_speed(spectra, hz, REFINE_RANGE, line_hz, most_hz=most_hz)
        hz, tolerance = found or (hz, tolerance)
    if angle is not None and all(source.over_angle is not None for source in sources):
        hz, tolerance = _mean_speed(angle, spectra[0].rate_hz), TRACKED_TOLERANCE
    orders = read_orders(sources, shaft_hz=hz, tolerance=tolerance, line_hz=line_hz, extra=extra)
    return orders if line_hz is None else _without_hum(orders, line_hz)


def _without_hum(orders: ShaftOrders, line_hz: float) -> ShaftOrders:
    """Mark orders that stand on a multiple of the line: cables pick those up, whatever turns.

    Only a speed without slip brings them there, and that is more often hum taken for a shaft.
    """

    def marked(line: OrderLine) -> OrderLine:
        multiple = max(round(line.expected_hz / line_hz), 1) * line_hz
        own = line.merged is None and line.name != TWICE_LINE and line.level_db > CLEAR_DB
        at = min((line.expected_hz, line.found_hz), key=lambda hz: abs(hz - multiple))
        hum = own and abs(at / multiple - 1) < NO_SLIP
        return replace(line, merged=HUM) if hum else line

    return replace(
        orders,
        axes=tuple(
            replace(axis, lines={name: marked(line) for name, line in axis.lines.items()})
            for axis in orders.axes
        ),
    )


def _over(
    spectrum: BlockSpectrum, angle: Revolutions | None, top_order: float
) -> BlockSpectrum | None:
    if angle is None or angle.size != spectrum.n:
        return None
    return angle_spectrum(spectrum, angle, top_order=top_order)


def _angle(
    capture: Capture,
    blocks: Sequence[SampleBlock],
    spectra: Sequence[BlockSpectrum],
    speed: ShaftSpeed,
) -> Revolutions | None:
    """Return the shaft's angle where it is needed and known; None where it turns evenly enough."""
    if len({(s.n, s.rate_hz) for s in spectra}) > 1:
        return None
    for tacho in capture.of(Sense.SPEED):
        if tacho.unit is Unit.RPM:
            angle = _angle_of_speed(tacho, blocks[0], spectra[0])
        else:
            angle = _angle_of_pulses(tacho, blocks[0], spectra[0], speed.hz)
        if angle is not None:
            return angle if _wanders(angle) else None
    return _angle_of_first_order(spectra, speed.hz)


def _angle_of_speed(
    tacho: SampleBlock, block: SampleBlock, spectrum: BlockSpectrum
) -> Revolutions | None:
    first_ns = block.t0_ns + round((block.values.size - spectrum.n) / block.rate_hz * 1e9)
    try:
        return revolutions_of_speed(
            tacho.values,
            speed_rate_hz=tacho.rate_hz,
            rate_hz=spectrum.rate_hz,
            n=spectrum.n,
            delay_s=(first_ns - tacho.t0_ns) / 1e9,
        )
    except BadSamples:
        return None


def _angle_of_pulses(
    tacho: SampleBlock, block: SampleBlock, spectrum: BlockSpectrum, shaft_hz: float
) -> Revolutions | None:
    """Count pulses, as many a turn as the speed says; None where none fits it."""
    if (tacho.rate_hz, tacho.t0_ns, tacho.values.size) != (
        block.rate_hz,
        block.t0_ns,
        block.values.size,
    ):
        return None
    try:
        steps = revolutions_of_pulses(tacho.values[-spectrum.n :])
    except WindowTooShort:
        return None
    ratio = float(steps[-1]) * spectrum.rate_hz / (spectrum.n - 1) / shaft_hz
    per_turn = max(round(ratio), 1)
    return steps / per_turn if abs(ratio / per_turn - 1) < REFINE_RANGE else None


def _angle_of_first_order(spectra: Sequence[BlockSpectrum], shaft_hz: float) -> Revolutions | None:
    lo, hi = (1 - FOLLOW_ORDERS) * shaft_hz, (1 + FOLLOW_ORDERS) * shaft_hz
    try:
        steady = [-band_envelope(spectrum, lo, hi).kurtosis for spectrum in spectra]
        best = int(np.argmax(steady))
        if steady[best] < FOLLOWED:
            return None
        angle = revolutions_of_line(spectra[best], lo, hi)
    except WindowTooShort:
        return None
    return angle if _wanders(angle) and np.diff(angle).min() > 0 else None


def _wanders(angle: Revolutions) -> bool:
    """Say whether the speed moves by more than a line's reading allows for."""
    middle = _middle(angle)
    parts = middle[: middle.size // PARTS * PARTS].reshape(PARTS, -1)
    rates = parts[:, -1] - parts[:, 0]
    return float((rates.max() - rates.min()) / rates.mean()) > WANDER


def _mean_speed(angle: Revolutions, rate_hz: float) -> float:
    middle = _middle(angle)
    return float(middle[-1] - middle[0]) * rate_hz / (middle.size - 1)


def _middle(angle: Revolutions) -> Revolutions:
    """Return the part that a line's phase is trusted in, where the angle comes from one."""
    cut = angle.size // END_PARTS
    return angle[cut : angle.size - cut]
