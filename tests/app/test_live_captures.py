"""When a live motor's raw captures go up, and what a gateway does with them."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from sample_messages import OUTER_RACE, diagnosis

from app.bus.in_process import InProcessBus
from app.capture_message import MOST_ANSWERED, encode_capture, reason_of, why_of
from app.commands import Command, RequestCapture
from app.live.diagnosing import Diagnosing
from app.live.raw_captures import LiveCaptures
from app.messages import DiagnosisMessage, decode
from app.roles.raw_captures import CAPTURE_S
from app.topics import Address, topic
from app.transfer.receiver import CaptureReceiver
from app.transfer.schedule import CaptureSchedule
from app.transfer.sender import CaptureSender
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.errors import BadMessage

SECOND = 1_000_000_000
WHERE = Address("hall", "pump-1", "capture/chunk")


def window(second: int) -> Capture:
    channel = Channel(name="vib", sense=Sense.VIBRATION, unit=Unit.MPS2)
    t0_ns = second * SECOND
    block = SampleBlock(channel, t0_ns, 1000.0, np.zeros(1000, np.float32))
    return Capture("pump-1", t0_ns, t0_ns + SECOND, (block,), seq=second)


def order(name: str) -> Command:
    return Command(
        id=name,
        motor_id="pump-1",
        operator="anna",
        issued_ns=0,
        expires_ns=600 * SECOND,
        act=RequestCapture(),
    )


class Motor:
    """One motor's captures, and what of them arrived at a gateway."""

    def __init__(self, every_s: float = 60.0) -> None:
        bus = InProcessBus()
        self.arrived: list[bytes] = []
        CaptureReceiver(bus, lambda address, content: self.arrived.append(content))
        self.sender = CaptureSender(bus, "hall")
        # An hour whose healthy moment lies beyond what a test plays.
        self.captures = LiveCaptures(self.sender, CaptureSchedule("pump-1"), every_s)

    def play(self, second: int, *, escalate: bool = False, held_s: float = CAPTURE_S) -> str | None:
        reason = self.captures.due(window(second), held_s, escalate=escalate, healthy=False)
        if reason is not None:
            self.captures.send(window(second), "boot-1", reason)
            while self.sender.pump():
                pass
        return reason


def test_every_motor_is_seen_on_schedule_and_the_first_time_as_soon_as_there_is_enough() -> None:
    motor = Motor(every_s=60.0)
    assert motor.play(3, held_s=4.0) is None
    said = {second: motor.play(second) for second in range(10, 200)}
    assert [second for second, reason in said.items() if reason] == [10, 70, 130, 190]
    assert {reason_of(content) for content in motor.arrived} == {"schedule"}


def test_an_escalation_goes_at_once_and_then_once_a_minute() -> None:
    motor = Motor(every_s=1e5)
    motor.play(10)
    said = {second: motor.play(second, escalate=True) for second in range(11, 140)}
    assert [second for second, reason in said.items() if reason] == [11, 71, 131]
    assert [reason_of(content) for content in motor.arrived[1:]] == ["escalation"] * 3


def test_a_request_goes_with_the_next_window_that_is_long_enough() -> None:
    motor = Motor(every_s=1e5)
    motor.play(10)
    motor.captures.request(order("c-1"))
    assert motor.play(11, held_s=2.0) is None
    assert motor.play(12) == "request"
    assert motor.play(13) is None


def test_a_capture_names_the_commands_that_it_answers_and_no_others() -> None:
    motor = Motor(every_s=1e5)
    motor.play(10)
    for name in ("c-1", "c-2", "c-1"):
        motor.captures.request(order(name))
    assert motor.play(11) == "request"
    motor.captures.request(order("c-1"))
    assert motor.play(12) is None, "the same command again does nothing"
    motor.captures.request(order("c-3"))
    assert motor.play(13, escalate=True) == "escalation"
    assert motor.play(200, escalate=True) == "escalation"
    named = [why_of(content).command_ids for content in motor.arrived]
    assert named == [(), ("c-1", "c-2"), ("c-3",), ()]


def test_a_flood_of_requests_is_one_capture_that_names_as_many_as_it_may() -> None:
    motor = Motor(every_s=1e5)
    motor.play(10)
    for number in range(3 * MOST_ANSWERED):
        motor.captures.request(order(f"c-{number}"))
    assert motor.play(11) == "request"
    assert len(why_of(motor.arrived[-1]).command_ids) == MOST_ANSWERED
    assert motor.play(12) is None


class Slow:
    """A diagnoser that answers when it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.judged: list[int] = []

    def knows(self, motor_id: str) -> bool:
        return motor_id == "pump-1"

    def judge(self, motor_id: str, payload: bytes) -> DiagnosisMessage:
        assert self.go.wait(30.0)
        self.judged.append(len(payload))
        return diagnosis(len(self.judged), OUTER_RACE)


class Desk:
    def __init__(self) -> None:
        self.slow = Slow()
        self.published: list[tuple[str, bytes]] = []
        self.told: list[DiagnosisMessage] = []
        self.archived: list[bytes] = []
        bus = InProcessBus()
        CaptureReceiver(bus, lambda address, content: self.archived.append(content), leg="archive")
        self.archive = CaptureSender(bus, "hall", leg="archive")
        self.diagnosing = Diagnosing(
            self.slow,  # type: ignore[arg-type]
            publish=lambda where, payload: self.published.append((where, payload)),
            told=self.told.append,
            archive=self.archive,
            wake=lambda: None,
        )

    def until(self, done: Callable[[], object]) -> None:
        deadline = time.monotonic() + 30.0
        while not done():
            assert time.monotonic() < deadline
            self.diagnosing.step()
            self.archive.pump()
            time.sleep(0.005)


def payload_of(second: int, reason: str = "schedule") -> bytes:
    return encode_capture(window(second), "boot-1", reason)  # type: ignore[arg-type]


def test_a_capture_is_diagnosed_beside_the_loop_and_told() -> None:
    desk = Desk()
    desk.diagnosing.take(WHERE, payload_of(1))
    desk.diagnosing.step()
    assert desk.published == [], "the loop never waits for it"
    desk.slow.go.set()
    desk.until(lambda: desk.told)
    ((where, payload),) = desk.published
    assert where == topic("hall", "pump-1", "diagnosis")
    assert decode(where, payload) == desk.told[0]
    desk.diagnosing.close()


def test_of_several_captures_of_a_motor_the_newest_is_diagnosed() -> None:
    desk = Desk()
    for second in range(4):
        desk.diagnosing.take(WHERE, payload_of(second))
        desk.diagnosing.step()
    assert desk.diagnosing.overtaken == 2, "one runs, one waits"
    desk.slow.go.set()
    desk.until(lambda: len(desk.told) == 2)
    desk.diagnosing.close()


def test_only_what_is_to_be_kept_goes_on_to_the_archive() -> None:
    desk = Desk()
    desk.slow.go.set()
    for second, reason in enumerate(("schedule", "escalation", "request", "healthy")):
        desk.diagnosing.take(WHERE, payload_of(second, reason))
    desk.until(lambda: len(desk.archived) == 3)
    assert [reason_of(content) for content in desk.archived] == ["escalation", "request", "healthy"]
    desk.diagnosing.close()


def test_what_is_no_capture_is_refused_at_the_door() -> None:
    desk = Desk()
    with pytest.raises(BadMessage):
        desk.diagnosing.take(WHERE, b"\x93\x01\x02")
    assert desk.diagnosing.knows(WHERE)
    assert not desk.diagnosing.knows(Address("hall", "fan-1", "capture/chunk"))
    desk.diagnosing.close()
