from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.live_config.sources import MotorEntry, RecordingSource, Simulator
from app.live_source import open_live
from app.pacing import PacedReader
from app.running_on import RunningOn
from sensors.capture import Capture
from sensors.errors import BadConfig, RecordingError
from sensors.motor import Motor
from sensors.motor_file import write_motor_template
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario

NS = 1_000_000_000
MANIFEST = """
schema = 1
name = "acc"
title = "acc"
source = "a test"
licence = "CC0-1.0"
[[recordings]]
files = "*.csv"
rate_hz = 1000.0
channels = [{ column = "acc", name = "vib_de", sense = "vibration", unit = "m/s2" }]
"""


class Clock:
    """Passes only where somebody waits or works."""

    def __init__(self) -> None:
        self.now_ns = 5 * NS
        self.waits: list[float] = []

    def __call__(self) -> int:
        return self.now_ns

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_ns += max(1, round(seconds * NS))


class Windows:
    """A second each, `hop_s` apart."""

    def __init__(self, count: int, hop_s: float = 1.0, t0_ns: int = 7 * NS) -> None:
        self.left = [t0_ns + round(i * hop_s * NS) for i in range(count)]
        self.motor = Motor(motor_id="m")
        self.closed = False

    def read(self) -> Capture | None:
        if not self.left:
            return None
        t0_ns = self.left.pop(0)
        return Capture("m", t0_ns, t0_ns + NS, (), clock="unknown")

    def close(self) -> None:
        self.closed = True


@settings(deadline=None)
@given(
    st.sampled_from([0.1, 1.0, 3.0, 60.0]),
    st.lists(st.floats(0.0, 0.9), min_size=2, max_size=60),
    st.sampled_from([0.25, 1.0, 7.0]),
)
def test_no_drift_whatever_the_work_between_takes(
    speed: float, works: list[float], hop_s: float
) -> None:
    clock = Clock()
    paced = PacedReader(Windows(len(works), hop_s), speed, now_ns=clock, wait=clock.wait)
    for number, work in enumerate(works):
        assert paced.read() is not None
        due_ns = 5 * NS + round((number * hop_s + 1) * NS / speed)
        assert 0 <= clock.now_ns - due_ns <= 2
        assert paced.lag_s < 1e-8
        clock.now_ns += round(work * hop_s / speed * NS)
    assert paced.read() is None


def test_who_is_late_catches_up_and_says_how_late() -> None:
    clock = Clock()
    paced = PacedReader(Windows(10), 1.0, now_ns=clock, wait=clock.wait)
    paced.read()
    clock.now_ns += round(4.5 * NS)
    lags = []
    for _ in range(6):
        paced.read()
        lags.append(paced.lag_s)
    assert lags == pytest.approx([3.5, 2.5, 1.5, 0.5, 0.0, 0.0], abs=1e-8)
    assert len(clock.waits) == 3


def test_one_may_ask_first_and_never_wait() -> None:
    clock = Clock()
    paced = PacedReader(Windows(2), 2.0, now_ns=clock, wait=lambda s: pytest.fail("waited"))
    assert paced.due_in_s() == 0.5
    assert paced.due_in_s() == 0.5
    clock.now_ns += NS // 2
    assert paced.due_in_s() == 0.0
    first = paced.read()
    assert first is not None
    assert first.t0_ns == 7 * NS
    clock.now_ns += NS
    assert paced.read() is not None
    assert paced.due_in_s() is None
    assert paced.read() is None


def test_as_fast_as_can_be_is_never_late() -> None:
    clock = Clock()
    paced = PacedReader(Windows(3), None, now_ns=clock, wait=lambda s: pytest.fail("waited"))
    while paced.read() is not None:
        clock.now_ns += NS
        assert paced.lag_s == 0.0


def test_closing_closes_what_is_read() -> None:
    windows = Windows(3)
    paced = PacedReader(RunningOn(lambda: windows), 1.0)
    paced.close()
    assert windows.closed


def test_a_source_runs_on_in_one_row() -> None:
    begun: list[Windows] = []

    def start() -> Windows:
        begun.append(Windows(3, 0.5))
        return begun[-1]

    live = RunningOn(start, loop=True, first_ns=1000 * NS, first_seq=40)
    got = [live.read() for _ in range(9)]
    assert [c.seq for c in got if c] == list(range(40, 49))
    assert [c.t0_ns / NS for c in got if c] == [
        1000,
        1000.5,
        1001,
        1002,
        1002.5,
        1003,
        1004,
        1004.5,
        1005,
    ]
    assert {c.clock for c in got if c} == {"utc"}
    assert [b.closed for b in begun] == [True, True, False]


def test_a_source_of_its_own_time_keeps_it_and_never_goes_back() -> None:
    live = RunningOn(lambda: Windows(2), loop=True)
    got = [c for c in (live.read() for _ in range(5)) if c]
    assert [c.t0_ns // NS for c in got] == [7, 8, 9, 10, 11]
    assert {c.clock for c in got} == {"unknown"}


def test_an_empty_source_is_at_its_end_even_over_and_over() -> None:
    assert RunningOn(lambda: Windows(0), loop=True).read() is None
    assert [RunningOn(lambda: Windows(1)).read() is None, Windows(0).read()] == [False, None]


def test_samples_move_with_their_window() -> None:
    scenario = load_scenario("healthy")
    live = RunningOn(lambda: SimulatorReader(scenario, 1.0), first_ns=123 * NS)
    got, own = live.read(), SimulatorReader(scenario, 1.0).read()
    assert got is not None
    assert own is not None
    for mine, theirs in zip(got.blocks, own.blocks, strict=True):
        assert mine.t0_ns - got.t0_ns == theirs.t0_ns - own.t0_ns
        assert (mine.values == theirs.values).all()


def test_a_motor_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(write_motor_template())
    entry = MotorEntry(source=Simulator(scenario="healthy"), file=str(tmp_path / "m.toml"))
    live = open_live(entry, window_s=1.0, hop_s=1.0, now_ns=50 * NS, first_seq=3)
    due_s = live.due_in_s()
    assert due_s is not None
    assert 0.0 <= due_s <= 1.0
    capture = live.read()
    assert capture is not None
    assert (capture.motor_id, capture.t0_ns, capture.seq) == ("pump-1", 50 * NS, 3)
    assert live.motor.motor_id == "pump-1"
    live.close()


def save_noise(path: Path) -> None:
    noise = np.random.default_rng(1).standard_normal(3000)
    np.savetxt(path, noise, header="acc", comments="")


def test_a_recording_that_is_none_or_many_is_refused(tmp_path: Path) -> None:
    entry = MotorEntry(source=RecordingSource(path=str(tmp_path / "none.npz")))
    with pytest.raises(RecordingError, match=r"none\.npz"):
        open_live(entry, window_s=1.0, hop_s=1.0, now_ns=0)
    for name in "ab":
        save_noise(tmp_path / f"{name}.csv")
    (tmp_path / "manifest.toml").write_text(MANIFEST)
    entry = MotorEntry(source=RecordingSource(path=str(tmp_path)))
    with pytest.raises(BadConfig, match="holds 2 recordings"):
        open_live(entry, window_s=1.0, hop_s=1.0, now_ns=0)


def test_a_recording_runs_over_and_over(tmp_path: Path) -> None:
    path = tmp_path / "acc.csv"
    save_noise(path)
    manifest = tmp_path / "m.toml"
    manifest.write_text(MANIFEST)
    source = RecordingSource(path=str(path), manifest=str(manifest), speed="max", loop=True)
    live = open_live(MotorEntry(source=source), window_s=1.0, hop_s=1.0, now_ns=0)
    got = [c for c in (live.read() for _ in range(10)) if c]
    assert [c.t0_ns // NS for c in got] == list(range(10))
    assert (got[0].blocks[0].values == got[3].blocks[0].values).all()
    live.close()
