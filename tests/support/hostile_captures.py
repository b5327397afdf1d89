"""Captures built by hand: what a plant's wiring, sensors and neighbours do to a diagnosis."""

import numpy as np

from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor import Bearing, Motor, Nameplate

VIB_HZ, AMP_HZ, SECONDS = 16_000.0, 10_000.0, 10.0
SHAFT_HZ = 24.25
BEARING = Bearing(
    name="6205", rolling_elements=9, element_diameter_mm=7.94, pitch_diameter_mm=39.04
)


def motor(**plate):
    """Return a four-pole motor of 7.5 kW at 50 Hz, whose vibration a standard judges."""
    known = {
        "poles": 4,
        "line_hz": 50.0,
        "rated_kw": 7.5,
        "rated_rpm": 1455.0,
        "rated_current_a": 14.7,
        "rated_voltage_v": 400.0,
        "insulation_class": "F",
        "fan_blades": 7,
        "mounting": "rigid",
        "shaft_height_mm": 132.0,
    }
    return Motor(motor_id="m1", nameplate=Nameplate(**(known | plate)), bearings=(BEARING,))


def times(rate_hz=VIB_HZ, seconds=SECONDS):
    """Return sampling times in seconds."""
    return np.arange(round(rate_hz * seconds)) / rate_hz


def hiss(size, seed=0):
    """Return noise of RMS 1."""
    return np.random.default_rng(seed).standard_normal(size)


def sine(hz, t, mm_s):
    """Return the acceleration of a line of so many mm/s RMS."""
    return 2 * np.pi * hz * mm_s * 1e-3 * np.sqrt(2) * np.sin(2 * np.pi * hz * t)


def running(seconds=SECONDS, rate_hz=VIB_HZ, seed=0):
    """Return a sound motor's vibration: noise, and the first orders of its shaft."""
    t = times(rate_hz, seconds)
    x = 0.6 * hiss(t.size, seed)
    for order, height in ((1, 0.1), (2, 0.08), (3, 0.05)):
        x += height * np.sin(2 * np.pi * order * SHAFT_HZ * t + order)
    return x


def knocks(at_s, *, seconds=SECONDS, height=20.0):
    """Return impacts at these times that ring at 3.5 kHz."""
    x = np.zeros(round(seconds * VIB_HZ) + 600)
    k = np.arange(600) / VIB_HZ
    ring = height * np.exp(-900 * k) * np.sin(2 * np.pi * 3500 * k)
    for start in (np.asarray(at_s) * VIB_HZ).astype(int):
        x[start : start + 600] += ring
    return x[:-600]


def three_phases(amps=14.0, *, hz=50.0, rate_hz=AMP_HZ, seconds=SECONDS, lag=0.0):
    """Return three even currents, or voltages, with a little noise; shape (3, n)."""
    t = times(rate_hz, seconds)
    turns = 2 * np.pi * (hz * t[None, :] - np.arange(3)[:, None] / 3)
    return amps * np.sqrt(2) * np.cos(turns - lag) + amps * 1e-3 * hiss((3, t.size))


def block(name, sense, unit, values, rate_hz, **where):
    """Return one channel."""
    channel = Channel(name, sense, unit, **where)
    return SampleBlock(channel, 0, rate_hz, np.ascontiguousarray(values, dtype=np.float32))


def felt(values, rate_hz=VIB_HZ, *, name="vib_x", unit=Unit.MPS2, axis="x"):
    """Return a vibration channel."""
    return block(name, Sense.VIBRATION, unit, values, rate_hz, axis=axis, position="DE")


def heard(values, rate_hz=VIB_HZ, *, unit=Unit.PASCAL):
    """Return a microphone."""
    return block("mic", Sense.SOUND, unit, values, rate_hz)


def amperes(values, phase="a", rate_hz=AMP_HZ, *, name=None, unit=Unit.AMPERE):
    """Return a current channel."""
    return block(name or f"i_{phase}", Sense.POWER, unit, values, rate_hz, phase=phase)


def volts(values, phase="a", rate_hz=AMP_HZ):
    """Return a voltage channel."""
    return block(f"u_{phase}", Sense.POWER, Unit.VOLT, values, rate_hz, phase=phase)


def degrees(values, position="frame"):
    """Return a temperature channel of a sample a second."""
    return block(f"t_{position}", Sense.TEMPERATURE, Unit.DEGC, values, 1.0, position=position)


def warm(degc, seconds=600):
    """Return a steady temperature with a sensor's noise."""
    return degc + 0.02 * hiss(seconds)


def all_three(waves, phases="abc", **more):
    """Return three current channels."""
    return [amperes(wave, phase, **more) for wave, phase in zip(waves, phases, strict=True)]


def capture(*blocks, rpm=1455.0, load=1.0):
    """Return a capture of these channels at rated load and speed."""
    longest_s = max((one.duration_s for one in blocks), default=0.0)
    return Capture("m1", 0, int(longest_s * 1e9), tuple(blocks), speed_rpm=rpm, load=load)
