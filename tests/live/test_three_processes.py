"""A fault from the sensor to the alarm: three processes, a real broker, certificates."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from live_plant import Plant, wait_until
from secure_mosquitto import SecureBroker

from app.alarms.event import AlarmEvent
from app.messages import DiagnosisMessage, Report
from app.store import open_store
from app.store.gaps import boot_gaps

pytest.importorskip("paho", reason="needs the extra live")

MOTOR = "press-3"
SCENARIO = """
name = "failing"
seed = 4
duration_s = 400.0
current_phases = ["a"]
vibration_axes = ["x"]
load = [[0.0, 0.75]]
ambient_degc = [[0.0, 22.0]]
[rates]
vibration_hz = 12800.0
sound_hz = 12800.0
power_hz = 5000.0
temperature_hz = 1.0
[motor]
motor_id = "press-3"
[motor.nameplate]
poles = 4
line_hz = 50.0
rated_kw = 7.5
rated_rpm = 1455.0
rated_current_a = 14.7
rated_voltage_v = 400.0
shaft_height_mm = 132.0
mounting = "rigid"
rotor_bars = 28
[[motor.bearings]]
name = "6205-2RS JEM SKF"
position = "DE"
[[faults]]
condition = "bearing_outer_race"
severity = 1.0
onset_s = 150.0
growth = "linear"
full_at_s = 200.0
"""


def plant_of(
    folder: Path, broker: SecureBroker, *, speed: float = 10.0, loop: bool = False
) -> Plant:
    scenario = folder / "failing.toml"
    scenario.write_text(SCENARIO)
    lines = SCENARIO.split("[motor]\n")[1].split("[[faults]]")[0]
    own = folder / "press-3.toml"
    own.write_text(lines.replace("[motor.", "[").replace("[[motor.", "[["))
    source = (
        f'[[motor]]\nsource = {{ kind = "simulator", scenario = "{scenario}", speed = {speed}, '
        f"loop = {str(loop).lower()} }}"
    )
    roles = {"device": "device-1", "gateway": "gateway-1", "platform": "platform-1"}
    return Plant(
        folder,
        broker.host,
        broker.port,
        site=broker.site,
        motors=[source],
        files=[own],
        tls={role: broker.tls(name) for role, name in roles.items()},
        names=roles,
    )


@pytest.fixture
def plant(secure_broker: SecureBroker, tmp_path: Path) -> Iterator[Plant]:
    made = plant_of(tmp_path, secure_broker)
    try:
        yield made
    finally:
        made.close()


def test_a_growing_fault_is_reported_diagnosed_alarmed_and_kept(plant: Plant) -> None:
    plant.start()

    def alarmed() -> bool:
        events = [
            msgspec.json.decode(bytes(event.payload), type=AlarmEvent)
            for event in plant.events("alarm/event")
        ]
        return any(
            each.event == "raised" and each.condition == "bearing_outer_race" for each in events
        )

    wait_until(alarmed, lambda: plant.gateway.log()[-3000:])
    codes = [process.stop() for process in reversed(plant.processes)]
    assert codes == [0, 0, 0]
    with open_store(plant.url) as store:
        reports = list(store.reports(MOTOR))
        assert all(isinstance(each, Report) for each in reports)
        assert [each.seq for each in reports] == list(range(len(reports)))
        (gaps,) = boot_gaps(store)
        assert gaps.missing == 0
        named = {
            finding.condition
            for message in store.diagnoses(MOTOR)
            for finding in message.diagnosis.findings
            if isinstance(message, DiagnosisMessage)
        }
    assert "bearing_outer_race" in named


def test_metrics_and_health_are_told_by_each(plant: Plant) -> None:
    plant.start()
    wait_until(lambda: len(plant.events("report")) >= 5)
    for process in plant.processes:
        assert process.get("/healthz")[0] == 200
        assert "motorwatch_bus_connected 1.0" in process.get("/metrics")[1]
    assert 'motorwatch_reports_total{motor_id="press-3"}' in plant.device.get("/metrics")[1]
    stored = plant.platform.get("/metrics")[1]
    assert 'motorwatch_messages_stored_total{kind="report"}' in stored


def test_a_process_without_a_broker_begins_and_says_why_it_is_not_ready(
    plant: Plant, secure_broker: SecureBroker
) -> None:
    secure_broker.kill()
    plant.device.start()
    wait_until(lambda: "no link to the broker" in plant.device.log(), plant.device.log)
    status, said = plant.device.get("/readyz")
    assert status == 503
    assert "the broker does not answer" in said
    secure_broker.start()
    wait_until(plant.device.is_ready, plant.device.log)


def test_each_process_is_killed_and_nothing_that_was_acknowledged_is_lost(
    secure_broker: SecureBroker, tmp_path: Path
) -> None:
    plant = plant_of(tmp_path, secure_broker, speed=20.0, loop=True)
    try:
        plant.start()
        for _ in range(2):
            for process in (plant.platform, plant.gateway, plant.device):
                before = len(plant.events("report"))
                wait_until(lambda n=before: len(plant.events("report")) > n + 5)
                process.kill()
                process.start()
                wait_until(process.is_ready, process.log)
            secure_broker.kill()
            secure_broker.start()
            before = len(plant.events("report"))
            wait_until(lambda n=before: len(plant.events("report")) > n + 20, plant.device.log)
        wait_until(lambda: _whole(plant), plant.platform.log)
    finally:
        plant.close()
    with sqlite3.connect(plant.url.removeprefix("sqlite:///")) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)


def _whole(plant: Plant) -> bool:
    """Whether nothing is missing from the boot of the device that was not killed.

    A killed one takes with it what was not yet acknowledged; that gap stays, and is shown.
    """
    with open_store(plant.url) as store:
        boots = {gaps.boot_id: gaps for gaps in boot_gaps(store)}
        latest = max(boots, key=lambda boot: int(boot.rsplit("-", 1)[1]))
    return len(boots) == 3 and boots[latest].missing == 0
