"""An operator at a real plant: processes, a broker with certificates, and the command line."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_plant import GENEROUS_S, MAIN, Plant, wait_until
from secure_mosquitto import SecureBroker
from test_three_processes import SCENARIO
from typer.testing import CliRunner

from app.cli.main import app
from app.tls import TlsConfig
from sensors.errors import BadConfig, BusError, CommandRefused

pytest.importorskip("paho", reason="needs the extra live")

MOTOR = "press-3"
INTERLOCK = """
[interlock]
[interlock.vibration]
trip = 150.0
alert = 100.0
[interlock.current]
alert = 5.0
[interlock.actuator]
kind = "log"
[interlock.permissive]
kind = "always"
"""


class Hall:
    """A plant whose motor is faulty, and one who operates it."""

    def __init__(self, folder: Path, broker: SecureBroker) -> None:
        self.folder, self.broker = folder, broker
        scenario = folder / "failing.toml"
        scenario.write_text(
            SCENARIO.replace("onset_s = 150.0", "onset_s = 0.0").replace("200.0", "1.0")
        )
        (folder / "interlock.toml").write_text(INTERLOCK)
        own = folder / f"{MOTOR}.toml"
        facts = SCENARIO.split("[motor]\n")[1].split("[[faults]]")[0]
        own.write_text(facts.replace("[motor.", "[").replace("[[motor.", "[["))
        source = (
            f'[[motor]]\ninterlock = "{folder}/interlock.toml"\n'
            f'source = {{ kind = "simulator", scenario = "{scenario}", speed = 10.0, loop = true }}'
        )
        roles = {"device": "device-1", "gateway": "gateway-1", "platform": "platform-1"}
        self.plant = Plant(
            folder,
            broker.host,
            broker.port,
            site=broker.site,
            motors=[source],
            files=[own],
            tls={role: broker.tls(name) for role, name in roles.items()},
            names=roles,
        )
        self.config = self.configure("anna", broker.tls("anna"))

    def configure(self, name: str, tls: TlsConfig) -> Path:
        path = self.folder / f"{name}.toml"
        path.write_text(
            f'role = "operator"\nsite = "{self.broker.site}"\nstate = "{self.folder}/{name}"\n'
            f'[broker]\nhost = "{self.broker.host}"\nport = {self.broker.port}\nname = "{name}"\n'
            f'[broker.tls]\nca = "{tls.ca}"\ncertificate = "{tls.certificate}"\nkey = "{tls.key}"\n'
        )
        return path

    def operate(self, *words: str, config: Path | None = None) -> str:
        """What the command prints; what it raises reaches the test."""
        call = ["operate", *words, "--config", str(config or self.config)]
        done = CliRunner().invoke(app, call)
        if done.exception is not None:
            raise done.exception
        return done.stdout

    def state(self) -> dict[str, Any]:
        listed = json.loads(self.operate("states", "--json"))
        return next((each for each in listed if each["motor_id"] == MOTOR), {})

    def alarm(self) -> dict[str, Any]:
        """The fault's alarm, as soon as there is one."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            found[:] = [
                each
                for each in self.state().get("alarms", [])
                if each["condition"] == "bearing_outer_race"
            ]
            return bool(found)

        wait_until(is_there, lambda: self.plant.gateway.log()[-3000:])
        return found[0]

    def acts(self) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in (self.folder / "anna/acts.jsonl").read_text().splitlines()
        ]


@pytest.fixture
def hall(secure_broker: SecureBroker, tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path, secure_broker)
    try:
        yield made
    finally:
        made.plant.close()


def test_an_alarm_is_seen_acknowledged_shelved_and_judged(hall: Hall) -> None:
    hall.plant.start()
    alarm = hall.alarm()
    assert alarm["state"] == "unacknowledged_active"
    assert "bearing_outer_race" in hall.operate("alarms")
    said = json.loads(hall.operate("ack", alarm["alarm_id"], "--by", "Anna", "--json"))
    assert (said["outcome"], said["what"]) == ("done", "acknowledged")
    assert said["state"] == "acknowledged_active"
    assert hall.alarm()["operator"] == "Anna"
    with pytest.raises(CommandRefused, match="acknowledged already"):
        hall.operate("ack", alarm["alarm_id"])
    with pytest.raises(CommandRefused, match="the most is 8 h"):
        hall.operate("shelve", alarm["alarm_id"], "--for", "9h", "--reason", "x")
    hall.operate("shelve", alarm["alarm_id"], "--for", "2h", "--reason", "part is ordered")
    assert hall.alarm()["state"] == "shelved"
    assert "unshelved" in hall.operate("unshelve", alarm["alarm_id"])
    words = ("confirmed", "--condition", "bearing_outer_race", "--note", "pitted")
    assert "pitted" in hall.operate("verdict", alarm["alarm_id"], *words)
    with pytest.raises(BadConfig, match="names what was found"):
        hall.operate("verdict", alarm["alarm_id"], "confirmed")
    # One that is normal by now is still judged, where its motor is named.
    assert "verdict" in hall.operate("verdict", "0123456789abcdef", "none", "--motor", MOTOR)
    kept = [act["act"] for act in hall.acts() if act["act"] != "Answer"]
    assert kept == ["Acknowledge"] * 2 + ["Shelve"] * 2 + ["Unshelve"] + ["Verdict"] * 2
    outcomes = [act["outcome"] for act in hall.acts() if act["act"] == "Answer"]
    assert outcomes == ["done", "refused", "refused", "done", "done", "done", "done"]


def test_motors_are_maintained_captured_commissioned_and_reset(hall: Hall) -> None:
    hall.plant.start()
    wait_until(lambda: hall.state().get("online") and hall.state()["asset"] != "unmonitored")
    on = ("maintenance", MOTOR, "on", "--for", "1h", "--reason", "new belt")
    assert "maintenance on" in hall.operate(*on)
    assert hall.state()["maintenance"]["reason"] == "new belt"
    assert "new belt" in hall.operate("states")
    hall.operate("maintenance", MOTOR, "off")
    assert hall.state()["maintenance"] is None
    with pytest.raises(CommandRefused, match="not in maintenance"):
        hall.operate("maintenance", MOTOR, "off")
    said = hall.operate("capture", MOTOR)
    assert "captured: 10.0 s of" in said
    command_id = hall.acts()[-1]["command_id"]
    digest = said.split(", capture ")[1].split()[0]
    assert f"(command {command_id})" in said
    wait_until(lambda: hall.plant.events("capture"), lambda: hall.plant.platform.log()[-3000:])
    tail = ["events", "tail", "--store", hall.plant.url, "--kind", "capture"]
    shown = CliRunner().invoke(app, tail).stdout
    assert f"/{MOTOR}/capture " in shown
    assert f"command {command_id}" in shown
    (kept,) = [
        each
        for line in CliRunner().invoke(app, [*tail, "--json"]).stdout.splitlines()
        if command_id in (each := json.loads(line)["payload"])["command_ids"]
    ]
    assert kept["digest"].startswith(digest)
    listed = CliRunner().invoke(app, ["captures", "list", "--store", hall.plant.url]).stdout
    assert digest in listed
    with pytest.raises(CommandRefused, match="it has not tripped"):
        hall.operate("reset-trip", MOTOR, "--reason", "try")
    assert "commissioned" in hall.operate("commission", MOTOR, "on", "--reason", "signed off")
    wait_until(lambda: hall.state()["interlock"]["commissioned"])
    with pytest.raises(BadConfig, match="one line of text"):
        hall.operate("reset-trip", MOTOR, "--reason", "two\nlines")
    with pytest.raises(BadConfig, match="is no duration"):
        hall.operate("maintenance", MOTOR, "on", "--for", "soon", "--reason", "x")
    with pytest.raises(BadConfig, match=r"no motor 'press-4'.*known are: press-3"):
        hall.operate("capture", "press-4")


def test_who_may_not_command_and_who_nobody_answers(hall: Hall) -> None:
    with pytest.raises(BusError, match=r"nobody answered within 1 s; no gateway says") as unheard:
        hall.operate("maintenance", MOTOR, "off", "--wait", "1", "--valid-for", "1s")
    assert unheard.value.exit_code == 8
    assert hall.acts()[-1]["outcome"] == "unanswered"
    device = hall.configure("device-1", hall.broker.tls("device-1"))
    with pytest.raises(BusError, match="does not take"):
        hall.operate("maintenance", MOTOR, "off", config=device)
    (hall.folder / "taken").write_text("no folder")
    text = hall.config.read_text().replace(f"{hall.folder}/anna", f"{hall.folder}/taken")
    blocked = hall.folder / "blocked.toml"
    blocked.write_text(text)
    with pytest.raises(OSError, match="nothing was ordered"):
        hall.operate("maintenance", MOTOR, "off", config=blocked)
    hall.broker.kill()
    with pytest.raises(BusError, match="no link to the broker"):
        hall.operate("states")


def test_what_happens_is_followed_until_it_is_interrupted(hall: Hall) -> None:
    tls = hall.broker.issue("bob", "operator", ())
    hall.broker.update()
    hall.plant.gateway.start()
    wait_until(hall.plant.gateway.is_ready, hall.plant.gateway.log)
    wait_until(hall.state)
    call = ["operate", "alarms", "--follow", "--json", "--config", str(hall.configure("bob", tls))]
    log = hall.folder / "followed"
    with log.open("wb") as out:
        following = subprocess.Popen(
            [sys.executable, "-c", MAIN, *call],
            stdout=out,
            stderr=out,
            # A test run in the background has its interrupts ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
    try:
        wait_until(lambda: "operator:bob" in hall.broker.log(), hall.broker.log)
        hall.operate("maintenance", MOTOR, "on", "--for", "1h", "--reason", "new belt")
        wait_until(lambda: b"new belt" in log.read_bytes(), log.read_text)
        following.send_signal(signal.SIGINT)
        assert following.wait(GENEROUS_S) == 130
    finally:
        following.kill()
        following.wait()
    (event,) = [json.loads(one) for one in log.read_text().splitlines() if "new belt" in one]
    assert (event["event"], event["motor_id"]) == ("maintenance_on", MOTOR)


def test_what_is_ordered_while_the_gateway_begins_is_not_lost(hall: Hall) -> None:
    gateway = hall.plant.gateway
    gateway.start()
    on = ("maintenance", MOTOR, "on", "--for", "1h", "--reason", "belt", "--wait", "60")
    wait_until(lambda: "connected to the broker" in gateway.log(), gateway.log)
    assert "maintenance on" in hall.operate(*on)
