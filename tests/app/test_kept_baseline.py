"""What was learnt of a motor outlives the process: whole, its own, or said to be lost."""

import logging
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from feature_vectors import make_vector, make_vectors

from app.bus.in_process import InProcessBus
from app.capture_message import why_of
from app.commands import Act, Command, CommissionActuator, RequestCapture, ResetTrip
from app.delivery.outbox import Outbox
from app.delivery.reliable_bus import ReliableBus
from app.interlock.actuator import LogActuator
from app.interlock.record import InterlockRecord
from app.interlock.state import InterlockState, load_state, save_state
from app.live.device import Crew
from app.live.kept_baseline import (
    BaselineMemory,
    Setup,
    load_baseline,
    save_baseline,
    source_digest,
)
from app.live.motor import Station, open_motor
from app.live_config.sources import MotorEntry, RecordingSource, Simulator
from app.messages import Report, decode, encode
from app.process.meters import Meters
from app.process.role_metrics import DeviceMetrics
from app.roles.device import Identity
from app.template import template_release
from app.topics import pattern, topic
from app.transfer.sender import CaptureSender
from dsp.features import FeatureSpec
from models.baseline import Baseline, learn_baseline
from models.release import Learning, seal
from sensors.errors import BadConfig, OutputError

SETUP = Setup(motor_id="m1", motor_hash="hash", spec_id="spec-of-tests", features=5, source="bench")
SHORT = Learning(minimum=3, span_s=2.0)


def learnt(level: float = 10.0, size: int = 5) -> Baseline:
    rng = np.random.default_rng(1)
    table = level + rng.normal(size=(30, size))
    table[:, -1] = np.nan
    return learn_baseline(make_vectors(table), minimum=20)


def same(one: Baseline, other: Baseline) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name != "spec_id")
        if isinstance(getattr(one, name), np.ndarray)
        else getattr(one, name) == getattr(other, name)
        for name in Baseline.__slots__
        if name != "usable"
    ) and np.array_equal(one.usable, other.usable)


def test_it_comes_back_bit_for_bit_unknowns_too(tmp_path: Path) -> None:
    path, baseline = tmp_path / "m1.baseline.json", learnt()
    assert np.isnan(baseline.reference).all(), "load and speed are unknown here"
    save_baseline(path, SETUP, baseline)
    found = load_baseline(path, SETUP).baseline
    assert found is not None
    assert same(found, baseline)
    vector = make_vector([11.0, 9.0, 12.0, 8.0, 1.0])
    assert found.scale(vector)[0].tolist() == baseline.scale(vector)[0].tolist()


def test_no_file_is_no_news(tmp_path: Path) -> None:
    found = load_baseline(tmp_path / "none", SETUP)
    assert (found.baseline, found.note) == (None, "")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("motor_id", "another motor;"),
        ("motor_hash", "nameplate"),
        ("spec_id", "features"),
        ("features", "number of features"),
        ("source", "source of signals"),
    ],
)
def test_another_setup_begins_anew_and_says_what_changed(
    tmp_path: Path, name: str, said: str
) -> None:
    path = tmp_path / "m1.baseline.json"
    save_baseline(path, SETUP, learnt())
    other = 6 if name == "features" else "other"
    found = load_baseline(path, msgspec.structs.replace(SETUP, **{name: other}))
    assert found.baseline is None
    assert found.note.startswith(f"BaselineOfAnotherSetup: {path}")
    assert said in found.note
    assert load_baseline(path, SETUP).baseline is not None, "kept until there is a new one"


def test_no_damage_is_taken_for_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "m1.baseline.json"
    save_baseline(path, SETUP, learnt())
    whole = path.read_bytes()
    damaged = [b"", b"\0" * 4096, b"{}", b"[" * 100_000, b"\xff\xfe", whole[: len(whole) // 2]]
    damaged.append(whole.replace(b'"version":1', b'"version":2'))
    damaged.append(whole.replace(b'"windows":30', b'"windows":31'))
    rng = np.random.default_rng(2)
    for place in rng.integers(0, len(whole) - 1, 300):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(rng.integers(0, 8))
        damaged.append(bytes(flipped))
    for raw in damaged:
        path.write_bytes(raw)
        found = load_baseline(path, SETUP)
        if found.baseline is not None:
            assert same(found.baseline, learnt()), "a change that changes nothing: 1e1 for 1E1"
        else:
            assert found.note.startswith("Baseline"), raw[:80]


@pytest.mark.parametrize(
    "wrong",
    [
        {"center": np.zeros(4)},
        {"center": np.zeros((5, 1))},
        {"slopes": np.zeros(5)},
        {"low": np.zeros(3)},
        {"usable": np.ones(4, bool)},
        {"spread": np.zeros(5)},
        {"center": np.full(5, np.nan)},
        {"slopes": np.full((5, 2), np.inf)},
    ],
)
def test_a_sealed_file_with_impossible_numbers_is_refused(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    path = tmp_path / "m1.baseline.json"
    save_baseline(path, SETUP, replace(learnt(), **wrong))
    found = load_baseline(path, SETUP)
    assert found.baseline is None
    assert found.note.startswith("BaselineLost")
    assert "these features" in found.note


def test_a_folder_in_its_place_is_said_not_raised(tmp_path: Path) -> None:
    assert load_baseline(tmp_path, SETUP).note.startswith(f"BaselineLost: {tmp_path}")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert load_baseline(tmp_path / "loop", SETUP).note.startswith("BaselineLost")


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = {path!r}
from test_kept_baseline import SETUP, learnt, save_baseline
save_baseline(Path(sys.argv[1]), SETUP, learnt(10.0))
second, calls = learnt(20.0), []
def die_at(name, number, real):
    def call(*given):
        calls.append(name)
        if calls.count(name) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given)
    return call
name, number = sys.argv[2], int(sys.argv[3])
setattr(os, name, die_at(name, number, getattr(os, name)))
save_baseline(Path(sys.argv[1]), SETUP, second)
"""


@pytest.mark.parametrize(
    ("call", "number", "level"), [("fsync", 1, 10.0), ("replace", 1, 10.0), ("fsync", 2, 20.0)]
)
def test_kill_9_between_writes_leaves_one_whole_baseline(
    tmp_path: Path, call: str, number: int, level: float
) -> None:
    path = tmp_path / "m1.baseline.json"
    code = KILLED.format(path=[str(Path(__file__).parent), *sys.path])
    ended = subprocess.run([sys.executable, "-c", code, str(path), call, str(number)], check=False)
    assert ended.returncode == -signal.SIGKILL, "it syncs, renames, and syncs the folder"
    found = load_baseline(path, SETUP)
    assert found.note == ""
    assert found.baseline is not None
    assert same(found.baseline, learnt(level))
    save_baseline(path, SETUP, learnt(30.0))
    assert load_baseline(path, SETUP).baseline is not None


def test_a_full_disk_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = []

    def full(path: Path, content: bytes) -> None:
        tried.append(path)
        raise OutputError(f"{path}: cannot be written (No space left on device)")

    memory, baseline = BaselineMemory(tmp_path / "b", SETUP), learnt()
    with monkeypatch.context() as patch:
        patch.setattr("app.live.kept_baseline.write_durably", full)
        for _ in range(100):
            memory.keep(baseline)
        assert 1 < len(tried) < 10
        assert "BaselineNotKept" in caplog.text
    for _ in range(100):
        memory.keep(baseline)
    assert load_baseline(tmp_path / "b", SETUP).baseline is not None
    (tmp_path / "b").unlink()
    memory.keep(baseline)
    assert not (tmp_path / "b").exists(), "written once"


def test_what_no_disk_takes_is_not_learnt_anew_in_the_same_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _content: bytes) -> None:
        raise OutputError(f"{path}: cannot be written (No space left on device)")

    path, baseline = tmp_path / "b", learnt()
    save_baseline(path, SETUP, learnt(20.0))
    first = BaselineMemory(path, SETUP)
    with monkeypatch.context() as patch:
        patch.setattr("app.live.kept_baseline.write_durably", full)
        first.keep(baseline)
        second = BaselineMemory(path, SETUP, first)
        assert second.recall() is baseline, "newer than what the disk has"
        second.keep(baseline)
    other = BaselineMemory(path, msgspec.structs.replace(SETUP, source="other"), second)
    assert other.recall() is None, "of another setup"
    third = BaselineMemory(path, SETUP, second)
    third.keep(third.recall())
    path.unlink()
    assert BaselineMemory(path, SETUP, third).recall() is None, "the disk has it: it alone counts"


def test_a_motor_begun_anew_goes_on_with_what_no_disk_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, _content: bytes) -> None:
        raise OutputError(f"{path}: cannot be written (No space left on device)")

    monkeypatch.setattr("app.live.kept_baseline.write_durably", full)
    reports: list[Report] = []
    station = Hall(tmp_path).station(InProcessBus(), reports)
    crew = Crew(station)
    for windows in (6, 1):
        motor = crew.begin(1, entry_of("healthy"))
        for _ in range(windows):
            motor.step()
        motor.close()
    station.bus.pump()
    assert [each.seq for each in reports] == list(range(7))
    assert reports[0].probability is None
    assert reports[-1].probability is not None


def test_a_source_is_told_by_what_is_measured_not_by_how_fast(tmp_path: Path) -> None:
    manifest = tmp_path / "m.toml"
    manifest.write_text("scale = 1.0")
    one = RecordingSource(path="a.csv", manifest=str(manifest))
    before = source_digest(one)
    assert source_digest(msgspec.structs.replace(one, speed="max", loop=True)) == before
    assert source_digest(msgspec.structs.replace(one, path="b.csv")) != before
    assert source_digest(Simulator(scenario="demo")) != before
    manifest.write_text("scale = 2.0")
    assert source_digest(one) != before


def test_a_manifest_found_beside_the_recording_counts_as_a_named_one(tmp_path: Path) -> None:
    for one in (RecordingSource(path=str(tmp_path / "a.csv")), RecordingSource(path=str(tmp_path))):
        (tmp_path / "manifest.toml").unlink(missing_ok=True)
        digests = {source_digest(one)}
        for scale in ("1.0", "2.0"):
            (tmp_path / "manifest.toml").write_text(f"scale = {scale}")
            digests.add(source_digest(one))
        assert len(digests) == 3


class Hall:
    """A device's motor, over and over on the same state folder."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.release = seal(msgspec.structs.replace(template_release(), learning=SHORT))

    def station(self, bus: InProcessBus, heard: list[Any]) -> Station:
        for kind in ("report", "interlock"):
            bus.subscribe(
                pattern(kind, "hall"), lambda where, payload: heard.append(decode(where, payload))
            )
        return Station(
            bus=ReliableBus(bus, "hall", Outbox(2**20), now_s=time.monotonic),
            sender=CaptureSender(bus, "hall"),
            identity=Identity("hall", "boot-1"),
            spec=FeatureSpec(),
            release=self.release,
            schedule_s=600.0,
            state=self.state,
            metrics=DeviceMetrics(Meters(role="device", site="hall", boot_id="b", version="0")),
        )

    def run(self, entry: MotorEntry, windows: int) -> list[Report]:
        reports: list[Report] = []
        station = self.station(InProcessBus(), reports)
        motor = open_motor(station, entry, place=1)
        for _ in range(windows):
            assert motor.step() is not None
        motor.close()
        station.bus.pump()
        return reports


def guarded(tmp_path: Path) -> MotorEntry:
    rules = tmp_path / "i.toml"
    rules.write_text(
        "[interlock]\nwindows = 3\n[interlock.vibration]\ntrip = 20.0\nalert = 10.0\n"
        "[interlock.temperature]\nalert = 130.0\n"
        '[interlock.actuator]\nkind = "log"\n[interlock.permissive]\nkind = "always"\n'
    )
    source = Simulator(scenario="healthy", speed="max", loop=True)
    return MotorEntry(source=source, interlock=str(rules))


def test_a_motor_begun_anew_numbers_its_interlocks_records_on(tmp_path: Path) -> None:
    entry = guarded(tmp_path)
    heard: list[InterlockRecord] = []
    station = Hall(tmp_path).station(InProcessBus(), heard)
    crew = Crew(station)
    for turn in range(3):
        motor = crew.begin(1, entry)
        motor.obey(reset_of(motor.motor.motor_id, f"c-{turn}"))
        motor.close()
        station.bus.pump()
    assert [(each.seq, each.command_id) for each in heard] == [(0, "c-0"), (1, "c-1"), (2, "c-2")]


def test_a_second_motor_of_one_name_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    entry = guarded(tmp_path)
    crew = Crew(Hall(tmp_path).station(InProcessBus(), []))
    first = crew.begin(1, entry)
    name = re.escape(repr(first.motor.motor_id))
    said = f"^motor, entry 2: motor_id {name} is that of motor, entry 1 too; rename it$"
    with pytest.raises(BadConfig, match=said):
        crew.begin(2, entry)
    first.close()
    with pytest.raises(BadConfig, match=said):
        crew.begin(2, entry)  # while the first waits to be begun anew
    crew.begin(1, entry).close()


def test_orders_while_a_motor_waits_to_be_begun_anew_are_refused_and_drive_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, bus = guarded(tmp_path), InProcessBus()
    heard: list[InterlockRecord] = []
    station = Hall(tmp_path).station(bus, heard)
    motor = Crew(station).begin(1, entry)
    motor.close()
    motor_id = motor.motor.motor_id
    latched = InterlockState(motor_id=motor_id, boot_id="boot-1", tripped=True, seq=3)
    save_state(tmp_path / f"{motor_id}.interlock.json", latched)
    crew = Crew(station)
    bus.subscribe(pattern("cmd", "hall"), crew.on_command)
    crew.begin(1, entry).close()
    driven: list[str] = []
    for name in ("trip", "release"):
        monkeypatch.setattr(LogActuator, name, lambda _self, name=name: driven.append(name))
    for command in (reset_of(motor_id, "c-1"), replace_act(reset_of(motor_id, "c-2"))):
        bus.publish(topic("hall", motor_id, "cmd"), encode(command))
    station.bus.pump()
    assert driven == []
    assert [(each.decision, each.command_id, each.tripped) for each in heard] == [
        ("refused", "c-1", True),
        ("refused", "c-2", True),
    ]
    assert all("being begun anew" in each.reason for each in heard)
    again = crew.begin(1, entry)
    for name in ("c-1", "c-3"):
        again.obey(reset_of(motor_id, name))
    station.bus.pump()
    assert [(each.seq, each.command_id) for each in heard[2:]] == [(2, "c-3")], "c-1 is known"
    again.close()


def test_a_latch_that_no_disk_takes_is_not_lost_when_the_motor_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = guarded(tmp_path)
    crew = Crew(Hall(tmp_path).station(InProcessBus(), []))
    motor = crew.begin(1, entry)
    kept = tmp_path / f"{motor.motor.motor_id}.interlock.json"

    def refuse(path: Path, _state: InterlockState) -> None:
        raise OutputError(f"{path}: no space left")

    with monkeypatch.context() as full:
        full.setattr("app.live.motor.save_state", refuse)
        assert motor._interlock is not None
        motor._interlock._state = msgspec.structs.replace(motor._interlock.state, tripped=True)
        motor.obey(reset_of(motor.motor.motor_id, "c-1"))  # refused: nothing was measured
        motor.close()
        assert not kept.exists()
        again = crew.begin(1, entry)
        assert again._interlock is not None
        assert again._interlock.state.tripped
        again.step()
    again.step()
    assert load_state(kept, again.motor.motor_id, "boot-2").tripped, "kept once the disk takes it"
    again.close()


def test_a_capture_wanted_before_a_motor_is_begun_anew_still_goes_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[bytes] = []
    monkeypatch.setattr(
        CaptureSender, "offer", lambda _self, _motor, payload, _reason: offered.append(payload)
    )
    station = Hall(tmp_path).station(InProcessBus(), [])
    crew, entry = Crew(station), entry_of("healthy")
    motor = crew.begin(1, entry)
    motor_id = motor.motor.motor_id

    def want(name: str) -> None:
        command = replace_act(reset_of(motor_id, name), RequestCapture())
        crew.on_command(topic("hall", motor_id, "cmd"), encode(command))

    want("before")
    motor.close()
    want("between")
    again = crew.begin(1, entry)
    want("between")
    while not offered:
        assert again.step() is not None
    again.close()
    assert why_of(offered[0]).command_ids == ("before", "between")


def replace_act(command: Command, act: Act | None = None) -> Command:
    other = CommissionActuator(on=True, reason="try") if act is None else act
    return msgspec.structs.replace(command, act=other)


def test_an_output_that_does_not_close_takes_no_last_word_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(*_given: object, **_more: object) -> None:
        raise OutputError("the line is gone")

    heard: list[InterlockRecord] = []
    station = Hall(tmp_path).station(InProcessBus(), heard)
    motor = Crew(station).begin(1, guarded(tmp_path))
    for number in range(20):
        motor.obey(reset_of(motor.motor.motor_id, f"c-{number}"))
    monkeypatch.setattr(LogActuator, "close", stuck)
    with pytest.raises(OutputError):
        motor.close()
    station.bus.pump()
    assert heard[-1].seq == 19


def reset_of(motor_id: str, name: str) -> Command:
    now_ns = time.time_ns()
    return Command(
        id=name,
        motor_id=motor_id,
        operator="anna",
        issued_ns=now_ns,
        expires_ns=now_ns + 60 * 10**9,
        act=ResetTrip(reason="try"),
    )


def entry_of(scenario: str) -> MotorEntry:
    return MotorEntry(source=Simulator(scenario=scenario, speed="max", loop=True))


def test_a_device_judges_from_its_first_window_after_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    hall = Hall(tmp_path)
    first = hall.run(entry_of("healthy"), 6)
    assert first[0].probability is None, "nothing is known on day one"
    again = hall.run(entry_of("healthy"), 1)
    assert again[0].probability is not None
    assert "goes on with its baseline" in caplog.text
    assert again[0].distance == hall.run(entry_of("healthy"), 1)[0].distance


def test_a_changed_source_is_learnt_anew_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hall = Hall(tmp_path)
    hall.run(entry_of("healthy"), 6)
    other = hall.run(entry_of("inner_race"), 1)
    assert other[0].probability is None
    (file,) = tmp_path.glob("*.baseline.json")
    file.write_bytes(b"garbage")
    after = hall.run(entry_of("healthy"), 6)
    assert after[0].probability is None
    assert "BaselineLost" in caplog.text
    assert hall.run(entry_of("healthy"), 1)[0].probability is not None
