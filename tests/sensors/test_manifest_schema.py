import json
import tomllib
from pathlib import Path

import jsonschema
import msgspec
import pytest

from sensors.errors import BadConfig, UnknownBearing, UsageError
from sensors.recordings.manifest import (
    READY_FOLDER,
    load_manifest,
    manifest_schema,
    ready_names,
)
from sensors.recordings.schema import Entry, ReadSpec
from sensors.recordings.source import ReadOptions

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "docs" / "schema" / "recording-manifest-v1.json"

GOOD = """
schema = 1
name = "bench"
[defaults]
rate_hz = 1000
[[recordings]]
files = "*.csv"
channels = [{ column = "0", name = "vib", sense = "vibration", unit = "m/s2" }]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "bench.toml"
    path.write_text(text)
    return path


def test_published_schema_is_the_one_the_reader_follows() -> None:
    assert json.loads(PUBLISHED.read_text()) == json.loads(json.dumps(manifest_schema()))


def test_published_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(manifest_schema())


@pytest.mark.parametrize("name", ready_names())
def test_ready_manifest_is_valid_and_complete(name: str) -> None:
    raw = tomllib.loads((READY_FOLDER / f"{name}.toml").read_text())
    jsonschema.validate(raw, manifest_schema())
    manifest = load_manifest(name)
    assert manifest.name == name
    assert manifest.title and manifest.source and manifest.licence and manifest.obtain
    assert all(manifest.entry(n).channels for n in range(len(manifest.recordings)))


def test_schema_refuses_what_the_reader_refuses() -> None:
    raw = tomllib.loads(GOOD.replace("rate_hz", "rate"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, manifest_schema())


def test_read_spec_offers_every_reading_option() -> None:
    defaults = msgspec.structs.asdict(ReadSpec())
    assert ReadOptions(**defaults) == ReadOptions()


def test_entry_inherits_what_it_leaves_out(tmp_path: Path) -> None:
    manifest = load_manifest(write(tmp_path, GOOD + 'labels = ["healthy"]\n'))
    entry = manifest.entry(0)
    assert entry.rate_hz == 1000
    assert entry.labels == ("healthy",)
    assert entry.speed_rpm is None
    assert Entry(rate_hz=5.0).filled_from(entry).rate_hz == 5.0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('files = "*.csv"', "", "`files` is missing"),
        ("rate_hz = 1000", "rate_hz = 0", "$.defaults.rate_hz"),
        ("rate_hz = 1000", 'rate_hz = "fast"', "$.defaults.rate_hz"),
        ("rate_hz = 1000", "rate_hz = { scalar = 'a', group = 'b' }", "exactly one"),
        ("rate_hz = 1000", "rate_hz = { group = 'khz' }", "group (?P<khz>...)"),
        ("rate_hz = 1000", "sample_rate = 1000", "unknown field `sample_rate`"),
        ("rate_hz = 1000", "pattern = '(a'", "no regular expression"),
        ('files = "*.csv"', 'files = "[z-a].csv"', "no regular expression"),
        ("rate_hz = 1000", 'labels = ["broken"]', "'broken' is not a known condition"),
        ("rate_hz = 1000", 'labels = ["healthy", "unbalance"]', "stands beside a fault"),
        ("rate_hz = 1000", 'time_format = "%Y"', "group (?P<time>...)"),
        ('unit = "m/s2"', 'unit = "A"', "does not fit sense 'vibration'"),
        ('unit = "m/s2"', 'unit = "g"', "[[recordings]] 1 (*.csv) .channels[0].unit"),
        ('sense = "vibration", ', "", "missing required field `sense`"),
        ("schema = 1", "schema = 2", "$.schema"),
        ("schema = 1", "schema = ", "not valid TOML"),
    ],
)
def test_mistake_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(BadConfig) as caught:
        load_manifest(path)
    message = str(caught.value)
    assert str(path) in message
    assert said in message


def test_two_channels_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = GOOD.replace(" }]", ' }, { column = "1", name = "vib", sense = "sound", unit = "FS" }]')
    with pytest.raises(BadConfig, match="vib, vib"):
        load_manifest(write(tmp_path, twice))


@pytest.mark.parametrize("recordings", ['["a.csv"]', "[3]", '"a.csv"'])
def test_recordings_that_are_no_tables_are_refused(tmp_path: Path, recordings: str) -> None:
    path = write(tmp_path, f'schema = 1\nname = "bench"\nrecordings = {recordings}\n')
    with pytest.raises(BadConfig, match="Expected `"):
        load_manifest(path)


def test_a_pattern_too_deep_to_compile_is_refused(tmp_path: Path) -> None:
    deep = "pattern = '" + "(" * 3000 + ")" * 3000 + "'"
    with pytest.raises(BadConfig, match="no regular expression"):
        load_manifest(write(tmp_path, GOOD.replace("rate_hz = 1000", deep)))


def test_an_unknown_bearing_names_the_manifest(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("rate_hz = 1000", 'bearings = [{ name = "X 1" }]'))
    with pytest.raises(UnknownBearing, match=r"bench\.toml: bearing 'X 1'"):
        load_manifest(path)


def test_unknown_name_lists_the_ready_ones() -> None:
    with pytest.raises(BadConfig, match="cwru"):
        load_manifest("no_such_set")


def test_binary_file_is_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadConfig, match="not UTF-8"):
        load_manifest(path)


def test_bearing_by_name_alone_comes_from_the_catalogue(tmp_path: Path) -> None:
    text = GOOD.replace("rate_hz = 1000", 'rate_hz = 1000\nbearings = [{ name = "6205-2RS" }]')
    bearings = load_manifest(write(tmp_path, text)).entry(0).bearings
    assert bearings is not None
    assert bearings[0].rolling_elements == 9
    with pytest.raises(UnknownBearing, match="9999"):
        load_manifest(write(tmp_path, text.replace("6205-2RS", "9999XY")))


def test_motor_may_be_a_file_beside_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "motor.toml").write_text('motor_id = "pump"\n[nameplate]\npoles = 4\n')
    text = GOOD.replace("rate_hz = 1000", 'rate_hz = 1000\nmotor = "motor.toml"')
    motor = load_manifest(write(tmp_path, text)).entry(0).motor
    assert not isinstance(motor, str)
    assert motor is not None and motor.nameplate.poles == 4


@pytest.mark.parametrize(
    "value", ["5", "-1.5", "true", '"x"', '""', "[]", "{}", "[1]", "[{}]", "nan"]
)
@pytest.mark.parametrize("name", ["cwru", "femto", "mfpt"])
def test_any_field_of_a_wrong_kind_is_a_named_error(tmp_path: Path, name: str, value: str) -> None:
    lines = (READY_FOLDER / f"{name}.toml").read_text().partition("[checksums]")[0].splitlines()
    refused = 0
    for number, line in enumerate(lines):
        key, equals, _ = line.partition(" = ")
        if not equals or line.startswith("#") or line.endswith("["):
            continue
        changed = [*lines[:number], f"{key} = {value}", *lines[number + 1 :]]
        try:
            load_manifest(write(tmp_path, "\n".join(changed)))
        except UsageError:
            refused += 1
    assert refused > 5


@pytest.mark.parametrize(
    "entries", ["recordings = 5", "recordings = []", "[recordings]\nfiles = 'a'"]
)
def test_recordings_must_be_a_list_of_tables(tmp_path: Path, entries: str) -> None:
    with pytest.raises(BadConfig, match="recordings"):
        load_manifest(write(tmp_path, f'schema = 1\nname = "bench"\n{entries}\n'))
