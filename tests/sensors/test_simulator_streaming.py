"""One run, however it is read: the samples belong to the scenario, not to the windows."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import only, scenario

from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.errors import BadConfig, RecordingError
from sensors.reader import captures
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Noise, Scenario

GROWING = Fault(
    condition=Condition.BEARING_INNER_RACE,
    severity=0.3,
    onset_s=1.3,
    growth="linear",
    full_at_s=4.0,
)
ALL_SENSES = {"vibration": 8000.0, "sound": 6400.0, "power": 2000.0, "temperature": 1.0}


def lively(**changes: object) -> Scenario:
    base = {
        "rates": only(**ALL_SENSES),
        "noise": Noise(),
        "duration_s": 6.0,
        "voltages": True,
        "ambient_sensor": True,
        "load": ((0.0, 0.5), (2.0, 0.5), (2.5, 1.0)),
        "vibration_axes": ("x", "z"),
    }
    return scenario(GROWING, **(base | changes))


def joined(reader: SimulatorReader) -> dict[str, np.ndarray]:
    parts: dict[str, list[np.ndarray]] = {}
    for capture in captures(reader):
        for block in capture.blocks:
            parts.setdefault(block.channel.name, []).append(block.values)
    return {name: np.concatenate(values) for name, values in parts.items()}


WHOLE = joined(SimulatorReader(lively(), 6.0))


def test_all_senses_are_there_at_their_own_rates() -> None:
    lengths = {name: values.size for name, values in WHOLE.items()}
    assert lengths == {
        "vib_de_x": 48000,
        "vib_de_z": 48000,
        "mic": 38400,
        "i_a": 12000,
        "i_b": 12000,
        "i_c": 12000,
        "v_a": 12000,
        "v_b": 12000,
        "v_c": 12000,
        "temp_frame": 6,
        "temp_ambient": 6,
    }


def test_one_second_windows_join_to_the_long_one_sample_for_sample() -> None:
    short = joined(SimulatorReader(lively(), 1.0))
    assert short.keys() == WHOLE.keys()
    for name, values in WHOLE.items():
        np.testing.assert_array_equal(short[name], values, err_msg=name)


@settings(max_examples=12, deadline=None)
@given(window_s=st.floats(0.01, 5.0), hop_s=st.floats(0.05, 2.0))
def test_any_window_shows_the_same_run(window_s: float, hop_s: float) -> None:
    reader = SimulatorReader(lively(), window_s, hop_s)
    capture, last = None, None
    while (capture := reader.read()) is not None:
        last = capture
    assert last is not None
    assert last.seq == len(reader) - 1
    for block in last.blocks:
        first = round(block.t0_ns * block.rate_hz / 1e9)
        expected = WHOLE[block.channel.name][first : first + block.values.size]
        np.testing.assert_array_equal(block.values, expected)
        assert last.t0_ns <= block.t0_ns < last.t1_ns


def test_rates_that_no_window_divides_lose_and_repeat_nothing() -> None:
    rate_hz = 48828.125 / 7
    run = scenario(duration_s=3.0, rates=only(vibration=rate_hz))
    whole = joined(SimulatorReader(run, 3.0))["vib_de_x"]
    pieces = joined(SimulatorReader(run, 0.3))["vib_de_x"]
    np.testing.assert_array_equal(pieces, whole[: pieces.size])
    assert whole.size - pieces.size <= 1


def test_a_late_window_needs_nothing_before_it() -> None:
    days = lively(duration_s=3 * 86400.0)
    late = list(captures(SimulatorReader(days, 1.0, hop_s=86400.0)))[2]
    twin = list(captures(SimulatorReader(days, 2.5, hop_s=43200.0)))[4]
    assert late.t0_ns == twin.t0_ns == 2 * 86400 * 10**9
    for block, same in zip(late.blocks, twin.blocks, strict=True):
        np.testing.assert_array_equal(block.values, same.values[: block.values.size])


def test_signals_run_on_across_chunks() -> None:
    # A chunk is a second: what steps there would stand out against steps elsewhere.
    quiet = Noise(vibration_mps2=0.0, power_fraction=0.0, line_hz=0.02, load_fraction=0.01)
    run = scenario(noise=quiet, duration_s=8.0, rates=only(vibration=8000.0, power=8000.0))
    for name, values in joined(SimulatorReader(run, 1.0)).items():
        bend = np.abs(np.diff(values.astype(np.float64), n=2))
        at_seams = max(bend[second * 8000 - 2 : second * 8000 + 1].max() for second in range(1, 8))
        assert at_seams <= 1.2 * np.quantile(bend, 0.999), name


def test_the_seed_decides() -> None:
    same = joined(SimulatorReader(lively(), 6.0))
    other = joined(SimulatorReader(lively(seed=12), 6.0))
    for name, values in WHOLE.items():
        np.testing.assert_array_equal(same[name], values)
        assert not np.array_equal(other[name], values), name


def test_channels_left_out_do_not_change_the_others() -> None:
    alone = joined(
        SimulatorReader(lively(rates=only(vibration=8000.0), vibration_axes=("z",)), 6.0)
    )
    assert list(alone) == ["vib_de_z"]
    np.testing.assert_array_equal(alone["vib_de_z"], WHOLE["vib_de_z"])


def test_a_fault_changes_nothing_before_its_onset() -> None:
    healthy = joined(SimulatorReader(lively(faults=()), 6.0))
    for name, rate_hz in (("vib_de_x", 8000), ("mic", 6400), ("i_a", 2000)):
        before = int(1.3 * rate_hz)
        np.testing.assert_array_equal(healthy[name][:before], WHOLE[name][:before])
    assert not np.array_equal(healthy["vib_de_x"], WHOLE["vib_de_x"])


def test_memory_is_bounded_by_the_window_not_the_run() -> None:
    reader = SimulatorReader(lively(duration_s=3600.0), 2.0, hop_s=30.0)
    for _ in range(40):
        reader.read()
    for group in reader._groups:
        assert group.chunk.cache_info().currsize <= 4  # type: ignore[attr-defined]


def test_captures_carry_speed_and_load_only_where_they_are_reported() -> None:
    known = SimulatorReader(lively(), 1.0).read()
    hidden = SimulatorReader(lively(reports_speed=False, reports_load=False), 1.0).read()
    assert known is not None
    assert hidden is not None
    assert known.load == pytest.approx(0.5, abs=0.02)
    assert known.speed_rpm is not None
    assert hidden.speed_rpm is None
    assert hidden.load is None


def test_time_starts_at_the_scenarios_date() -> None:
    start = datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    undated = SimulatorReader(lively(), 1.0).read()
    dated = SimulatorReader(lively(start=start), 1.0).read()
    assert undated is not None
    assert dated is not None
    assert (undated.clock, undated.t0_ns) == ("unknown", 0)
    assert (dated.clock, dated.t0_ns) == ("utc", 1_767_225_600_500_000_000)
    assert dated.blocks[0].t0_ns == dated.t0_ns


def test_labels_follow_the_faults() -> None:
    reader = SimulatorReader(lively(), 1.0)
    assert reader.labels_at(1.0) == frozenset()
    assert reader.labels_at(3.0) == {Condition.BEARING_INNER_RACE}


def test_a_window_without_a_sample_leaves_the_channel_out() -> None:
    reader = SimulatorReader(lively(), 0.5)
    first, second = reader.read(), reader.read()
    assert first is not None
    assert second is not None
    assert len(list(first.of(Sense.TEMPERATURE))) == 2
    assert not list(second.of(Sense.TEMPERATURE))


def test_a_closed_reader_says_so() -> None:
    reader = SimulatorReader(lively(), 1.0)
    reader.close()
    with pytest.raises(RecordingError, match="make a new one"):
        reader.read()


@pytest.mark.parametrize(("window_s", "hop_s"), [(0.0, None), (float("nan"), None), (1.0, -1.0)])
def test_windows_that_cannot_be_are_refused(window_s: float, hop_s: float | None) -> None:
    with pytest.raises(BadConfig, match="number of seconds"):
        SimulatorReader(lively(), window_s, hop_s)


def test_a_window_longer_than_the_run_is_refused() -> None:
    with pytest.raises(BadConfig, match="shorten the window"):
        SimulatorReader(lively(), 7.0)


def test_the_title_says_simulated() -> None:
    assert SimulatorReader(lively(), 1.0).title.startswith("simulated")
