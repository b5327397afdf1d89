"""From a TOML file to a role's configuration; what is wrong is said by file, key and choices."""

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import inspect

from app.live_config.device import DeviceConfig
from app.live_config.gateway import GatewayConfig
from app.live_config.operator import OperatorConfig
from app.live_config.platform import PlatformConfig
from app.live_config.up import UpConfig
from sensors.errors import BadConfig
from sensors.motor_file import TYPES
from sensors.toml_file import parse_toml, read_toml_text

LiveConfig = DeviceConfig | GatewayConfig | PlatformConfig | UpConfig | OperatorConfig
C = TypeVar("C", DeviceConfig, GatewayConfig, PlatformConfig, UpConfig, OperatorConfig)

ROLES: dict[str, type[LiveConfig]] = {
    "device": DeviceConfig,
    "gateway": GatewayConfig,
    "platform": PlatformConfig,
    "up": UpConfig,
    "operator": OperatorConfig,
}

COMMANDS = {"operator": "operate"}
"""Where a role's command bears another name."""


def load_live(path: Path) -> LiveConfig:
    """Read and check the configuration of whichever role the file names.

    Raises
    ------
    BadConfig
        The file cannot be read or is not TOML, a key is unknown or missing, or a value is
        impossible; the message names file, key and what is allowed.
    """
    try:
        return parse_live(read_toml_text(path))
    except BadConfig as error:
        raise BadConfig(f"{path}: {error}") from error


def load_role(path: Path, kind: type[C]) -> C:
    """Read and check the configuration of one role; raises as `load_live`."""
    config = load_live(path)
    if not isinstance(config, kind):
        wanted, found = str(kind.__struct_config__.tag), str(config.__struct_config__.tag)
        command = COMMANDS.get(found, found)
        raise BadConfig(
            f'{path}: role = "{found}", but this is the command for a {wanted}; '
            f"run `motorwatch {command}`, or see `motorwatch config example {wanted}`"
        )
    return config


def parse_live(text: str) -> LiveConfig:
    """Turn the text of a configuration into one; raises as `load_live`, without a path."""
    table = parse_toml(text)
    role = table.get("role")
    kind = ROLES.get(role) if isinstance(role, str) else None
    if kind is None:
        raise BadConfig(f"role = {role!r}: use one of: {', '.join(ROLES)}")
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise BadConfig(_in_plain_words(error, kind)) from error


def _in_plain_words(error: msgspec.ValidationError, kind: type[LiveConfig]) -> str:
    """Turn msgspec's words and `$.path` into the reader's, with what is allowed there."""
    said, _, path = str(error).partition(" - at `$")
    path = path.strip("`")
    choices = _choices(path, kind, said)
    said = re.sub(r"`([a-z|]+)`", lambda m: _plain_types(m[0]), said)
    said = re.sub(r"Object contains unknown field", "unknown key", said)
    said = re.sub(r"Object missing required field", "missing key", said)
    where = re.sub(r"\[(\d+)\]", lambda m: f", entry {int(m[1]) + 1}", path).lstrip(".")
    return f"{where or 'the file'}: {said}{choices and f'; {choices}'}"


def _plain_types(names: str) -> str:
    parts = names.strip("`").split("|")
    return " or ".join(TYPES[one] for one in parts) if set(parts) <= set(TYPES) else names


def _choices(path: str, kind: type[LiveConfig], said: str) -> str:
    """Say what is allowed at a place: the keys of a table, or the words of a value."""
    parent, _, key = path.rpartition(".")
    tables = [one for one in _at(parent, kind) if isinstance(one, inspect.StructType)]
    words = [str(one.tag) for one in tables if one.tag_field == key and key]
    here = _at(path, kind)
    for found in here:
        if isinstance(found, inspect.LiteralType):
            words += map(str, found.values)
    if words:
        number = any(isinstance(one, inspect.FloatType | inspect.IntType) for one in here)
        said_words = ", ".join(dict.fromkeys(words))
        return f"use one of: {said_words}{', or a number' if number else ''}"
    unknown = re.search(r"unknown field `([^`]*)`", said)
    if unknown is None:
        return ""
    structs = [one for one in here if isinstance(one, inspect.StructType)]
    known = list(dict.fromkeys(field.encode_name for one in structs for field in one.fields))
    near = difflib.get_close_matches(unknown[1], known, n=1)
    return (f"did you mean {near[0]!r}? " if near else "") + f"the keys are: {', '.join(known)}"


def _at(path: str, kind: type[LiveConfig]) -> list[inspect.Type]:
    """Return the types that may stand at a path such as ``.motor[0].source``."""
    here = list(_plain(_type_info(kind)))
    for key, index in re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", path):
        here = [inner for one in here for inner in _inside(one, key if not index else None)]
    return here


@lru_cache
def _type_info(kind: type[LiveConfig]) -> inspect.Type:
    return inspect.type_info(kind)


def _inside(one: inspect.Type, key: str | None) -> Iterator[inspect.Type]:
    if isinstance(one, inspect.StructType) and key is not None:
        for field in one.fields:
            if field.encode_name == key:
                yield from _plain(field.type)
    elif isinstance(one, inspect.VarTupleType) and key is None:
        yield from _plain(one.item_type)


def _plain(one: inspect.Type) -> Iterator[inspect.Type]:
    if isinstance(one, inspect.UnionType):
        for each in one.types:
            yield from _plain(each)
    else:
        yield one
