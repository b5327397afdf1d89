import numpy as np
import pytest

from app.results import misalignment
from app.results.registry import find_protocols, run_protocol
from app.results.waveforms import aligned_difference
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.errors import RecordingError

LINE_HZ = 60.0


def evaluate(name, folder):
    (protocol,) = find_protocols(name)
    return run_protocol(protocol, folder)


def three_phases(ratio, *, seed, samples=1000):
    """Currents of which the negative sequence is `ratio` of the positive."""
    t = np.arange(samples) / 1000.0
    angles = 2 * np.pi * LINE_HZ * t[:, None] - np.array([0.0, 2.0, 4.0]) * np.pi / 3
    backward = 2 * np.pi * LINE_HZ * t[:, None] + np.array([0.0, 2.0, 4.0]) * np.pi / 3
    noise = 1e-3 * np.random.default_rng(seed).normal(size=(samples, 3))
    return np.cos(angles) + ratio * np.cos(backward + 0.4) + noise


def write_itsc(folder, ratios):
    for seed, (name, ratio) in enumerate(ratios.items()):
        path = folder / "itsc" / name.rsplit("_", 1)[0] / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(path, three_phases(ratio, seed=seed), delimiter=",", fmt="%.6f")


RATIOS = {
    "SC_HLT_001": 0.02,
    "SC_HLT_002": 0.03,
    "SC_A1_B0_C0_001": 0.10,
    "SC_A1_B0_C0_003": 0.11,
    "SC_A2_B0_C0_001": 0.20,
    "SC_A0_B1_C0_001": 0.13,
    "SC_A0_B2_C0_001": 0.20,
    "SC_A0_B2_C0_003": 0.02,  # as a healthy motor: the label must be doubtful
}


def test_unbalance_is_detected_in_a_phase_never_seen(tmp_path):
    write_itsc(tmp_path, RATIOS)
    result = evaluate("itsc", tmp_path)
    assert result.figures["sure"] == result.figures["detected_of_sure"] == 5
    assert result.figures["doubtful_labels"] == 1
    assert result.figures["false_alarms"] is None
    assert result.figures["severity_rmse_percent"] < 3.0
    rows = {row[0]: row for row in result.tables[0].rows}
    assert rows["SC_A1_B0_C0_001"][3] == pytest.approx(0.10, abs=0.002)
    assert rows["SC_A0_B2_C0_003"][5] == "missed, label doubtful"
    # The threshold of a phase comes from the other one: 0.13 or 0.10, with 0.03 in health.
    assert rows["SC_A1_B0_C0_001"][4] == pytest.approx(np.sqrt(0.03 * 0.13), abs=0.002)
    assert rows["SC_A0_B1_C0_001"][4] == pytest.approx(np.sqrt(0.03 * 0.10), abs=0.002)


def test_one_phase_cannot_be_left_out(tmp_path):
    write_itsc(tmp_path, {k: v for k, v in RATIOS.items() if "HLT" in k or "_A1_" in k})
    with pytest.raises(RecordingError, match="two phases or more"):
        evaluate("itsc", tmp_path)


def capture_of(values):
    blocks = tuple(
        SampleBlock(Channel(f"c{k}", Sense.POWER, Unit.AMPERE), 0, 1000.0, column)
        for k, column in enumerate(values.T.astype(np.float32))
    )
    return Capture("m", 0, 10**9, blocks)


def test_the_same_waveform_is_found_wherever_it_begins():
    long = three_phases(0.1, seed=1, samples=1250)
    other = three_phases(0.1, seed=2, samples=1250)
    assert aligned_difference(capture_of(long[:1000]), capture_of(long[117:1117])) < 1e-6
    assert 1e-3 < aligned_difference(capture_of(long[:1000]), capture_of(other[:1000])) < 3e-3


def test_real_short_circuits(data_dir):
    result = evaluate("itsc", data_dir)
    assert result.figures["detected_of_sure"] == result.figures["sure"] == 25
    doubtful = [row[0] for row in result.tables[0].rows if "doubtful" in row[5]]
    assert doubtful == ["SC_A1_B0_C0_002", "SC_A0_B2_C0_002"]
    # Both are nearer to a healthy file than to their own kind.
    assert all(row[2] < row[3] / 4 for row in result.tables[1].rows)


def write_mcsa(folder, *, tells):
    """Eleven acquisitions whose current rises with misalignment, or has nothing to do with it."""
    rng = np.random.default_rng(5)
    path = folder / "mcsa_misalignment"
    path.mkdir(parents=True)
    t = np.arange(3200) / 12800.0
    for daq, millimetres in enumerate(np.linspace(-0.5, 0.5, 11), start=1):
        amplitude = 1.0 + (abs(millimetres) if tells else rng.uniform(0.0, 0.5))
        wave = amplitude * np.sin(2 * np.pi * 50.0 * t) + 1e-3 * rng.normal(size=t.size)
        lines = ["low_res,high_res,daq_nr,misalignment,recording_nr,direction,speed"]
        lines += [f"{w:.5f},{w:.5f},{daq},{millimetres:.1f},1,H,750" for w in wave]
        (path / f"DAQ_{daq}_1_H_750.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("tells", [True, False])
def test_misalignment_is_claimed_only_where_the_current_tells(tmp_path, tells):
    write_mcsa(tmp_path, tells=tells)
    result = evaluate("mcsa_misalignment", tmp_path)
    assert result.figures["groups"] == 1
    assert result.figures["beyond_chance"] == (1 if tells else 0)
    assert (result.figures["spearman_median"] > 0.9) == tells
    assert any("drive" in remark for remark in result.remarks)


def test_few_acquisitions_make_no_regression(tmp_path):
    write_mcsa(tmp_path, tells=True)
    for path in sorted((tmp_path / "mcsa_misalignment").iterdir())[4:]:
        path.unlink()
    with pytest.raises(RecordingError, match="5 acquisitions"):
        evaluate("mcsa_misalignment", tmp_path)


def test_real_misalignment(data_dir, monkeypatch):
    monkeypatch.setattr(misalignment, "SHUFFLES", 20)
    result = evaluate("mcsa_misalignment", data_dir)
    assert result.figures["files"] == 44
    assert result.figures["groups"] == 4
    # The grid's frequency correlates with the misalignment: the order of recording does.
    assert result.figures["control_spearman_largest"] > 0.7


def write_bldc(folder, name, *, rpm, once):
    t = np.arange(4000) / 1920.0
    current = (
        40.0 + once * np.sin(2 * np.pi * rpm / 60 * t) + 10 * np.sin(10 * np.pi * rpm / 60 * t)
    )
    path = folder / "bldc_iq_unbalance" / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    rows = "\n".join(f"{value:.4f},{rpm}" for value in current)
    path.write_text(f"IQ,RPM\n{rows}\n")


def test_unbalance_at_matched_speed(tmp_path):
    for k, once in enumerate((0.4, 0.8), start=1):
        write_bldc(tmp_path, f"normal_800_{k}", rpm=803, once=once)
        write_bldc(tmp_path, f"unbalancedload_800_{k}", rpm=801, once=20 * once)
    write_bldc(tmp_path, "unbalancedload_900_1", rpm=1100, once=8.0)
    result = evaluate("bldc_iq_unbalance", tmp_path)
    assert (result.figures["judged"], result.figures["right"]) == (4, 4)
    assert result.figures["speed_label_wrong"] == 1
    assert any("named 900 rpm, turned at 1100" in remark for remark in result.remarks)
    rows = {row[0]: row for row in result.tables[0].rows}
    assert rows["unbalancedload_900_1"][6] == "not judged"
    assert rows["normal_800_1"][4] == pytest.approx(1.0, abs=0.1)
    # Threshold without the file itself: between 0.8 of 40 and the mean of 8 and 16 of 40.
    assert rows["normal_800_1"][5] == pytest.approx(np.sqrt(2.0 * np.sqrt(20.0 * 40.0)), abs=0.2)


def test_real_unbalance(data_dir):
    result = evaluate("bldc_iq_unbalance", data_dir)
    assert result.figures["right"] == result.figures["judged"] == 23
    assert result.figures["speed_label_wrong"] == 2
    assert (
        result.figures["balanced_largest_percent"] < 3 < result.figures["unbalanced_least_percent"]
    )
