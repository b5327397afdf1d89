import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bus.bus import Bus
from app.bus.in_process import InProcessBus
from app.bus.topic_filter import check_pattern, check_topic, matches
from sensors.errors import BusError


def twin(pattern: str, topic: str) -> bool:
    """MQTT's rules as a regular expression, the slow way."""
    if topic.startswith("$") and pattern[0] in "+#":
        return False
    if pattern == "#":
        return True
    body = re.escape(pattern).replace(r"\+", "[^/]*")
    if pattern.endswith("/#"):
        body = body.removesuffix(r"/\#") + "(/.*)?"
    return re.fullmatch(body, topic, re.DOTALL) is not None


levels = st.lists(st.sampled_from(["a", "b", "", "$x"]), min_size=1, max_size=5)
wild = st.lists(st.sampled_from(["a", "b", "", "+", "+", "$x"]), min_size=1, max_size=5)


@settings(max_examples=400, deadline=None)
@given(wild, st.booleans(), levels)
def test_matching_agrees_with_its_slow_twin(
    wanted: list[str], tail: bool, given_levels: list[str]
) -> None:
    pattern, topic = "/".join([*wanted, *(["#"] if tail else [])]), "/".join(given_levels)
    if not pattern or not topic:
        return
    check_pattern(pattern)
    assert matches(pattern, topic) == twin(pattern, topic)


@pytest.mark.parametrize(
    ("pattern", "topic", "means"),
    [
        # The examples of MQTT 5, sections 4.7.1.2, 4.7.1.3 and 4.7.2.
        ("sport/tennis/player1/#", "sport/tennis/player1", True),
        ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", True),
        ("sport/#", "sport", True),
        ("sport/tennis/+", "sport/tennis/player1", True),
        ("sport/tennis/+", "sport/tennis/player1/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        ("#", "$SYS/uptime", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/uptime", True),
    ],
)
def test_matching_follows_the_examples_of_the_standard(
    pattern: str, topic: str, means: bool
) -> None:
    assert matches(pattern, topic) is means


@pytest.mark.parametrize("pattern", ["", "a/#/b", "a#", "a/b+", "+a/b", "a/\0"])
def test_malformed_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(BusError, match="pattern"):
        InProcessBus().subscribe(pattern, lambda topic, payload: None)


@pytest.mark.parametrize("topic", ["", "a/+", "a/#", "a\0"])
def test_topics_with_wildcards_cannot_be_published(topic: str) -> None:
    with pytest.raises(BusError, match="topic"):
        check_topic(topic)
    with pytest.raises(BusError, match="topic"):
        InProcessBus().publish(topic, b"")


def test_a_message_reaches_its_subscribers_before_publish_returns() -> None:
    bus: Bus = InProcessBus()
    seen: list[tuple[str, str, bytes]] = []
    bus.subscribe("a/+", lambda topic, payload: seen.append(("first", topic, payload)))
    bus.subscribe("a/b", lambda topic, payload: seen.append(("second", topic, payload)))
    bus.subscribe("c/#", lambda topic, payload: seen.append(("third", topic, payload)))
    bus.publish("a/b", b"1")
    assert seen == [("first", "a/b", b"1"), ("second", "a/b", b"1")]
    bus.publish("nobody/listens", b"2")
    assert len(seen) == 2


def test_everyone_sees_one_order_though_handlers_publish() -> None:
    bus = InProcessBus()
    early: list[str] = []
    late: list[str] = []

    def answer(topic: str, payload: bytes) -> None:
        if topic == "question":
            bus.publish("answer/1", b"")
            bus.publish("answer/2", b"")

    bus.subscribe("#", lambda topic, _: early.append(topic))
    bus.subscribe("question", answer)
    bus.subscribe("#", lambda topic, _: late.append(topic))
    bus.publish("question", b"")
    bus.publish("next", b"")
    assert early == late == ["question", "answer/1", "answer/2", "next"]


def test_a_storm_of_messages_is_refused_not_kept() -> None:
    bus = InProcessBus(max_waiting=10)
    delivered = 0

    def storm(topic: str, payload: bytes) -> None:
        nonlocal delivered
        delivered += 1
        bus.publish("storm", b"")
        bus.publish("storm", b"")

    bus.subscribe("storm", storm)
    with pytest.raises(BusError, match="10 messages wait"):
        bus.publish("storm", b"")
    assert delivered <= 11


def test_a_handlers_error_reaches_the_publisher_and_the_bus_goes_on() -> None:
    bus = InProcessBus()
    seen: list[str] = []

    def fail(topic: str, payload: bytes) -> None:
        bus.publish("waiting", b"")
        raise LookupError("no")

    bus.subscribe("bad", fail)
    bus.subscribe("#", lambda topic, _: seen.append(topic))
    with pytest.raises(LookupError):
        bus.publish("bad", b"")
    assert seen == []
    bus.publish("good", b"")
    assert seen == ["waiting", "good"]


def test_a_subscriber_that_comes_during_delivery_begins_with_the_next_message() -> None:
    bus = InProcessBus()
    seen: list[bytes] = []
    bus.subscribe("a", lambda topic, _: bus.subscribe("a", lambda _t, p: seen.append(p)))
    bus.publish("a", b"1")
    assert seen == []
    bus.publish("a", b"2")
    assert seen == [b"2"]
