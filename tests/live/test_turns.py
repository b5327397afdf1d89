"""Motors that begin together take turns with audits and captures."""

import numpy as np
import pytest

from app.bus.in_process import InProcessBus
from app.live.raw_captures import LiveCaptures
from app.roles import device as role
from app.roles.device import Device, Identity
from app.template import template_release
from app.transfer.schedule import CaptureSchedule
from app.transfer.sender import CaptureSender
from dsp.audit_note import AuditNote
from dsp.features import FeatureSpec
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor import Motor
from sensors.simulator.scenario_file import load_scenario

NS = 10**9
VIBRATION = Channel("vib", Sense.VIBRATION, Unit.MPS2, axis="x", position="DE")


def window(motor: Motor, seq: int) -> Capture:
    values = np.sin(np.arange(2000) * 0.3).astype(np.float32)
    block = SampleBlock(VIBRATION, seq * NS, 2000.0, values)
    return Capture(
        motor_id=motor.motor_id,
        t0_ns=seq * NS,
        t1_ns=(seq + 1) * NS,
        blocks=(block,),
        seq=seq,
    )


@pytest.fixture
def motor() -> Motor:
    return load_scenario("healthy").motor


@pytest.mark.parametrize("phase_s", [0.0, 4.0])
def test_the_first_capture_on_schedule_waits_for_its_turn(motor: Motor, phase_s: float) -> None:
    sender = CaptureSender(InProcessBus(), "local")
    captures = LiveCaptures(sender, CaptureSchedule(motor.motor_id), 60.0, phase_s)
    reasons = [
        captures.due(window(motor, seq), min(seq + 1.0, 10.0), escalate=False, healthy=False)
        for seq in range(20)
    ]
    assert reasons.index("schedule") == 9 + phase_s


@pytest.mark.parametrize("phase_s", [0.0, 4.0])
def test_the_first_audit_waits_for_its_turn(
    motor: Motor, phase_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited: list[int] = []

    def audit(capture: Capture, motor: Motor) -> tuple[AuditNote, ...]:
        audited.append(capture.seq)
        return ()

    class Nothing:
        def due(self, *args: object, **more: object) -> None:
            return None

    monkeypatch.setattr(role, "audit", audit)
    device = Device(
        InProcessBus(),
        Identity("local", "boot-1"),
        motor,
        FeatureSpec(),
        template_release(),
        raw=Nothing(),  # type: ignore[arg-type]
        phase_s=phase_s,
    )
    for seq in range(20):
        device.take(window(motor, seq))
    assert audited == [9 + phase_s]
