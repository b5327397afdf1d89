import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.process.bus_metrics import BusMetrics, OutboxMetrics
from app.process.loop_metrics import LoopMetrics
from app.process.meters import MAX_VALUES, OTHER, Meters, Names
from app.process.role_metrics import DeviceMetrics, GatewayMetrics, PlatformMetrics
from sensors.errors import MissingDependency

PAGE = Path(__file__).resolve().parents[2] / "docs" / "OPERATIONS.md"
UNITS = ("_seconds", "_bytes", "_total", "_info")
COUNTED_NOW = {"jobs_running", "bus_connected", "outbox_messages", "motor_state"} | {
    "alarms_open",
    "motors_stale",
    "context_tags",
}


@pytest.fixture
def meters() -> Meters:
    made = Meters(role="up", site="local", boot_id="a-1", version="0")
    made.watch("beat_age_seconds", "Beat.", lambda: 1.5)
    return made


def value(meters: Meters, name: str, **labels: str) -> float | None:
    return meters.registry.get_sample_value(f"motorwatch_{name}", labels)


def use_all(meters: Meters) -> None:
    """Everything that the facades of all roles in one process can say, once."""
    loop = LoopMetrics(meters)
    loop.stepped("m", 0.2, overrun=True)
    loop.failed("m")
    loop.running(3)
    loop.left_out(4)
    bus = BusMetrics(meters)
    bus.connected()
    bus.disconnected()
    bus.published("report")
    bus.received("ack")
    bus.refused("size")
    for role in ("device", "gateway"):
        outbox = OutboxMetrics(meters, role)
        outbox.holds(3, 400, limit_bytes=32_000_000, oldest_s=2.5)
        outbox.dropped(1)
        outbox.sent_again(2)
        outbox.acknowledged(5)
    device = DeviceMetrics(meters)
    device.reported("pump", "danger", 0.02)
    device.lagged("pump", 0.5)
    device.captured("pump")
    device.tripped("pump")
    gateway = GatewayMetrics(meters)
    gateway.diagnosed("pump", "cpu", 0.3)
    gateway.raised("pump")
    gateway.held_back()
    gateway.standing(alarms_open=2, motors_stale=1)
    gateway.context({"fresh": 2})
    platform = PlatformMetrics(meters)
    platform.committed({"report": 7, "alarm": 1}, known=2, took_s=0.01)
    platform.refused()
    platform.acknowledged(0.1)
    platform.missed("pump", 6)
    platform.archived(1234)
    platform.notified("email", delivered=False)


def told(meters: Meters) -> Iterator[tuple[str, tuple[str, ...]]]:
    for family in meters.registry.collect():
        if family.name.startswith("motorwatch_"):
            name = family.name + ("_total" if family.type == "counter" else "")
            labels = {key for sample in family.samples for key in sample.labels} - {"le"}
            yield name, tuple(sorted(labels))


def test_what_the_facades_say_is_what_is_counted(meters: Meters) -> None:
    use_all(meters)
    assert value(meters, "job_failures_total", job="m") == 1
    assert value(meters, "bus_connected") == 0
    assert value(meters, "outbox_limit_bytes", role="gateway") == 32_000_000
    assert value(meters, "outbox_dropped_total", role="device") == 1
    assert value(meters, "motor_state", motor_id="pump") == 2
    assert value(meters, "report_latency_seconds_bucket", motor_id="pump", le="0.03") == 1
    assert value(meters, "report_latency_seconds_bucket", motor_id="pump", le="0.01") == 0
    assert value(meters, "messages_stored_total", kind="report") == 7
    assert value(meters, "windows_missing_total", motor_id="pump") == 6
    assert value(meters, "notifications_total", channel="email", outcome="failed") == 1
    assert value(meters, "beat_age_seconds") == 1.5


def test_the_page_lists_every_metric_with_its_labels(meters: Meters) -> None:
    use_all(meters)
    rows = re.findall(r"^\| `(motorwatch_\w+)` \|([^|]*)\|", PAGE.read_text(), re.MULTILINE)
    listed = {name: tuple(sorted(re.findall(r"\w+", labels))) for name, labels in rows}
    assert listed == dict(told(meters))


def test_names_bear_their_unit(meters: Meters) -> None:
    use_all(meters)
    bare = {
        name.removeprefix("motorwatch_") for name, _ in told(meters) if not name.endswith(UNITS)
    }
    assert bare == COUNTED_NOW


@pytest.mark.parametrize("accept", ["", "text/plain", "application/openmetrics-text", "x" * 5000])
def test_prometheus_reads_what_is_told(meters: Meters, accept: str) -> None:
    use_all(meters)
    content_type, body = meters.exposition(accept)
    assert content_type.split(";")[0] in ("text/plain", "application/openmetrics-text")
    names = {family.name for family in text_string_to_metric_families(body.decode())}
    assert {"motorwatch_outbox_bytes", "process_resident_memory_bytes"} <= names


def test_roles_in_one_process_share_what_they_have_in_common(meters: Meters) -> None:
    BusMetrics(meters).published("report")
    BusMetrics(meters).published("report")
    assert value(meters, "messages_published_total", kind="report") == 2


def test_two_processes_in_one_interpreter_do_not_mix() -> None:
    one, two = Meters(role="a"), Meters(role="b")
    DeviceMetrics(one).captured("m")
    DeviceMetrics(two)
    assert value(two, "captures_total", motor_id="m") is None


def test_invented_names_do_not_fill_the_memory(meters: Meters) -> None:
    platform = PlatformMetrics(meters)
    for number in range(MAX_VALUES + 500):
        platform.missed(f"m{number}", 1)
    assert value(meters, "windows_missing_total", motor_id=OTHER) == 500
    assert len(meters.exposition("")[1]) < 200_000


def test_a_name_keeps_its_place() -> None:
    names = Names(2)
    assert [names(one) for one in "abcab"] == ["a", "b", OTHER, "a", "b"]


def test_without_the_library_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingDependency, match=r"motorwatch\[live\]"):
        Meters(role="x")
