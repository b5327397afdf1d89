"""Simulated motors in health: under watch by stage 1, and judged by physics.

Load wanders as a plant's does; the seed is another machine of the same make on another day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec
import numpy as np

from dsp.demodulation import DemodulationBands, refresh_bands
from dsp.features import FeatureSpec, extract
from dsp.vector import FeatureVector
from models.diagnosis import diagnose
from models.finding import Diagnosis
from models.monitor import judge_windows
from models.release import Release
from models.window import LONGEST_S
from sensors.reader import captures
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Rates, Scenario
from sensors.simulator.scenario_file import load_scenario

LOAD_WANDER = 0.1
"""Standard deviation of the load about its level, ten minutes apart."""
STEP_S = 600.0
HOP_S = 120.0
"""One window in so many seconds is looked at: five to a decision of ten minutes."""
CAPTURE_RATE_HZ = 12_800.0
CAPTURE_HOP_S = 60.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """One simulated motor under watch.

    Attributes
    ----------
    load : float
        Level about which its load wanders.
    seed : int
        Which machine.
    hours : float
        Time in which an alarm could be raised: after learning, at loads that were learnt.
    windows : int
        Windows judged in that time.
    unmonitored : int
        Windows after learning that stage 1 did not judge, at a load it had not learnt.
    raised : int
        Of these, windows that stage 1 raised.
    raised_outside : int
        Of the raised ones, windows at a load outside the range that was learnt.
    alarms : int
        Episodes.
    reasons : tuple of str
        Of the alarms.
    """

    load: float
    seed: int
    hours: float
    windows: int
    unmonitored: int
    raised: int
    raised_outside: int
    alarms: int
    reasons: tuple[str, ...]


def healthy_scenario(load: float, seed: int, duration_s: float) -> Scenario:
    """Return a healthy motor whose load wanders about a level."""
    rng = np.random.default_rng(seed)
    times = np.arange(0.0, duration_s + STEP_S, STEP_S)
    loads = np.clip(load + LOAD_WANDER * rng.standard_normal(times.size), 0.1, 1.2)
    air = 20.0 + 4.0 * np.sin(2 * np.pi * times / 86_400.0 + rng.uniform(0.0, 2 * np.pi))
    return msgspec.structs.replace(
        load_scenario("healthy"),
        name=f"healthy at load {load:g}",
        seed=seed,
        duration_s=duration_s,
        load=tuple(zip(times.tolist(), loads.tolist(), strict=True)),
        ambient_degc=tuple(zip(times.tolist(), air.tolist(), strict=True)),
    )


def expose(release: Release, load: float, seed: int, windows: int) -> Exposure:
    """Watch one healthy motor for so many windows, `HOP_S` apart."""
    scenario = healthy_scenario(load, seed, windows * HOP_S)
    judged = list(judge_windows(_vectors(scenario), release))
    states = [j.triage.state for j in judged]
    awake = [j for j in judged if j.triage.state not in ("learning", "unmonitored")]
    raised = [j.vector.load for j in awake if j.triage.raised]
    taught = [j.vector.load or 0.0 for j in judged if j.triage.state == "learning"]
    alarms = [j.step.alarm for j in judged if j.step.alarm is not None]
    return Exposure(
        load=load,
        seed=seed,
        hours=len(awake) * HOP_S / 3600.0,
        windows=len(awake),
        unmonitored=states.count("unmonitored"),
        raised=len(raised),
        raised_outside=sum(not min(taught) <= (at or 0.0) <= max(taught) for at in raised),
        alarms=len(alarms),
        reasons=tuple(reason for alarm in alarms for reason in alarm.reasons),
    )


def _vectors(scenario: Scenario) -> Iterator[FeatureVector]:
    spec = FeatureSpec()
    reader = SimulatorReader(scenario, spec.window_s, HOP_S)
    bands = DemodulationBands({})
    for capture in captures(reader):
        bands = refresh_bands(bands, capture)
        yield extract(capture, reader.motor, spec, bands=bands.bands)


def healthy_verdicts(load: float, seed: int, count: int) -> list[Diagnosis]:
    """Judge ten-second captures of one healthy motor by physics."""
    scenario = msgspec.structs.replace(
        healthy_scenario(load, seed, LONGEST_S + count * CAPTURE_HOP_S),
        rates=Rates(vibration_hz=CAPTURE_RATE_HZ),
    )
    reader = SimulatorReader(scenario, LONGEST_S, CAPTURE_HOP_S)
    return [diagnose(capture, reader.motor) for capture in islice(captures(reader), count)]
