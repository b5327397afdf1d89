"""What a gateway's alarm board is given in tests, and a small driver around `step`."""

import itertools
from dataclasses import dataclass, field

from sample_messages import report

from app.alarms.board import Board, Given, Tick, new_board, step
from app.alarms.event import AlarmEvent
from app.alarms.motor_state import MotorState, OpenAlarm
from app.alarms.rules import AlarmRules, load_alarm_rules
from app.commands import Act, Command
from app.interlock.record import Decision, InterlockRecord
from app.messages import Alarm, DiagnosisMessage, Report
from dsp.audit_note import AuditNote
from models.finding import Diagnosis, Evidence, Finding, SenseReport, Severity
from sensors.capture import Sense
from sensors.conditions import Condition

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND
HOUR = 3600 * SECOND


def finding(
    condition: Condition = Condition.UNBALANCE,
    *,
    confidence: str | float = "high",
    zone: str = "B",
    value: float = 3.0,
    channel: str = "vib_de",
) -> Finding:
    return Finding(
        condition=condition,
        confidence=confidence,  # type: ignore[arg-type]
        severity=Severity(value=value, unit="mm/s", zone=zone),
        evidence=(Evidence(text="1x stands out", channel=channel, sense=Sense.VIBRATION),),
    )


def order(
    act: Act, now_ns: int, command_id: str, motor_id: str = "pump-1", life_s: int = 60
) -> Command:
    return Command(
        id=command_id,
        motor_id=motor_id,
        operator="Ada",
        issued_ns=now_ns,
        expires_ns=now_ns + life_s * SECOND,
        act=act,
    )


@dataclass
class Gateway:
    """A board with a clock, which remembers all that was told."""

    motors: tuple[str, ...] = ("pump-1",)
    rules: AlarmRules = field(default_factory=load_alarm_rules)
    period_s: float = 100_000.0

    def __post_init__(self) -> None:
        self.now_ns = START
        self.told: list[AlarmEvent] = []
        self.ids = itertools.count()
        self.seq = itertools.count()
        periods = dict.fromkeys(self.motors, self.period_s)
        self.board: Board = new_board("desk", "7", periods, START)

    def give(self, given: Given, after_s: float = 0.0) -> tuple[AlarmEvent, ...]:
        self.now_ns += round(after_s * SECOND)
        self.board, events = step(self.board, given, self.now_ns, self.rules)
        self.told += events
        return events

    def motor(self, motor_id: str = "pump-1") -> MotorState:
        return self.board.motors[motor_id]

    def alarm(self, key: str, motor_id: str = "pump-1") -> OpenAlarm:
        found = self.motor(motor_id).alarm(key)
        assert found is not None, f"no alarm {key}"
        return found

    def tick(self, after_s: float = 0.0) -> tuple[AlarmEvent, ...]:
        return self.give(Tick(), after_s)

    def report(
        self, after_s: float = 1.0, motor_id: str = "pump-1", **changes: object
    ) -> tuple[AlarmEvent, ...]:
        seq = next(self.seq)
        sent: Report = report(seq, motor_id=motor_id, **{"boot_id": "3", **changes})  # type: ignore[arg-type]
        return self.give(sent, after_s)

    def reports(self, count: int, **changes: object) -> list[AlarmEvent]:
        return [event for _ in range(count) for event in self.report(**changes)]  # type: ignore[arg-type]

    def diagnose(
        self,
        *findings: Finding,
        motor_id: str = "pump-1",
        after_s: float = 0.0,
        felt: str = "clear",
        audit: tuple[AuditNote, ...] = (),
    ) -> tuple[AlarmEvent, ...]:
        seq = next(self.seq)
        senses = (SenseReport(sense=Sense.VIBRATION, state="finding" if findings else felt),)  # type: ignore[arg-type]
        sent = DiagnosisMessage(
            motor_id=motor_id,
            boot_id="3",
            seq=seq,
            t0_ns=seq * SECOND,
            t1_ns=(seq + 1) * SECOND,
            diagnosis=Diagnosis(motor_id=motor_id, findings=findings, senses=senses, audit=audit),
            backend="cpu",
            latency_ms=1.0,
        )
        return self.give(sent, after_s)

    def episode(
        self,
        seq: int,
        *,
        closed: bool = False,
        state: str = "alert",
        peak: float = 0.9,
        motor_id: str = "pump-1",
    ) -> tuple[AlarmEvent, ...]:
        return self.give(
            Alarm(
                motor_id=motor_id,
                boot_id="3",
                seq=seq,
                state=state,  # type: ignore[arg-type]
                opened_ns=seq * SECOND,
                closed_ns=(seq + 9) * SECOND if closed else None,
                peak=peak,
                reasons=("probability 0.9",),
            )
        )

    def interlock(
        self, seq: int, decision: Decision, *, tripped: bool = False, motor_id: str = "pump-1"
    ) -> tuple[AlarmEvent, ...]:
        return self.give(
            InterlockRecord(
                motor_id=motor_id,
                boot_id="3",
                seq=seq,
                t1_ns=seq * SECOND,
                decision=decision,
                reason="vibration 19 is beyond 18",
                tripped=tripped,
                commissioned=True,
                permissive=True,
            )
        )

    def order(self, act: Act, motor_id: str = "pump-1", after_s: float = 0.0) -> AlarmEvent:
        self.now_ns += round(after_s * SECOND)
        events = self.give(order(act, self.now_ns, f"c{next(self.ids)}", motor_id))
        assert events, "every command is answered"
        return events[0]
