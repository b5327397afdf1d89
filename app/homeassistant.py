"""Home Assistant finds each motor by itself: retained MQTT discovery messages, one a motor.

Device discovery (Home Assistant 2024.11 and later): one message lists all entities of a motor, and
an empty one removes them. Values are read from the motor's own reports by templates, so nothing is
published twice. https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

import msgspec

from app.bus.bus import Bus
from app.messages import SensorStatus, State
from app.topics import topic
from dsp.features import FeatureSpec

PREFIX = "homeassistant"
STALE_S = 60
"""Entities without a report for so long are shown as unavailable."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Where the last will of a motor's device is heard.

    Attributes
    ----------
    topic : str
        Retained word of the device, and its last will.
    online, offline : str
        What it says.
    template : str
        Takes one of these out of a JSON message; empty where the message is just that.
    """

    topic: str
    online: str = "online"
    offline: str = "offline"
    template: str = ""


Entity = dict[str, object]


def discovery(
    site: str, motor_id: str, availability: Availability, spec: FeatureSpec | None = None
) -> bytes:
    """Return the discovery message of a motor.

    Parameters
    ----------
    site, motor_id
        Which motor.
    availability : Availability
        Where its device's last will is heard.
    spec : FeatureSpec or None
        Tells where velocity and temperature stand in a report; None leaves them out.
    """
    own = _slug(f"{site}/{motor_id}")
    entities = {**_entities(), **({} if spec is None else _measured(spec))}
    heard: Entity = {
        "topic": availability.topic,
        "payload_available": availability.online,
        "payload_not_available": availability.offline,
    }
    if availability.template:
        heard["value_template"] = availability.template
    return msgspec.json.encode(
        {
            "device": {"identifiers": [f"motorwatch_{own}"], "name": motor_id, "model": "Motor"},
            "origin": {"name": "Motorwatch"},
            "state_topic": topic(site, motor_id, "report"),
            "qos": 1,
            "availability": [heard],
            "components": {
                name: {"unique_id": f"motorwatch_{own}_{name}", "expire_after": STALE_S, **entity}
                for name, entity in entities.items()
            },
        }
    )


def discovery_topic(site: str, motor_id: str, prefix: str = PREFIX) -> str:
    """Return where the discovery message of a motor stands."""
    return f"{prefix}/device/motorwatch_{_slug(site)}/{_slug(motor_id)}/config"


class HomeAssistant:
    """Keeps the discovery messages of a site: those of its motors there, those of others gone.

    Parameters
    ----------
    bus : Bus
        Of the broker that Home Assistant listens on.
    site : str
        Whose motors these are.
    motors : mapping of str to Availability
        By motor_id.
    spec : FeatureSpec or None
        As of `discovery`.
    prefix : str
        Home Assistant's discovery prefix.
    """

    def __init__(
        self,
        bus: Bus,
        site: str,
        motors: Mapping[str, Availability],
        *,
        spec: FeatureSpec | None = None,
        prefix: str = PREFIX,
    ) -> None:
        self._bus = bus
        self._messages = {
            discovery_topic(site, motor_id, prefix): discovery(site, motor_id, availability, spec)
            for motor_id, availability in motors.items()
        }
        # What the broker still retains of motors that are gone comes in by this subscription.
        bus.subscribe(f"{prefix}/device/motorwatch_{_slug(site)}/+/config", self._on_config)
        bus.subscribe(f"{prefix}/status", self._on_status)

    def publish(self) -> None:
        """Publish every motor's message; the owner calls it whenever the link has come up."""
        for where, payload in self._messages.items():
            self._bus.publish(where, payload, retain=True)

    def _on_config(self, where: str, payload: bytes) -> None:
        if payload and where not in self._messages:
            self._bus.publish(where, b"", retain=True)

    def _on_status(self, _: str, payload: bytes) -> None:
        if payload == b"online":
            self.publish()


def _entities() -> dict[str, Entity]:
    return {
        "health": _choice("Health", "state", get_args(State)),
        "problem": {
            "platform": "binary_sensor",
            "name": "Problem",
            "device_class": "problem",
            "value_template": ("{{ 'ON' if value_json.state in ('alert', 'danger') else 'OFF' }}"),
        },
        "sensor_status": {
            **_choice("Sensor status", "sensor_status", get_args(SensorStatus)),
            "entity_category": "diagnostic",
        },
        "probability": _number("Fault probability", "value_json.probability", "%", scale=100.0),
        "distance": _number("Distance from baseline", "value_json.distance", None),
        "speed": _number("Speed", "value_json.speed_rpm", "rpm"),
        "load": _number("Load", "value_json.load", "%", scale=100.0),
    }


def _measured(spec: FeatureSpec) -> dict[str, Entity]:
    """Entities of features that have a unit people know."""
    at = {feature.name: index for index, feature in enumerate(spec.features)}
    found: dict[str, Entity] = {}
    if "vib_velocity_db" in at:
        value = f"value_json['values'][{at['vib_velocity_db']}]"
        found["velocity"] = {
            **_number("Vibration velocity", value, "mm/s", formula="10 ** ({} / 20)"),
            "device_class": "speed",
        }
    if "temp_degc" in at:
        value = f"value_json['values'][{at['temp_degc']}]"
        found["temperature"] = {
            **_number("Temperature", value, "°C"),
            "device_class": "temperature",
        }
    return found


def _choice(name: str, field: str, options: Iterable[str]) -> Entity:
    return {
        "platform": "sensor",
        "name": name,
        "device_class": "enum",
        "options": list(options),
        "value_template": f"{{{{ value_json.{field} }}}}",
    }


def _number(
    name: str, value: str, unit: str | None, *, scale: float = 1.0, formula: str = "{}"
) -> Entity:
    """Return a measured number; a report's null becomes None, which is shown as unknown."""
    shown = formula.format(value) if scale == 1.0 else f"{value} * {scale:g}"
    entity: Entity = {
        "platform": "sensor",
        "name": name,
        "state_class": "measurement",
        "value_template": f"{{{{ ({shown}) | round(3) if {value} is not none else None }}}}",
    }
    return entity if unit is None else {**entity, "unit_of_measurement": unit}


def _slug(name: str) -> str:
    """Return a name in the characters that discovery allows; others get a digest, to differ."""
    if re.fullmatch(r"[A-Za-z0-9-]+", name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{re.sub('[^A-Za-z0-9-]+', '-', name)}-{digest}"
