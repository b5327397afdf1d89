"""One capture of a detection curve: which machine runs, with which fault, and what is said of it.

A case is one machine on one day (its seed), at one of three loads, with its speed declared right or
wrong by up to five per cent. Every level of every fault sees the same cases, and so does health.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec
import numpy as np

from app.results.detection_settings import SETTINGS, TARGET_DB, Setting
from models.diagnosis import diagnose
from models.reference import Reference, reference_of
from sensors.capture import Capture, Sense
from sensors.conditions import Condition
from sensors.simulator.fault import LEVELLESS_CONDITIONS, Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Noise, Rates, Scenario
from sensors.simulator.scenario_file import load_scenario

LOADS = (0.4, 0.7, 1.0)
DECLARED = (0.0, -0.05, 0.0, 0.05, 0.0, -0.02, 0.0, 0.02)
"""By how much the declared speed is wrong, as a fraction: right in every second case."""
FIRST_SEED = 7000
GEAR_OVER_DEFECT = 10.0
GEAR_TEETH = 23
FAN_BLADES = 7


@dataclass(frozen=True, slots=True)
class Trial:
    """One capture to be judged; without condition and level it is the case's healthy twin."""

    setting: Setting
    case: int
    condition: Condition | None = None
    level: float | None = None

    @property
    def speed_error(self) -> float:
        """By how much the declared speed is wrong, as a fraction."""
        return DECLARED[self.case % len(DECLARED)]


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of a trial: conditions named, each with its confidence, and the doubts."""

    trial: Trial
    named: dict[Condition, str]
    doubts: tuple[str, ...]


def trials(settings: tuple[Setting, ...], cases: int) -> list[Trial]:
    """Return every fault at every level, and the healthy twins, of so many cases."""
    found = []
    for setting in settings:
        for case in range(cases):
            found.append(Trial(setting, case))
            found += [
                Trial(setting, case, condition, level)
                for condition, levels in setting.levels.items()
                for level in levels
            ]
    return found


def judge_trial(trial: Trial) -> Said:
    """Simulate a trial and judge it."""
    setting = trial.setting
    reader = SimulatorReader(scenario_of(trial), setting.window_s)
    capture = read(reader)
    if setting.gear:
        capture = with_gear(capture, TARGET_DB if trial.level is None else trial.level)
    capture = declared(capture, trial.speed_error)
    if not setting.reference:
        return said_of(trial, capture, reader)
    names = tuple(one.name for one in SETTINGS)
    return said_of(trial, capture, reader, _in_health(names.index(setting.name), trial.case))


@lru_cache(maxsize=1)
def _in_health(setting: int, case: int) -> Reference:
    """Read the case's machine in health, in the window after the one that is judged."""
    twin = Trial(SETTINGS[setting], case)
    reader = SimulatorReader(scenario_of(twin, windows=2), twin.setting.window_s)
    read(reader)
    return reference_of(declared(read(reader), twin.speed_error), reader.motor)


def said_of(
    trial: Trial, capture: Capture, reader: SimulatorReader, reference: Reference | None = None
) -> Said:
    """Judge a capture, beside another of the same motor in health where there is one."""
    verdict = diagnose(capture, reader.motor, reference)
    named = {one.condition: str(one.confidence) for one in verdict.findings}
    doubts = tuple(doubt for sense in verdict.senses for doubt in sense.doubts)
    return Said(trial, named, doubts)


def scenario_of(trial: Trial, windows: int = 1) -> Scenario:
    """Return the run of a trial: all four senses, steady load, 20 degC."""
    setting = trial.setting
    # No machine is overloaded whose load is light.
    load = 1.0 if trial.condition is Condition.OVERLOAD else LOADS[trial.case % len(LOADS)]
    base = load_scenario("healthy")
    plate = msgspec.structs.replace(base.motor.nameplate, fan_blades=FAN_BLADES)
    return msgspec.structs.replace(
        base,
        name="detection",
        seed=FIRST_SEED + trial.case,
        duration_s=windows * setting.window_s,
        motor=msgspec.structs.replace(base.motor, nameplate=plate),
        rates=Rates(
            vibration_hz=setting.vibration_hz,
            sound_hz=setting.vibration_hz,
            power_hz=5000.0,
            temperature_hz=1.0,
        ),
        load=((0.0, load),),
        ambient_degc=((0.0, 20.0),),
        faults=_faults(trial),
        fan_blades=FAN_BLADES,
        noise=Noise(),
        bearing_jitter=setting.jitter,
        vibration_axes=("x", "y", "z"),
        current_phases=("a", "b", "c"),
        voltages=True,
        ambient_sensor=True,
    )


def declared(capture: Capture, error: float) -> Capture:
    """Return a capture whose declared speed is wrong by a fraction."""
    assert capture.speed_rpm is not None
    return replace(capture, speed_rpm=capture.speed_rpm * (1 + error))


def with_gear(capture: Capture, level_db: float) -> Capture:
    """Return a capture with a gear's tone in its vibration.

    The level is the defect's over the healthy signal without the tone; what is measured holds both,
    so the defect's RMS is ``s sqrt(r / (1 + r))`` with ``r = 10^(L/10)`` and s the RMS of all.
    """
    assert capture.speed_rpm is not None
    mesh_hz = GEAR_TEETH * capture.speed_rpm / 60.0
    power = 10 ** (level_db / 10)
    first = next(capture.of(Sense.VIBRATION))
    defect = float(np.std(first.values, dtype=np.float64)) * np.sqrt(power / (1 + power))
    blocks = []
    for block in capture.blocks:
        if block.channel.sense is Sense.VIBRATION:
            angle = 2 * np.pi * mesh_hz * np.arange(block.values.size) / block.rate_hz
            tone = np.sqrt(2) * GEAR_OVER_DEFECT * defect * np.cos(angle)
            block = replace(block, values=(block.values + tone).astype(np.float32))
        blocks.append(block)
    return replace(capture, blocks=tuple(blocks))


def _faults(trial: Trial) -> tuple[Fault, ...]:
    if trial.condition is None:
        return ()
    levelless = trial.condition in LEVELLESS_CONDITIONS
    return (
        Fault(
            condition=trial.condition,
            severity=trial.level if levelless else None,
            level_db=None if levelless else trial.level,
        ),
    )


def read(reader: SimulatorReader) -> Capture:
    """Return the next window of a run that has one."""
    capture = reader.read()
    assert capture is not None, "the run is as long as the window"
    return capture
