"""A motor that does not turn: its signals are the sensors' own noise, and no health can be read."""

from collections.abc import Iterator

import numpy as np

from dsp.audit.quantisation import FAINT_STEPS
from dsp.audit.survey import Scene, Survey
from dsp.audit_note import AuditNote
from sensors.capture import Sense, Unit

CHECK = "stopped"
SLOWEST_RPM = 1.0
"""A declared speed below this is standstill, whichever way it turns."""
IDLE_CURRENT = 0.02
"""Share of rated current: magnetising a motor takes at least ten times this."""
QUIET_MPS2 = 0.02
"""Acceleration RMS, 2 mg. Running rigs here read 0.1 and more, stopped ones 0.01."""
LINE_OVER_FLOOR = 300.0
"""Strongest bin over the median (25 dB): noise of a second reaches 13 to 16 times, lines more."""
ASKS_MOTION = ("vibration", "bearing", "velocity_severity", "slip", "current", "sound")


def check(scene: Scene) -> Iterator[AuditNote]:
    """Refuse diagnoses of a motor that stands still, by speed, by current or by vibration."""
    no_current = _by_current(scene)
    if no_current and not _by_speed(scene) and _shakes(scene):
        # An open phase, or a clamp that fell off: what shakes can still be judged by its shaking.
        yield AuditNote(
            check=CHECK,
            level="refuse",
            text=f"{no_current} although the machine vibrates: the phase is open, its clamp is, or "
            "the motor is driven without power",
            refuses=("current", "slip"),
        )
        return
    reason = _by_speed(scene) or no_current or _by_vibration(scene)
    if reason:
        yield AuditNote(
            check=CHECK,
            level="refuse",
            text=f"the motor stands still: {reason}",
            refuses=ASKS_MOTION,
        )


def _by_speed(scene: Scene) -> str | None:
    speed = scene.capture.speed_rpm
    still = speed is not None and abs(speed) < SLOWEST_RPM
    return f"its speed is {speed:g} rpm" if still else None


def _by_current(scene: Scene) -> str | None:
    rated = scene.motor.nameplate.rated_current_a
    currents = [s for s in scene.waveforms(Sense.POWER) if s.channel.unit is Unit.AMPERE]
    if rated is None or not currents:
        return None
    largest = max(survey.rms for survey in currents)
    if largest >= IDLE_CURRENT * rated:
        return None
    return f"{largest:.3g} A is {largest / rated:.1%} of rated current"


def _by_vibration(scene: Scene) -> str | None:
    """Judge by vibration only where nothing better, a speed or a current, speaks of motion."""
    if any(s.channel.unit is Unit.AMPERE for s in scene.waveforms(Sense.POWER)):
        return None
    sensors = list(scene.waveforms(Sense.VIBRATION))
    if not sensors or not all(_is_quiet(survey) for survey in sensors):
        return None
    loudest = max(survey.rms for survey in sensors)
    return f"vibration of {loudest:.2g} {sensors[0].channel.unit.value} RMS is sensor noise"


def _shakes(scene: Scene) -> bool:
    """Whether a vibration sensor in physical units says that something moves."""
    sensors = [s for s in scene.waveforms(Sense.VIBRATION) if s.channel.unit is Unit.MPS2]
    return any(not _is_quiet(survey) for survey in sensors)


def _is_quiet(survey: Survey) -> bool:
    if survey.bins is None:
        return True
    lost_in_steps = survey.step is not None and survey.rms < FAINT_STEPS * survey.step
    if survey.channel.unit is not Unit.MPS2:
        return lost_in_steps and not _has_line(survey)
    return survey.rms < QUIET_MPS2 and (lost_in_steps or not _has_line(survey))


def _has_line(survey: Survey) -> bool:
    assert survey.bins is not None
    power = np.abs(survey.bins[2:]) ** 2
    return bool(power.max() > LINE_OVER_FLOOR * np.median(power))
