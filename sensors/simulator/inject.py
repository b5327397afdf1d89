"""Faults put into real healthy recordings at a stated level.

A level is the power of what is added over the power of the recording (both without their mean),
full band, in decibels; it is met exactly, because what is added is scaled to it.
"""

import math

import numpy as np

from sensors.capture import check_rate
from sensors.conditions import BEARING_CONDITIONS, Condition
from sensors.errors import BadConfig, BadSamples, WindowTooShort
from sensors.motor import Motor
from sensors.simulator.bare_fault import Samples, current_signal, impact_signal, shaft_signal

IN_CURRENT = (
    Condition.BROKEN_ROTOR_BAR,
    Condition.ECCENTRICITY_STATIC,
    Condition.ECCENTRICITY_DYNAMIC,
)
IN_VIBRATION = (
    Condition.UNBALANCE,
    Condition.MISALIGNMENT,
    Condition.BENT_SHAFT,
    Condition.LOOSENESS,
    Condition.SOFT_FOOT,
)
INJECTABLE = (*BEARING_CONDITIONS, *IN_VIBRATION, *IN_CURRENT)

MIN_SECONDS = 0.1


def inject(
    values: Samples,
    rate_hz: float,
    *,
    motor: Motor,
    speed_rpm: float | None,
    condition: Condition,
    level_db: float,
    seed: int,
    resonance_hz: float | None = None,
) -> Samples:
    """Add a fault to a healthy recording.

    Parameters
    ----------
    values : float array, shape (n,)
        Vibration in any unit for bearing and shaft conditions; one phase current in any unit
        for `IN_CURRENT`.
    rate_hz : float
        Samples a second.
    motor : Motor
        Its bearings or poles tell where the lines are; the first bearing fails.
    speed_rpm : float or None
        Shaft speed during the recording; None is refused.
    condition : Condition
        One of `INJECTABLE`.
    level_db : float
        Power of the fault over that of the recording, full band.
    seed : int
        Phases, jitter and scatter.
    resonance_hz : float or None
        Where bearing impacts ring; None is 3000 Hz or a fifth of the rate, the lower.

    Returns
    -------
    float array, shape (n,)
        The recording with the fault, in its own precision.

    Raises
    ------
    BadConfig
        No model of the condition; speed, bearing geometry, poles or rotor bars unknown.
    BadRate
        The rate is impossible, or too low for the fault's lines or resonance.
    BadSamples
        Samples that are not finite numbers, or silence.
    WindowTooShort
        The recording is over before the fault shows.
    """
    check_rate(rate_hz, "inject")
    _check(values, rate_hz, condition, level_db, seed)
    shaft_hz = _shaft_hz(motor, speed_rpm)
    size = values.size
    if condition in BEARING_CONDITIONS:
        added = impact_signal(
            motor,
            shaft_hz,
            condition,
            seed=seed,
            rate_hz=rate_hz,
            size=size,
            resonance_hz=resonance_hz,
        )
    elif condition in IN_VIBRATION:
        added = shaft_signal(motor, shaft_hz, condition, seed=seed, rate_hz=rate_hz, size=size)
    else:
        added = current_signal(values, motor, shaft_hz, condition, seed=seed, rate_hz=rate_hz)
    if not added.std() > 0.0:
        raise WindowTooShort(
            f"inject {condition.value}: nothing of it falls into {size / rate_hz:g} s; "
            "give a longer recording"
        )
    gain = 10 ** (level_db / 20) * np.std(values, dtype=np.float64) / added.std()
    faulty: Samples = (values + gain * added).astype(values.dtype)
    return faulty


def _check(
    values: Samples, rate_hz: float, condition: Condition, level_db: float, seed: int
) -> None:
    if condition not in INJECTABLE:
        known = ", ".join(one.value for one in INJECTABLE)
        raise BadConfig(f"inject {condition.value}: one channel cannot show it; use one of {known}")
    if not -120.0 <= level_db <= 60.0:
        raise BadConfig(f"inject: level_db = {level_db} must be a number from -120 to 60")
    if not 0 <= seed < 2**63:
        raise BadConfig(f"inject: seed = {seed} must be a whole number from 0")
    if values.ndim != 1 or values.dtype not in (np.float32, np.float64):
        raise BadSamples(
            f"inject: samples must be float of shape (n,), not {values.dtype} {values.shape}"
        )
    if values.size < MIN_SECONDS * rate_hz:
        raise WindowTooShort(
            f"inject: {values.size} samples at {rate_hz:g} Hz are under {MIN_SECONDS} s; "
            "give a longer recording"
        )
    if not np.isfinite(values).all() or not values.std() > 0.0:
        raise BadSamples("inject: the recording is silent or has NaN or Inf; cut such parts out")


def _shaft_hz(motor: Motor, speed_rpm: float | None) -> float:
    if speed_rpm is None or not (math.isfinite(speed_rpm) and speed_rpm > 0.0):
        raise BadConfig(
            f"inject: the shaft speed of {motor.motor_id!r} is {speed_rpm}, and every line is a "
            "multiple of it; give speed_rpm"
        )
    return speed_rpm / 60.0
