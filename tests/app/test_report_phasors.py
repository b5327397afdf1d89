"""The phasors that an electrical finding's card is drawn with."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.report.canvas import house_style
from app.report.card_plot import card_pictures
from app.report.phasor_plot import even_phases, phasor_picture
from app.report.plots import Plot
from app.report.remembered import Kept
from app.report.story import Story
from dsp.features.spec import FeatureSpec
from dsp.sequence import sequences
from models.card import cards
from models.diagnosis import diagnose
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Motor, Nameplate

RATE_HZ = 5000.0
MOTOR = Motor(
    motor_id="m", nameplate=Nameplate(line_hz=50.0, rated_current_a=10.0, rated_voltage_v=400.0)
)
LAG = np.exp(-2j * np.pi / 3)
parts = st.complex_numbers(max_magnitude=10.0, allow_nan=False)


def three(positive: complex, negative: complex) -> np.ndarray:
    steps = LAG ** np.arange(3)
    return positive * steps + negative * steps.conj()


def waves(phasors: np.ndarray, names: str, unit: Unit) -> list[SampleBlock]:
    t = np.arange(round(4 * RATE_HZ)) / RATE_HZ
    turning = np.exp(2j * np.pi * 50 * t)
    random = np.random.default_rng(1)
    found = []
    for name, phasor in zip("abc", phasors, strict=True):
        wave = np.sqrt(2) * (phasor * turning).real + 0.01 * random.standard_normal(t.size)
        channel = Channel(f"{names}_{name}", Sense.POWER, unit, phase=name)
        found.append(SampleBlock(channel, 0, RATE_HZ, wave.astype(np.float32)))
    return found


def kept(*blocks: SampleBlock) -> Kept:
    capture = Capture("m", 0, 4 * 10**9, blocks)
    return Kept(capture, diagnose(capture, MOTOR))


CURRENTS = waves(three(10.0, 2.0), "i", Unit.AMPERE)
UNEVEN = kept(*CURRENTS)
MEASURED = kept(*CURRENTS, *waves(three(230.0, 11.5), "v", Unit.VOLT))


def drawn_of(condition: Condition, seen: Kept) -> Plot | None:
    (card,) = [card for card in cards(seen.diagnosis) if card.condition is condition]
    with house_style():
        return phasor_picture(card, seen, MOTOR)


def words(drawn: str) -> list[str]:
    return re.findall(r">([^<>\n]*\w[^<>\n]*)</text>", drawn)


@given(parts, parts)
def test_even_phases_are_the_positive_sequence_and_nothing_else(
    one: complex, other: complex
) -> None:
    phasors = three(one, other) + 0.3
    found, was = sequences(even_phases(phasors)), sequences(phasors)
    assert abs(found.positive) == pytest.approx(max(abs(one), abs(other)), abs=1e-9)
    assert found.positive == pytest.approx(was.positive, abs=1e-9)
    assert abs(found.negative) + abs(found.zero) < 1e-9


def test_uneven_currents_are_drawn_on_their_card() -> None:
    picture = drawn_of(Condition.CURRENT_UNBALANCE, UNEVEN)
    assert picture is not None and "unequal phase currents" in picture.title
    assert words(picture.svg) == [
        "a 12.00 A",
        "b 9.17 A",
        "c 9.17 A",
        "Currents: negative over positive sequence 20.0%",
    ]
    story = Story(MOTOR, "x", release_id=None, spec=FeatureSpec(), simulated=False)
    story.capture(UNEVEN.capture, UNEVEN.diagnosis)
    assert card_pictures(story) == {Condition.CURRENT_UNBALANCE: picture}


def test_voltages_stand_beside_the_currents() -> None:
    picture = drawn_of(Condition.SUPPLY_UNBALANCE, MEASURED)
    assert picture is not None
    said = words(picture.svg)
    assert said[:3] == ["a 12.00 A", "b 9.17 A", "c 9.17 A"]
    assert said[4:] == [
        "a 241.5 V",
        "b 224.5 V",
        "c 224.5 V",
        "Voltages: negative over positive sequence 5.0%",
    ]


def test_an_open_phase_is_named_where_it_should_be() -> None:
    open_phase = kept(*waves(np.array([0.0, 9.0, -9.0]), "i", Unit.AMPERE))
    picture = drawn_of(Condition.SINGLE_PHASING, open_phase)
    assert picture is not None and "a 0.00 A" in words(picture.svg)


def test_there_is_no_picture_of_phases_that_are_not_known() -> None:
    (card,) = cards(UNEVEN.diagnosis)
    assert phasor_picture(card, kept(CURRENTS[0]), MOTOR) is None
