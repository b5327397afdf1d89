"""The audit over temperatures, and between channels of different clocks."""

from dataclasses import replace

import numpy as np
import pytest
from audit_scenes import MOTOR, block, capture, clean_capture, later, levels, line_phase, notes_of

from dsp.audit import audit as audit_all
from dsp.audit import refused
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit


def heat(values: np.ndarray, *, rate_hz: float = 1.0, position: str = "frame") -> SampleBlock:
    channel = Channel(f"temp_{position}", Sense.TEMPERATURE, Unit.DEGC, position=position)
    return SampleBlock(channel, 0, rate_hz, np.asarray(values, np.float32))


def warming(n: int = 300, noise: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(1)
    return 40 + 0.02 * np.arange(n) + noise * rng.standard_normal(n)


def said(*blocks: SampleBlock, load: float | None = None) -> tuple[set[str], list[str]]:
    notes = notes_of(replace(capture(*blocks), load=load), "thermocouple")
    return levels(notes), [note.text for note in notes]


@pytest.mark.parametrize("noise", [0.0, 0.05, 2.0])
def test_a_warming_frame_is_well(noise: float) -> None:
    assert said(heat(warming(noise=noise)))[0] == {"ok"}


@pytest.mark.parametrize("rail", [1372.0, 850.0, -200.0, -242.0])
def test_an_open_sensor_stands_at_a_rail(rail: float) -> None:
    checked = capture(heat(np.full(300, rail)))
    notes = notes_of(checked, "thermocouple")
    assert levels(notes) == {"refuse"}
    assert "open" in notes[0].text
    assert refused(audit_all(checked, MOTOR), "temperature", channel="temp_frame") is not None


def test_a_moment_at_the_rail_is_a_warning() -> None:
    values = warming()
    values[[70]] = 1372.0
    assert said(heat(values))[0] == {"warning"}


def test_a_loose_contact_jumps_faster_than_copper_warms() -> None:
    values = warming()
    values[::20] += 25.0
    kinds, texts = said(heat(values))
    assert kinds == {"refuse"} and "loose contact" in texts[0]


def test_a_stalled_rotor_is_no_loose_contact() -> None:
    assert said(heat(40 + 6.0 * np.arange(30)))[0] == {"ok"}


def test_a_slow_sensor_may_step_far_between_readings() -> None:
    assert said(heat(np.array([20.0, 60.0, 85.0, 100.0, 60.0]), rate_hz=1 / 60))[0] == {"ok"}


def test_a_sensor_that_never_moves_is_noted() -> None:
    assert said(heat(np.full(700, 61.5)))[0] == {"note"}
    assert said(heat(np.full(300, 61.5)))[0] == {"ok"}


def test_a_loaded_motor_is_warmer_than_the_air() -> None:
    air = heat(np.full(300, 21.0), position="ambient")
    frame = heat(21.1 + 0.01 * np.random.default_rng(2).standard_normal(300))
    assert said(frame, air, load=1.0)[0] == {"warning"}
    assert said(frame, air, load=0.0)[0] == {"ok"}
    assert said(frame, air)[0] == {"ok"}
    assert said(heat(warming()), air, load=1.0)[0] == {"ok"}


def test_a_temperature_without_degrees_is_not_judged() -> None:
    plain = SampleBlock(
        Channel("t", Sense.TEMPERATURE, Unit.UNSCALED), 0, 1.0, np.full(300, 900.0, np.float32)
    )
    assert said(plain)[0] == {"ok"}


def clocks(
    ppm: float, *, line: float = 0.3, noise: float = 0.2, seconds: float = 8.0, slip: float = 0.0
) -> Capture:
    """A current at 5 kHz, and the core's pull at 100 Hz in a vibration of another clock."""
    rng = np.random.default_rng(3)
    phase = line_phase(rng, round(seconds * 5000), 5000.0)
    current = 10 * np.sin(phase) + 0.01 * rng.standard_normal(phase.size)
    true_s = np.arange(round(seconds * 12800)) / (12800.0 * (1 + ppm * 1e-6))
    pull = 2 * np.interp(true_s, np.arange(phase.size) / 5000.0, phase) * (1 - slip)
    felt = line * np.sin(pull) + noise * rng.standard_normal(pull.size)
    return capture(
        block("ia", Sense.POWER, Unit.AMPERE, current, rate_hz=5000.0, phase="a"),
        block("vib", Sense.VIBRATION, Unit.MPS2, felt),
    )


@pytest.mark.parametrize("ppm", [0.0, 30.0, -60.0])
def test_clocks_of_ordinary_crystals_agree(ppm: float) -> None:
    (note,) = notes_of(clocks(ppm), "synchrony")
    assert note.level == "ok" and note.channel == "vib"
    told = float(note.text.split("ia at 5000 Hz: ")[1].split(" ppm")[0])
    assert told == pytest.approx(ppm, abs=12.0)


@pytest.mark.parametrize("ppm", [300.0, -400.0])
def test_a_clock_that_drifts_is_told_with_its_rate(ppm: float) -> None:
    (note,) = notes_of(clocks(ppm), "synchrony")
    assert note.level == "warning" and "drifts" in note.text
    told = float(note.text.split("5000 Hz: ")[1].split(" ppm")[0])
    assert told == pytest.approx(ppm, abs=12.0)


def test_a_line_of_the_shaft_is_no_clock() -> None:
    """Two poles turn at the mains less the slip: 2000 ppm are no crystal's."""
    (note,) = notes_of(clocks(0.0, slip=0.002), "synchrony")
    assert note.level == "note" and "no tone shared" in note.text


def test_noise_is_no_clock() -> None:
    (note,) = notes_of(clocks(0.0, line=0.0), "synchrony")
    assert note.level == "note"


def test_jitter_scatters_and_does_not_drift() -> None:
    rng = np.random.default_rng(4)
    seconds, rate_hz = 8.0, 12800.0
    phase = line_phase(rng, round(seconds * 5000), 5000.0)
    t_s = np.arange(round(seconds * rate_hz)) / rate_hz
    late = np.repeat(2e-4 * rng.standard_normal(t_s.size // 1280 + 1), 1280)[: t_s.size]
    felt = np.sin(2 * np.interp(t_s + late, np.arange(phase.size) / 5000.0, phase))
    checked = capture(
        block("ia", Sense.POWER, Unit.AMPERE, 10 * np.sin(phase), rate_hz=5000.0, phase="a"),
        block("vib", Sense.VIBRATION, Unit.MPS2, felt),
    )
    (note,) = notes_of(checked, "synchrony")
    assert note.level == "ok"
    scatter_us = float(note.text.split("scattering by ")[1].split(" us")[0])
    assert 80.0 < scatter_us < 300.0


def test_one_clock_has_nothing_to_be_compared_with() -> None:
    alone = capture(clocks(0.0).blocks[0])
    assert levels(notes_of(alone, "synchrony")) == {"ok"}
    blind = capture(clocks(0.0).blocks[1], block("snd", Sense.SOUND, Unit.PASCAL, np.ones(99)))
    assert levels(notes_of(blind, "synchrony")) <= {"note", "ok"}


def test_a_short_window_tells_nothing_of_clocks() -> None:
    (note,) = notes_of(clocks(300.0, seconds=1.0), "synchrony")
    assert note.level == "note"


@pytest.mark.parametrize(("lost", "drift"), [(2, True), (200, False)])
def test_a_small_loss_between_captures_may_be_a_clock(lost: int, drift: bool) -> None:
    first = clean_capture(5)
    n = first.blocks[0].values.size
    second = later(first, n + lost)
    notes = notes_of(second, "continuity", previous=first)
    told = [n.text for n in notes if n.channel == "vib" and "lost" in n.text]
    assert told and ("ppm slow" in told[0]) is drift
