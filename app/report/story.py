"""What a report needs to remember of one motor during a replay, in bounded memory.

Reports, diagnosed captures and alarms go in as they happen; plots and words are made of it
afterwards. Nothing here draws.
"""

from dataclasses import replace

from app.messages import Alarm, Report, SensorStatus, State
from app.report.columns import OPERATION, STATES, row_of
from app.report.remembered import (
    Kept,
    Measured,
    NoteSeen,
    Sighting,
    Thresholds,
    strength,
)
from app.report.trend import Trend, TrendTable
from dsp.audit_note import AuditNote
from dsp.features.spec import FeatureSpec
from models.card import Card, cards
from models.finding import Diagnosis, Finding
from models.plant import PlantRules, load_plant
from sensors.capture import Capture, Clock
from sensors.conditions import Condition
from sensors.errors import BadMessage, SpecMismatch
from sensors.motor import Motor

MOST_ALARMS = 200
MOST_NOTES = 100


class Story:
    """Collects one motor's replay; memory stays flat however long it runs.

    Parameters
    ----------
    motor : Motor
        Whose reports and captures will come.
    title : str
        Where they come from, for people.
    release_id : str or None
        Which release judged them.
    spec : FeatureSpec
        Names and units of the reports' features.
    simulated : bool
        Whether any of it was simulated; the report then says so wherever it can be seen.
    thresholds : Thresholds or None
        Of the release, to be drawn beside the probability.
    plant : PlantRules or None
        Other limits and card texts than the shipped ones.
    """

    def __init__(
        self,
        motor: Motor,
        title: str,
        *,
        release_id: str | None,
        spec: FeatureSpec,
        simulated: bool,
        thresholds: Thresholds | None = None,
        plant: PlantRules | None = None,
    ) -> None:
        self.motor = motor
        self.title = title
        self.release_id = release_id
        self.spec = spec
        self.spec_id = spec.spec_id
        self.simulated = simulated
        self.thresholds = thresholds
        self._plant = plant or load_plant()
        self.windows = 0
        self.diagnosed = 0
        self.clock: Clock = "unknown"
        self.first_ns = 0
        self.last_ns = 0
        self.state: State = "unmonitored"
        self.state_since_ns = 0
        self.sensor_status: SensorStatus = "normal"
        self.sensor_since_ns = 0
        self.signal_s = 0.0
        self.windows_in: dict[State, int] = dict.fromkeys(STATES, 0)
        self.dropped_alarms = 0
        self.reference: Kept | None = None
        self.strongest: Kept | None = None
        self.last: Kept | None = None
        self.last_diagnosis: Diagnosis | None = None
        self.measured: tuple[Measured, ...] = ()
        self._trend = Trend(len(OPERATION) + len(spec.names))
        self._alarms: dict[tuple[str, int], Alarm] = {}
        self._sightings: dict[Condition, Sighting] = {}
        self._notes: dict[tuple[str, str, str | None], NoteSeen] = {}

    def report(self, report: Report, state: State | None = None) -> None:
        """Take one window's report into account; one not later than the last changes nothing.

        Parameters
        ----------
        report : Report
            Of this motor and this spec.
        state : State, optional
            Health as the operator saw it, where it differs from what stage 1 alone said.

        Raises
        ------
        SpecMismatch
            Features of another specification.
        BadMessage
            A report of another motor.
        """
        self._check(report)
        if self.windows and report.t0_ns <= self.last_ns:
            return
        shown = state or report.state
        if not self.windows:
            self.first_ns, self.clock = report.t0_ns, report.clock
        if not self.windows or shown != self.state:
            self.state, self.state_since_ns = shown, report.t0_ns
        if not self.windows or report.sensor_status != self.sensor_status:
            self.sensor_status, self.sensor_since_ns = report.sensor_status, report.t0_ns
        self.signal_s += (report.t1_ns - report.t0_ns) / 1e9
        self.windows_in[shown] += 1
        self.windows += 1
        self.last_ns = report.t0_ns
        self._trend.add(report.t0_ns, report.t1_ns, row_of(report, shown))

    def capture(self, capture: Capture, diagnosis: Diagnosis) -> None:
        """Take one diagnosed capture into account, and keep it if it is worth showing.

        Kept are the first without a finding, the one with the strongest finding, and the last.
        """
        if diagnosis.motor_id != self.motor.motor_id:
            raise BadMessage(f"a diagnosis of {diagnosis.motor_id!r} told of {self._name}")
        kept = Kept(capture, diagnosis)
        self.diagnosed += 1
        self.last, self.last_diagnosis = kept, diagnosis
        self.measured = tuple(Measured(b.channel, b.rate_hz) for b in capture.blocks)
        if not diagnosis.findings and self._is_better_reference(diagnosis):
            self.reference = kept
        if diagnosis.findings and self._is_strongest(diagnosis.findings[0]):
            self.strongest = kept
        made = cards(diagnosis, self._plant.texts, self._plant.sights)
        for card, finding in zip(made, diagnosis.findings, strict=True):
            self._sight(finding, card, capture)
        for note in diagnosis.audit:
            self._note(note, capture.t0_ns)

    def judged(self, state: State, sensors: SensorStatus, capture: Capture, first_ns: int) -> None:
        """Take a health that stands on one capture alone, where no window was judged.

        `first_ns` is when the recording begins that the capture is of.
        """
        self.clock, self.first_ns, self.last_ns = capture.clock, first_ns, capture.t1_ns
        self.state, self.state_since_ns = state, capture.t0_ns
        self.sensor_status, self.sensor_since_ns = sensors, capture.t0_ns

    def alarm(self, alarm: Alarm) -> None:
        """Take an alarm into account; its closing replaces its opening."""
        if alarm.motor_id != self.motor.motor_id:
            raise BadMessage(f"an alarm of {alarm.motor_id!r} told of {self._name}")
        self._alarms[alarm.boot_id, alarm.seq] = alarm
        if len(self._alarms) > MOST_ALARMS:
            self.dropped_alarms += 1
            del self._alarms[next(iter(self._alarms))]

    def let_go(self) -> None:
        """Forget the captures, of which no plot can then be made; all that was said stays."""
        self.reference = self.strongest = self.last = None

    @property
    def trend(self) -> TrendTable:
        """Columns of `OPERATION`, then the features of the spec."""
        return self._trend.table()

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Alarms in order of opening; the oldest are let go beyond `MOST_ALARMS`."""
        return tuple(self._alarms.values())

    @property
    def open_alarm(self) -> Alarm | None:
        """The alarm that stands at the end, if any."""
        return next((a for a in reversed(self.alarms) if a.closed_ns is None), None)

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """Every condition that was named, strongest first."""
        seen = self._sightings.values()
        return tuple(sorted(seen, key=lambda s: strength(s.strongest), reverse=True))

    @property
    def notes(self) -> tuple[NoteSeen, ...]:
        """Every kind of audit note that was seen, in order of appearance."""
        return tuple(self._notes.values())

    @property
    def _name(self) -> str:
        return f"motor {self.motor.motor_id!r}"

    def _check(self, report: Report) -> None:
        if report.motor_id != self.motor.motor_id:
            raise BadMessage(f"a report of {report.motor_id!r} told of {self._name}")
        if report.spec_id != self.spec_id or len(report.values) != len(self.spec.names):
            raise SpecMismatch(
                f"{self._name}: a report of spec {report.spec_id!r} with {len(report.values)} "
                f"features told under spec {self.spec_id!r} with {len(self.spec.names)}"
            )

    def _is_better_reference(self, diagnosis: Diagnosis) -> bool:
        held = self.reference
        return held is None or (held.diagnosis.abstained is not None and not diagnosis.abstained)

    def _is_strongest(self, finding: Finding) -> bool:
        held = self.strongest
        return held is None or strength(finding) > strength(held.diagnosis.findings[0])

    def _sight(self, finding: Finding, card: Card, capture: Capture) -> None:
        seen = self._sightings.get(finding.condition)
        if seen is None:
            seen = Sighting(capture.t0_ns, capture.t1_ns, 0, finding, card)
        elif strength(finding) > strength(seen.strongest):
            seen = replace(seen, strongest=finding, card=card)
        self._sightings[finding.condition] = replace(
            seen, last_ns=capture.t1_ns, times=seen.times + 1
        )

    def _note(self, note: AuditNote, t_ns: int) -> None:
        key = (note.check, note.level, note.channel)
        seen = self._notes.get(key)
        if seen is not None:
            self._notes[key] = replace(seen, note=note, last_ns=t_ns, times=seen.times + 1)
        elif len(self._notes) < MOST_NOTES:
            self._notes[key] = NoteSeen(note, t_ns, t_ns, 1)
