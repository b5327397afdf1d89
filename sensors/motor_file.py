"""`motor.toml`: the owner's description of one motor, read and checked at the door.

TOML text in, a validated `Motor` out; a bearing may be its designation alone, which the
catalogue then completes. The template is what an engineer fills in.
"""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec

from sensors.catalogue import resolve_bearings
from sensors.errors import BadConfig, UnknownBearing
from sensors.motor import Bearing, Motor, Nameplate
from sensors.toml_file import parse_toml, read_toml_text

TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}

TEMPLATE = """\
# One motor. Every line is optional but motor_id: delete what you do not know, never guess.
# Each fact that is missing masks the diagnoses that need it, and the report says which.

motor_id = "pump-1"          # unique on your site; no / + #
# nominal_rpm = 1470         # usual shaft speed, used when a recording brings no speed

[nameplate]                  # as stamped on the motor
# poles = 4                  # number of poles, not pole pairs: 2, 4, 6 ...
# line_hz = 50.0             # supply frequency, Hz
# rated_kw = 11.0            # rated shaft power, kW (hp x 0.746)
# rated_rpm = 1460.0         # rated speed, rpm; below 120 x line_hz / poles
# rated_current_a = 21.5     # rated line current, A
# rated_voltage_v = 400.0    # rated line-to-line voltage, V
# shaft_height_mm = 160.0    # centre of shaft over the feet, mm (the frame size number)
# mounting = "rigid"         # foundation: "rigid" or "flexible"
# rotor_bars = 28            # from the maker; needed for rotor-slot lines only
# variable_frequency_drive = false  # true when an inverter feeds the motor
# insulation_class = "F"     # "B", "F" or "H"
# gear_teeth = 23            # teeth of the gear wheel on the motor's own shaft, if there is one
# fan_blades = 7             # blades of the fan on the motor's own shaft
# hot_spot_allowance_k = 25.0 # hottest winding over the temperature sensor, at rated load

# Bearings: the designation stamped on the ring is enough where the catalogue knows it.
# [[bearings]]
# name = "6205-2RS"
# position = "DE"            # "DE" drive end, "NDE" other end

# A bearing the catalogue does not know: give its geometry ...
# [[bearings]]
# name = "XYZ 123"
# position = "NDE"
# rolling_elements = 9       # number of balls or rollers in one row
# element_diameter_mm = 7.94
# pitch_diameter_mm = 39.04  # about half of bore plus outer diameter
# contact_angle_deg = 0.0

# ... or the maker's multipliers of shaft speed.
# [[bearings]]
# name = "XYZ 124"
# bpfo_order = 3.585         # outer race
# bpfi_order = 5.415         # inner race
# bsf_order = 2.357          # spin of the element itself; some tables print twice this
# ftf_order = 0.398          # cage
"""


def load_motor(path: Path) -> Motor:
    """Read and validate a `motor.toml`.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    BadConfig
        The file is missing or not TOML, a key is unknown, or a value is impossible; the
        message names file and key and says what to do.
    UnknownBearing
        A bearing is given by a name that the catalogue does not hold.
    """
    try:
        return parse_motor(read_toml_text(path))
    except (BadConfig, UnknownBearing) as error:
        raise type(error)(f"{path}: {error}") from error


def parse_motor(text: str) -> Motor:
    """Turn the text of a `motor.toml` into a `Motor`; raises as `load_motor`, without a path."""
    raw = parse_toml(text)
    _check_keys(raw)
    if "bearings" in raw:
        raw["bearings"] = resolve_bearings(raw["bearings"])
    try:
        return msgspec.convert(raw, Motor)
    except msgspec.ValidationError as error:
        raise BadConfig(_in_plain_words(error)) from error


def write_motor_template() -> str:
    """Return a commented `motor.toml` for an engineer to fill in; it loads as it stands."""
    return TEMPLATE


def _check_keys(raw: dict[str, object]) -> None:
    """Refuse unknown keys by name and wrong shapes, before the values are looked at."""
    _check_table(raw, "", Motor)
    _check_table(raw.get("nameplate", {}), "nameplate", Nameplate)
    bearings = raw.get("bearings", [])
    if not isinstance(bearings, list):
        raise BadConfig("bearings must be a list: write [[bearings]] above each one")
    for index, bearing in enumerate(bearings, start=1):
        _check_table(bearing, f"bearings, entry {index}", Bearing)


def _check_table(table: object, where: str, kind: type[msgspec.Struct]) -> None:
    if not isinstance(table, Mapping):
        raise BadConfig(f"{where}: expected a table of `key = value` lines, got {table!r}")
    known = kind.__struct_fields__
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            advice = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(known)}"
            raise BadConfig(f"unknown key {key!r}{f' in {where}' if where else ''}; {advice}")


def _in_plain_words(error: msgspec.ValidationError) -> str:
    """Turn msgspec's words and `$.path` into the reader's: `nameplate.poles: expected ...`."""
    if isinstance(error.__cause__, BadConfig):
        return str(error.__cause__)
    said, _, path = str(error).partition(" - at `$")
    said = re.sub(r"`([a-z|]+)( \| null)?`", lambda m: TYPES.get(m[1], m[1]), said)
    where = re.sub(r"\[(\d+)\]", lambda m: f", entry {int(m[1]) + 1}", path).strip("`.")
    return f"{where}: {said}{_choices(where)}" if where else said


def _choices(where: str) -> str:
    """List the values allowed at a key that takes one of a few words."""
    key = where.rpartition(".")[2]
    hint = get_type_hints(Nameplate).get(key)
    words = [word for part in get_args(hint) for word in get_args(part)]
    return f"; use one of: {', '.join(words)}" if words else ""
