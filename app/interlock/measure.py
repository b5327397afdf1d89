"""Physical values of one window, straight from its samples, and whether they may trip.

Nothing here passes through a model or its features, and a value counts only where the audit finds
its own channel sound.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.interlock.config import InterlockConfig
from app.interlock.record import Quantity, Reading
from app.sensor_status import worst_status
from dsp.audit_note import AuditNote
from dsp.spectrum import transform
from dsp.velocity import velocity_rms
from sensors.capture import Capture, SampleBlock, Sense, Unit
from sensors.errors import BadSamples, WindowTooShort
from sensors.motor import Motor

BAND_HZ = (10.0, 1000.0)
"""Broadband velocity of ISO 20816-3."""
KINDS: dict[Quantity, tuple[str, ...]] = {
    "vibration": ("all", "vibration", "velocity_severity"),
    "current": ("all", "current"),
    "temperature": ("all", "temperature"),
}
"""Which refusals of the audit forbid each quantity."""


@dataclass(frozen=True, slots=True)
class ChannelValue:
    """One quantity as one channel measures it; NaN where its samples carry none."""

    quantity: Quantity
    channel: str
    value: float


def channel_values(
    capture: Capture, motor: Motor, config: InterlockConfig
) -> tuple[ChannelValue, ...]:
    """Measure every channel that the limits ask for: a millisecond for each of vibration."""
    return tuple(_values(capture, motor, config))


def wants_audit(values: Sequence[ChannelValue], config: InterlockConfig) -> bool:
    """Whether a value is beyond a hard limit, so that it matters which channels are sound."""
    trips = {quantity: limit.trip for quantity, limit in config.limits.items()}
    asked = ((each.value, trips[each.quantity]) for each in values)
    return any(trip is not None and value > trip for value, trip in asked)


def readings(
    values: Sequence[ChannelValue], notes: Sequence[AuditNote], config: InterlockConfig
) -> tuple[Reading, ...]:
    """Return one reading for each limit: the worst of the channels that are sound.

    Parameters
    ----------
    notes
        Of the audit of the same window; none where nothing wanted one.
    """
    return tuple(
        _reading(quantity, [each for each in values if each.quantity == quantity], notes)
        for quantity in config.limits
    )


def _values(capture: Capture, motor: Motor, config: InterlockConfig) -> Iterator[ChannelValue]:
    if config.vibration is not None:
        for block in capture.of(Sense.VIBRATION, Unit.MPS2):
            yield ChannelValue("vibration", block.channel.name, _velocity(block))
    rated_a = motor.nameplate.rated_current_a
    if config.current is not None and rated_a is not None:
        for block in capture.of(Sense.POWER, Unit.AMPERE):
            yield ChannelValue("current", block.channel.name, _rms(block) / rated_a)
    if config.temperature is not None:
        wanted = {_plain(position) for position in config.temperature.positions}
        for block in capture.of(Sense.TEMPERATURE, Unit.DEGC):
            if _plain(block.channel.position) in wanted:
                yield ChannelValue("temperature", block.channel.name, _mean(block))


def _plain(position: str | None) -> str:
    return (position or "").strip().casefold()


def _velocity(block: SampleBlock) -> float:
    try:
        return velocity_rms(transform(block.values, rate_hz=block.rate_hz), *BAND_HZ)
    except (WindowTooShort, BadSamples):
        return math.nan


def _rms(block: SampleBlock) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return math.sqrt(_mean_of(np.square(block.values, dtype=np.float64)))


def _mean(block: SampleBlock) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return _mean_of(block.values.astype(np.float64))


def _mean_of(values: np.typing.NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else math.nan


def _reading(
    quantity: Quantity, values: Sequence[ChannelValue], notes: Sequence[AuditNote]
) -> Reading:
    if not values:
        return Reading(quantity=quantity, unfit="no channel measures it")
    judged = [(each, _why_unfit(each, notes)) for each in values]
    sound = [each for each, why in judged if why is None]
    chosen = sound or [each for each, _ in judged if math.isfinite(each.value)]
    worst = max(chosen, key=lambda each: each.value, default=None)
    return Reading(
        quantity=quantity,
        value=None if worst is None else worst.value,
        unfit=None if sound else next(f"{each.channel}: {why}" for each, why in judged),
        still=any(_is_still(quantity, note) for note in notes),
    )


def _why_unfit(value: ChannelValue, notes: Sequence[AuditNote]) -> str | None:
    if not math.isfinite(value.value):
        return "its samples carry no value"
    own = [n for n in notes if n.channel in (None, value.channel) and n.check != "stopped"]
    for note in own:
        if note.level == "refuse" and set(note.refuses) & set(KINDS[value.quantity]):
            return note.text
    status = worst_status(own)
    return None if status == "normal" else f"sensor status is {status}"


def _is_still(quantity: Quantity, note: AuditNote) -> bool:
    return note.check == "stopped" and bool(set(note.refuses) & set(KINDS[quantity]))
