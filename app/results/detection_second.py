"""One second at the level aimed at, as shipped, at the false alarms allowed, and with one sensor.

What ships names on noise once in some ten thousand healthy captures; the aim allows one in a
hundred. The same rules at that chance say how much of what is missed is the price of silence. And
three directions tell more than one: the simulator shakes them in step, as one mode of a housing
does, so what a single sensor would have told is counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.results.detection_cases import Said, Trial, declared, read, said_of, scenario_of, with_gear
from app.results.detection_settings import TARGET_DB, Setting
from dsp.audit import audit
from dsp.order import defect_lines
from models.bearing.faint import judge_faint
from models.bearing.reading import supply_of
from models.shaft_speed import shaft_speed
from models.window import tail_spectra
from sensors.capture import Capture, Sense
from sensors.conditions import Condition
from sensors.motor import Motor
from sensors.simulator.reader import SimulatorReader

FALSE_ALARMS = 0.01
"""Of healthy captures, by the aim."""


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
        As shipped, with vibration in one direction only.
    """

    said: Said
    allowed: Condition | None
    alone: Said

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
    """Simulate one second and judge it both ways."""
    reader = SimulatorReader(scenario_of(trial), trial.setting.window_s)
    capture = declared(with_gear(read(reader), TARGET_DB), trial.speed_error)
    said, alone = (said_of(trial, one, reader) for one in (capture, _one_direction(capture)))
    return Second(said, _allowed(capture, reader.motor), alone)


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
