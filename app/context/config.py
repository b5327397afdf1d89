"""Which tags of the plant's systems say what of which motor: one TOML file.

::

    [modbus.plc1]
    host = "192.0.2.7"
    port = 502
    poll_s = 1.0

    [[tags]]
    motor = "pump-1"
    quantity = "load"                 # load | speed_rpm | ambient_degc | process
    scale = 0.01                      # the PLC counts percent, a load of 1 is rated load
    at = { kind = "modbus", source = "plc1", address = 100, type = "float32" }

A value is ``raw * scale + offset`` in the quantity's own unit. Nothing here is a password: those
stand in files of their own.
"""

import math
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.context.source import ModbusSource, MqttSource, OpcuaSource, Seconds
from app.fields import MotorId
from sensors.errors import BadConfig
from sensors.motor import MAX_SPEED_RPM
from sensors.toml_file import parse_toml, read_toml_text

Name = Annotated[str, Meta(min_length=1, max_length=120)]
MOST_TAGS = 2000

Quantity = Literal["load", "speed_rpm", "ambient_degc", "process"]
RANGES: dict[Quantity, tuple[float, float]] = {
    "load": (-2.0, 4.0),
    "speed_rpm": (0.0, MAX_SPEED_RPM),
    "ambient_degc": (-90.0, 100.0),
    "process": (-1e12, 1e12),
}
"""What each quantity can be; a fourfold load trips any motor, a generating one is below zero."""


class MqttPlace(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="mqtt",
    tag_field="kind",
):
    """A topic; `path` leads to the number in its JSON, as ``a.b.0``; none where it is the whole.

    `time_path` leads to when it was measured: seconds since 1970, or ISO 8601 with its zone.
    """

    source: Name
    topic: Annotated[str, Meta(pattern=r"\A[^#+\x00]+\Z", max_length=1000)]
    path: Annotated[str, Meta(max_length=500)] = ""
    time_path: Annotated[str, Meta(max_length=500)] = ""


class ModbusPlace(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="modbus",
    tag_field="kind",
):
    """Registers; `address` counts from 0, so that 40001 in a PLC's manual is holding 0."""

    source: Name
    address: Annotated[int, Meta(ge=0, le=65535)]
    table: Literal["holding", "input"] = "holding"
    type: Literal["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"] = (
        "uint16"
    )
    word_order: Literal["big", "little"] = "big"


class OpcuaPlace(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag="opcua",
    tag_field="kind",
):
    """A node, such as ``ns=2;s=Pump1.Load``."""

    source: Name
    node: Annotated[str, Meta(pattern=r"\A(ns=\d+;)?[isgb]=.+\Z", max_length=1000)]


Place = MqttPlace | ModbusPlace | OpcuaPlace


class Tag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number of the plant that says something of one motor.

    Attributes
    ----------
    motor, quantity
        Of which motor, and what.
    name, unit
        For people; a ``process`` tag needs both.
    at
        Where it is read.
    scale, offset
        Value = raw * scale + offset.
    low, high
        Values outside are refused; by default what the quantity can be.
    max_age_s
        An older value is not used.
    """

    motor: MotorId
    quantity: Quantity
    at: Place
    name: Annotated[str, Meta(max_length=120)] = ""
    unit: Annotated[str, Meta(max_length=20)] = ""
    scale: float = 1.0
    offset: float = 0.0
    low: float | None = None
    high: float | None = None
    max_age_s: Seconds = 10.0

    def __post_init__(self) -> None:
        if self.quantity == "process" and not (self.name and self.unit):
            raise BadConfig(f"tag of motor {self.motor!r}: a process tag needs name and unit")
        low, high = self.bounds
        if self.scale == 0 or not math.isfinite(self.scale * self.offset) or not low < high:
            raise BadConfig(
                f"tag of motor {self.motor!r}: scale is 0, scale or offset is no finite number, "
                "or low is not below high"
            )

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest value that is believed."""
        low, high = RANGES[self.quantity]
        return (low if self.low is None else self.low), (high if self.high is None else self.high)

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name or self.quantity


class ContextConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sources by name, and the tags read from them."""

    mqtt: dict[Name, MqttSource] = {}
    modbus: dict[Name, ModbusSource] = {}
    opcua: dict[Name, OpcuaSource] = {}
    tags: Annotated[tuple[Tag, ...], Meta(max_length=MOST_TAGS)] = ()

    def __post_init__(self) -> None:
        known: dict[type[Place], set[str]] = {
            MqttPlace: set(self.mqtt),
            ModbusPlace: set(self.modbus),
            OpcuaPlace: set(self.opcua),
        }
        for tag in self.tags:
            if tag.at.source not in known[type(tag.at)]:
                raise BadConfig(
                    f"tag {tag.label!r} of motor {tag.motor!r} reads from {tag.at.source!r}, "
                    "which is no source of its kind in this file"
                )
        said = [(tag.motor, tag.quantity, tag.name) for tag in self.tags]
        twice = next((one for one in said if said.count(one) > 1), None)
        if twice is not None:
            raise BadConfig(f"motor {twice[0]!r}: two tags for {twice[1]} {twice[2]}; keep one")


def load_context(path: Path) -> ContextConfig:
    """Read and check a file of tags.

    Raises
    ------
    BadConfig
        The file cannot be read or is not TOML, a key is unknown, or a value is impossible; the
        message names file and key.
    """
    try:
        return parse_context(read_toml_text(path))
    except BadConfig as error:
        raise BadConfig(f"{path}: {error}") from error


def parse_context(text: str) -> ContextConfig:
    """Turn the text of such a file into a configuration; raises as `load_context`."""
    try:
        return msgspec.convert(parse_toml(text), ContextConfig)
    except msgspec.ValidationError as error:
        raise BadConfig(str(error)) from error
