"""Drafting a manifest for a folder: what can be seen is filled in, the rest is a TODO.

Files whose names differ in digits only become one entry; the first of them is looked into. A
person then states rates, labels and units.
"""

import json
import re
from pathlib import Path

import msgspec

from sensors.errors import RecordingError
from sensors.recordings.globs import name_regex
from sensors.recordings.guess import guess_entry
from sensors.recordings.library import looks_readable
from sensors.recordings.matching import files_in, unicode_name
from sensors.recordings.opening import FORMATS, open_source
from sensors.recordings.schema import ChannelSpec, Entry, ValueFrom
from sensors.recordings.source import Column

HEAD = """\
# Draft of a recording manifest: what the files say of themselves is filled in. Work through
# every TODO, then use it with `--manifest`, or keep it in the folder as manifest.toml.
schema = 1
name = {name}
title = ""  # TODO what this is
source = ""  # TODO who recorded it
licence = ""  # TODO terms of use
obtain = ""  # TODO how others get it
skip = [{skip}]  # files that are no recordings

[defaults]
# unit_id = ""  # TODO the physical bearing or machine, the unit of splitting
# group = ""  # TODO the rig
# bearing = ""  # TODO the bearing fitted, such as "6205-2RS"
# motor = {{ motor_id = {name}, nameplate = {{ poles = 4, line_hz = 50 }} }}  # TODO
"""

ENTRY = """
# {count}
[[recordings]]
files = {glob}
# Groups of the name, for values such as {{ group = "n1" }} or texts such as "unit {{n1}}":
pattern = '{pattern}'
{rate}
# speed_rpm = 0  # TODO revolutions a minute
# labels = ["healthy"]  # TODO conditions; without it the files are unlabelled
{series}{doubt}channels = [
{channels}
]
"""

RATE_TODO = "# rate_hz = 0  # TODO samples a second: the file does not say"
SERIES_TODO = """\
# snapshots = {{ period_s = 10, index = {{ group = "n{last}" }} }}  # TODO if pieces of one run
"""
# From so many files of one name on, they may be pieces of one run.
MANY = 20


def draft_manifest(folder: Path) -> str:
    """Return a commented manifest (TOML) for the recordings of a folder.

    Raises
    ------
    RecordingError
        There is no recording in it, or one of those looked into is damaged.
    """
    files = files_in(folder)
    readable = [file for file in files if looks_readable(file)]
    if not readable:
        raise RecordingError(f"{folder}: holds no recording; known are {FORMATS}")
    alike: dict[str, list[Path]] = {}
    for file in readable:
        alike.setdefault(re.sub(r"\d+", "0", _name(file, folder)), []).append(file)
    skip = ", ".join(_quote(_glob(_name(file, folder))) for file in files if file not in readable)
    title = re.sub(r"[^A-Za-z0-9_.-]+", "_", folder.absolute().name).strip("_.-") or "recordings"
    head = HEAD.format(name=_quote(title[:60]), skip=skip)
    # A name with more numbers also fits the glob of one with fewer, so it comes first.
    shapes = sorted(alike, key=lambda shape: -shape.count("0"))
    return head + "".join(_entry(alike[shape], folder) for shape in shapes)


def _entry(files: list[Path], folder: Path) -> str:
    guessed, columns = _look(files[0])
    lasting = {column.name for column in _look(files[-1])[1]}
    name = _name(files[0], folder)
    numbers = _numbers(name) if len(files) > 1 else []
    specs = [_generalised(spec, numbers, lasting) for spec in guessed.channels or ()]
    if len(columns) == len(specs) == 1:
        specs = [msgspec.structs.replace(specs[0], column="*", optional=False)]
    rate = "# rate_hz: the file states it" if all(one.rate_hz for one in columns) else RATE_TODO
    if isinstance(guessed.rate_hz, ValueFrom):
        rate = f"rate_hz = {{ scalar = {_quote(guessed.rate_hz.scalar or '')} }}"
    return ENTRY.format(
        count=f"{len(files)} file{'s' if len(files) > 1 else ''} like {name!r}",
        glob=_quote(_glob(name)),
        pattern=_pattern(name),
        rate=rate,
        series=SERIES_TODO.format(last=len(_numbers(name))) if len(files) >= MANY else "",
        channels="\n".join(f"    {_channel(spec)}," for spec in specs),
        doubt=f"# TODO {guessed.note}\n" if guessed.note else "",
    )


def _look(file: Path) -> tuple[Entry, tuple[Column, ...]]:
    source = open_source(file)
    try:
        return guess_entry(source), source.columns
    finally:
        source.close()


def _generalised(spec: ChannelSpec, numbers: list[str], lasting: set[str]) -> ChannelSpec:
    """Let a column fit the next file too: a number it shares with the file's name may differ."""
    known = {int(number) for number in numbers if int(number) > 9}
    parts = re.split(r"(\d+)", spec.column)
    glob = "".join("*" if part.isdigit() and int(part) in known else part for part in parts)
    everywhere = any(name_regex(glob).fullmatch(name) for name in lasting)
    return msgspec.structs.replace(spec, column=glob, optional=not everywhere)


def _channel(spec: ChannelSpec) -> str:
    fields: dict[str, str | float | None] = {
        "column": spec.column,
        "name": spec.name,
        "sense": spec.sense.value,
        "unit": spec.unit.value,
        "scale": None if spec.scale == 1.0 else spec.scale,
        "axis": spec.axis,
        "position": spec.position,
        "phase": spec.phase,
        "optional": spec.optional or None,
    }
    stated = {name: value for name, value in fields.items() if value is not None}
    return "{ " + ", ".join(f"{name} = {_quote(value)}" for name, value in stated.items()) + " }"


def _name(file: Path, folder: Path) -> str:
    return unicode_name(file.relative_to(folder).as_posix())


def _numbers(name: str) -> list[str]:
    return re.findall(r"\d+", name)


def _glob(name: str) -> str:
    """Return a glob for names that differ in digits only."""
    plain = re.sub(r"([\[*?])", r"[\1]", name)
    return re.sub(r"\d+", "[0-9]*", plain)


def _pattern(name: str) -> str:
    numbers = iter(range(1, 1000))
    parts = re.split(r"(\d+)", name)
    return "".join(
        rf"(?P<n{next(numbers)}>\d+)" if part.isdigit() else "".join(map(_sign, part))
        for part in parts
    )


def _sign(sign: str) -> str:
    """Return a sign for a pattern that is written in TOML, as it stands, between quotes."""
    return re.escape(sign) if sign.isprintable() and sign != "'" else r"\W"


def _quote(value: str | float) -> str:
    """Return a value as TOML writes it; its strings are JSON's, which has no word for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
