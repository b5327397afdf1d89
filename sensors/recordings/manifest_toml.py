"""A manifest as TOML text, for what the application itself records."""

import json
import re
from collections.abc import Mapping

import msgspec

from sensors.recordings.schema import Manifest


def manifest_text_of(manifest: Manifest) -> str:
    """Return the TOML of a manifest; reading it back gives an equal one."""
    built = msgspec.to_builtins(manifest)
    head = [key for key in built if key not in ("recordings", "defaults")]
    lines = [f"{key} = {_value(built[key])}" for key in head if built[key]]
    for entry in built["recordings"]:
        lines += ["", "[[recordings]]"]
        lines += [f"{key} = {_value(value)}" for key, value in entry.items() if value is not None]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """Write a value as TOML; strings of JSON are strings of TOML."""
    if isinstance(value, Mapping):
        known = {key: one for key, one in value.items() if one is not None}
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in known.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
