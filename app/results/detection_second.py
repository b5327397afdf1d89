"""One second at the level aimed at, as shipped, at the false alarms allowed, and with one sensor.

What ships names on noise once in some ten thousand healthy captures; the aim allows one in a
hundred. The same rules at that chance say how much of what is missed is the price of silence.

Three directions tell more than one as the simulator has them: a defect shakes them in step, as one
mode of a housing does, and each has noise of its own. On a machine they share some of it. So what
the best direction tells alone is counted apart, and what all tell once they share noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.results.detection_cases import Said, Trial, declared, read, said_of, scenario_of, with_gear
from app.results.detection_settings import TARGET_DB, Setting
from dsp.audit import audit
from dsp.order import defect_lines
from models.bearing.faint import judge_faint
from models.bearing.reading import supply_of
from models.shaft_speed import shaft_speed
from models.window import tail_spectra
from sensors.capture import Capture, SampleBlock, Sense
from sensors.conditions import Condition
from sensors.motor import Motor
from sensors.simulator.reader import SimulatorReader

FALSE_ALARMS = 0.01
"""Of healthy captures, by the aim."""
SHARED = 0.3
"""Share of its noise's power that each further direction is given in common with the first."""


@dataclass(frozen=True, slots=True)
class Second:
    """One second with a defect at the level aimed at, or without any.

    Attributes
    ----------
    said : Said
        As shipped, by all senses.
    allowed : Condition or None
        What the rules for faint bearing lines name at `FALSE_ALARMS`.
    alone : Said
        As shipped, with vibration in the first direction only, where impacts are loudest.
    sharing : Said
        As shipped, where the directions share `SHARED` of their noise.
    """

    said: Said
    allowed: Condition | None
    alone: Said
    sharing: Said

    @property
    def allowed_right(self) -> bool:
        """Whether that is the defect that is there."""
        return self.allowed is not None and self.allowed is self.said.trial.condition


def seconds(settings: Sequence[Setting], cases: int, twins: int) -> list[Trial]:
    """Return every defect at the level aimed at, so many cases each, and so many healthy twins."""
    aimed = [setting for setting in settings if setting.gear]
    faulty = [
        Trial(setting, case, condition, TARGET_DB)
        for setting in aimed
        for condition, levels in setting.levels.items()
        if TARGET_DB in levels
        for case in range(cases)
    ]
    return [*faulty, *(Trial(setting, case) for setting in aimed for case in range(twins))]


def judge_second(trial: Trial) -> Second:
    """Simulate one second and judge it in each of these ways."""
    reader = SimulatorReader(scenario_of(trial), trial.setting.window_s)
    plain = read(reader)

    def met(capture: Capture) -> Capture:
        return declared(with_gear(capture, TARGET_DB), trial.speed_error)

    capture = met(plain)
    said, alone, sharing = (
        said_of(trial, one, reader)
        for one in (capture, _one_direction(capture), met(_sharing_noise(plain, trial)))
    )
    return Second(said, _allowed(capture, reader.motor), alone, sharing)


def _sharing_noise(capture: Capture, trial: Trial) -> Capture:
    """Put a share of the first direction's noise in place of as much of the others' own."""
    twin = Trial(trial.setting, trial.case)
    healthy = read(SimulatorReader(scenario_of(twin), trial.setting.window_s))
    noises = {block.channel.name: block.values for block in healthy.of(Sense.VIBRATION)}
    first, *others = noises

    def mixed(block: SampleBlock) -> SampleBlock:
        if block.channel.name not in others:
            return block
        own = noises[block.channel.name]
        common = noises[first] * (own.std() / noises[first].std())
        added = (np.sqrt(1 - SHARED) - 1) * own + np.sqrt(SHARED) * common
        return replace(block, values=(block.values + added).astype(np.float32))

    return replace(capture, blocks=tuple(map(mixed, capture.blocks)))


def _one_direction(capture: Capture) -> Capture:
    first = next(capture.of(Sense.VIBRATION))
    kept = [one for one in capture.blocks if one is first or one.channel.sense != Sense.VIBRATION]
    return replace(capture, blocks=tuple(kept))


def _allowed(capture: Capture, motor: Motor) -> Condition | None:
    speed = shaft_speed(capture, motor, audit(capture, motor))
    assert speed is not None, "it is declared"
    spectra = tail_spectra(list(capture.of(Sense.VIBRATION)), speed.hz)
    beside = [(spectra, defect_lines(bearing)) for bearing in motor.bearings]
    said = judge_faint(beside, speed, supply_of(motor.nameplate), named_chance=FALSE_ALARMS)
    return None if said.finding is None else said.finding.condition
