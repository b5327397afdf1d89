"""`motor.toml`: what loads, and what is said of one that does not."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.errors import BadConfig, UnknownBearing
from sensors.motor_file import load_motor, parse_motor, write_motor_template

FULL = """
motor_id = "pump-1"
nominal_rpm = 1470

[nameplate]
poles = 4
line_hz = 50
rated_kw = 11
mounting = "rigid"

[[bearings]]
name = "6205-2RS"
position = "DE"

[[bearings]]
name = "special"
position = "NDE"
rolling_elements = 8
element_diameter_mm = 6.75
pitch_diameter_mm = 28.55
"""


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "motor.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_full_file_loads(tmp_path: Path) -> None:
    motor = load_motor(write(tmp_path, FULL))
    assert (motor.motor_id, motor.nominal_rpm) == ("pump-1", 1470.0)
    assert motor.nameplate.synchronous_rpm == 1500.0
    drive_end, other_end = motor.bearings
    assert (drive_end.name, drive_end.position) == ("6205-2RS", "DE")
    assert drive_end.rolling_elements == 9
    assert drive_end.source
    assert other_end.bpfo == pytest.approx(3.0543, abs=1e-4)


def test_template_loads_as_it_stands_and_when_filled_in(tmp_path: Path) -> None:
    template = write_motor_template()
    assert parse_motor(template).motor_id == "pump-1"
    filled = template.replace("# [[", "[[")
    keys = ("poles", "line_hz", "rated", "shaft", "mounting", "rotor", "variable", "insulation",
            "nominal", "name", "position", "rolling", "element", "pitch", "contact", "bpfo",
            "bpfi", "bsf", "ftf")  # fmt: skip
    for key in keys:
        filled = filled.replace(f"\n# {key}", f"\n{key}")
    motor = load_motor(write(tmp_path, filled))
    assert motor.nameplate.rated_kw == 11.0
    assert motor.nameplate.insulation_class == "F"
    assert len(motor.bearings) == 3
    assert all(bearing.bpfo is not None for bearing in motor.bearings)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "motor_id"),
        ('motor_id = "a', "not valid TOML"),
        ("motor_id = 3", "motor_id: Expected text"),
        ('motor_id = "a"\nnominal_rp = 3', "unknown key 'nominal_rp'; did you mean 'nominal_rpm'"),
        ('motor_id = "a"\nbearing = "6205"', "did you mean 'bearings'"),
        ('motor_id = "a"\nzzz = 1', "unknown key 'zzz'; use one of: motor_id, nameplate"),
        ('motor_id = "a"\nnominal_rpm = "fast"', "nominal_rpm: Expected a number, got text"),
        ('motor_id = "a"\nnominal_rpm = nan', "nominal_rpm = nan"),
        ('motor_id = "a"\nnameplate = 3', "nameplate: expected a table"),
        ('motor_id = "a"\n[nameplate]\npols = 4', "unknown key 'pols' in nameplate; did you mean"),
        ('motor_id = "a"\n[nameplate]\npoles = "four"', "nameplate.poles: Expected a whole number"),
        ('motor_id = "a"\n[nameplate]\npoles = 3', "poles = 3 must be an even number"),
        ('motor_id = "a"\n[nameplate]\nmounting = "soft"', "use one of: rigid, flexible"),
        ('motor_id = "a"\nbearings = "6205"', r"write \[\[bearings\]\]"),
        ('motor_id = "a"\n[bearings]\nname = "6205"', r"write \[\[bearings\]\]"),
        ('motor_id = "a"\nbearings = ["6205"]', "bearings, entry 1: expected a table"),
        ('motor_id = "a"\n[[bearings]]\nposition = "DE"', "entry 1: .* required field name"),
        ('motor_id = "a"\n[[bearings]]\nname = 6205', "name: Expected text"),
        ('motor_id = "a"\n[[bearings]]\nname = "x"\nballs = 9', "'balls' in bearings, entry 1"),
        (
            'motor_id = "a"\n[[bearings]]\nname = "x"\nrolling_elements = 9.5',
            "entry 1.rolling_elements: Expected a whole number",
        ),
        (
            'motor_id = "a"\n[[bearings]]\nname = "x"\nrolling_elements = 9',
            "bearing 'x': give rolling_elements",
        ),
    ],
)
def test_mistakes_are_told_by_file_and_key(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BadConfig, match=says) as caught:
        load_motor(path)
    assert str(path) in str(caught.value)


def test_unknown_bearing_is_told_by_file(tmp_path: Path) -> None:
    path = write(tmp_path, 'motor_id = "a"\n[[bearings]]\nname = "9999"')
    with pytest.raises(UnknownBearing, match="'9999' is not in the catalogue") as caught:
        load_motor(path)
    assert str(path) in str(caught.value)


def test_unreadable_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="cannot be read"):
        load_motor(tmp_path / "nowhere.toml")
    with pytest.raises(BadConfig, match="cannot be read"):
        load_motor(tmp_path)
    with pytest.raises(BadConfig, match="not UTF-8"):
        load_motor(write(tmp_path, b"\xff\xfe\x00m"))
    with pytest.raises(BadConfig, match="larger than 1 MB"):
        load_motor(write(tmp_path, b"#" * 1_000_001))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused_by_name(text: str) -> None:
    try:
        parse_motor(text)
    except (BadConfig, UnknownBearing) as error:
        assert str(error)
