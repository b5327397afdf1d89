"""A written run replays as it ran, and says that it is simulated."""

from pathlib import Path

import numpy as np
import pytest
from simulated import only, scenario

from sensors.conditions import Condition
from sensors.errors import BadConfig, OutputError
from sensors.reader import captures
from sensors.recordings.library import load_recordings
from sensors.recordings.manifest import load_manifest
from sensors.replay import ReplayReader
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.recorder import write_recording
from sensors.simulator.scenario import Scenario

INNER = Fault(condition=Condition.BEARING_INNER_RACE, severity=0.2)
RATES = only(vibration=8000.0, sound=4000.0, power=2000.0, temperature=2.0)


def short(*faults: Fault, **changes: object) -> Scenario:
    return scenario(*faults, **({"duration_s": 5.0, "rates": RATES} | changes))


def test_a_written_run_replays_sample_for_sample(tmp_path: Path) -> None:
    path = tmp_path / "new" / "run.npz"
    manifest = write_recording(SimulatorReader(short(INNER), 1.0), path)
    assert manifest == path.parent / "manifest.toml"
    (recording,) = load_recordings([path.parent])
    assert recording.motor == short().motor
    replayed = list(captures(ReplayReader(recording, window_s=1.0, hop_s=1.0)))
    lived = list(captures(SimulatorReader(short(INNER), 1.0)))
    assert len(replayed) == len(lived) == 5
    for seen, was in zip(replayed, lived, strict=True):
        assert seen.speed_rpm == pytest.approx(was.speed_rpm)
        blocks = {block.channel.name: block for block in seen.blocks}
        for block in was.blocks:
            same = blocks[block.channel.name]
            assert same.channel == block.channel
            assert (same.rate_hz, same.t0_ns) == (block.rate_hz, block.t0_ns)
            np.testing.assert_array_equal(same.values, block.values)


def test_the_manifest_marks_every_run_as_simulated_and_labels_it(tmp_path: Path) -> None:
    growing = Fault(
        condition=Condition.UNBALANCE, severity=1.0, onset_s=2.0, growth="linear", full_at_s=4.0
    )
    for name, faults in {"sound": (), "inner": (INNER,), "grows": (growing,)}.items():
        write_recording(SimulatorReader(short(*faults), 1.0), tmp_path / f"{name}.npz")
    write_recording(SimulatorReader(short(seed=8), 1.0), tmp_path / "sound.npz")
    manifest = load_manifest(tmp_path / "manifest.toml")
    assert "simulat" in manifest.title
    assert "simulat" in manifest.source
    entries = {entry.files: entry for entry in manifest.recordings}
    assert set(entries) == {"sound.npz", "inner.npz", "grows.npz"}
    assert len(manifest.recordings) == 3
    assert entries["sound.npz"].labels == ("healthy",)
    assert entries["sound.npz"].unit_id == "simulated-8"
    assert entries["inner.npz"].labels == ("bearing_inner_race",)
    assert entries["grows.npz"].labels is None
    assert "unbalance from 2 s" in (entries["grows.npz"].note or "")
    for entry in entries.values():
        assert entry.group == "simulated"
        assert (entry.note or "").startswith("simulated")
    labels = {recording.path.name: recording.labels for recording in load_recordings([tmp_path])}
    assert labels["inner.npz"] == {Condition.BEARING_INNER_RACE}


def test_progress_is_told_and_nothing_but_the_result_is_left(tmp_path: Path) -> None:
    told: list[float] = []
    write_recording(SimulatorReader(short(), 1.0), tmp_path / "run.npz", progress=told.append)
    assert told == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.toml", "run.npz"]


def test_an_interrupted_run_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(b"old")

    def stop(done: float) -> None:
        if done > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_recording(SimulatorReader(short(), 1.0), path, progress=stop)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_unwritable_places_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="another folder"):
        write_recording(SimulatorReader(short(), 1.0), tmp_path / "file" / "run.npz")
    (tmp_path / "run.npz").mkdir()
    with pytest.raises(OutputError, match="another folder"):
        write_recording(SimulatorReader(short(), 1.0), tmp_path / "run.npz")


def test_another_data_sets_manifest_is_never_replaced(tmp_path: Path) -> None:
    theirs = tmp_path / "manifest.toml"
    text = 'schema = 1\nname = "field"\nrecordings = [{ files = "*.npz" }]\n'
    for content, said in ((text, "other recordings"), ("not toml", "not ours")):
        theirs.write_text(content, encoding="utf-8")
        with pytest.raises(OutputError, match=said):
            write_recording(SimulatorReader(short(), 1.0), tmp_path / "run.npz")
        assert theirs.read_text(encoding="utf-8") == content
        assert list(tmp_path.iterdir()) == [theirs]


def test_only_whole_runs_and_npz_are_written(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"end the name in \.npz"):
        write_recording(SimulatorReader(short(), 1.0), tmp_path / "run.wav")
    with pytest.raises(BadConfig, match="not one recording"):
        write_recording(SimulatorReader(short(), 1.0, 0.5), tmp_path / "run.npz")
    begun = SimulatorReader(short(), 1.0)
    begun.read()
    with pytest.raises(BadConfig, match="read from before"):
        write_recording(begun, tmp_path / "run.npz")
    assert not list(tmp_path.iterdir())
