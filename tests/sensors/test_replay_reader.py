"""ReplayReader against a slow twin that cuts one whole array by exact rational arithmetic."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.capture import Capture, Sense, Unit
from sensors.errors import BadConfig, RecordingError
from sensors.reader import captures
from sensors.recordings.library import load_recordings
from sensors.recordings.recording import Recording
from sensors.replay import ReplayReader, latest_capture, snapshot, whole_capture


def recording(folder: Path, entry: str, **arrays: object) -> Recording:
    np.savez(folder / "a.npz", **arrays)  # type: ignore[arg-type]
    (folder / "manifest.toml").write_text(
        f'schema = 1\nname = "bench"\n[[recordings]]\nfiles = "a.npz"\n{entry}'
    )
    return load_recordings([folder])[0]


def channel(column: str, sense: str = "vibration", unit: str = "1", more: str = "") -> str:
    return f'{{ column = "{column}", name = "{column}", sense = "{sense}", unit = "{unit}"{more} }}'


def one_channel(folder: Path, samples: int, rate_hz: float) -> Recording:
    entry = f"rate_hz = {rate_hz}\nchannels = [{channel('v')}]"
    return recording(folder, entry, v=np.arange(samples, dtype=np.float32))


def replay(source: Recording, **how: float) -> list[Capture]:
    reader = ReplayReader(source, **how)  # type: ignore[arg-type]
    try:
        return list(captures(reader))
    finally:
        reader.close()


def starts(found: list[Capture]) -> list[float]:
    return [float(capture.blocks[0].values[0]) for capture in found]


@settings(max_examples=60, deadline=None)
@given(
    samples=st.integers(1, 400),
    rate=st.sampled_from([1, 7, 48, 12.8, 100 / 3]),
    window=st.decimals("0.1", 6, places=2),
    hop=st.decimals("0.05", 6, places=2),
)
def test_windows_are_those_cut_from_the_whole_array(
    tmp_path_factory: pytest.TempPathFactory, samples: int, rate: float, window: object, hop: object
) -> None:
    window_s, hop_s = Fraction(str(window)), Fraction(str(hop))
    if window_s * Fraction(rate) < 1:
        return
    count = round(window_s * Fraction(rate))
    source = one_channel(tmp_path_factory.mktemp("a"), samples, rate)
    found = replay(source, window_s=float(window_s), hop_s=float(hop_s))
    expected, number = [], 0
    while True:
        exact = number * hop_s * Fraction(rate)
        start = next(
            n for n in range(int(exact), int(exact) + 2) if n >= exact - Fraction(1, 10**6)
        )
        if start + count > samples:
            break
        expected.append(np.arange(start, start + count))
        number += 1
    expected = expected or [np.arange(samples)]
    assert len(found) == len(expected)
    for capture, values in zip(found, expected, strict=True):
        np.testing.assert_array_equal(capture.blocks[0].values, values)


def test_times_and_numbers_are_those_of_the_windows(tmp_path: Path) -> None:
    source = one_channel(tmp_path, 100, 10)
    found = replay(source, window_s=2.0, hop_s=1.5, seq0=7)
    assert [capture.seq for capture in found] == [7, 8, 9, 10, 11, 12]
    assert [capture.t0_ns for capture in found] == [n * 1_500_000_000 for n in range(6)]
    assert {capture.t1_ns - capture.t0_ns for capture in found} == {2_000_000_000}
    assert {capture.clock for capture in found} == {"unknown"}
    assert {capture.motor_id for capture in found} == {source.motor.motor_id}


def test_a_block_tells_when_its_own_first_sample_was(tmp_path: Path) -> None:
    source = one_channel(tmp_path, 100, 3)
    second = replay(source, window_s=1.0, hop_s=0.5)[1]
    assert second.t0_ns == 500_000_000
    assert second.blocks[0].values[0] == 2  # the first sample at or after 0.5 s
    assert second.blocks[0].t0_ns == 666_666_667


def test_no_drift_over_hours(tmp_path: Path) -> None:
    """After 4 h of windows 0.1 s apart, at a rate that 0.1 s does not divide."""
    hours = 4 * 3600 * 33
    source = one_channel(tmp_path, hours, 33)
    reader = ReplayReader(source, window_s=1.0, hop_s=0.1, from_s=4 * 3600 - 60)
    last = list(captures(reader))[-1]
    assert last.t0_ns == (4 * 3600 - 1) * 10**9
    assert last.blocks[0].values[0] == hours - 33


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ({"from_s": 3.0}, [30.0, 50.0, 70.0]),
        ({"to_s": 7.0}, [0.0, 20.0, 40.0]),
        ({"from_s": 1.0, "to_s": 5.0}, [10.0, 30.0]),
        ({"from_s": 4.0, "to_s": 5.0}, [40.0]),
        ({"from_s": 9.0}, [90.0]),
        ({"from_s": 10.0}, []),
        ({"from_s": 5.0, "to_s": 5.0}, []),
    ],
)
def test_part_of_a_recording(tmp_path: Path, span: dict[str, float], expected: list[float]) -> None:
    source = one_channel(tmp_path, 100, 10)
    found = replay(source, window_s=2.0, hop_s=2.0, **span)
    assert starts(found) == expected


def test_recording_shorter_than_a_window_gives_one_short_capture(tmp_path: Path) -> None:
    (only,) = replay(one_channel(tmp_path, 15, 10), window_s=2.0, hop_s=1.0)
    assert only.blocks[0].values.size == 15
    assert only.duration_s == 1.5


def test_windows_between_two_samples_are_passed_over(tmp_path: Path) -> None:
    found = replay(one_channel(tmp_path, 3, 1), window_s=0.25, hop_s=0.25)
    assert [capture.t0_ns / 1e9 for capture in found] == [0, 1, 2]
    assert starts(found) == [0, 1, 2]


SNAPSHOTS = (
    f"rate_hz = 4\nsnapshots = {{ samples = 8, period_s = 10 }}\nchannels = [{channel('v')}]"
)


@pytest.mark.parametrize("rate_hz", [0.3, 1e-3, 1e-5])
def test_a_slow_channel_gives_the_windows_that_hold_a_sample(
    tmp_path: Path, rate_hz: float
) -> None:
    """A sample a day is found at once: windows without one are not tried in turn."""
    found = replay(one_channel(tmp_path, 4, rate_hz), window_s=0.5, hop_s=0.5)
    assert starts(found) == [0, 1, 2, 3]
    assert [round(c.t0_ns / 5e8) for c in found] == [int(2 * n / rate_hz + 1e-6) for n in range(4)]


def test_windows_never_span_two_snapshots(tmp_path: Path) -> None:
    source = recording(tmp_path, SNAPSHOTS, v=np.arange(24.0))
    found = replay(source, window_s=1.5, hop_s=0.5)
    assert starts(found) == [0, 2, 8, 10, 16, 18]
    assert [capture.t0_ns / 1e9 for capture in found] == [0, 0.5, 10, 10.5, 20, 20.5]
    assert [capture.seq for capture in found] == list(range(6))


def test_snapshot_shorter_than_a_window_gives_all_of_it_once(tmp_path: Path) -> None:
    source = recording(tmp_path, SNAPSHOTS, v=np.arange(24.0))
    found = replay(source, window_s=60.0, hop_s=60.0)
    assert [capture.blocks[0].values.size for capture in found] == [8, 8, 8]
    assert [capture.duration_s for capture in found] == [2.0] * 3


def test_part_of_a_series_counts_from_its_first_snapshot(tmp_path: Path) -> None:
    source = recording(tmp_path, SNAPSHOTS, v=np.arange(24.0))
    assert starts(replay(source, window_s=2.0, hop_s=2.0, from_s=5.0)) == [8, 16]
    assert starts(replay(source, window_s=2.0, hop_s=2.0, to_s=20.0)) == [0, 8]


def test_one_snapshot_and_the_whole(tmp_path: Path) -> None:
    source = recording(tmp_path, SNAPSHOTS, v=np.arange(24.0))
    assert snapshot(source, 1, 60.0).blocks[0].values.tolist() == list(range(8, 16))
    assert snapshot(source, -1, 60.0).seq == 2
    assert snapshot(source, 1, 0.5).blocks[0].values.tolist() == [8, 9]
    assert whole_capture(source, 60.0).blocks[0].values.tolist() == list(range(8))
    with pytest.raises(RecordingError, match="snapshot 3 is not among its 3"):
        snapshot(source, 3, 60.0)


def test_the_latest_are_the_last_seconds_of_the_last_piece(tmp_path: Path) -> None:
    source = recording(tmp_path, SNAPSHOTS, v=np.arange(24.0))
    assert latest_capture(source, 1.5).blocks[0].values.tolist() == list(range(18, 24))
    assert latest_capture(source, 60.0).blocks[0].values.tolist() == list(range(16, 24))


def test_the_latest_end_with_the_fastest_channel_however_long_another_goes_on(
    tmp_path: Path,
) -> None:
    entry = (
        "channels = [{ column = 'v', name = 'v', sense = 'vibration', unit = '1', rate_hz = 4 }, "
        "{ column = 's', name = 's', sense = 'speed', unit = 'rpm', rate_hz = 1 }]"
    )
    source = recording(tmp_path, entry, v=np.arange(80.0), s=np.full(60, 1500.0))
    assert latest_capture(source, 5.0).blocks[0].values.tolist() == list(range(60, 80))


def test_channels_of_other_rates_are_cut_by_time(tmp_path: Path) -> None:
    entry = "rate_hz = 100\nchannels = [" + ",".join(
        [
            channel("fast"),
            channel("slow", "temperature", "degC", ", rate_hz = 1"),
            channel("rare", "process", "1", ", rate_hz = 0.25"),
        ]
    )
    source = recording(
        tmp_path, entry + "]", fast=np.arange(1000.0), slow=np.arange(10.0), rare=[0.0, 4.0, 8.0]
    )
    found = replay(source, window_s=1.0, hop_s=1.0)
    assert [capture.blocks[0].values[0] for capture in found] == [n * 100 for n in range(10)]
    assert [capture.blocks[1].values.tolist() for capture in found] == [[n] for n in range(10)]
    rare = {n: c.blocks[2].values.tolist() for n, c in enumerate(found) if len(c.blocks) == 3}
    assert rare == {0: [0.0], 4: [4.0], 8: [8.0]}


def test_a_channel_that_ends_early_is_absent_then(tmp_path: Path) -> None:
    entry = f"rate_hz = 10\nchannels = [{channel('a')}, {channel('b')}]"
    source = recording(tmp_path, entry, a=np.arange(30.0), b=np.arange(15.0))
    found = replay(source, window_s=1.0, hop_s=1.0)
    assert [[block.values.size for block in capture.blocks] for capture in found] == [
        [10, 10],
        [10, 5],
        [10],
    ]


def test_measured_speed_overrules_the_declared_one(tmp_path: Path) -> None:
    entry = (
        f"rate_hz = 10\nspeed_rpm = 999\nload = 0.5\n"
        f"channels = [{channel('v')}, {channel('n', 'speed', 'rpm')}]"
    )
    speed = np.concatenate([np.full(10, 1500.0), [1510.0] * 9, [np.nan], np.full(10, np.nan)])
    source = recording(tmp_path, entry, v=np.arange(30.0), n=speed)
    found = replay(source, window_s=1.0, hop_s=1.0)
    assert [capture.speed_rpm for capture in found] == [1500.0, 1510.0, 999.0]
    assert {capture.load for capture in found} == {0.5}


def test_clipped_share_and_unusable_samples_reach_the_block(tmp_path: Path) -> None:
    values = np.clip(2 * np.sin(np.arange(1000) / 7), -1, 1)
    values[3] = np.nan
    source = recording(
        tmp_path, f"rate_hz = 100\nchannels = [{channel('v', 'sound', 'FS')}]", v=values
    )
    block = whole_capture(source, 10.0).blocks[0]
    assert block.clipped == pytest.approx(np.mean(np.abs(values) == 1), abs=1e-9)
    assert np.isnan(block.values[3]) and block.values.dtype == np.float32
    assert block.channel.sense is Sense.SOUND and block.unit is Unit.FULL_SCALE


def test_overlap_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = one_channel(tmp_path, 1000, 10)
    asked: list[tuple[int, int]] = []
    opened = source.open()
    read = type(opened).read

    def counted(self: object, segment: object, track: object, start: int, stop: int) -> object:
        asked.append((start, stop))
        return read(self, segment, track, start, stop)  # type: ignore[arg-type]

    monkeypatch.setattr(type(opened), "read", counted)
    assert len(replay(source, window_s=10.0, hop_s=0.5)) == 181
    asked = [span for span in asked if span[0] < 1000]
    assert all(a[1] == b[0] for a, b in pairwise(asked))


def test_handed_out_windows_do_not_change_later(tmp_path: Path) -> None:
    source = one_channel(tmp_path, 100, 10)
    reader = ReplayReader(source, window_s=2.0, hop_s=1.0)
    first = reader.read()
    assert first is not None
    before = first.blocks[0].values.copy()
    reader.read()
    np.testing.assert_array_equal(first.blocks[0].values, before)


def test_reader_knows_its_motor_and_refuses_reading_when_closed(tmp_path: Path) -> None:
    source = one_channel(tmp_path, 100, 10)
    reader = ReplayReader(source, window_s=2.0, hop_s=1.0)
    assert reader.motor == source.motor
    assert reader.read() is not None
    reader.close()
    with pytest.raises(RecordingError, match="closed"):
        reader.read()


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_window_is_refused(tmp_path: Path, bad: float) -> None:
    source = one_channel(tmp_path, 100, 10)
    with pytest.raises(BadConfig, match="window_s"):
        ReplayReader(source, window_s=bad, hop_s=1.0)
    with pytest.raises(BadConfig, match="hop_s"):
        ReplayReader(source, window_s=1.0, hop_s=bad)


def test_empty_recording_gives_no_window(tmp_path: Path) -> None:
    source = one_channel(tmp_path, 0, 10)
    assert replay(source, window_s=1.0, hop_s=1.0) == []
    with pytest.raises(RecordingError, match="holds no samples"):
        whole_capture(source, 1.0)
