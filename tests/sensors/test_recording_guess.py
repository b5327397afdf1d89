from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from sensors.capture import Sense, Unit
from sensors.errors import BadRate
from sensors.recordings.guess import guess_entry
from sensors.recordings.library import load_recordings
from sensors.recordings.schema import ChannelSpec, ValueFrom
from sensors.recordings.source import Column, Samples


class Fake:
    """A source that declares what it is told to."""

    def __init__(self, columns: tuple[Column, ...], scalars: Mapping[str, float]) -> None:
        self.path = Path("fake")
        self.columns, self.scalars = columns, scalars

    def read(self, column: str, start: int, stop: int) -> Samples:
        return np.empty(0)

    def close(self) -> None: ...


def guess(*names: str, unit: str | None = None) -> list[ChannelSpec]:
    columns = tuple(Column(name, 10, None, unit) for name in names)
    return list(guess_entry(Fake(columns, {})).channels or ())


@pytest.mark.parametrize(
    ("name", "sense"),
    [
        ("i_a", Sense.POWER),
        ("Ib", Sense.POWER),
        ("Phase A current", Sense.POWER),
        ("u_d", Sense.POWER),
        ("Voltage", Sense.POWER),
        ("UA axial", Sense.PROCESS),
        ("x", Sense.VIBRATION),
        ("acc_x", Sense.VIBRATION),
        ("Accelerometer1RMS", Sense.VIBRATION),
        ("vibDE", Sense.VIBRATION),
        ("mic 2", Sense.SOUND),
        ("Temperature", Sense.TEMPERATURE),
        ("motor_speed", Sense.SPEED),
        ("temporary", Sense.PROCESS),
        ("currently", Sense.PROCESS),
        ("speed of sound", Sense.PROCESS),
        ("0", Sense.PROCESS),
        ("torque", Sense.PROCESS),
    ],
)
def test_names_decide_only_as_whole_words(name: str, sense: Sense) -> None:
    assert guess(name, "filler")[0].sense is sense


def test_only_currents_and_voltages_have_a_phase() -> None:
    assert [spec.phase for spec in guess("i_a", "Ib", "u_c", "filler")] == ["a", "b", "c", None]
    assert [spec.phase for spec in guess("UA axial", "acc a", "mic b")] == [None] * 3


def test_without_a_declared_unit_a_channel_is_unscaled() -> None:
    assert {spec.unit for spec in guess("acc_x", "current", "temp")} == {Unit.UNSCALED}


@pytest.mark.parametrize(
    ("declared", "sense", "unit", "scale"),
    [
        ("g", Sense.VIBRATION, Unit.MPS2, 9.80665),
        ("m/s^2", Sense.VIBRATION, Unit.MPS2, 1.0),
        ("mA", Sense.POWER, Unit.AMPERE, 1e-3),
        ("°C", Sense.TEMPERATURE, Unit.DEGC, 1.0),
        ("rpm", Sense.SPEED, Unit.RPM, 1.0),
        ("FS", Sense.SOUND, Unit.FULL_SCALE, 1.0),
        ("V", Sense.PROCESS, Unit.VOLT, 1.0),
        ("furlong", Sense.PROCESS, Unit.UNSCALED, 1.0),
    ],
)
def test_declared_unit_decides(declared: str, sense: Sense, unit: Unit, scale: float) -> None:
    spec = guess("channel 1", "channel 2", unit=declared)[0]
    assert (spec.sense, spec.unit, spec.scale) == (sense, unit, scale)


def test_single_series_is_vibration_and_the_note_says_so() -> None:
    entry = guess_entry(Fake((Column("Data", 10, None, None),), {}))
    assert entry.channels is not None and entry.channels[0].sense is Sense.VIBRATION
    assert entry.note is not None and "Data" in entry.note and "vibration" in entry.note


def test_times_and_shorter_series_are_no_channels() -> None:
    columns = (
        Column("time", 9, None, None),
        Column("a", 9, None, None),
        Column("n", 3, None, None),
    )
    entry = guess_entry(Fake(columns, {}))
    assert [spec.column for spec in entry.channels or ()] == ["a"]


def test_known_variables_bring_units_rate_and_speed() -> None:
    cwru = Fake((Column("X118_DE_time", 9, None, None),), {"X118RPM": 1796.0})
    entry = guess_entry(cwru)
    assert entry.channels is not None
    assert (entry.channels[0].name, entry.channels[0].scale) == ("vib_de", 9.80665)
    assert entry.speed_rpm == ValueFrom(scalar="X118RPM")
    assert entry.rate_hz is None
    mfpt = Fake((Column("bearing.gs", 9, None, None),), {"bearing.sr": 48828, "bearing.rate": 25})
    entry = guess_entry(mfpt)
    assert entry.rate_hz == ValueFrom(scalar="bearing.sr")
    assert entry.speed_rpm == ValueFrom(scalar="bearing.rate", scale=60.0)


@pytest.mark.parametrize("name", ["fs", "fs_hz", "rate_hz", "SampleFrequency", "sampling_rate"])
def test_variable_named_as_a_rate_is_the_rate(name: str) -> None:
    columns = (Column("Data", 9, None, None),)
    assert guess_entry(Fake(columns, {name: 20_000.0})).rate_hz == ValueFrom(scalar=name)


def test_two_variables_named_as_rates_decide_nothing() -> None:
    columns = (Column("Data", 9, None, None),)
    assert guess_entry(Fake(columns, {"fs": 1.0, "rate_hz": 2.0})).rate_hz is None


def test_unknown_rate_names_the_ready_manifest_that_fits(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X118_DE_time=np.arange(99.0))
    with pytest.raises(BadRate, match=r"a\.npz.*--rate.*cwru"):
        load_recordings([tmp_path / "a.npz"])
    (one,) = load_recordings([tmp_path / "a.npz"], rate_hz=12_000.0)
    assert one.tracks[0].scale == 9.80665


def test_bare_snapshots_stay_apart(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", acc=np.zeros((5, 2, 8)), rate_hz=np.float64(4))
    (one,) = load_recordings([tmp_path])
    assert [segment.t0_ns for segment in one.segments] == [n * 2 * 10**9 for n in range(5)]
    assert one.motor.motor_id == "a"
