"""One spectrum by itself: a picture, text for a terminal, and numbers."""

import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from impacts import BEARING, RATE_HZ
from report_stories import MOTOR, OUTER_HZ, SHAFT_HZ, capture, faulty_capture

from app.report.spectra import view_spectrum
from app.report.spectrum import draw_spectrum, spectrum_figure, summarise
from app.report.terminal import plot_spectrum_terminal
from sensors.errors import MissingChannel, MissingDependency, OutputError
from sensors.motor import Motor


def test_pictures_are_what_their_suffix_says(tmp_path: Path) -> None:
    taken = faulty_capture()
    for kind, name, start in [
        ("amplitude", "a.png", b"\x89PNG"), ("envelope", "e.svg", b"<?xml"),
        ("envelope", "e.PDF", b"%PDF"),
    ]:  # fmt: skip
        said = draw_spectrum(taken, MOTOR, kind=kind, output=tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
        assert said.output == str(tmp_path / name)
    first = (tmp_path / "e.svg").read_bytes()
    draw_spectrum(taken, MOTOR, kind="envelope", output=tmp_path / "e.svg")
    assert (tmp_path / "e.svg").read_bytes() == first
    assert b"BPFO" in first


def test_other_suffixes_and_unwritable_paths_are_refused(tmp_path: Path) -> None:
    taken = faulty_capture()
    with pytest.raises(OutputError, match=r"\.png, \.svg or \.pdf"):
        draw_spectrum(taken, MOTOR, kind="amplitude", output=tmp_path / "a.jpg")
    with pytest.raises(OutputError, match="is not there"):
        draw_spectrum(taken, MOTOR, kind="amplitude", output=tmp_path / "no" / "a.png")


def test_a_sine_reads_its_amplitude_and_order() -> None:
    t = np.arange(40_000) / RATE_HZ
    view = view_spectrum(capture(2.5 * np.sin(2 * np.pi * 2 * SHAFT_HZ * t)), MOTOR, "amplitude")
    said = summarise(view)
    assert (said.unit, said.lines, said.band_hz) == ("m/s²", (), None)
    assert said.peaks[0].height == pytest.approx(2.5, rel=1e-3)
    assert said.peaks[0].hz == pytest.approx(2 * SHAFT_HZ, abs=said.resolution_hz)
    assert said.peaks[0].order == pytest.approx(2.0, abs=0.02)


def test_the_envelope_reads_the_planted_line_against_its_expected_place() -> None:
    view = view_spectrum(faulty_capture(), MOTOR, "envelope", band=(3000.0, 5000.0))
    said = summarise(view)
    by_name = {line.line: line for line in said.lines}
    assert by_name["BPFO"].expected_hz == pytest.approx(BEARING.bpfo * SHAFT_HZ)
    assert by_name["BPFO"].highest_hz == pytest.approx(OUTER_HZ, rel=0.003)
    assert by_name["BPFO"].height > 5 * by_name["BPFI"].height
    assert said.peaks[0].hz == pytest.approx(OUTER_HZ, rel=0.003)
    assert msgspec.json.decode(msgspec.json.encode(said))["band_hz"] == [3000.0, 5000.0]


def test_without_a_band_the_impulsive_one_is_chosen() -> None:
    view = view_spectrum(faulty_capture(), MOTOR, "envelope")
    assert view.band_hz is not None and view.band_hz[0] <= 4000.0 <= view.band_hz[1]


def test_the_figure_names_channel_unit_and_band() -> None:
    figure = spectrum_figure(faulty_capture(), MOTOR, "envelope", None, (3000.0, 5000.0))
    assert figure.axes[0].get_title("left") == "vib_de: envelope spectrum of 3000–5000 Hz"
    figure = spectrum_figure(faulty_capture(), MOTOR, "amplitude")
    assert "m/s²" in figure.axes[0].get_ylabel()


def test_the_terminal_shows_lines_title_and_units(capsys: pytest.CaptureFixture[str]) -> None:
    draw_spectrum(faulty_capture(), MOTOR, kind="envelope", band=(3000.0, 5000.0))
    text = capsys.readouterr().out
    assert "vib_de: envelope spectrum of 3000-5000 Hz" in text
    assert f"BPFO {BEARING.bpfo * SHAFT_HZ:.1f} Hz" in text and "modulation depth (%)" in text
    assert "\x1b" not in text and any("⠀" < mark <= "⣿" for mark in text)
    draw_spectrum(faulty_capture(), MOTOR, kind="envelope", show=False)
    assert capsys.readouterr().out == ""


def test_the_terminals_width_is_kept_and_colour_is_a_choice() -> None:
    view = view_spectrum(faulty_capture(), MOTOR, "amplitude")
    text = plot_spectrum_terminal(view, size=(70, 24))
    assert max(len(line) for line in text.splitlines()[:-1]) <= 70
    assert "dB re 1 m/s²" in text and "1 x shaft 29.0 Hz" in text
    assert "\x1b" in plot_spectrum_terminal(view, size=(70, 24), colour=True)


def test_an_unknown_speed_places_no_line() -> None:
    taken = faulty_capture()
    blind = type(taken)("pump-1", 0, taken.t1_ns, taken.blocks)
    view = view_spectrum(blind, Motor(motor_id="pump-1"), "envelope")
    assert "no line can be placed" in plot_spectrum_terminal(view)
    assert summarise(view).lines == ()


def test_an_unknown_channel_is_refused() -> None:
    with pytest.raises(MissingChannel, match="vib_de"):
        draw_spectrum(faulty_capture(), MOTOR, kind="amplitude", channel="x", show=False)


def test_without_plotext_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotext", None)
    with pytest.raises(MissingDependency, match=r"motorwatch\[report\]"):
        draw_spectrum(faulty_capture(), MOTOR, kind="amplitude")
