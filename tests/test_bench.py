"""The benchmarks' names and shapes; what they measure is for `make bench`, never for a test."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("threadpoolctl", reason="needs the extra bench")

from bench import __main__ as command
from bench import clock, diagnosis, features, gateway, inference, newton, replay, retraining
from bench.gateway_probe import Taken
from bench.page import FIGURES, page, summary
from bench.probe import Measured

TIMES = {
    inference.INT8: [1e-5, 3e-5, 2e-5],
    inference.FLOAT: [2e-5, 2e-5, 2e-5],
    inference.ONNX: [4e-5, 4e-5, 4e-5],
}
SECONDS = np.arange(1.0, 8.0) * np.ones((3, 1))


def made() -> dict[str, float]:
    """Every figure, from times that are made up."""
    names = (
        features.BARE,
        features.EXTRACT,
        features.PACKETS,
        features.PACKET_LEVEL,
        features.PYWT,
        features.TSFEL,
        features.TSFEL_COLUMNS,
    )
    measured = Measured(3600.0, 20.0, 60, 600.0, 9.0, 150.0, 1.0)
    return (
        features.figures(dict(zip(names, SECONDS.T, strict=True)))
        | newton.figures(SECONDS[:, :5], newton.Outcome(np.zeros(2), steps=4, hessians=2))
        | replay.figures(measured, measured)
        | diagnosis.figures([1.0, 3.0, 2.0])
        | inference.figures(TIMES, 3e-5, 40.0)
        | retraining.figures([0.5, 0.9, 0.7], [2.0, 1.0, 3.0])
        | gateway.figures(Taken(judged=6, gateway_mb=140.0, worker_mb=40.0))
    )


def test_every_figure_has_its_meaning_and_every_meaning_its_figure() -> None:
    assert set(made()) == set(FIGURES)


def test_ratios_are_the_right_way_up() -> None:
    got = made()
    assert got["extract_over_rfft"] == (2.0 - 3.0) / 1.0
    assert got["wavelet_over_pywt"] == 4.0 / 5.0
    assert got["extract_speedup_tsfel"] == 6.0 / 2.0
    assert got["replay_realtime_factor"] == 3600.0 / (20.0 - 9.0)
    assert got["replay_with_diagnosis_factor"] == 3600.0 / 20.0
    assert got["diagnose_realtime_share"] == 9.0 / 600.0
    assert got["diagnose_four_senses_share"] == 2.0 / 10.0
    assert got["stage2_int8_ms"] == pytest.approx(2e-2)
    assert got["stage2_embed_ms"] == pytest.approx(3e-2)
    assert got["head_retrain_10000_s"] == 0.7 and got["head_retrain_10000_strange_s"] == 2.0
    assert got["gateway_peak_mb"] == 140.0 and got["gateway_worker_peak_mb"] == 40.0
    assert got["stage2_int8_over_float"] == 1.0 and got["stage2_int8_over_onnxruntime"] == 0.5


def test_the_page_shows_every_figure_with_target_and_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    got = made() | {"replay_peak_mb": 250.0}
    text = page(got)
    for name in FIGURES:
        assert f"| `{name}` |" in text
    assert "| `replay_peak_mb` | 250 | at most 200 | no |" in text
    assert "| `replay_realtime_factor` | 327 | at least 100 | met |" in text
    summary(got)
    assert "replay_peak_mb" in capsys.readouterr().out


def test_rivals_take_turns() -> None:
    calls: list[str] = []
    rivals = {
        "a": clock.Rival(lambda: calls.append("a"), 2),
        "b": clock.Rival(lambda: calls.append("b"), 1),
    }
    took = clock.cpu_seconds(rivals, rounds=3)
    assert "".join(calls) == "ab" + 3 * "aab"
    assert {name: seconds.shape for name, seconds in took.items()} == {"a": (3,), "b": (3,)}


@pytest.mark.skipif(importlib.util.find_spec("tsfel") is None, reason="needs the extra bench")
def test_features_are_measured_and_packets_are_pywts() -> None:
    got = features.run(rounds=1, calls=1)
    assert set(got) <= set(FIGURES) and all(np.isfinite(value) for value in got.values())
    capture, _ = features.one_second()
    packets = features.packet_energies(capture.blocks[0].values, wavelet="db4", level=5)
    np.testing.assert_allclose(packets, features.pywt_energies(capture.blocks[0].values), rtol=1e-4)


def test_a_short_replay_is_measured_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "SECONDS", 12.0)
    monkeypatch.setattr(replay, "WARM_S", 5.0)
    files = tmp_path / "new" / "bench.json", tmp_path / "BENCHMARKS.md"
    arguments = ["replay", "--json", str(files[0]), "--markdown", str(files[1])]
    monkeypatch.setattr("sys.argv", ["bench", *arguments])
    command.main()
    got = json.loads(files[0].read_text())
    assert set(got) < set(FIGURES)
    assert got["replay_peak_mb"] > got["replay_growth_mb"] >= 0.0
    assert 0.0 < got["diagnose_realtime_share"] < 10.0
    assert "replay_realtime_factor" in files[1].read_text()


def test_a_diagnosis_of_four_senses_is_measured() -> None:
    got = diagnosis.run(rounds=1)
    assert set(got) <= set(FIGURES) and 0.0 < got["diagnose_four_senses_share"] < 10.0


def test_an_inference_is_measured_beside_its_rivals() -> None:
    pytest.importorskip("onnxruntime", reason="needs the extra crosscheck")
    got = inference.run(rounds=1, calls=5)
    assert set(got) <= set(FIGURES) and all(0.0 < value < 1e3 for value in got.values())


def test_a_gateway_that_judged_nothing_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="judged no capture"):
        gateway.figures(Taken(judged=0, gateway_mb=70.0, worker_mb=40.0))


def test_a_gateways_memory_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ai_edge_litert", reason="needs the extra stage2")
    monkeypatch.setattr(gateway, "FAULTS", (None,))
    got = gateway.run()
    assert set(got) <= set(FIGURES)
    assert 50.0 < got["gateway_peak_mb"] < 1000.0 and 5.0 < got["gateway_worker_peak_mb"] < 500.0


def test_a_retraining_is_measured() -> None:
    got = retraining.run(rounds=1, rows=1000)
    assert set(got) <= set(FIGURES) and all(0.0 < value < 100.0 for value in got.values())
