"""TOML at the door: whatever a file holds, it is a table or BadConfig."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.errors import BadConfig
from sensors.toml_file import parse_toml, read_toml


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "motor.toml"
    path.write_bytes(b'\xef\xbb\xbfmotor_id = "pump"\r\n')
    assert read_toml(path) == {"motor_id": "pump"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x = ", "not valid TOML"),
        (b"x = " + b"[" * 20_000, "not valid TOML"),
        (b"x = 1" + b"0" * 10_000, "not valid TOML"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"#" * 1_000_001, "larger than 1 MB"),
    ],
)
def test_what_is_no_toml_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "motor.toml"
    path.write_bytes(content)
    with pytest.raises(BadConfig, match=said):
        read_toml(path)


@pytest.mark.parametrize("name", ["none", "", "a\0b"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadConfig, match="cannot be read"):
        read_toml(tmp_path / name)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless device here")
def test_an_endless_device_is_too_large() -> None:
    with pytest.raises(BadConfig, match="larger than"):
        read_toml(Path("/dev/zero"))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="[]{}=.\"'\\\n #ab10-:", max_size=60))
def test_any_text_is_a_table_or_an_error(text: str) -> None:
    with contextlib.suppress(BadConfig):
        assert isinstance(parse_toml(text), dict)
