import numpy as np
import pytest

from app.results import thermal
from app.results.registry import find_protocols, run_protocol
from app.results.regression import rms
from sensors.errors import RecordingError, WindowTooShort


def evaluate(name, folder):
    (protocol,) = find_protocols(name)
    return run_protocol(protocol, folder)


COLUMNS = (
    "Accelerometer1RMS",
    "Accelerometer2RMS",
    "Current",
    "Pressure",
    "Temperature",
    "Thermocouple",
    "Voltage",
    "Volume Flow RateRMS",
)


def write_skab(path, *, seconds, seed, truth=True, closed=None, shaken=None):
    """A pump at rest, with a valve closed and a motor shaken over (start, stop) in seconds."""
    rng = np.random.default_rng(seed)
    table = np.array([0.02, 0.04, 1.0, 0.1, 70.0, 25.0, 230.0, 32.0]) + rng.normal(
        0.0, [1e-4, 1e-4, 0.05, 0.05, 0.05, 0.01, 5.0, 0.1], (seconds, 8)
    )
    marked = np.zeros(seconds)
    for column, span in ((7, closed), (0, shaken)):
        if span:
            table[slice(*span), column] *= 0.8 if column == 7 else 3.0
            marked[slice(*span)] = 1
    head = ";".join(("datetime", *COLUMNS, *(("anomaly", "changepoint") if truth else ())))
    rows = [
        f"2020-03-09 10:{k // 60:02d}:{k % 60:02d};"
        + ";".join(f"{value:.6f}" for value in row)
        + (f";{mark};0.0" if truth else "")
        for k, (row, mark) in enumerate(zip(table, marked, strict=True))
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head, *rows]) + "\n")


def test_a_closed_valve_is_a_process_change_and_a_shaken_motor_is_not(tmp_path):
    root = tmp_path / "skab"
    write_skab(root / "anomaly-free" / "anomaly-free.csv", seconds=1000, seed=1, truth=False)
    write_skab(root / "valve1" / "0.csv", seconds=900, seed=2, closed=(600, 800))
    write_skab(root / "valve1" / "1.csv", seconds=900, seed=3, shaken=(600, 800))
    write_skab(root / "valve1" / "2.csv", seconds=900, seed=4, closed=(600, 800), shaken=(600, 800))
    result = evaluate("skab", tmp_path)
    outcomes = {row[0]: row[-1] for row in result.tables[1].rows}
    assert outcomes == {
        "anomaly-free/anomaly-free.csv": "no anomaly",
        "valve1/0.csv": "process_change",
        "valve1/1.csv": "motor alone",
        "valve1/2.csv": "both: quarantine",
    }
    assert result.figures["false_alarms_motor"] == 0
    # 600 s of the first file and 300 s of each other without the 200 s of anomaly.
    assert result.figures["exposure_h"] == pytest.approx((600 + 3 * 300) / 3600, abs=0.01)
    assert result.figures["false_alarm_bound_per_motor_month"] == pytest.approx(
        3.0 * 730 / (1500 / 3600), rel=0.01
    )


def test_real_valve(data_dir):
    result = evaluate("skab", data_dir)
    assert result.figures["anomalies"] == 16
    assert result.figures["motor_alone"] == 0
    assert result.figures["process_change"] >= 9
    assert result.figures["exposure_h"] == pytest.approx(3.96, abs=0.05)


def drive(samples, seed):
    rng = np.random.default_rng(seed)
    steps = np.repeat(rng.uniform(-1.5, 1.5, (samples // 25, 3)), 25, axis=0)[:samples]
    return np.column_stack([0.05 * np.ones(samples), steps])


def heated(inputs, tau_s, rate_hz):
    """Euler-free first-order response to coolant and squared currents."""
    keep = np.exp(-1.0 / (rate_hz * tau_s))
    source = 0.3 * inputs[:, 1] ** 2 + 0.5 * inputs[:, 2] ** 2 + 0.1 * inputs[:, 3] + 0.2
    out = np.empty(len(inputs))
    out[0] = 1.0
    for k in range(1, len(out)):
        out[k] = keep * out[k - 1] + (1 - keep) * source[k - 1]
    return out


def test_a_first_order_body_is_identified_and_foretold():
    inputs, tau_s = drive(1500, 0), float(thermal.TIME_CONSTANTS_S[6])
    truth = heated(inputs, tau_s, 2.0)
    driven = np.column_stack([inputs, inputs[:, 1:] ** 2])
    fit = thermal.fit_thermal(driven[:600], truth[:600], 2.0)
    assert fit.tau_s == pytest.approx(tau_s)
    assert rms(fit.predict(driven, 2.0)[600:] - truth[600:]) < 1e-6
    folds = thermal.judge_blocks("temp_winding", truth, driven, 2.0)
    assert [fold.block for fold in folds] == [2, 3, 4, 5]
    assert all(fold.model < 1e-3 < min(fold.persistence, fold.mean) for fold in folds[1:])


def test_a_predicted_block_is_not_looked_at():
    inputs = drive(1500, 1)
    truth = heated(inputs, 200.0, 2.0) + 0.01 * np.random.default_rng(2).normal(size=1500)
    other = truth.copy()
    other[1200:] += 5.0
    one, two = (thermal.judge_blocks("t", t, inputs, 2.0)[-1] for t in (truth, other))
    assert two.model == pytest.approx(one.model + 5.0, rel=0.2)
    assert one.tau_s == two.tau_s


def test_a_short_session_has_no_blocks():
    with pytest.raises(WindowTooShort, match="5 blocks"):
        thermal.judge_blocks("t", np.zeros(100), np.zeros((100, 2)), 2.0)


def test_real_temperatures(data_dir):
    figures = evaluate("lea_pmsm_temp", data_dir).figures
    assert figures["winding_rmse_z"] < 0.5 * figures["winding_persistence_rmse_z"]
    assert figures["better_than_naive"] >= 1


def test_real_appliances(data_dir):
    result = evaluate("hfhad_appliance_iv", data_dir)
    assert result.figures["heaters_as_expected"] == result.figures["heaters"] == 4
    assert result.figures["fridge_as_expected"] == result.figures["fridge_recordings"] == 5
    assert any("induction_cooker" in r and "51% of the cycles" in r for r in result.remarks)


def test_cycles_are_metered_by_code(tmp_path):
    t = np.arange(500) / 30000.0
    voltage = 170 * np.sin(2 * np.pi * 60 * t)
    path = tmp_path / "plaid_one_cycle" / "plaid_cycles.npz"
    path.parent.mkdir()
    np.savez(
        path,
        current_A=np.array([voltage / 10] * 68 + [-voltage / 10, np.roll(voltage, 125) / 10]),
        voltage_V=np.array([voltage] * 70),
        label=np.array([3] * 69 + [11]),
        row=np.arange(0, 140, 2),
        fs_hz=30000,
    )
    result = evaluate("plaid_one_cycle", tmp_path)
    assert (result.figures["events"], result.figures["codes"]) == (70, 2)
    assert (result.figures["negative_power"], result.figures["power_factor_beyond_one"]) == (1, 0)
    rows = {row[0]: row for row in result.tables[0].rows}
    assert rows["3"][6:8] == (-1.0, 1.0)
    assert rows["11"][5] == pytest.approx(0.0, abs=1e-6)


def test_real_cycles(data_dir):
    figures = evaluate("plaid_one_cycle", data_dir).figures
    assert (figures["events"], figures["power_factor_beyond_one"]) == (125, 0)
    assert figures["voltage_median_v"] == pytest.approx(120, abs=5)


def write_averages(folder, name, seed, rows=100):
    head = "Tachometer,UA axial,UA radial,UA tangential,OA axial,OA radial,OA tangential,Microphone"
    values = np.random.default_rng(seed).normal(size=(rows, 8))
    path = folder / "mafaulda_decimated" / f"reduced_{name}.csv"
    path.parent.mkdir(exist_ok=True)
    np.savetxt(path, values, delimiter=",", header=head, comments="", fmt="%.6f")


def test_formats_find_twins_and_odd_lengths(tmp_path):
    write_averages(tmp_path, "normal_data", 1)
    write_averages(tmp_path, "underhang_data_ball_6g", 2)
    write_averages(tmp_path, "underhang_data_cage_6g", 2)
    write_averages(tmp_path, "imbalance_10", 3, rows=90)
    result = evaluate("mafaulda_decimated", tmp_path)
    assert result.figures == {"files": 4, "read_whole": 3, "files_with_a_twin": 2, "scored": 0}
    rows = {row[0]: row for row in result.tables[0].rows}
    assert rows["reduced_underhang_data_ball_6g"][5] == "reduced_underhang_data_cage_6g"
    assert rows["reduced_imbalance_10"][4] == "no"


def test_real_formats(data_dir):
    figures = evaluate("mafaulda_decimated", data_dir).figures
    assert figures == {"files": 27, "read_whole": 27, "files_with_a_twin": 12, "scored": 0}


def test_a_short_pump_recording_is_refused(tmp_path):
    write_skab(tmp_path / "skab" / "anomaly-free" / "a.csv", seconds=405, seed=1, truth=False)
    with pytest.raises(RecordingError, match="longer than 400 s"):
        evaluate("skab", tmp_path)
