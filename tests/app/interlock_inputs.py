"""Readings, windows and captures for the interlock's tests."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from alarm_inputs import SECOND
from simulated_senses import MOTOR, capture_of

from app.interlock.config import AlwaysPermitted, InterlockConfig, Limit
from app.interlock.decide import Window
from app.interlock.record import Quantity, Reading
from app.interlock.state import InterlockState
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.simulator.scenario import Rates

CONFIG = InterlockConfig(
    windows=3,
    vibration=Limit(trip=18.0, alert=7.1),
    current=Limit(trip=3.0, alert=1.2, for_s=5.0),
    temperature=Limit(alert=130.0),
    permissive=AlwaysPermitted(),
)
NEW = InterlockState(motor_id=MOTOR.motor_id, boot_id="3")
READY = InterlockState(motor_id=MOTOR.motor_id, boot_id="3", commissioned=True)
HEALTHY: dict[Quantity, float] = {"vibration": 2.0, "current": 0.9, "temperature": 70.0}


def saw(
    *, unfit: tuple[Quantity, ...] = (), still: tuple[Quantity, ...] = (), **values: float | None
) -> tuple[Reading, ...]:
    """Readings of a healthy motor, but for what is given."""
    return tuple(
        Reading(
            quantity=quantity,
            value=values.get(quantity, usual),
            unfit="dead" if quantity in unfit else None,
            still=quantity in still,
        )
        for quantity, usual in HEALTHY.items()
    )


def window(number: int, now_ns: int | None = None) -> Window:
    t1_ns = (number + 1) * SECOND
    return Window(number * SECOND, t1_ns, t1_ns if now_ns is None else now_ns)


RATES = Rates(vibration_hz=16000.0, power_hz=10000.0, temperature_hz=10.0)


@lru_cache(maxsize=1)
def _run() -> Capture:
    return capture_of(seconds=1.0, rates=RATES)


def capture(
    number: int,
    *,
    shake: float = 1.0,
    load: float = 1.0,
    winding_degc: float = 80.0,
    dead: tuple[str, ...] = (),
) -> Capture:
    """A simulated second, its vibration and currents multiplied, with a sensor in the winding."""
    t0_ns = number * SECOND
    blocks = []
    for block in _run().blocks:
        sense = block.channel.sense
        factor = {Sense.VIBRATION: shake, Sense.POWER: load}.get(sense, 1.0)
        if block.channel.name in dead:
            factor = 0.0
        values = (block.values * np.float32(factor)).astype(np.float32)
        blocks.append(replace(block, t0_ns=t0_ns, values=values))
    inside = Channel("temp_winding", Sense.TEMPERATURE, Unit.DEGC, position="winding")
    heat = winding_degc + 0.1 * np.random.default_rng(number).standard_normal(10)
    blocks.append(SampleBlock(inside, t0_ns, 10.0, heat.astype(np.float32)))
    return replace(_run(), t0_ns=t0_ns, t1_ns=t0_ns + SECOND, seq=number, blocks=tuple(blocks))
