"""Captures of a machine whose lines are stated in mm/s RMS, direction by direction."""

from collections.abc import Mapping

import numpy as np

from dsp.audit import audit
from dsp.shaft_orders import ShaftOrders
from models.shaft.judge import judge_shaft
from models.shaft.source import shaft_orders
from models.shaft_speed import ShaftSpeed
from models.verdict import SenseVerdict
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor import Motor, Nameplate

RATE_HZ, SHAFT_HZ = 6400.0, 24.3
PLATE = Nameplate(poles=4, line_hz=50.0, rated_kw=7.5, mounting="rigid")
MOTOR = Motor(motor_id="m", nameplate=PLATE)
SPEED = ShaftSpeed(SHAFT_HZ, 0.001, "refined")
SOUND = {1.0: 0.5, 2.0: 0.1, 3.0: 0.05, 100 / SHAFT_HZ: 0.2}

Lines = Mapping[float, float]  # order -> mm/s RMS


def capture(
    axes: Mapping[str, Lines],
    *,
    unit: Unit = Unit.MPS2,
    seconds: float = 6.0,
    shaft_hz: float = SHAFT_HZ,
    seed: int = 1,
) -> Capture:
    """Return one channel an axis: its lines as acceleration in white noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    blocks = []
    for axis, lines in axes.items():
        x = 0.05 * rng.standard_normal(t.size)
        for order, velocity in lines.items():
            w = 2 * np.pi * order * shaft_hz
            x += np.sqrt(2) * 1e-3 * velocity * w * np.cos(w * t + rng.uniform(0, 2 * np.pi))
        channel = Channel(f"vib_{axis}", Sense.VIBRATION, unit, axis=axis, position="DE")
        blocks.append(SampleBlock(channel, 0, RATE_HZ, x.astype(np.float32)))
    return Capture("m", 0, round(seconds * 1e9), tuple(blocks), speed_rpm=60 * shaft_hz)


def judge(
    of: Capture,
    motor: Motor = MOTOR,
    speed: ShaftSpeed | None = SPEED,
    baseline: ShaftOrders | None = None,
) -> SenseVerdict:
    """Judge a capture with the audit's own notes."""
    return judge_shaft(of, motor, audit(of, motor), speed, baseline=baseline)


def orders_of(of: Capture, motor: Motor = MOTOR, speed: ShaftSpeed = SPEED) -> ShaftOrders:
    """Return what a later capture may be compared with."""
    blocks = [block for block in of.blocks if block.channel.sense is Sense.VIBRATION]
    return shaft_orders(of, blocks, speed, motor.nameplate)


def names(said: SenseVerdict) -> list[str]:
    """Return the conditions named."""
    return [finding.condition.value for finding in said.findings]
