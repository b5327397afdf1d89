"""Sparkplug B payloads on the wire: the few fields of protobuf that an edge node needs.

Written from the wire format (https://protobuf.dev/programming-guides/encoding/) and the field
numbers of the Sparkplug 3.0 specification, chapter 6: Payload has timestamp 1, metrics 2, seq 3;
Metric has name 1, timestamp 3, datatype 4, is_null 7, and its value as int 10, long 11, float 12,
double 13, boolean 14 or string 15.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from sensors.errors import BadMessage

MAX_BYTES = 65_536
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class DataType(IntEnum):
    """Types of a metric that are used here, by their number in the specification."""

    INT64 = 4
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12


Value = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Metric:
    """A named value.

    Attributes
    ----------
    name, datatype
        What is measured, as which type.
    value
        None where it is not known.
    timestamp_ms : int
        When it was true, UTC.
    """

    name: str
    datatype: DataType
    value: Value
    timestamp_ms: int


def encode_payload(
    metrics: tuple[Metric, ...], *, timestamp_ms: int, seq: int | None = None, typed: bool = True
) -> bytes:
    """Return the bytes of a payload.

    Parameters
    ----------
    metrics, timestamp_ms
        What is said, and when it is sent.
    seq : int or None
        Number of the message; the death of a node has none.
    typed : bool
        Whether metrics state their type, as births do; data follow the birth's.
    """
    parts = [_number(1, timestamp_ms)]
    parts += [_block(2, _encode_metric(metric, typed)) for metric in metrics]
    if seq is not None:
        parts.append(_number(3, seq))
    return b"".join(parts)


def read_commands(payload: bytes) -> dict[str, bool]:
    """Return the boolean metrics of a command by name; whatever else it holds is passed over.

    Raises
    ------
    BadMessage
        The bytes are no payload.
    """
    if len(payload) > MAX_BYTES:
        raise BadMessage(f"Sparkplug command of {len(payload)} bytes; the most is {MAX_BYTES}")
    commands: dict[str, bool] = {}
    for field, value in _fields(payload):
        if field == 2 and isinstance(value, bytes):
            metric = dict(_fields(value))
            name, said = metric.get(1), metric.get(14)
            if isinstance(name, bytes) and isinstance(said, int):
                commands[name.decode("utf-8", "replace")] = bool(said)
    return commands


def _encode_metric(metric: Metric, typed: bool) -> bytes:
    head = _block(1, metric.name.encode()) + _number(3, metric.timestamp_ms)
    if typed:
        head += _number(4, metric.datatype)
    if metric.value is None:
        return head + _number(7, 1)
    return head + _encode_value(metric.datatype, metric.value)


def _encode_value(datatype: DataType, value: bool | int | float | str) -> bytes:
    match datatype:
        case DataType.INT64:
            return _number(11, int(value) & (2**64 - 1))
        case DataType.DOUBLE:
            return _varint(13 << 3 | _FIXED64) + struct.pack("<d", value)
        case DataType.BOOLEAN:
            return _number(14, int(bool(value)))
        case DataType.STRING:
            return _block(15, str(value).encode())


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _block(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        field, wire = key >> 3, key & 7
        if wire == _VARINT:
            number, at = _read_varint(data, at)
            yield field, number
            continue
        if wire == _BYTES:
            length, at = _read_varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            length = 8 if wire == _FIXED64 else 4
        else:
            raise BadMessage(f"Sparkplug command: no wire type {wire}")
        if length > len(data) - at:
            raise BadMessage("Sparkplug command: cut short")
        yield field, data[at : at + length]
        at += length


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(10):
        if at + place >= len(data):
            break
        byte = data[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at + place + 1
    raise BadMessage("Sparkplug command: a number without an end")
