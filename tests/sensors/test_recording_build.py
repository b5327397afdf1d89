import csv
import math
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from sensors.capture import Sense, Unit
from sensors.conditions import Condition
from sensors.errors import BadConfig, BadRate, MissingChannel, RecordingError, UnknownBearing
from sensors.motor import Motor, Nameplate
from sensors.recordings.library import checksum_failures, load_recordings
from sensors.recordings.manifest import load_manifest
from sensors.recordings.recording import Recording
from sensors.replay import snapshot, whole_capture

HEAD = 'schema = 1\nname = "bench"\n[[recordings]]\n'
VIB = (
    '{ column = "0", name = "vib", sense = "vibration", unit = "m/s2", scale = 2.0, offset = 1.0 }'
)


def table(path: Path, rows: Iterable[Iterable[float]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def load(folder: Path, entry: str, **given: float) -> tuple[Recording, ...]:
    manifest = folder / "manifest.toml"
    manifest.write_text(HEAD + entry)
    return load_recordings([folder], **given)  # type: ignore[arg-type]


def test_pattern_fills_numbers_texts_and_labels(tmp_path: Path) -> None:
    for name in ("IR_7_1200.csv", "OK_0_1500.csv"):
        table(tmp_path / name, [[1.0], [2.0], [3.0]])
    fault, sound = load(
        tmp_path,
        'files = "*.csv"\n'
        "pattern = '(?P<kind>OK|(?P<bearing_inner_race>IR))_(?P<mil>\\d)_(?P<rpm>\\d+)'\n"
        'rate_hz = 100\nspeed_rpm = { group = "rpm" }\nseverity = { group = "mil", scale = 0.5 }\n'
        'labels = ["healthy"]\nunit_id = "{kind}-{mil}"\ngroup = "rig"\nbearing = "6205-2RS"\n'
        'motor = { motor_id = "m-{kind}", nameplate = { poles = 4 } }\n'
        f'note = "size {{mil}}"\nchannels = [{VIB}]\n',
    )
    assert fault.labels == {Condition.BEARING_INNER_RACE}
    assert sound.labels == frozenset()
    assert (fault.speed_rpm, fault.severity, fault.unit_id) == (1200.0, 3.5, "IR-7")
    assert (fault.motor.motor_id, fault.group, fault.note) == ("m-IR", "rig", "size 7")
    assert fault.motor.nameplate.poles == 4
    assert fault.motor.bearings[0].rolling_elements == 9
    assert whole_capture(fault, 10.0).blocks[0].values.tolist() == [3.0, 5.0, 7.0]


def test_without_labels_a_recording_is_unlabelled(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", [[1.0], [2.0]])
    (one,) = load(tmp_path, f'files = "*.csv"\nrate_hz = 10\nchannels = [{VIB}]')
    assert one.labels is None
    assert one.clock == "unknown"
    assert one.segments[0].t0_ns == 0
    assert one.motor.motor_id == "bench-a.csv"


def test_scalars_columns_and_otherwise_give_numbers(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", sig=np.arange(30.0), fs=np.float64(50), tacho=[7.0] * 30)
    (one,) = load(
        tmp_path,
        'files = "*.npz"\nrate_hz = { scalar = "f?" }\nspeed_rpm = { column = "ta*", scale = 60 }\n'
        'load = { scalar = "torque", otherwise = 0.25 }\n'
        'channels = [{ column = "sig", name = "vib", sense = "vibration", unit = "1" },'
        '{ column = "gone", name = "x", sense = "vibration", unit = "1", optional = true }]',
    )
    assert one.tracks[0].rate_hz == 50
    assert one.speed_rpm == 420
    assert one.load == 0.25
    assert [channel.name for channel in one.channels] == ["vib"]


@pytest.mark.parametrize(
    ("entry", "error", "said"),
    [
        ('rate_hz = { scalar = "fz" }', MissingChannel, "no 'fz' for field `rate_hz`.*there is fs"),
        ('rate_hz = { scalar = "f*" }', BadConfig, "fits fs, f2"),
        ('rate_hz = 10\nspeed_rpm = { group = "n" }', BadConfig, "'abc'.*not a number"),
        ('rate_hz = 10\nunit_id = "{bearing}"', BadConfig, "`unit_id`.*bearing"),
        ('rate_hz = 10\nbearing = "9999XY"', UnknownBearing, "9999XY"),
        ("load = 1", BadRate, "does not state its sampling rate.*--rate"),
        (
            'rate_hz = 10\nsnapshots = { samples = { scalar = "f2", offset = -3 } }',
            BadConfig,
            "at least 1",
        ),
        (
            'rate_hz = 10\nsnapshots = { samples = 10, index = { column = "x" } }',
            MissingChannel,
            "index",
        ),
        ("rate_hz = 10\nsnapshots = {}", BadConfig, "needs `period_s`"),
    ],
)
def test_reference_that_leads_nowhere_is_named(
    tmp_path: Path, entry: str, error: type[Exception], said: str
) -> None:
    np.savez(tmp_path / "abc.npz", sig=np.arange(30.0), fs=np.float64(50), f2=np.float64(3))
    channel = '{ column = "sig", name = "vib", sense = "vibration", unit = "1" }'
    with pytest.raises(error, match=said) as caught:
        load(
            tmp_path,
            f"files = \"*.npz\"\npattern = '(?P<n>\\w+)\\.npz'\n{entry}\nchannels = [{channel}]",
        )
    if error is not UnknownBearing:
        assert "abc.npz" in str(caught.value) or "[[recordings]] 1" in str(caught.value)


def test_missing_column_lists_those_there_are(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", sig=np.arange(30.0))
    with pytest.raises(MissingChannel, match=r"no column '0' for channel 'vib'.*there is sig"):
        load(tmp_path, f'files = "*.npz"\nrate_hz = 10\nchannels = [{VIB}]')


def test_file_with_none_of_the_optional_channels_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", sig=np.arange(30.0))
    optional = VIB.replace(" }", ", optional = true }")
    with pytest.raises(MissingChannel, match=r"a\.npz: none of its columns is a channel"):
        load(tmp_path, f'files = "*.npz"\nrate_hz = 10\nchannels = [{optional}]')


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, math.nan, math.inf, 1e12])
def test_impossible_rate_is_refused(tmp_path: Path, rate_hz: float) -> None:
    table(tmp_path / "a.csv", [[1.0], [2.0]])
    with pytest.raises(BadRate, match=r"a\.csv"):
        load_recordings([tmp_path / "a.csv"], rate_hz=rate_hz)


def test_files_dated_by_name_are_a_series_in_utc(tmp_path: Path) -> None:
    table(tmp_path / "2004.02.12.10.42.39", [[3.0], [4.0]])
    table(tmp_path / "2004.02.12.10.32.39", [[1.0], [2.0]])
    (one,) = load(
        tmp_path,
        "files = \"20*\"\nrate_hz = 2\npattern = '(?P<time>.*)'\n"
        f'time_format = "%Y.%m.%d.%H.%M.%S"\nsnapshots = {{}}\nchannels = [{VIB}]',
    )
    first, second = one.segments
    assert first.t0_ns == 1_076_581_959_000_000_000  # date -u -d '2004-02-12 10:32:39' +%s
    assert second.t0_ns - first.t0_ns == 600_000_000_000
    assert one.clock == "utc"
    assert one.path == tmp_path
    assert snapshot(one, -1, 9.0).blocks[0].values.tolist() == [7.0, 9.0]
    with one.open() as opened:
        assert opened.duration_s is None  # text tells its length only at its end


def test_date_that_does_not_fit_is_named(tmp_path: Path) -> None:
    table(tmp_path / "2004.13.csv", [[3.0], [4.0]])
    with pytest.raises(BadConfig, match=r"time_format.*2004\.13\.csv"):
        load(
            tmp_path,
            "files = \"20*\"\nrate_hz = 2\npattern = '(?P<time>[0-9.]+)\\.csv'\n"
            f'time_format = "%Y.%m"\nchannels = [{VIB}]',
        )


def test_numbered_files_are_a_series_by_number_not_by_name(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        table(tmp_path / "B1" / f"acc_{number}.csv", [[float(number)]] * 3)
    (one,) = load(
        tmp_path,
        "files = \"B*/acc_*.csv\"\nrate_hz = 2\npattern = '_(?P<n>\\d+)'\nrun_to_failure = true\n"
        f'snapshots = {{ period_s = 10, index = {{ group = "n" }} }}\nchannels = [{VIB}]',
    )
    assert [segment.t0_ns // 10**9 for segment in one.segments] == [10, 20, 100]
    assert one.run_to_failure
    assert snapshot(one, 2, 9.0).blocks[0].values.tolist() == [21.0] * 3


def test_two_files_of_one_time_are_refused(tmp_path: Path) -> None:
    for name in ("a_1.csv", "b_1.csv"):
        table(tmp_path / name, [[1.0], [2.0]])
    with pytest.raises(BadConfig, match=r"a_1\.csv and b_1\.csv claim the same time"):
        load(
            tmp_path,
            "files = \"*.csv\"\nrate_hz = 2\npattern = '_(?P<n>\\d+)'\n"
            f'snapshots = {{ period_s = 1, index = {{ group = "n" }} }}\nchannels = [{VIB}]',
        )


def test_snapshots_of_one_file_are_placed_by_their_index(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", acc=np.arange(24.0).reshape(3, 2, 4), number=[1, 6, 7])
    (one,) = load(
        tmp_path,
        'files = "*.npz"\nrate_hz = 4\n'
        'snapshots = { samples = { scalar = "acc.snapshot_samples" }, period_s = 10,'
        ' index = { column = "number" } }\n'
        'channels = [{ column = "acc[1]", name = "v", sense = "vibration", unit = "1" }]',
    )
    assert [segment.t0_ns // 10**9 for segment in one.segments] == [10, 60, 70]
    assert snapshot(one, 1, 9.0).blocks[0].values.tolist() == [12.0, 13.0, 14.0, 15.0]
    with one.open() as opened:
        assert opened.duration_s == 61.0


def test_pieces_of_a_text_file_are_counted_by_looking(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", [[float(n)] for n in range(10)])
    (one,) = load(
        tmp_path, f'files = "*.csv"\nrate_hz = 4\nsnapshots = {{ samples = 4 }}\nchannels = [{VIB}]'
    )
    assert [segment.t0_ns for segment in one.segments] == [0, 10**9, 2 * 10**9]
    assert snapshot(one, 2, 9.0).blocks[0].values.tolist() == [17.0, 19.0]


def test_what_the_user_states_overrules_the_manifest(tmp_path: Path) -> None:
    table(tmp_path / "a.csv", [[1.0], [2.0]])
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(HEAD + f'files = "*.csv"\nrate_hz = 2\nspeed_rpm = 900\nchannels = [{VIB}]')
    motor = Motor(motor_id="mine", nameplate=Nameplate(poles=6))
    (one,) = load_recordings(
        [tmp_path], manifest=manifest, motor=motor, rate_hz=4.0, speed_rpm=0.0, bearing="6203"
    )
    assert one.motor.motor_id == "mine"
    assert one.motor.bearings[0].rolling_elements == 8
    assert (one.tracks[0].rate_hz, one.speed_rpm) == (4.0, 0.0)


def test_identity_is_the_content_and_how_it_is_read_not_the_name(tmp_path: Path) -> None:
    rows = [[float(n)] for n in range(5000)]
    for name in ("a.csv", "b.csv"):
        table(tmp_path / name, rows)
    table(tmp_path / "c.csv", [*rows[:-1], [1.5]])
    a, b, c = load_recordings([tmp_path / f"{name}.csv" for name in "abc"], rate_hz=10.0)
    (other,) = load_recordings([tmp_path / "a.csv"], rate_hz=11.0)
    assert a.recording_id == b.recording_id
    assert len({a.recording_id, c.recording_id, other.recording_id}) == 3


def test_values_beyond_float32_and_nan_stay_marked(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", sig=[1e300, np.nan, -1e300, 1.0])
    (one,) = load(
        tmp_path,
        'files = "*.npz"\nrate_hz = 4\n'
        'channels = [{ column = "sig", name = "v", sense = "vibration", unit = "1" }]',
    )
    values = whole_capture(one, 9.0).blocks[0].values
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, [np.inf, np.nan, -np.inf, 1.0])


def test_channel_of_its_own_rate(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", fast=np.arange(100.0), slow=np.arange(5.0))
    (one,) = load(
        tmp_path,
        'files = "*.npz"\nrate_hz = 20\nchannels = ['
        '{ column = "fast", name = "v", sense = "vibration", unit = "1" },'
        '{ column = "slow", name = "t", sense = "temperature", unit = "degC", rate_hz = 1 }]',
    )
    fast, slow = whole_capture(one, 2.0).blocks
    assert (fast.values.size, slow.values.tolist()) == (40, [0.0, 1.0])
    assert slow.unit is Unit.DEGC and slow.channel.sense is Sense.TEMPERATURE


def test_checksums_tell_which_file_differs(tmp_path: Path) -> None:
    right = sha256(table(tmp_path / "a.csv", [[1.0]]).read_bytes()).hexdigest()
    table(tmp_path / "b.csv", [[2.0]])
    manifest = tmp_path / "manifest.toml"
    sums = "".join(f'"{name}.csv" = "{right}"\n' for name in ("a", "b", "gone"))
    manifest.write_text(HEAD + f'files = "*.csv"\n[checksums]\n{sums}')
    assert checksum_failures(load_manifest(manifest), tmp_path) == ("b.csv",)


def test_no_source_and_no_recording_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no recording was named"):
        load_recordings([])
    (tmp_path / "notes.pdf").write_bytes(b"x")
    with pytest.raises(RecordingError, match="none of its 1 files is a recording"):
        load_recordings([tmp_path])
