"""Motor currents with planted lines, made here so that tests do not lean on the simulator."""

import numpy as np

from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor import Motor, Nameplate

RATE_HZ = 2000.0
LINE_HZ, PAIRS, BARS = 50.0, 2, 28
ACROSS_DEG = 90.0
"""Ahead of the current at half load: where the two sidebands of a broken bar swing it."""


def motor(**plate):
    """Return a four-pole motor at 50 Hz; with rotor bars where they are given."""
    known = {"poles": 2 * PAIRS, "line_hz": LINE_HZ, "rated_rpm": 1455.0} | plate
    return Motor(motor_id="m1", nameplate=Nameplate(**known))


def angles(*, seconds=10.0, rate_hz=RATE_HZ, slip=0.015, wander=0.005, seed=0):
    """Return the line's angle, which wanders by so many Hz per root second, and the slip's."""
    random = np.random.default_rng(seed)
    steps = random.standard_normal(round(seconds * rate_hz)) * wander / np.sqrt(rate_hz)
    hz = LINE_HZ + np.cumsum(steps)
    line = 2 * np.pi * np.cumsum(hz) / rate_hz
    return line, slip * line


def current(
    line,
    slipping,
    *,
    lower=0.0,
    upper=0.0,
    shaft=0.001,
    slots=0.0,
    noise=1e-3,
    amperes=10.0,
    direction_deg=ACROSS_DEG,
    seed=0,
):
    """Return the complex current that turns with the field, in A: Re is phase a."""
    random = np.random.default_rng([seed, 1])
    turn = np.exp(2j * np.pi * random.random(6))
    turn[1] = turn[0].conj() * np.exp(2j * np.radians(direction_deg))
    turns = (line - slipping) / PAIRS
    beside = 1 + lower * turn[0] * np.exp(-2j * slipping) + upper * turn[1] * np.exp(2j * slipping)
    beside += shaft * (turn[2] * np.exp(1j * turns) + turn[3] * np.exp(-1j * turns))
    whole = np.exp(1j * line) * beside + 0.02 * np.exp(5j * line)
    for v in (-1, 1):
        whole += slots * turn[4] * np.exp(1j * (BARS * turns + v * line))
    hiss = random.standard_normal((2, line.size))
    return amperes * (whole + noise * (hiss[0] + 1j * hiss[1]))


def capture(values, *, rate_hz=RATE_HZ, phases="a", speed_rpm=None, load=None):
    """Return a capture of one phase of a complex current, or of three."""
    blocks = []
    for at, phase in enumerate(phases):
        row = (values * np.exp(-2j * np.pi * at / 3)).real.astype(np.float32)
        channel = Channel(f"current_{phase}", Sense.POWER, Unit.AMPERE, phase=phase)
        blocks.append(SampleBlock(channel, 0, rate_hz, row))
    span_ns = round(values.size / rate_hz * 1e9)
    return Capture("m1", 0, span_ns, tuple(blocks), speed_rpm=speed_rpm, load=load)
