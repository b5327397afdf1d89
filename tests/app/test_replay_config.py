import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app.config
from app.config import ReplayConfig, load_config, parse_config
from sensors.errors import BadConfig


def test_an_empty_file_is_all_defaults() -> None:
    assert parse_config("") == ReplayConfig()


def test_the_defaults_are_those_that_the_documentation_states() -> None:
    assert app.config.__doc__ is not None
    stated = app.config.__doc__.split("::\n")[1].split("\nLength")[0]
    raw = tomllib.loads(stated)
    assert parse_config(stated) == ReplayConfig()
    optional = {"release", "store"}
    assert raw.keys() | optional == set(ReplayConfig.__struct_fields__)
    everything = parse_config(stated.replace("# release", "release").replace("# store", "store"))
    assert (everything.release, everything.store) == ("bearing.json", "sqlite:///motorwatch.db")


def test_values_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "replay.toml"
    path.write_text('speed = 10\nstore = "sqlite:///x.db"\n')
    config = load_config(path)
    assert (config.speed, config.store) == (10.0, "sqlite:///x.db")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sped = 1", r"sped.*the keys are: site, speed"),
        ("speed = nan", "speed"),
        ("speed = 'fast'", "speed"),
        ("speed = -1", "speed"),
        ("batch = 0", "batch"),
        ("site = 'a/b'", "site"),
        ("speed = ", "not valid TOML"),
        ("x = " + "[" * 5000, "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "replay.toml"
    path.write_text(text)
    with pytest.raises(BadConfig, match=said) as caught:
        load_config(path)
    assert str(path) in str(caught.value)


def test_files_that_are_no_configuration_are_named(tmp_path: Path) -> None:
    binary, large = tmp_path / "x.mat", tmp_path / "big.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    large.write_bytes(b"#" * 2_000_000)
    for path, said in [(binary, "UTF-8"), (large, "1 MB"), (tmp_path / "none", "check the path")]:
        with pytest.raises(BadConfig, match=said):
            load_config(path)
    with pytest.raises(BadConfig, match="cannot be read"):
        load_config(tmp_path)


keys = st.sampled_from([*ReplayConfig.__struct_fields__, "x"])
values = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text("a/+#[] \"'", max_size=5).map(repr)
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(keys, values, max_size=4))
def test_any_text_is_a_configuration_or_a_bad_one(lines: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {value}" for key, value in lines.items())
    try:
        config = parse_config(text)
    except BadConfig:
        return
    assert msgspec.convert(msgspec.to_builtins(config), ReplayConfig) == config
