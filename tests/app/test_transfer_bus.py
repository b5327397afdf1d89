"""Sender and receiver on a bus: real captures, full disks, strangers, a real broker's limits."""

import time

import numpy as np
import pytest
from mosquitto_process import Broker

from app.bus.in_process import InProcessBus
from app.capture_message import decode_capture, encode_capture
from app.topics import Address, topic
from app.transfer.outbox import SenderLimits
from app.transfer.receiver import CaptureReceiver
from app.transfer.sender import CaptureSender
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.errors import BadMessage, BusError, OutputError

RATE_HZ = 25_600.0


def ten_seconds() -> bytes:
    """Four senses for ten seconds: what a device really sends."""
    rng = np.random.default_rng(1)
    channels = [
        Channel("vib", Sense.VIBRATION, Unit.MPS2),
        Channel("mic", Sense.SOUND, Unit.PASCAL),
        *(Channel(f"i{p}", Sense.POWER, Unit.AMPERE, phase=p) for p in "abc"),
    ]
    blocks = tuple(
        SampleBlock(c, 0, RATE_HZ, rng.standard_normal(256_000).astype(np.float32))
        for c in channels
    )
    return encode_capture(Capture("m1", 0, 10_000_000_000, blocks), "boot-1")


def pumped_out(sender: CaptureSender) -> None:
    for _ in range(10_000):
        if not sender.waiting:
            return
        sender.pump()
    raise AssertionError("it never ends")


def test_a_capture_of_four_senses_arrives_bit_for_bit_and_once() -> None:
    bus, got = InProcessBus(), []
    receiver = CaptureReceiver(bus, lambda address, content: got.append((address, content)))
    sender = CaptureSender(bus, "plant")
    content = ten_seconds()
    sender.offer("m1", content, "escalation")
    pumped_out(sender)
    sender.offer("m1", content, "request")
    pumped_out(sender)
    assert [address for address, _ in got] == [Address("plant", "m1", "capture/chunk")]
    assert got[0][1] == content
    assert decode_capture(got[0][1])[0].duration_s == 10.0
    assert (sender.tally.delivered, receiver.tally.handed_on, receiver.held_bytes) == (2, 1, 0)


def test_the_two_legs_do_not_hear_each_other() -> None:
    bus, near, far = InProcessBus(), [], []
    CaptureReceiver(bus, lambda _, content: near.append(content))
    CaptureReceiver(bus, lambda _, content: far.append(content), leg="archive")
    for leg, content in (("capture", b"near"), ("archive", b"far")):
        sender = CaptureSender(bus, "plant", leg=leg)  # type: ignore[arg-type]
        sender.offer("m1", content, "request")
        pumped_out(sender)
    assert (near, far) == ([b"near"], [b"far"])


def test_what_cannot_be_kept_now_is_not_acknowledged_and_comes_again() -> None:
    bus, clock, kept, full = InProcessBus(), [0], [], [True]

    def keep(_: Address, content: bytes) -> None:
        if full[0]:
            raise OutputError("the disk is full")
        kept.append(content)

    receiver = CaptureReceiver(bus, keep, now_ns=lambda: clock[0])
    sender = CaptureSender(bus, "plant", now_ns=lambda: clock[0])
    sender.offer("m1", b"content", "escalation")
    for _ in range(10):
        clock[0] += 20_000_000_000
        sender.pump()
    assert (sender.waiting, kept) == (1, [])
    full[0] = False
    clock[0] += 20_000_000_000
    sender.pump()
    assert (sender.waiting, kept) == (0, [b"content"])
    assert (receiver.tally.busy, receiver.tally.settled) == (10, 1)


def test_what_is_no_capture_is_refused_for_good() -> None:
    bus = InProcessBus()
    receiver = CaptureReceiver(bus, lambda _, content: decode_capture(content) and None)
    sender = CaptureSender(bus, "plant")
    sender.offer("m1", b"no capture", "escalation")
    pumped_out(sender)
    assert (sender.tally.refused, sender.tally.delivered, receiver.refused) == (1, 0, 1)


def test_garbage_and_strangers_are_counted_and_answered_nothing() -> None:
    bus, acks = InProcessBus(), []
    bus.subscribe("motorwatch/v1/+/+/capture/ack", lambda where, _: acks.append(where))
    receiver = CaptureReceiver(bus, lambda *_: None, knows=lambda a: a.motor_id == "m1")
    bus.publish(topic("plant", "m1", "capture/chunk"), b"garbage")
    stranger = CaptureSender(bus, "plant")
    stranger.offer("m2", b"x", "request")
    stranger.pump()
    assert (receiver.refused, acks, stranger.waiting) == (2, [], 1)


def test_a_forged_acknowledgement_ends_nothing() -> None:
    bus = InProcessBus()
    sender = CaptureSender(bus, "plant")
    sender.offer("m1", b"x", "request")
    whose = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # SHA-256 of x
    forged = f'{{"motor_id":"m1","transfer_id":"{whose}","verdict":"complete"}}'.encode()
    bus.publish(topic("plant", "m2", "capture/ack"), forged)
    bus.publish(topic("other", "m1", "capture/ack"), forged)
    bus.publish(topic("plant", "m1", "capture/ack"), b"{}")
    assert sender.waiting == 1
    bus.publish(topic("plant", "m1", "capture/ack"), forged)
    assert sender.waiting == 0


def test_a_bus_that_takes_nothing_loses_nothing() -> None:
    class Closed(InProcessBus):
        closed = True

        def publish(
            self, topic: str, payload: bytes, *, retain: bool = False, expires_s: int | None = None
        ) -> None:
            if self.closed:
                raise BusError("the link is down")
            super().publish(topic, payload, retain=retain, expires_s=expires_s)

    bus, got = Closed(), []
    CaptureReceiver(bus, lambda _, content: got.append(content))
    sender = CaptureSender(bus, "plant", limits=SenderLimits(chunk_bytes=4))
    sender.offer("m1", b"a longer content", "request")
    assert sender.pump() == 0
    bus.closed = False
    assert sender.pump() == 0  # still thought to be under way
    sender.link_up()
    pumped_out(sender)
    assert got == [b"a longer content"]


def test_a_name_that_no_topic_can_hold_is_refused_at_the_door() -> None:
    sender = CaptureSender(InProcessBus(), "plant")
    with pytest.raises(BadMessage, match="topic"):
        sender.offer("a/b", b"x", "request")
    assert sender.waiting == 0


def test_a_capture_survives_a_broker_that_is_killed_on_the_way(broker: Broker) -> None:
    mqtt = pytest.importorskip("app.bus.mqtt", reason="needs the extra live: paho-mqtt")
    place, got = mqtt.Broker(broker.host, broker.port), []
    near, far = (mqtt.MqttBus(place, name) for name in ("device", "gateway"))
    CaptureReceiver(far, lambda _, content: got.append(content))
    sender = CaptureSender(near, "plant")
    near.on_link(lambda up: sender.link_up() if up else None)
    content = ten_seconds()
    sender.offer("m1", content, "escalation")
    near.start(wait_s=30)
    far.start(wait_s=30)
    try:
        end, killed = time.monotonic() + 120, False
        while sender.waiting:
            assert time.monotonic() < end, "it does not arrive"
            sender.pump()
            near.poll(0.001)
            far.poll(0.001)
            if sender.tally.chunks >= 30 and not killed:
                broker.kill()
                broker.start()
                killed = True
    finally:
        near.stop()
        far.stop()
    assert got == [content]
    assert sender.tally.chunks > 79  # what was under way when the broker died went again
