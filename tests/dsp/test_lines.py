"""Line search: planted defects are found, chance stays chance, shaft lines count for nothing."""

import numpy as np
import pytest
from impacts import BEARING, RATE_HZ, impacts

from dsp.bank import LevelBank, Origin, amplitude_bank, envelope_bank, level_over_floor
from dsp.comb import comb_levels, range_maxima
from dsp.lines import search
from dsp.order import defect_lines
from dsp.spectrum import transform
from dsp.speed import estimate_speed, refine_speed
from sensors.errors import WindowTooShort
from sensors.motor import Bearing

LINES = defect_lines(BEARING)


def bank_of(x: np.ndarray, shaft_hz: float = 29.0) -> LevelBank:
    return envelope_bank(
        [("vib", transform(x, rate_hz=RATE_HZ))], shaft_hz=shaft_hz, top_order=28.0
    )


def test_names_and_orders_of_the_lines() -> None:
    orders = {line.name: line.order for line in LINES}
    assert orders["BPFO"] == pytest.approx(3.585, abs=0.002)
    assert orders["BPFI"] == pytest.approx(5.415, abs=0.002)
    # The widely printed 4.7135 is twice the spin frequency: the line's name says so.
    assert orders["2 x BSF"] == pytest.approx(4.713, abs=0.002)
    assert orders["FTF"] == pytest.approx(0.398, abs=0.001)


@pytest.mark.parametrize("line", LINES[:3], ids=lambda line: line.name)
def test_a_planted_defect_is_the_only_deep_family(line) -> None:
    x = impacts(line.order * 0.99, seed=1, modulation_order=line.sideband_order)
    matches = search(bank_of(x), LINES, shaft_hz=29.0, speed_tolerance=0.002)
    best = max(range(len(LINES)), key=lambda i: matches[i].level_db)
    assert LINES[best].name == line.name
    assert matches[best].chance < 0.01
    assert matches[best].found_hz == pytest.approx(line.order * 0.99 * 29.0, rel=0.004)
    assert matches[best].depth > 0.8


def test_a_line_is_reported_where_it_stands() -> None:
    for order in (3.5, 3.5203, 3.551, 3.59):
        x = impacts(order, seed=6, jitter=0.0)
        outer = search(bank_of(x), LINES, shaft_hz=29.0, speed_tolerance=0.01)[0]
        assert outer.found_hz == pytest.approx(order * 29.0, rel=7e-4)


def test_too_few_pseudo_lines_are_refused_before_no_line_could_reach_the_bar() -> None:
    # With n pseudo-lines the least chance is 1 / (n + 1): below 99 nothing could count.
    for seconds in np.arange(0.7, 2.0, 0.1):
        x = impacts(LINES[0].order * 0.99, seed=7, seconds=float(seconds), height=20.0)
        try:
            outer = search(bank_of(x), LINES, shaft_hz=29.0, speed_tolerance=0.05)[0]
        except WindowTooShort:
            continue
        assert outer.chance <= 0.01


def test_noise_reaches_the_99th_percentile_about_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(60):
        x = np.random.default_rng(seed).standard_normal(100_000).astype(np.float32)
        matches = search(bank_of(x), LINES, shaft_hz=29.0, speed_tolerance=0.005)
        hits += sum(match.chance <= 0.01 for match in matches)
    # 240 lines at 1 %: 2.4 expected; neighbouring pseudo-windows overlap, so be generous.
    assert hits <= 10


def test_shaft_lines_are_never_a_defect() -> None:
    x = impacts(4.0, seed=2, jitter=0.0)
    matches = search(bank_of(x), LINES, shaft_hz=29.0, speed_tolerance=0.002)
    assert all(match.depth < 0.8 or match.chance > 0.01 for match in matches)


def test_a_family_on_a_whole_order_is_reported_as_shadowed() -> None:
    near = Bearing(name="near", bpfo_order=3.02, bpfi_order=4.98, source="test")
    x = impacts(3.0, seed=3, jitter=0.0)
    outer = search(bank_of(x), defect_lines(near), shaft_hz=29.0, speed_tolerance=0.002)[0]
    assert outer.shadow_db > outer.bar_db


def test_range_maxima_equals_the_slow_way() -> None:
    rng = np.random.default_rng(0)
    levels = rng.standard_normal((3, 200)).astype(np.float32)
    table = range_maxima(levels, 16)
    for power in range(table.shape[0]):
        run = 2**power
        for start in range(0, 200 - run):
            np.testing.assert_array_equal(
                table[power, :, start], levels[:, start : start + run].max(axis=1)
            )


def test_comb_needs_two_of_three_harmonics() -> None:
    levels = np.zeros((1, 4000), np.float32)
    levels[0, 1000] = 40.0
    bank = LevelBank(levels, levels, 0.1, (Origin("vib", (0.0, 1.0), 0.0),))
    assert comb_levels(bank, np.array([100.0, 50.0, 33.333]))[0].max() == 0.0
    levels[0, 2000] = 30.0
    assert comb_levels(bank, np.array([100.0]))[0, 0] == 30.0


def test_levels_stand_over_the_local_floor() -> None:
    rng = np.random.default_rng(0)
    floor = np.linspace(1.0, 100.0, 5000)
    spectrum = floor * rng.rayleigh(1.0, 5000)
    spectrum[2500] = floor[2500] * 100
    levels = level_over_floor(spectrum, 200)
    assert np.median(levels[500:-500]) == pytest.approx(0.0, abs=0.5)
    assert levels[2500] == pytest.approx(40.0, abs=2.5)


@pytest.mark.parametrize("error", [-0.05, -0.02, 0.0, 0.03, 0.05])
def test_a_declared_speed_is_refined(error: float) -> None:
    x = impacts(3.58, seed=5)
    declared = 29.0 * (1 + error)
    spectra = [("vib", transform(x, rate_hz=RATE_HZ))]
    raw = amplitude_bank(spectra, shaft_hz=declared, top_order=7.0)
    envelopes = envelope_bank(spectra, shaft_hz=declared, top_order=7.0)
    refined = refine_speed(raw, envelopes, declared)
    assert refined is not None
    assert refined.shaft_hz == pytest.approx(29.0, rel=0.002)


def test_noise_has_no_speed() -> None:
    x = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    spectra = [("vib", transform(x, rate_hz=RATE_HZ))]
    raw = amplitude_bank(spectra, shaft_hz=25.0, top_order=15.0)
    envelopes = envelope_bank(spectra, shaft_hz=25.0, top_order=15.0)
    assert refine_speed(raw, envelopes, 25.0) is None
    assert estimate_speed(raw, envelopes, 5.0, 60.0) is None


def test_too_little_spectrum_cannot_judge_chance() -> None:
    x = impacts(3.58, seed=6, seconds=0.4)
    with pytest.raises(WindowTooShort, match="pseudo-lines"):
        search(bank_of(x), LINES, shaft_hz=29.0, speed_tolerance=0.3)


def test_a_slow_rate_has_no_band() -> None:
    x = np.random.default_rng(0).standard_normal(2000)
    with pytest.raises(WindowTooShort, match="sample faster"):
        envelope_bank([("vib", transform(x, rate_hz=1000.0))], shaft_hz=29.0, top_order=28.0)


def test_a_speed_is_not_refined_beyond_what_the_shaft_can_do() -> None:
    x = impacts(3.58, seed=5)
    declared = 29.0 * 1.03
    spectra = [("vib", transform(x, rate_hz=RATE_HZ))]
    raw = amplitude_bank(spectra, shaft_hz=declared, top_order=7.0)
    envelopes = envelope_bank(spectra, shaft_hz=declared, top_order=7.0)
    within = refine_speed(raw, envelopes, declared, 29.2)
    assert within is not None and within.shaft_hz == pytest.approx(29.0, rel=0.002)
    beyond = refine_speed(raw, envelopes, declared, 28.9)
    assert beyond is None or beyond.shaft_hz <= 28.9


@pytest.mark.parametrize("seconds", [1.3, 2.0, 10.0])
def test_a_band_says_nothing_beyond_the_modulation_it_carries(seconds: float) -> None:
    noise = np.random.default_rng(8).normal(size=int(seconds * RATE_HZ))
    bank = envelope_bank([("vib", transform(noise, rate_hz=RATE_HZ))], shaft_hz=29.0, top_order=80)
    narrowest = min(origin.band_hz[1] - origin.band_hz[0] for origin in bank.origins)
    assert narrowest < 40 * 29.0
    # An envelope's spectrum ends with its band: that fall once stood 80 dB over a floor of nothing.
    assert bank.levels_db[:, 20:].max() < 18.0
    for levels, origin in zip(bank.levels_db, bank.origins, strict=True):
        low_hz, high_hz = origin.band_hz
        carried = levels[20 : int(0.8 * (high_hz - low_hz) / bank.resolution_hz)]
        assert carried.max() > 6.0
