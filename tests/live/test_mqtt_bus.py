"""The bus over a real broker: order, retained state, wills, expiry, cut and half-open links."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from mosquitto_process import Broker as Mosquitto

from app.bus.mqtt import Broker, MqttBus, Will
from sensors.errors import BusError

GENEROUS_S = 30.0


def wait_until(done: Callable[[], object], *buses: MqttBus) -> None:
    """Poll until a condition holds."""
    deadline = time.monotonic() + GENEROUS_S
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        for bus in buses:
            bus.poll(0.01)


@pytest.fixture
def opened(broker: Mosquitto) -> Iterator[Callable[..., MqttBus]]:
    buses: list[MqttBus] = []

    def make(
        name: str,
        will: Will | None = None,
        wake: Callable[[], None] = lambda: None,
        keepalive_s: int = 15,
    ) -> MqttBus:
        where = Broker(broker.host, broker.port, keepalive_s=keepalive_s)
        bus = MqttBus(where, name, will=will, wake=wake)
        bus.start(wait_s=GENEROUS_S)
        buses.append(bus)
        return bus

    yield make
    for bus in buses:
        bus.stop()


Opened = Callable[..., MqttBus]


def subscribed(bus: MqttBus, pattern: str, sentinel: MqttBus) -> list[tuple[str, bytes]]:
    """Collect what matches a pattern; return once the broker has taken the subscription."""
    heard: list[tuple[str, bytes]] = []
    ready: list[str] = []
    bus.subscribe(pattern, lambda topic, payload: heard.append((topic, payload)))
    bus.subscribe("ready", lambda topic, payload: ready.append(topic))

    def reached() -> bool:
        sentinel.publish("ready", b"")
        return bool(ready)

    wait_until(reached, bus, sentinel)
    return heard


def test_messages_arrive_in_order_and_on_the_thread_that_polls(opened: Opened) -> None:
    one, other = opened("one"), opened("other")
    heard = subscribed(other, "a/+", one)
    threads: set[int] = set()
    other.subscribe("a/+", lambda topic, payload: threads.add(threading.get_ident()))
    for number in range(300):
        one.publish("a/b", str(number).encode())
    wait_until(lambda: len(heard) == 300, other)
    assert [int(payload) for _, payload in heard] == list(range(300))
    assert threads == {threading.get_ident()}


def test_a_retained_message_reaches_who_comes_later_until_it_is_removed(opened: Opened) -> None:
    one = opened("one")
    taken = subscribed(one, "state", one)
    one.publish("state", b"kept", retain=True)
    wait_until(lambda: taken == [("state", b"kept")], one)
    assert subscribed(opened("later"), "state", one) == [("state", b"kept")]
    one.publish("state", b"", retain=True)
    # Another's subscription may overtake what the broker has not yet taken.
    wait_until(lambda: taken == [("state", b"kept"), ("state", b"")], one)
    assert subscribed(opened("latest"), "state", one) == []


def test_a_will_is_spoken_for_who_vanishes_and_not_for_who_leaves(
    opened: Opened, broker: Mosquitto
) -> None:
    one = opened("one")
    heard = subscribed(one, "gone/#", one)
    leaving = opened("leaving", Will("gone/leaving", b"left"))
    leaving.stop()
    vanishing = opened("vanishing", Will("gone/vanishing", b"lost"))
    socket = vanishing._client.socket()
    assert socket is not None
    vanishing._client._thread_terminate = True  # no way back
    socket.close()
    wait_until(lambda: heard, one)
    assert heard == [("gone/vanishing", b"lost")]


def test_a_command_expires_while_nobody_hears_it(opened: Opened, broker: Mosquitto) -> None:
    one = opened("one")
    one.publish("cmd", b"old", retain=True, expires_s=1)
    one.publish("kept", b"new", retain=True)
    time.sleep(2.5)
    assert subscribed(opened("later"), "cmd", one) == []
    assert len(subscribed(opened("latest"), "kept", one)) == 1


def test_a_killed_broker_is_found_again_and_subscriptions_with_it(
    opened: Opened, broker: Mosquitto
) -> None:
    one, other = opened("one"), opened("other")
    links: list[bool] = []
    one.on_link(links.append)
    heard = subscribed(other, "a", one)
    broker.kill()
    wait_until(lambda: not one.connected and not other.connected, one, other)
    with pytest.raises(BusError, match="no link"):
        one.publish("a", b"lost")
    broker.start()
    wait_until(lambda: one.connected and other.connected, one, other)
    assert links == [False, True]

    def reached() -> bool:
        one.publish("a", b"again")
        return bool(heard)

    wait_until(reached, one, other)


def test_a_broker_that_stands_still_is_noticed(opened: Opened, broker: Mosquitto) -> None:
    one = opened("one", keepalive_s=2)
    broker.pause()
    try:
        deadline = time.monotonic() + 2 * GENEROUS_S
        while one.connected:
            assert time.monotonic() < deadline, "a half-open link was never noticed"
            one.poll(0.2)
    finally:
        broker.resume()
    wait_until(lambda: one.connected, one)


def test_no_broker_is_a_named_error() -> None:
    bus = MqttBus(Broker("127.0.0.1", 9), "nobody")
    with pytest.raises(BusError, match="no link to the broker"):
        bus.start(wait_s=0.5)


def test_a_message_beyond_the_limit_is_not_handed_over(opened: Opened) -> None:
    one, other = opened("one"), opened("other")
    heard = subscribed(other, "a", one)
    one.publish("a", bytes(Broker("", 0).max_packet_bytes + 1))
    one.publish("a", b"small")
    wait_until(lambda: heard, other)
    assert [len(payload) for _, payload in heard] == [5]


def test_a_slow_reader_is_sent_no_more_than_its_window(opened: Opened) -> None:
    one, slow = opened("one"), opened("slow")
    heard = subscribed(slow, "a", one)
    for number in range(3000):
        while True:
            try:
                one.publish("a", str(number).encode())
                break
            except BusError:
                one.poll(0.01)
    time.sleep(1.0)
    assert slow._arrived.qsize() <= 1000
    wait_until(lambda: len(heard) == 3000, slow)
    assert [int(payload) for _, payload in heard] == list(range(3000))


def test_an_error_of_a_handler_reaches_who_polls_and_the_rest_goes_on(opened: Opened) -> None:
    one, other = opened("one"), opened("other")
    heard = subscribed(other, "a", one)

    def failing(topic: str, payload: bytes) -> None:
        if payload == b"bad":
            raise ValueError("bad")

    other.subscribe("a", failing)
    for payload in (b"bad", b"good"):
        one.publish("a", payload)
    with pytest.raises(ValueError, match="bad"):
        wait_until(lambda: False, other)
    wait_until(lambda: len(heard) == 2, other)


def test_whoever_sleeps_is_woken_by_messages_and_links(opened: Opened, broker: Mosquitto) -> None:
    awake = threading.Event()
    one = opened("one")
    sleeper = opened("sleeper", wake=awake.set)
    heard = subscribed(sleeper, "a", one)
    for wake_up in (lambda: one.publish("a", b"up"), broker.kill):
        sleeper.poll(0.1)
        awake.clear()
        wake_up()
        assert awake.wait(GENEROUS_S)
    wait_until(lambda: heard and not sleeper.connected, sleeper)
