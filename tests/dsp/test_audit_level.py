"""The audit's checks of amplitude: each fires on its plant and stays silent on the clean twin."""

import dataclasses

import numpy as np
import pytest
from audit_scenes import (
    MOTOR,
    RATE_HZ,
    block,
    capture,
    clean_capture,
    current,
    levels,
    notes_of,
    quantised,
    spoiled,
    vibration,
)

from dsp.audit import audit, refused
from sensors.capture import Sense, Unit

SEEDS = range(12)


def clip(share: float):
    def spoil(x):
        limit = np.quantile(np.abs(x - x.mean()), 1 - share)
        return np.clip(x, x.mean() - limit, x.mean() + limit)

    return spoil


@pytest.mark.parametrize(
    ("channel", "share"),
    [("vib", 0.002), ("vib", 0.02), ("vib", 0.21), ("snd", 0.02), ("ia", 0.05), ("ia", 0.21)],
)
def test_clipping_is_seen_without_any_word_of_the_converter(channel, share):
    for seed in range(6):
        notes = notes_of(spoiled(clean_capture(seed), channel, clip(share)), "clipping")
        assert levels(notes, channel) == {"refuse" if share > 0.01 else "warning"}
        assert {n.channel for n in notes} == {channel}


def test_clipping_on_one_side_is_seen():
    notes = notes_of(spoiled(clean_capture(0), "vib", lambda x: np.minimum(x, 1.2)), "clipping")
    assert levels(notes, "vib") == {"refuse"}


def test_clipping_before_a_noisy_converter_is_seen():
    rng = np.random.default_rng(0)

    def amplifier(x):
        return np.clip(x, -1.5, 1.5) + 5e-4 * rng.standard_normal(x.size)

    notes = notes_of(spoiled(clean_capture(0), "vib", amplifier), "clipping")
    assert levels(notes, "vib") == {"refuse"}


@pytest.mark.parametrize(("told", "level"), [(0.0, "ok"), (0.0003, "ok"), (0.05, "refuse")])
def test_the_readers_count_is_believed_where_it_is_beyond_chance(told, level):
    x = vibration(np.random.default_rng(0), 9_000, RATE_HZ)
    vib = dataclasses.replace(block("vib", Sense.VIBRATION, Unit.MPS2, x), clipped=told)
    assert levels(notes_of(capture(vib), "clipping")) == {level}


@pytest.mark.parametrize("bits", [6, 8, 12, 16])
@pytest.mark.parametrize("hz", [50.0, 47.3])
def test_a_sine_is_not_clipped_at_any_resolution(bits, hz):
    t = np.arange(12800) / 12800
    wave = quantised(np.sin(2 * np.pi * hz * t), 2.0 ** (1 - bits))
    notes = notes_of(capture(block("ia", Sense.POWER, Unit.AMPERE, wave)), "clipping")
    assert levels(notes) == {"ok"}


def test_a_flat_topped_voltage_with_its_noise_is_not_clipped():
    rng = np.random.default_rng(1)
    t = np.arange(12800) / 12800
    wave = np.clip(1.3 * np.sin(2 * np.pi * 50 * t), -1, 1) * 325 + rng.standard_normal(t.size)
    volts = block("va", Sense.POWER, Unit.VOLT, quantised(wave, 0.1))
    assert levels(notes_of(capture(volts), "clipping")) == {"ok"}


def test_a_square_wave_through_a_filter_is_not_clipped():
    rng = np.random.default_rng(2)
    t = np.arange(12800) / 12800
    wave = np.tanh(8 * np.sin(2 * np.pi * 50 * t)) + 0.01 * rng.standard_normal(t.size)
    volts = block("va", Sense.POWER, Unit.VOLT, quantised(wave, 1e-3))
    assert levels(notes_of(capture(volts), "clipping")) == {"ok"}


def test_impulsive_vibration_is_not_clipped():
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        heavy = quantised(rng.standard_t(2, 12800), 0.01)
        notes = notes_of(capture(block("vib", Sense.VIBRATION, Unit.MPS2, heavy)), "clipping")
        assert levels(notes) == {"ok"}


def test_a_dead_channel_is_refused():
    notes = notes_of(spoiled(clean_capture(0), "vib", lambda x: np.full_like(x, 0.25)), "stuck")
    assert levels(notes, "vib") == {"refuse"}
    assert "bearing" in notes[0].refuses


@pytest.mark.parametrize(("length", "level"), [(300, "warning"), (3000, "refuse")])
def test_a_held_value_is_found_with_its_place(length, level):
    def dropout(x):
        x[6400 : 6400 + length] = x[6400]
        return x

    (note,) = notes_of(spoiled(clean_capture(1), "vib", dropout), "stuck")
    assert note.level == level
    assert "from 0.500 s" in note.text


def test_values_delivered_twice_each_tell_the_true_rate():
    (note,) = notes_of(spoiled(clean_capture(1), "vib", lambda x: np.repeat(x[::2], 2)), "stuck")
    assert note.level == "warning"
    told = float(note.text.split("near ")[1].split(" Hz")[0])
    assert told == pytest.approx(6400, rel=0.01)


def test_a_constant_temperature_is_not_stuck():
    assert levels(notes_of(clean_capture(0, seconds=12.0), "stuck")) == {"ok"}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
def test_samples_that_are_no_readings_are_counted(bad):
    def spoil(x):
        x[100:103] = bad
        return x

    notes = audit(spoiled(clean_capture(0), "vib", spoil), MOTOR)
    (note,) = [n for n in notes if n.check == "finite"]
    assert note.level == "refuse"
    assert note.text.startswith("3 of 12800")
    assert {n.check for n in notes if n.level == "refuse"} == {"finite", "resolution"}
    assert refused(notes, "bearing", channel="vib") is not None
    assert refused(notes, "current", channel="ia") is None


@pytest.mark.parametrize("values", [np.full(500, np.nan), np.array([])])
def test_a_channel_without_a_usable_sample_is_refused(values):
    clean = clean_capture(0)
    notes = audit(spoiled(clean, "vib", lambda _: values), MOTOR)
    assert refused(notes, "bearing", channel="vib") is not None
    assert refused(notes, "sound") is None


def test_a_one_sample_block_is_audited_without_error():
    assert audit(spoiled(clean_capture(0), "vib", lambda x: x[:1]), MOTOR)


@pytest.mark.parametrize(("name", "offset"), [("ia", 3.0), ("vib", 60.0), ("snd", 0.05)])
def test_an_offset_out_of_the_ordinary_is_noted(name, offset):
    clean = clean_capture(0)
    assert levels(notes_of(clean, "offset")) == {"ok"}
    assert levels(notes_of(spoiled(clean, name, lambda x: x + offset), "offset")) == {"note"}


def test_gravity_is_no_offset():
    notes = notes_of(spoiled(clean_capture(0), "vib", lambda x: x + 9.81), "offset")
    assert levels(notes) == {"ok"}


@pytest.mark.parametrize(("steps", "level"), [(0.5, "refuse"), (2.0, "warning"), (20.0, "ok")])
def test_a_signal_lost_in_its_converters_steps_is_refused(steps, level):
    for seed in SEEDS:
        x = np.random.default_rng(seed).standard_normal(12800)
        faint = block("vib", Sense.VIBRATION, Unit.MPS2, quantised(x, 1 / steps))
        assert levels(notes_of(capture(faint), "quantisation")) == {level}


def test_unscaled_channels_are_refused_what_needs_a_unit():
    rng = np.random.default_rng(0)
    raw = capture(
        block("vib", Sense.VIBRATION, Unit.VOLT, vibration(rng, 12800, 12800)),
        block("ia", Sense.POWER, Unit.UNSCALED, current(rng, 12800, 12800)),
        block("snd", Sense.SOUND, Unit.FULL_SCALE, 0.01 * vibration(rng, 12800, 12800)),
    )
    notes = audit(raw, MOTOR)
    assert "not m/s2" in (refused(notes, "velocity_severity") or "")
    assert "not V or A" in (refused(notes, "power") or "")
    assert refused(notes, "bearing") is None
    assert any("dBFS" in n.text for n in notes if n.channel == "snd")
    assert levels(notes_of(clean_capture(0), "calibration"), "vib") == set()
