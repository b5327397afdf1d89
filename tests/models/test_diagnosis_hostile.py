"""Whatever is fed to a diagnosis: an answer in JSON, no warning, no wrong name with confidence."""

import json
import math

import msgspec
import numpy as np
import pytest
from hostile_captures import (
    AMP_HZ,
    SHAFT_HZ,
    VIB_HZ,
    all_three,
    amperes,
    block,
    capture,
    degrees,
    felt,
    heard,
    hiss,
    knocks,
    motor,
    running,
    sine,
    three_phases,
    times,
    volts,
    warm,
)

from models.card import cards
from models.diagnosis import diagnose
from models.finding import Diagnosis
from sensors.capture import Capture, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Motor


def told(seen: Capture, about: Motor | None = None) -> Diagnosis:
    """Diagnose, and require numbers throughout: NaN is null in JSON, and says nothing."""
    said = diagnose(seen, about or motor())
    data = json.loads(msgspec.json.encode(said))
    for finding in data["findings"]:
        assert finding["severity"] is None or math.isfinite(finding["severity"]["value"])
    assert all(measure["value"] is not None for measure in data["measured"])
    json.loads(msgspec.json.encode(cards(said)))
    return said


def sure(said: Diagnosis) -> set[Condition]:
    """Return what is named with more than low confidence."""
    return {finding.condition for finding in said.findings if finding.confidence != "low"}


def reasons(said: Diagnosis) -> str:
    """Return everything that is said of what could not be judged or named."""
    return "; ".join(text for report in said.senses for text in (*report.doubts, *report.inhibited))


I3 = three_phases()
U3 = three_phases(231.0, lag=-0.6)
EVEN = [volts(u, p) for u, p in zip(U3, "abc", strict=True)]
T = times()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 15, 16, 50, 199, 1000])
def test_however_few_samples(count) -> None:
    said = told(
        capture(
            felt(running()[:count]),
            heard(running()[:count]),
            *all_three(I3[:, :count]),
            *[volts(u, p) for u, p in zip(U3[:, :count], "abc", strict=True)],
            degrees(warm(60.0)[:count]),
        )
    )
    assert said.findings == () and said.abstained is not None


def test_too_few_samples_are_refused_and_not_called_sound() -> None:
    said = told(capture(*all_three(I3[:, :7])))
    assert said.senses[0].state == "unable" and "7 samples" in reasons(said)


@pytest.mark.parametrize("rpm", [0.0, -1455.0, 1e-9, 1e5, 1e9, 1e300, math.nan, math.inf, None])
def test_a_tachometer_gone_astray_ends_no_diagnosis(rpm) -> None:
    assert not sure(told(capture(felt(running()), *all_three(I3), rpm=rpm)))


@pytest.mark.parametrize("load", [math.nan, math.inf, -1.0, 1e9])
def test_an_absurd_load_is_no_load(load) -> None:
    hot = motor(hot_spot_allowance_k=30.0)
    seen = (*all_three(I3), degrees(warm(130.0)))
    absurd, unknown = told(capture(*seen, load=load), hot), told(capture(*seen, load=None), hot)
    assert absurd.findings == unknown.findings and absurd.measured == unknown.measured


WAVES = {
    "zero": np.zeros(T.size),
    "constant": np.full(T.size, 9.81),
    "nan": np.full(T.size, np.nan),
    "some nan": np.where(np.arange(T.size) % 5000 == 7, np.nan, running()),
    "huge": 1e20 * running(),
    "largest": 3e9 * running(),
    "tiny": 1e-20 * running(),
    "clipped": np.clip(running(), -0.3, 0.3),
    "ramp": running() + 5 * T,
    "drift": running() + np.cumsum(0.05 * hiss(T.size, 8)),
    "chirp": running() + 3 * np.sin(2 * np.pi * np.cumsum(5 + 2.2 * T) / VIB_HZ),
    "step": running() * np.where(T > 5, 6.0, 1.0),
}


@pytest.mark.parametrize("unit", [Unit.MPS2, Unit.UNSCALED, Unit.VOLT])
@pytest.mark.parametrize("name", WAVES)
def test_bad_vibration_and_sound_are_not_named(name, unit) -> None:
    blocks = (felt(WAVES[name], unit=unit), heard(WAVES[name], unit=Unit.FULL_SCALE))
    assert not sure(told(capture(*blocks)))


RANDOM = np.random.default_rng(3)
INNOCENT = {
    "2f": sine(100.0, T, 3.0),
    "2f and harmonics": sum(sine(100.0 * k, T, 3.0 / k) for k in range(1, 20)),
    "mains hum in the cable": sum(sine(50.0 * k, T, 3.0 / k) for k in range(1, 40)),
    "struck at 2f": knocks(np.arange(0.0, 10.0, 0.01)),
    "struck at random": knocks(np.sort(RANDOM.uniform(0.0, 10.0, 300))),
    "struck once a turn": knocks(np.arange(0.0, 10.0, 1 / SHAFT_HZ)),
    "neighbour beating": sine(SHAFT_HZ, T, 4.0) + sine(SHAFT_HZ + 0.3, T, 4.0),
    "neighbour": sine(29.1, T, 8.0),
    "belt": sum(sine(8.7 * k, T, 4.0 / k) for k in range(1, 12)),
    "gear unknown": 20 * np.sin(2 * np.pi * 23 * SHAFT_HZ * T) * (1 + np.cos(65.0 * T)),
}


@pytest.mark.parametrize("name", INNOCENT)
def test_what_others_do_to_a_housing_is_not_named(name) -> None:
    assert not sure(told(capture(felt(running() + INNOCENT[name]))))


def test_hum_on_the_supplys_lines_is_not_taken_for_the_shaft() -> None:
    said = told(capture(felt(running() + INNOCENT["mains hum in the cable"])))
    assert not said.findings
    assert said.shaft_hz == pytest.approx(SHAFT_HZ, rel=0.005)
    assert "2 x line" in reasons(said)
    fast = motor(poles=2, rated_rpm=2990.0)
    assert not told(capture(felt(running() + sine(50.0, T, 3.0)), rpm=2990.0), fast).findings


def test_an_uneven_first_order_says_that_it_may_be_a_neighbours() -> None:
    said = told(capture(felt(running() + INNOCENT["neighbour beating"])))
    assert [finding.confidence for finding in said.findings] == ["low"]
    assert "neighbour" in " ".join(said.findings[0].alternatives)


def test_an_even_first_order_is_still_unbalance() -> None:
    said = told(capture(felt(running() + sine(SHAFT_HZ, T, 8.0))))
    assert sure(said) == {Condition.UNBALANCE}


CURRENTS = {
    "two phases": all_three(I3)[:2],
    "one phase": all_three(I3)[:1],
    "lengths differ": [amperes(I3[k][: 40_000 + 30_000 * k], "abc"[k]) for k in range(3)],
    "rates differ": [amperes(I3[0]), amperes(I3[1][::2], "b", AMP_HZ / 2), amperes(I3[2], "c")],
    "dead channel": [*all_three(I3)[:2], amperes(0.0 * I3[2], "c")],
    "silent channel": [*all_three(I3)[:2], amperes(0.01 * hiss(I3[2].size), "c")],
    "swapped": all_three(I3, "acb"),
    "turned by one": [*all_three(I3, "bca"), *EVEN],
    "reversed": [amperes(I3[0]), amperes(-I3[1], "b"), amperes(I3[2], "c")],
    "one wave thrice": all_three(I3[[0, 0, 0]]),
    "names twice": [amperes(wave, p, name="i") for wave, p in zip(I3, "abc", strict=True)],
    "no labels": [amperes(wave, None, name=f"i{k}") for k, wave in enumerate(I3)],
    "60 Hz": all_three(three_phases(hz=60.0)),
    "offset": all_three(I3 + 12.0),
    "unscaled": all_three(I3, unit=Unit.UNSCALED),
    "units mixed": [amperes(I3[0]), amperes(I3[1], "b", unit=Unit.FULL_SCALE)],
    "noise": all_three(20.0 * hiss((3, 100_000))),
    "voltage dead": [*all_three(I3), volts(U3[0]), volts(U3[1], "b"), volts(0 * U3[2], "c")],
    "slow": [amperes(I3[0][::90], rate_hz=AMP_HZ / 90)],
}


@pytest.mark.parametrize("name", CURRENTS)
def test_wrong_wiring_is_no_fault_of_the_motor(name) -> None:
    assert not told(capture(*CURRENTS[name])).findings


def test_a_start_a_step_and_a_drive_are_no_faults() -> None:
    t = times(AMP_HZ)
    start = np.where(t < 4, 6.0, 1.0)
    chirp = np.exp(2j * np.pi * np.cumsum(np.minimum(5 * t, 50.0)) / AMP_HZ)
    turned = np.exp(-2j * np.pi * np.arange(3) / 3)[:, None]
    for waves in (I3 * start, I3 * np.where(t < 5, 0.5, 1.1), 20 * (turned * chirp).real):
        assert not told(capture(*all_three(waves))).findings


@pytest.mark.parametrize("flagged", [True, False])
def test_a_drives_waveforms_are_no_faults(flagged) -> None:
    t = times(20_000.0)
    carrier = 4 * np.abs((2000 * t) % 1 - 0.5) - 1
    sines = np.cos(2 * np.pi * (40 * t[None, :] - np.arange(3)[:, None] / 3))
    currents = 20 * sines + 0.6 * np.sin(2 * np.pi * 2000 * t) * np.array([[1], [-2], [1]])
    pulses = 270 * np.sign(sines - carrier) + hiss(sines.shape)
    blocks = [*all_three(currents + 0.05 * hiss(sines.shape, 1), rate_hz=20_000.0)]
    blocks += [volts(u, p, 20_000.0) for u, p in zip(pulses, "abc", strict=True)]
    about = motor(rated_current_a=25.0, rated_kw=7.5, variable_frequency_drive=flagged)
    assert not told(capture(*blocks, rpm=1150.0), about).findings


def test_a_supply_of_another_frequency_than_the_nameplates_has_no_distortion() -> None:
    said = told(
        capture(*all_three(I3), *EVEN),
        motor(line_hz=60.0, rated_rpm=1746.0),
    )
    assert "distortion" not in str(said.abstained)
    assert not any(measure.name.endswith("thd") for measure in said.measured)


def test_two_sensors_never_make_an_open_phase_certain() -> None:
    opened = (I3[0] - I3[1]) / 2
    two = told(capture(amperes(opened), amperes(-opened, "b")))
    three = told(capture(*all_three([opened, -opened, 0.001 * I3[2]])))
    assert two.findings[0].confidence == "medium" and three.findings[0].confidence == "high"
    assert "one conductor" in " ".join(two.findings[0].alternatives)


def test_a_phase_that_is_low_alone_is_a_joint_rather_than_a_short() -> None:
    weak = I3.copy()
    lost = 0.3 * I3[0]
    weak += np.array([[-1.0], [0.5], [0.5]]) * lost
    said = told(capture(*all_three(weak), *EVEN))
    assert [f.condition for f in said.findings] == [Condition.CURRENT_UNBALANCE]
    joint, short, *_ = said.findings[0].alternatives
    assert "joint" in joint and "line a" in joint and "stator_inter_turn" in short
    strong = told(capture(*all_three(2 * I3 - weak), *EVEN))
    assert strong.findings[0].confidence == "medium"


def test_hum_and_talk_in_a_microphone_are_not_named() -> None:
    hum = sum(np.sin(2 * np.pi * 50 * k * T) / k for k in range(1, 30))
    talk = hiss(T.size, 1) * (1 + 0.9 * np.sin(2 * np.pi * 4 * T))
    buzz = hiss(T.size, 2) * (1 + 0.9 * np.sin(2 * np.pi * 100 * T))
    for sound in (0.02 * running() + hum, 0.1 * talk, 0.1 * buzz):
        assert not told(capture(heard(sound))).findings


@pytest.mark.parametrize("blades", [2, 3, 4])
def test_the_first_orders_of_a_shaft_are_no_blades(blades) -> None:
    said = told(capture(heard(0.02 * running())), motor(fan_blades=blades))
    assert not said.findings and f"{blades} blades" in reasons(said)


def test_a_bearing_is_a_bearing_however_its_position_is_written() -> None:
    for position in ("DE", "de", "Nde"):
        said = told(capture(degrees(warm(100.0), position)))
        assert [finding.condition for finding in said.findings] == [Condition.OVERHEATING]


@pytest.mark.parametrize("degc", [-40.0, 20.0, 333.0, 500.0, 1e6, math.nan])
def test_wrong_temperatures_are_no_heat(degc) -> None:
    assert not told(capture(degrees(warm(degc)))).findings


def test_senses_without_a_motor_in_them() -> None:
    for blocks in (
        (),
        (block("n", Sense.SPEED, Unit.RPM, np.full(100, 1455.0), 10.0),),
        (block("valve", Sense.PROCESS, Unit.VOLT, np.ones(100), 10.0),),
        (degrees(warm(25.0), "ambient"),),
    ):
        said = told(capture(*blocks))
        assert said.findings == () and said.abstained is not None


@pytest.mark.parametrize("seed", range(6))
def test_any_channels_of_any_rate_and_length_get_an_answer(seed) -> None:
    random = np.random.default_rng(seed)
    units = {
        Sense.POWER: (Unit.AMPERE, Unit.VOLT, Unit.UNSCALED),
        Sense.VIBRATION: (Unit.MPS2, Unit.UNSCALED),
        Sense.SOUND: (Unit.PASCAL, Unit.FULL_SCALE),
        Sense.TEMPERATURE: (Unit.DEGC,),
    }
    blocks: list[SampleBlock] = []
    for number in range(12):
        sense = list(units)[random.integers(4)]
        count, rate_hz = int(10 ** random.uniform(0, 4.5)), 10 ** random.uniform(-1, 4.5)
        wave = hiss(count, seed) + random.choice([0.0, 20.0]) * np.cos(
            2 * np.pi * 50 * np.arange(count) / rate_hz
        )
        unit = units[sense][random.integers(len(units[sense]))]
        name = f"c{number // 2 if number > 9 else number}"
        phase = random.choice(["a", "b", "c"]) if sense is Sense.POWER else None
        blocks.append(block(name, sense, unit, wave, rate_hz, phase=phase))
    told(capture(*blocks))


@pytest.mark.parametrize("name", ["struck at random", "struck once a turn"])
def test_a_housing_that_is_struck_all_the_time_is_not_called_sound(name) -> None:
    assert "struck" in str(told(capture(felt(running() + INNOCENT[name]))).abstained)
    once = knocks([4.0], height=200.0)
    assert told(capture(felt(running() + once))).abstained is None
