"""Faint lines: whitening, pooling of channels, likelihoods, and a chance that is one."""

import numpy as np
import pytest
from impacts import BEARING, RATE_HZ, impacts, ringing

from dsp.faint import FaintSearch, search_faint
from dsp.faint_family import cleaned, power_over_noise, side_score
from dsp.family_sweep import TOGETHER, Sought, profiles
from dsp.likelihood import JITTERS, WIDTHS, Shape, smear, tabulate
from dsp.order import defect_lines
from dsp.pooled import PADDING, PooledBank, PooledRow, pooled_banks
from dsp.spectrum import transform
from dsp.whitening import CEILING, whitened

SHAFT_HZ = 29.0
LINES = {line.name: line for line in defect_lines(BEARING)}
SHAPES = {
    "BPFO": Shape(3),
    "BPFI": Shape(3, 1.0),
    "2 x BSF": Shape(3, BEARING.ftf),
    "FTF": Shape(6),
}


def banks(*channels: np.ndarray) -> list[PooledBank]:
    blocks = [(f"c{i}", transform(x, rate_hz=RATE_HZ)) for i, x in enumerate(channels)]
    return pooled_banks(blocks, shaft_hz=SHAFT_HZ, top_order=30.0)


def pooled(*channels: np.ndarray) -> PooledBank:
    return banks(*channels)[0]


def noise(seed: int, seconds: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ)).astype(np.float32)


def match(bank: PooledBank, name: str):
    search = FaintSearch(LINES[name], SHAPES[name], speed_tolerance=0.01, spacing_tolerance=0.01)
    (found,) = search_faint(bank, [search], shaft_hz=SHAFT_HZ)
    return found


def flat_bank(powers: np.ndarray) -> PooledBank:
    return PooledBank(powers, np.ones_like(powers), 0.5, (PooledRow(("c",), (500.0, 1500.0)),))


def test_a_whitened_block_is_level_and_holds_no_lines():
    t = np.arange(40_000) / RATE_HZ
    coloured = np.convolve(noise(1, 2.0), np.ones(8) / 8, mode="same")
    x = (coloured + 50 * np.sin(2 * np.pi * 997 * t)).astype(np.float32)
    size = np.abs(whitened(transform(x, rate_hz=RATE_HZ)).bins)
    assert size.max() <= CEILING * 1.001
    levels = [np.mean(part**2) for part in np.array_split(size[200:-200], 8)]
    assert max(levels) / min(levels) < 1.3
    assert np.mean(levels) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_whitening_asks_for_no_scale(scale: float):
    one = whitened(transform(noise(2), rate_hz=RATE_HZ)).bins
    other = whitened(transform((noise(2) * np.float32(scale)), rate_hz=RATE_HZ)).bins
    np.testing.assert_allclose(np.abs(other[1:]), np.abs(one[1:]), rtol=1e-3)


def test_powers_of_noise_are_exponential():
    powers = pooled(noise(3, 4.0), noise(4, 4.0)).powers
    some = powers[:, 20 : int(15 * SHAFT_HZ * 4 * PADDING)]
    assert some.mean() == pytest.approx(1.0, abs=0.05)
    assert (some > 3.0).mean() == pytest.approx(np.exp(-3), rel=0.15)


def struck_in_step(height: float, signs: tuple[int, ...] = (1, -1, 1)) -> list[np.ndarray]:
    ring = ringing(3.56, seed=5, seconds=1.0, height=height)
    return [noise(20 + seed) + sign * ring for seed, sign in enumerate(signs)]


def test_channels_that_one_mode_shakes_say_most_where_they_are_added_up_before_the_envelope():
    apart, together = banks(*struck_in_step(1.2))
    assert (apart.together, together.together) == (False, True)
    assert {row.band_hz for row in together.rows} < {row.band_hz for row in apart.rows}
    assert match(together, "BPFO").score > 1.5 * match(apart, "BPFO").score


def test_noise_in_common_does_not_hide_what_comes_another_way():
    common = 3 * noise(40)
    channels = [x + common for x in struck_in_step(1.2)]
    apart, together = banks(*channels)
    assert match(apart, "BPFO").chance > 1e-3
    assert match(together, "BPFO").chance < 1e-6


def test_channels_of_noise_have_nothing_in_common():
    assert [bank.together for bank in banks(noise(1), noise(2), noise(3))] == [False]


def test_powers_of_noise_in_common_are_exponential_too():
    common = noise(3, 4.0)
    _, together = banks(*(common + 0.5 * noise(seed, 4.0) for seed in (4, 5, 6)))
    some = together.powers[:, 20 : int(15 * SHAFT_HZ * 4 * PADDING)]
    assert some.mean() == pytest.approx(1.0, abs=0.05)
    assert (some > 3.0).mean() == pytest.approx(np.exp(-3), rel=0.15)


def test_channels_that_are_struck_together_say_more_than_one():
    def channel(seed: int) -> np.ndarray:
        return noise(seed) + ringing(3.56, seed=5, seconds=1.0, height=1.2)

    channels = [channel(seed) for seed in (10, 11, 12)]
    alone = [match(pooled(x), "BPFO") for x in channels]
    together = match(pooled(*channels), "BPFO")
    assert together.score > max(one.score for one in alone)
    assert together.chance < 1e-4
    assert together.found_hz == pytest.approx(3.56 * SHAFT_HZ, rel=0.01)
    assert pooled(*channels).rows[0].channels == ("c0", "c1", "c2")


@pytest.mark.parametrize("name", ["BPFO", "BPFI", "FTF"])
def test_chance_is_the_share_of_noise_that_reaches_as_much(name: str):
    chances = np.array([match(pooled(noise(seed)), name).chance for seed in range(100, 180)])
    # 80 draws: at 10 % at most 16 are seen but once in a hundred such tests.
    assert (chances <= 0.1).sum() <= 16
    assert (chances <= 0.5).sum() >= 10
    assert chances.min() > 1e-4


def test_one_lone_line_is_no_family():
    lone, pair = np.ones((2, 1, 4000), np.float32)
    at = round(LINES["BPFO"].order * SHAFT_HZ / 0.5)
    lone[:, at] = pair[:, at] = pair[:, 2 * at] = 20.0
    best = []
    for powers in (lone, pair):
        sought = Sought(Shape(3), (3.3, 3.9), spacing_tolerance=0.0)
        (seen,) = profiles(flat_bank(powers), [sought], shaft_hz=SHAFT_HZ)
        best.append(seen.scores.max())
    assert best[0] == 0.0
    assert best[1] == pytest.approx(2 * (19 - np.log(20)), rel=1e-5)


def test_likelihoods_of_wide_lines_add_up_their_bins():
    powers = np.ones((1, 400), np.float32)
    powers[:, 192:209] = 3.0
    tables = tabulate(powers)
    assert set(tables) == set(WIDTHS)
    # 17 half bins of 3: eight bins' worth.
    assert tables[8][200, 0] == pytest.approx(8 * (2 - np.log(3)), rel=1e-5)
    assert tables[8][200, 0] > tables[1][200, 0] * 7.9
    assert tables[1][100, 0] == 0.0


def test_jitter_widens_harmonics_by_their_square():
    bank = flat_bank(np.ones((1, 10), np.float32))
    one, three = (float(smear(bank, k, np.array([100.0]), JITTERS[-1])[0]) for k in (1, 3))
    assert three == pytest.approx(9 * one)
    assert one == pytest.approx(2 * np.pi * 0.02**2 * 100.0 * bank.window_s)


def test_sidebands_that_follow_the_line_stand_where_the_speed_puts_them():
    fixed, following = Shape(3, 1.0), Shape(3, 1.0, 5.4)
    for a, b in zip(fixed.members, following.members, strict=True):
        assert a.multiple * 5.4 + a.offset == pytest.approx(b.multiple * 5.4 + b.offset)
    assert len(fixed.members) == 9


def test_sidebands_are_seen_at_their_spacing():
    x = impacts(5.37, seed=8, seconds=4.0, height=3.0, modulation_order=1.0)
    bank = pooled(x)
    found = match(bank, "BPFI")
    right, _ = side_score(bank, found, [SHAFT_HZ])
    wrong, _ = side_score(bank, found, [0.61 * SHAFT_HZ])
    assert right > 10.0 > wrong
    assert side_score(bank, found, [0.61 * SHAFT_HZ, SHAFT_HZ]) == (right, SHAFT_HZ)


def test_a_load_zone_takes_a_harmonic_apart_and_its_sidebands_are_its_own():
    """As a rolling element's that is loaded once in a turn of the cage."""
    bank = pooled(impacts(5.37, seed=8, seconds=4.0, height=3.0, modulation_order=1.0))
    found = match(bank, "BPFI")
    for harmonic in (1, 2):
        alone = power_over_noise(bank, found, harmonic)
        assert power_over_noise(bank, found, harmonic, SHAFT_HZ) > 1.3 * alone


def test_what_a_family_made_is_taken_away():
    x = impacts(3.56, seed=9, seconds=4.0, height=3.0)
    bank = pooled(x)
    found = match(bank, "BPFO")
    rest = cleaned(bank, SHAPES["BPFO"], found.found_hz, SHAFT_HZ)
    assert power_over_noise(bank, found, 1) > 10.0
    assert power_over_noise(rest, found, 1) == 0.0
    assert match(rest, "BPFO").score < found.score / 5


def test_the_best_row_is_found_however_many_are_scored_at_a_time():
    powers = np.random.default_rng(11).exponential(size=(2 * TOGETHER + 3, 2000))
    bank = flat_bank(powers.astype(np.float32))
    sought = Sought(Shape(3, 1.0), (3.3, 3.9), spacing_tolerance=0.01)
    (seen,) = profiles(bank, [sought], shaft_hz=SHAFT_HZ)
    rows = [
        profiles(flat_bank(row[None]), [sought], shaft_hz=SHAFT_HZ)[0].scores for row in bank.powers
    ]
    np.testing.assert_array_equal(seen.scores, np.max(rows, axis=0))
    judged = seen.scores > 0
    np.testing.assert_array_equal(seen.rows[judged], np.argmax(rows, axis=0)[judged])


def test_of_too_wide_a_search_nothing_is_claimed():
    search = FaintSearch(LINES["BPFO"], SHAPES["BPFO"], speed_tolerance=0.6, spacing_tolerance=0.01)
    assert search_faint(pooled(noise(20)), [search], shaft_hz=SHAFT_HZ) == [None]
