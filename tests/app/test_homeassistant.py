"""Discovery messages as Home Assistant documents them, read with real reports."""

import re

import msgspec
import pytest
from sample_messages import report

from app.bus.in_process import InProcessBus
from app.homeassistant import Availability, HomeAssistant, discovery, discovery_topic
from app.messages import encode
from dsp.features import FeatureSpec

# https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload, sensor.mqtt,
# binary_sensor.mqtt and sensor/#device-class, as far as they are used here.
ROOT_KEYS = {"device", "origin", "components", "state_topic", "qos", "availability"}
ENTITY_KEYS = {
    "platform",
    "name",
    "unique_id",
    "value_template",
    "expire_after",
    "device_class",
    "state_class",
    "unit_of_measurement",
    "options",
    "entity_category",
}
UNITS = {"speed": {"mm/s", "in/s", "m/s"}, "temperature": {"°C", "°F", "K"}}
HEARD = Availability("motorwatch/v1/plant/device-1/state", template="{{ value_json.link }}")


def message(motor_id: str = "pump-1") -> dict:
    return msgspec.json.decode(discovery("plant", motor_id, HEARD, FeatureSpec()))


def test_the_message_has_documented_keys_and_all_that_is_required() -> None:
    said = message()
    assert set(said) == ROOT_KEYS
    assert said["device"]["identifiers"]
    assert said["origin"]["name"] == "Motorwatch"
    assert said["availability"] == [
        {
            "topic": HEARD.topic,
            "payload_available": "online",
            "payload_not_available": "offline",
            "value_template": "{{ value_json.link }}",
        }
    ]
    for entity in said["components"].values():
        assert {"platform", "unique_id", "value_template"} <= set(entity) <= ENTITY_KEYS
        if entity.get("device_class") == "enum":
            assert entity["options"] and not {"state_class", "unit_of_measurement"} & set(entity)
        if entity.get("device_class") in UNITS:
            assert entity["unit_of_measurement"] in UNITS[entity["device_class"]]


def shown(motor_report: bytes) -> dict[str, str]:
    """What Home Assistant would show: each template filled from a report as it is sent."""
    jinja2 = pytest.importorskip("jinja2", reason="needs the extra report: jinja2")
    value_json = msgspec.json.decode(motor_report)
    return {
        name: jinja2.Template(entity["value_template"]).render(value_json=value_json)
        for name, entity in message()["components"].items()
    }


def test_templates_take_their_values_from_a_report() -> None:
    spec = FeatureSpec()
    names = [feature.name for feature in spec.features]
    values: list[float | None] = [None] * len(names)
    values[names.index("vib_velocity_db")] = 20.0
    values[names.index("temp_degc")] = 61.25
    sent = report(1, values=tuple(values), load=0.8, state="alert")
    assert shown(encode(sent)) == {
        "health": "alert",
        "problem": "ON",
        "sensor_status": "normal",
        "probability": "12.0",
        "distance": "1.1",
        "speed": "1470.0",
        "load": "80.0",
        "velocity": "10.0",
        "temperature": "61.25",
    }


def test_what_is_not_known_is_none_which_is_shown_as_unknown() -> None:
    unknown = {"probability": None, "probability_low": None, "probability_high": None}
    values = (None,) * len(FeatureSpec().features)
    blank = report(1, values=values, speed_rpm=None, distance=None, state="learning", **unknown)
    said = shown(encode(blank))
    assert {name for name, value in said.items() if value == "None"} == {
        "probability",
        "distance",
        "speed",
        "load",
        "velocity",
        "temperature",
    }
    assert (said["health"], said["problem"]) == ("learning", "OFF")


def test_every_name_gives_a_valid_topic_of_its_own() -> None:
    names = ["pump-1", "pump_1", "pump 1", "Pumpe Süd", "a.b", "a b", "{{ 7 }}", '"', "x" * 120]
    topics = {discovery_topic("Werk 1", name) for name in names}
    assert len(topics) == len(names)
    form = r"homeassistant/device/[a-zA-Z0-9_-]+/[a-zA-Z0-9_-]+/config"
    assert all(re.fullmatch(form, topic) for topic in topics)
    assert all(message(name)["device"]["name"] == name for name in names)


def test_motors_are_announced_again_when_home_assistant_starts_and_removed_when_gone() -> None:
    bus, seen = InProcessBus(), []
    HomeAssistant(bus, "plant", {"pump-1": HEARD, "pump-2": HEARD}).publish()
    HomeAssistant(bus, "other", {"fan": HEARD}).publish()
    one, two = (discovery_topic("plant", name) for name in ("pump-1", "pump-2"))
    later = HomeAssistant(bus, "plant", {"pump-1": HEARD})
    later.publish()
    bus.subscribe("homeassistant/device/#", lambda where, payload: seen.append((where, payload)))
    assert {where for where, payload in seen if payload} == {one, discovery_topic("other", "fan")}
    assert two not in {where for where, _ in seen}
    seen.clear()
    bus.publish("homeassistant/status", b"offline")
    assert seen == []
    bus.publish("homeassistant/status", b"online")
    assert one in {where for where, payload in seen if payload}
