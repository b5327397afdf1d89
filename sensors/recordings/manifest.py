"""Reading a recording manifest: from a path or, ready-made, by the name of a data set.

Every mistake is told by manifest, entry and field, with what to write instead.
"""

import re
from pathlib import Path
from typing import Any

import msgspec

from sensors.capture import SENSE_UNITS
from sensors.catalogue import resolve_bearings
from sensors.conditions import parse_labels
from sensors.errors import BadConfig, UnknownBearing, UnknownCondition
from sensors.motor_file import load_motor
from sensors.recordings.globs import path_regex
from sensors.recordings.schema import ChannelSpec, Entry, Manifest, ValueFrom
from sensors.toml_file import read_toml, read_toml_text

READY_FOLDER = Path(__file__).parent / "manifests"
MAX_BYTES = 16_000_000
"""Room for the checksums of a hundred thousand files."""


def load_manifest(where: str | Path) -> Manifest:
    """Read a manifest from a path, or a ready one by its name, such as ``cwru``.

    Raises
    ------
    BadConfig
        No such file or name; not TOML; a field that is unknown, missing or wrong, named by
        manifest, entry and field.
    """
    path = _locate(where)
    try:
        raw = read_toml(path, most_bytes=MAX_BYTES)
    except BadConfig as error:
        raise BadConfig(f"manifest {path}: {error}") from error
    try:
        manifest = msgspec.convert(_completed(raw, path.parent), Manifest)
    except msgspec.ValidationError as error:
        raise BadConfig(f"manifest {path}: {_explain(str(error), raw)}") from error
    except UnknownBearing as error:
        raise UnknownBearing(f"manifest {path}: {error}") from error
    for number in range(len(manifest.recordings)):
        _check(manifest.entry(number), f"manifest {path}: {describe(number, manifest)}")
    return manifest


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema of manifests, as published in ``docs/schema``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Motorwatch recording manifest, version 1",
        **msgspec.json.schema(Manifest),
    }


def ready_names() -> tuple[str, ...]:
    """Names of the manifests that come with the application."""
    return tuple(sorted(path.stem for path in READY_FOLDER.glob("*.toml")))


def manifest_text(where: str | Path) -> str:
    """Return a manifest as it is written, comments and all; see `load_manifest`."""
    try:
        return read_toml_text(_locate(where), most_bytes=MAX_BYTES)
    except BadConfig as error:
        raise BadConfig(f"manifest {where}: {error}") from error


def describe(number: int, manifest: Manifest) -> str:
    """Name an entry as its author knows it, counted from 1."""
    return f"[[recordings]] {number + 1} ({', '.join(manifest.recordings[number].globs)})"


def _locate(where: str | Path) -> Path:
    path = Path(where)
    if path.is_file():
        return path
    ready = READY_FOLDER / f"{where}.toml"
    if path.name == str(where) and ready.is_file():
        return ready
    raise BadConfig(
        f"manifest {str(where)!r}: no such file, nor a ready manifest; "
        f"give a path or one of: {', '.join(ready_names())}"
    )


def _completed(raw: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Fill in motors given by path and bearings given by name; the schema judges the rest."""
    entries = raw.get("recordings")
    tables = [raw.get("defaults"), *(entries if isinstance(entries, list) else ())]
    for table in filter(lambda table: isinstance(table, dict), tables):
        motor = table.get("motor")
        if isinstance(motor, str):
            table["motor"] = msgspec.to_builtins(load_motor(folder / motor))
        for owner in (table, motor):
            bearings = owner.get("bearings") if isinstance(owner, dict) else None
            if isinstance(bearings, list) and all(isinstance(one, dict) for one in bearings):
                owner["bearings"] = resolve_bearings(bearings)
    return raw


def _explain(message: str, raw: dict[str, Any]) -> str:
    found = re.search(r"\$\.recordings\[(\d+)\]", message)
    if found:
        entry = raw["recordings"][int(found[1])]
        files = entry.get("files", "no files") if isinstance(entry, dict) else "no table"
        message = message.replace(found[0], f"[[recordings]] {int(found[1]) + 1} ({files}) ")
    if "unknown field" in message:
        message += f"; fields of an entry are: {', '.join(Entry.__struct_fields__)}"
    return message + "; see docs/schema/recording-manifest-v1.json"


def _check(entry: Entry, where: str) -> None:
    if not entry.globs:
        raise BadConfig(f'{where}: field `files` is missing; give a glob such as "*.mat"')
    try:
        groups = set(re.compile(entry.pattern or "").groupindex)
        parse_labels(entry.labels or ())
        for glob in entry.globs:
            path_regex(glob)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadConfig(
            f"{where}: field `pattern` or `files` is no regular expression: {error}"
        ) from error
    except UnknownCondition as error:
        raise BadConfig(f"{where}: field `labels`: {error}") from error
    _check_groups(entry, groups, where)
    _check_channels(entry.channels or (), where)


def _check_groups(entry: Entry, groups: set[str], where: str) -> None:
    wanted = {"time_format": "time"} if entry.time_format else {}
    for name in ("rate_hz", "speed_rpm", "load", "severity"):
        value = getattr(entry, name)
        if isinstance(value, ValueFrom) and value.group:
            wanted[name] = value.group
    for field, group in wanted.items():
        if group not in groups:
            raise BadConfig(
                f"{where}: field `{field}` needs a group (?P<{group}>...) in `pattern`, which has "
                f"{', '.join(sorted(groups)) or 'none'}"
            )


def _check_channels(specs: tuple[ChannelSpec, ...], where: str) -> None:
    names = [spec.name for spec in specs]
    if len(set(names)) != len(names):
        raise BadConfig(f"{where}: field `channels.name` must differ; found {', '.join(names)}")
    for spec in specs:
        if spec.unit not in SENSE_UNITS[spec.sense]:
            fitting = ", ".join(sorted(unit.value for unit in SENSE_UNITS[spec.sense]))
            raise BadConfig(
                f"{where}: channel {spec.name!r}: field `unit` = {spec.unit.value!r} does not fit "
                f"sense {spec.sense.value!r}; use one of: {fitting}"
            )
