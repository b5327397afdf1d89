"""Faint families: what names one, what forbids it, and what it is not taken for."""

import numpy as np
import pytest
from impacts import BEARING, RATE_HZ, ringing

from dsp.faint_family import FaintMatch
from dsp.order import DefectLine, defect_lines
from dsp.pooled import PooledBank, PooledRow
from dsp.spectrum import transform
from models.bearing import faint
from models.bearing.faint_family import FaintFamily, Heard
from models.bearing.naming import BearingVerdict
from models.finding import Evidence, Finding
from models.shaft_speed import ShaftSpeed
from sensors.conditions import Condition

SHAFT_HZ = 29.0
LINES = {line.condition: line for line in defect_lines(BEARING)}
SPEED = ShaftSpeed(SHAFT_HZ, 0.002, "refined")
RESOLUTION_HZ = 0.5
FTF_HZ = 11.5


def channels(height: float, signs: tuple[int, ...]) -> list[np.ndarray]:
    ring = ringing(3.56, seed=5, seconds=1.0, height=height)
    random = np.random.default_rng(7)
    return [sign * ring + random.standard_normal(ring.size).astype(np.float32) for sign in signs]


def judged(signals: list[np.ndarray]) -> BearingVerdict:
    spectra = [(f"vib_{i}", transform(x, rate_hz=RATE_HZ)) for i, x in enumerate(signals)]
    return faint.judge_faint([(spectra, list(LINES.values()))], SPEED, (50.0,))


def bank(lines: dict[float, float]) -> PooledBank:
    powers = np.ones((1, 1200), np.float32)
    for hz, power in lines.items():
        powers[0, round(hz / RESOLUTION_HZ)] = power
    return PooledBank(
        powers, np.ones_like(powers), RESOLUTION_HZ, (PooledRow(("c",), (500.0, 1500.0)),)
    )


def family(line: DefectLine, found_hz: float, heard: PooledBank) -> FaintFamily:
    match = FaintMatch(
        found_hz=found_hz,
        score=60.0,
        chance=1e-9,
        spread=1.1,
        depth=0.3,
        harmonics_db=(10.0, 10.0, 10.0),
        row=0,
        jitter=0.0,
    )
    return FaintFamily(line, match, Heard((line,), heard), SPEED, wide=False)


def test_four_sensors_in_step_name_what_none_names_alone() -> None:
    signals = channels(0.5, (1, -1, 1, -1))
    assert all(judged([one]).finding is None for one in signals)
    together = judged(signals).finding
    assert together is not None
    assert (together.condition, together.confidence) == (Condition.BEARING_OUTER_RACE, "low")
    assert "vib_0, vib_1, vib_2, vib_3, added up as they move together" in together.evidence[0].text


@pytest.mark.parametrize(("line_power", "ambiguous"), [(10.0, False), (60.0, True)])
def test_a_line_is_a_cages_rival_where_it_stands_over_its_knocks(
    line_power: float, ambiguous: bool
) -> None:
    element = LINES[Condition.BEARING_ROLLING_ELEMENT]
    place_hz = 12 * FTF_HZ  # where the window is too short to part them
    heard = bank({k * FTF_HZ: 25.0 for k in range(1, 7)} | {place_hz: line_power})
    cage = family(LINES[Condition.BEARING_CAGE], FTF_HZ, heard)
    assert faint._contends(family(element, place_hz, heard), cage, tries=5) is ambiguous


@pytest.mark.parametrize(("own", "named"), [({}, False), ({161.0: 25.0, 322.0: 25.0}, True)])
def test_sidebands_alone_are_no_family(own: dict[float, float], named: bool) -> None:
    sides = {161.0 + place * SHAFT_HZ: 40.0 for place in (-2, -1, 1, 2)}
    inner = family(LINES[Condition.BEARING_INNER_RACE], 161.0, bank(sides | own))
    lacks = faint._lacks(inner, 30.0, SHAFT_HZ)
    assert (lacks is None) is named
    assert named or "by its sidebands alone" in str(lacks)


def test_ways_that_name_different_faults_name_none(monkeypatch: pytest.MonkeyPatch) -> None:
    named = iter((Condition.BEARING_OUTER_RACE, Condition.BEARING_INNER_RACE))
    evidence = (Evidence(text="a line"),)

    def judge(*_: object) -> BearingVerdict:
        return BearingVerdict(Finding(condition=next(named), confidence="low", evidence=evidence))

    monkeypatch.setattr(faint, "_judge", judge)
    verdict = judged(channels(0.0, (1, 1)))
    assert verdict.finding is None
    assert "bearing_outer_race and bearing_inner_race" in str(verdict.abstained)
