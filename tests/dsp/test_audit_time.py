"""The audit's checks of time: rates, lost and repeated samples, irregular sampling."""

from dataclasses import replace

import numpy as np
import pytest
from audit_scenes import (
    MOTOR,
    RATE_HZ,
    block,
    capture,
    clean_capture,
    current,
    later,
    levels,
    line_phase,
    notes_of,
    quantised,
    spoiled,
    vibration,
)
from scipy import signal

from dsp.audit import audit, refused
from sensors.capture import Capture, Gap, SampleBlock, Sense, Unit
from sensors.motor import Motor, Nameplate


def phase_current(seed: int, n: int, rate_hz: float, **more) -> SampleBlock:
    rng = np.random.default_rng(seed)
    return block("ia", Sense.POWER, Unit.AMPERE, current(rng, n, rate_hz, **more), rate_hz=rate_hz)


def declared(true: SampleBlock, rate_hz: float) -> Capture:
    return capture(replace(true, rate_hz=rate_hz))


def test_the_mains_confirms_a_true_rate():
    for seed in range(8):
        notes = notes_of(capture(phase_current(seed, 12800, RATE_HZ)), "rate")
        assert levels(notes) == {"ok"}


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.05, 1.2, 2.0])
def test_the_mains_contradicts_a_wrong_rate_and_names_the_true_one(factor):
    (note,) = notes_of(declared(phase_current(0, 12800, RATE_HZ), RATE_HZ * factor), "rate")
    assert note.level == "refuse"
    assert {"slip", "bearing", "velocity_severity"} <= set(note.refuses)
    told = float(note.text.split("but near ")[1].split(" Hz")[0])
    assert told == pytest.approx(RATE_HZ, rel=0.01)


def test_without_a_nameplate_a_strange_line_is_a_warning():
    anyone = Motor(motor_id="m1")
    wrong = declared(phase_current(0, 12800, RATE_HZ), RATE_HZ * 1.5)
    assert levels(notes_of(wrong, "rate", motor=anyone)) == {"warning"}


def test_a_drive_says_nothing_of_the_rate():
    drive = Motor(motor_id="m1", nameplate=Nameplate(variable_frequency_drive=True))
    (note,) = notes_of(capture(phase_current(0, 12800, RATE_HZ)), "rate", motor=drive)
    assert (note.level, note.text.split(":")[0]) == ("note", "unverified")


def test_a_rate_without_mains_in_sight_is_unverified_even_when_it_is_wrong():
    rng = np.random.default_rng(0)
    true = block("vib", Sense.VIBRATION, Unit.MPS2, vibration(rng, 12800, RATE_HZ))
    for checked in (capture(true), declared(true, 2 * RATE_HZ)):
        (note,) = notes_of(checked, "rate")
        assert (note.level, note.text.split(":")[0]) == ("note", "unverified")


@pytest.mark.parametrize("factor", [2, 4])
def test_content_of_a_raised_rate_ends_where_it_really_ended(factor):
    for seed in range(6):
        slow = vibration(np.random.default_rng(seed), 25600, RATE_HZ)
        raised = signal.resample_poly(slow, factor, 1, window=("kaiser", 8.0))
        fast = block("vib", Sense.VIBRATION, Unit.MPS2, raised, rate_hz=RATE_HZ * factor)
        (note,) = notes_of(capture(fast), "bandwidth")
        told = float(note.text.split("nothing above ")[1].split(" Hz")[0])
        assert told == pytest.approx(RATE_HZ / 2, rel=0.1)


def test_content_up_to_the_anti_alias_filter_is_ordinary():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        b, a = signal.butter(6, 0.9)
        filtered = signal.lfilter(b, a, vibration(rng, 25600, RATE_HZ))
        natural = block("vib", Sense.VIBRATION, Unit.MPS2, filtered)
        assert levels(notes_of(capture(natural), "bandwidth")) == {"ok"}


def test_an_empty_top_counts_against_the_bandwidth_that_diagnoses_need():
    slow = vibration(np.random.default_rng(0), 3 * 1500, 1500.0)
    raised = signal.resample_poly(slow, 8, 1, window=("kaiser", 8.0))
    fast = capture(block("vib", Sense.VIBRATION, Unit.MPS2, raised, rate_hz=12000.0))
    notes = audit(fast, MOTOR)
    assert "Hz wide" in (refused(notes, "bearing") or "")
    assert "Hz wide" in (refused(notes, "velocity_severity") or "")


@pytest.mark.parametrize(("rate_hz", "seed"), [(10_000.0, 0), (10_000.0, 1), (25_600.0, 2)])
def test_one_sample_lost_in_a_million_is_found(rate_hz, seed):
    n = 1_000_000
    whole = phase_current(seed, n + 1, rate_hz).values
    at = int(np.random.default_rng(seed + 100).uniform(0.1, 0.9) * n)
    lost = block("ia", Sense.POWER, Unit.AMPERE, np.delete(whole, at), rate_hz=rate_hz)
    (note,) = notes_of(capture(lost), "continuity")
    assert note.level == "warning"
    assert "1.0 samples missing" in note.text
    told_s = float(note.text.split("near ")[1].split(" s")[0])
    assert told_s == pytest.approx(at / rate_hz, abs=0.1)


@pytest.mark.parametrize("rate_hz", [10_000.0, 25_600.0])
def test_a_million_whole_samples_are_confirmed(rate_hz):
    whole = capture(phase_current(7, 1_000_000, rate_hz))
    assert levels(notes_of(whole, "continuity")) == {"ok"}


@pytest.mark.parametrize("change", [-3, -1, 1, 7])
def test_samples_lost_or_repeated_within_seconds_are_counted(change):
    for seed in range(4):
        x = phase_current(seed, 40_000, 10_000.0).values
        cut = np.delete(x, np.arange(20_000, 20_000 + change)) if change > 0 else None
        x = np.insert(x, 20_000, np.full(-change, x[20_000])) if cut is None else cut
        broken = capture(block("ia", Sense.POWER, Unit.AMPERE, x, rate_hz=10_000.0))
        (note,) = notes_of(broken, "continuity")
        word = "missing" if change > 0 else "too many"
        assert f"{abs(change)}.0 samples {word}" in note.text


@pytest.mark.parametrize("settling_s", [0.01, 0.03, 0.1])
@pytest.mark.parametrize("lag", [0.1, 0.3])
def test_a_step_of_load_is_not_taken_for_lost_samples(settling_s, lag):
    for seed in range(3):
        t = np.arange(50_000) / 10_000.0
        step = 1 - np.exp(-np.maximum(t - 2.3, 0) / settling_s)
        loaded = phase_current(seed, t.size, 10_000.0, lag=lag * step)
        assert "warning" not in levels(notes_of(capture(loaded), "continuity"))


def test_without_a_tone_continuity_is_unverified():
    rng = np.random.default_rng(0)
    x = np.delete(rng.standard_normal(20_001), 9_000)
    (note,) = notes_of(capture(block("vib", Sense.VIBRATION, Unit.MPS2, x)), "continuity")
    assert (note.level, note.text.split(":")[0]) == ("note", "unverified")


def test_gaps_told_by_the_reader_are_reported():
    clean = clean_capture(0)
    told = tuple(
        replace(b, gaps=(Gap(100, 40),)) if b.channel.name == "vib" else b for b in clean.blocks
    )
    whole_window = replace(clean, blocks=told, t1_ns=clean.t1_ns + round(40 / RATE_HZ * 1e9))
    notes = [n for n in notes_of(whole_window, "continuity") if n.channel == "vib"]
    assert [n.text for n in notes] == ["40 samples missing in 1 gaps"]


@pytest.mark.parametrize(("size", "word"), [(12_799, "missing"), (12_801, "repeated")])
def test_the_clock_counts_a_single_sample(size, word):
    rng = np.random.default_rng(0)
    vib = block("vib", Sense.VIBRATION, Unit.MPS2, vibration(rng, size, RATE_HZ))
    one_second = Capture("m1", 0, 10**9, (vib,))
    (note,) = [n for n in notes_of(one_second, "continuity") if n.channel == "vib"]
    assert note.level == "warning"
    assert word in note.text


@pytest.mark.parametrize(
    ("apart", "levels_seen"),
    [(12_800, set()), (12_801, {"warning"}), (6_400, set()), (128_000, set()), (0, {"warning"})],
)
def test_samples_lost_between_captures_show_in_their_clock(apart, levels_seen):
    before, after = clean_capture(0), later(clean_capture(1), apart)
    notes = notes_of(after, "continuity", previous=before)
    assert levels(notes, "vib") == levels_seen


@pytest.mark.parametrize("jitter", [0.08, 0.3])
@pytest.mark.parametrize("rate_hz", [1000.0, 10_000.0])
def test_irregular_sampling_is_measured_and_refuses_slip(jitter, rate_hz):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        n = round(4 * rate_hz)
        late = np.arange(n) + jitter * rng.standard_normal(n)
        theta = np.interp(late, np.arange(n), line_phase(rng, n, rate_hz))
        wave = 10 * np.sin(theta) + 0.002 * rng.standard_normal(n)
        loop = capture(block("ia", Sense.POWER, Unit.AMPERE, wave, rate_hz=rate_hz))
        (note,) = notes_of(loop, "jitter")
        assert note.refuses == ("slip",)
        told = float(note.text.split("(")[1].split(" intervals")[0])
        assert told == pytest.approx(jitter, rel=0.25)


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.03])
def test_noise_without_jitter_is_no_jitter(noise):
    for seed in range(8):
        rng = np.random.default_rng(seed)
        theta = line_phase(rng, 40_000, 10_000.0)
        wave = np.sin(theta) + 0.003 * np.sin(theta * 0.98) + noise * rng.standard_normal(40_000)
        regular = capture(block("ia", Sense.POWER, Unit.AMPERE, wave, rate_hz=10_000.0))
        assert levels(notes_of(regular, "jitter")) == {"ok"}


@pytest.mark.parametrize("name", ["vib", "snd", "ia"])
@pytest.mark.parametrize(("length", "level"), [(512, "warning"), (4096, "refuse")])
def test_a_block_sent_twice_is_found(name, length, level):
    def twice(x):
        x[8000 : 8000 + length] = x[8000 - 2 * length // 2 - 77 : 8000 - 77]
        return x

    for seed in range(4):
        (note,) = notes_of(spoiled(clean_capture(seed), name, twice), "duplicates")
        assert (note.channel, note.level) == (name, level)
        assert f"{length + 77} samples earlier" in note.text


def test_a_stale_buffer_from_the_capture_before_is_found():
    before = clean_capture(0)
    after = later(clean_capture(1), 12_800)
    stale = spoiled(
        after, "vib", lambda x: np.concatenate([before.blocks[0].values[-600:], x[600:]])
    )
    (note,) = notes_of(stale, "duplicates", previous=before)
    assert note.channel == "vib"
    frozen = later(before, 12_800)
    assert {n.channel for n in notes_of(frozen, "duplicates", previous=before)} == {
        "vib",
        "snd",
        "ia",
    }


def test_windows_that_overlap_share_samples_rightly():
    whole = clean_capture(3, seconds=2.0)
    first, second = (
        replace(
            whole,
            t0_ns=start * 10**9 // 2,
            t1_ns=start * 10**9 // 2 + 10**9,
            blocks=tuple(
                replace(
                    b,
                    t0_ns=start * 10**9 // 2,
                    values=b.values[start * b.values.size // 4 :][: b.values.size // 2],
                )
                for b in whole.blocks
                if b.rate_hz > 1
            ),
        )
        for start in (0, 1)
    )
    assert levels(notes_of(second, "duplicates", previous=first)) == {"ok"}


def test_a_noise_free_wave_is_a_simulation_and_not_a_fault():
    t = np.arange(12_800) / RATE_HZ
    wave = capture(block("ia", Sense.POWER, Unit.AMPERE, 10 * np.sin(2 * np.pi * 50 * t)))
    assert levels(notes_of(wave, "duplicates")) <= {"ok", "note"}


def test_coarse_values_repeat_by_chance_only():
    for seed in range(8):
        x = quantised(np.random.default_rng(seed).standard_normal(25_600), 0.8)
        coarse = capture(block("vib", Sense.VIBRATION, Unit.MPS2, x))
        assert levels(notes_of(coarse, "duplicates")) == {"ok"}


@pytest.mark.parametrize("hz", [159.155, 620.0, 3000.0])
def test_a_bare_tone_has_no_cliff(hz):
    t = np.arange(25_600) / RATE_HZ
    tone = capture(block("vib", Sense.VIBRATION, Unit.MPS2, 9.81 * np.sin(2 * np.pi * hz * t)))
    assert levels(notes_of(tone, "bandwidth")) == {"ok"}
