"""Temperature: what a frame proves, what only an allowance or a model does, and hard work."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from simulated_senses import HEAT, MOTOR, capture_of, judged_by, plated

from dsp.thermal import ThermalParameters, simulate
from models.finding import Measure
from models.thermal.fit import ThermalFit, fit_thermal
from models.thermal.judge import judge_temperature
from models.thermal.limits import load_thermal_limits
from models.verdict import SenseVerdict
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.errors import BadConfig
from sensors.motor import Motor
from sensors.simulator.fault import Fault
from sensors.simulator.scenario import Noise, Rates

STATED = plated(hot_spot_allowance_k=25.0)


def warm(
    degc: float | np.ndarray, *, position: str | None = "frame", unit: Unit = Unit.DEGC, **changes
) -> Capture:
    values = np.broadcast_to(degc, (120,)).astype(np.float32)
    values = values + np.float32(0.02) * np.random.default_rng(1).standard_normal(120).astype("f4")
    channel = Channel("temp", Sense.TEMPERATURE, unit, position=position)
    block = SampleBlock(channel, 0, 1.0, values)
    return Capture("m", 0, 120 * 10**9, (block,), **changes)


def judge(capture: Capture, motor: Motor = MOTOR, fitted: ThermalFit | None = None) -> SenseVerdict:
    return judge_temperature(*judged_by(capture, motor), fitted=fitted)


def conditions(verdict: SenseVerdict) -> list[Condition]:
    return [finding.condition for finding in verdict.findings]


def figure(verdict: SenseVerdict, name: str) -> float:
    found: list[Measure] = [m for m in verdict.measured if m.name == name]
    assert len(found) == 1, name
    return found[0].value


@lru_cache(maxsize=1)
def learnt() -> ThermalFit:
    """The simulated motor's thermal model, from a day of changing load in health."""
    points = [(0.0, 0.3)]
    for hour, load in enumerate((0.3, 1.0, 0.5, 1.2, 0.8, 0.3, 1.0, 0.6)):
        points += [(hour * 5400.0 + 1.0, load), ((hour + 1) * 5400.0, load)]
    slow = Rates(temperature_hz=1 / 30)
    reported = capture_of(seconds=8 * 5400.0, rates=slow, load=tuple(points))
    frame, air = (b.values.astype(float) for b in reported.of(Sense.TEMPERATURE))
    at = np.arange(frame.size) * 30.0
    load = np.interp(at, *np.array(points).T)
    return fit_thermal(load, air, frame, dt_s=30.0, winding_over_frame_k=25.0)


def test_limits_are_data() -> None:
    limits = load_thermal_limits()
    assert [limits.classes.limit_degc(c) for c in ("B", "F", "H", None)] == [130, 155, 180, 180]
    assert limits.life.ageing(165.0, 155.0) == 2.0
    assert limits.life.ageing(135.0, 155.0) == 0.25


def test_a_broken_file_of_limits_is_named(tmp_path) -> None:
    broken = tmp_path / "thermal.toml"
    broken.write_text("[classes]\nB = 1.0\n")
    with pytest.raises(BadConfig, match=r"thermal\.toml"):
        load_thermal_limits(broken)


def test_a_frame_above_the_limit_proves_a_winding_above_it() -> None:
    verdict = judge(warm(157.0))
    assert conditions(verdict) == [Condition.OVERHEATING]
    assert verdict.findings[0].confidence == "medium"
    assert verdict.findings[0].severity.unit == "degC"


@pytest.mark.parametrize(("elsewhere", "confidence"), [(110.0, "high"), (45.0, "medium")])
def test_one_sensor_alone_is_never_certain(elsewhere: float, confidence: str) -> None:
    hot = warm(157.0)
    (other,) = warm(elsewhere).blocks
    other = replace(other, channel=replace(other.channel, name="nde", position="NDE"))
    both = replace(hot, blocks=(*hot.blocks, other))
    assert judge(both).findings[0].confidence == confidence


def test_a_frame_near_the_limit_is_a_doubt_without_an_allowance() -> None:
    verdict = judge(warm(135.0))
    assert not verdict.findings
    assert "hot_spot_allowance_k" in verdict.doubts[0]


def test_a_frame_far_below_the_limit_is_sound() -> None:
    verdict = judge(warm(90.0))
    assert not verdict.findings and not verdict.doubts and verdict.judged


@pytest.mark.parametrize(("load", "named"), [(None, True), (1.0, True), (0.5, False)])
def test_a_stated_allowance_goes_with_the_square_of_the_load(
    load: float | None, named: bool
) -> None:
    verdict = judge(warm(135.0, load=load), STATED)
    assert (conditions(verdict) == [Condition.OVERHEATING]) is named
    expected = 135.0 + 25.0 * (1.0 if load is None else load**2)
    assert figure(verdict, "hot_spot") == pytest.approx(expected, abs=0.1)
    assert figure(verdict, "insulation_ageing") == pytest.approx(
        2 ** ((expected - 155.0) / 10), rel=0.01
    )


def test_life_is_told_only_with_a_stated_allowance() -> None:
    for motor in (MOTOR, plated(insulation_class=None, hot_spot_allowance_k=25.0)):
        assert "insulation_ageing" not in [m.name for m in judge(warm(120.0), motor).measured]


def test_an_unknown_class_is_said_and_the_highest_limit_still_holds() -> None:
    unknown = plated(insulation_class=None)
    cool = judge(warm(160.0), unknown)
    assert not cool.findings and not cool.judged
    assert any("insulation_class" in reason for reason in cool.inhibited)
    assert conditions(judge(warm(181.0), unknown)) == [Condition.OVERHEATING]


def test_a_hot_bearing_is_judged_by_its_own_limit() -> None:
    verdict = judge(warm(100.0, position="DE"))
    assert conditions(verdict) == [Condition.OVERHEATING]
    assert any("lubrication" in one for one in verdict.findings[0].alternatives)
    assert not judge(warm(100.0, position="frame")).findings


def test_warming_faster_than_load_can_is_a_doubt() -> None:
    ramp = 40.0 + np.arange(120) * 7.0 / 60
    verdict = judge(warm(ramp))
    assert figure(verdict, "rate_of_rise") == pytest.approx(7.0, abs=0.05)
    assert any("K/min" in doubt for doubt in verdict.doubts)
    assert not judge(warm(40.0 + np.arange(120) * 3.0 / 60)).doubts


def test_channels_around_the_motor_and_without_degrees_are_not_judged() -> None:
    assert not judge(warm(200.0, position="fluid")).judged
    scaled = judge(warm(0.3, unit=Unit.UNSCALED))
    assert not scaled.judged and "no temperature" in scaled.inhibited[0]


def test_without_a_model_heat_is_not_set_against_load() -> None:
    assert any("no thermal model" in reason for reason in judge(warm(80.0)).inhibited)


def test_the_simulated_motor_is_learnt() -> None:
    fit = learnt()
    assert fit.parameters.frame_s == pytest.approx(1800.0, rel=0.05)
    assert fit.parameters.steady_rise_k(1.0) == pytest.approx(50.0, abs=0.3)


@pytest.mark.parametrize("load", [0.3, 0.7, 1.0, 1.2])
def test_hard_work_is_no_fault(load: float) -> None:
    run = capture_of(seconds=120.0, rates=HEAT, load=((0.0, load),), ambient_degc=((0.0, 38.0),))
    verdict = judge(run, STATED, learnt())
    assert not verdict.findings and not verdict.doubts
    residual, sigma = (figure(verdict, f"thermal_residual{end}") for end in ("", "_sigma"))
    assert abs(residual) < 4 * sigma


@pytest.mark.parametrize("load", [0.5, 1.0])
def test_blocked_cooling_is_hotter_than_load_explains(load: float) -> None:
    blocked = Fault(condition=Condition.OVERHEATING, severity=1.0)
    run = capture_of(blocked, seconds=120.0, rates=HEAT, load=((0.0, load),))
    verdict = judge(run, STATED, learnt())
    assert conditions(verdict) == [Condition.OVERHEATING]
    assert figure(verdict, "thermal_residual") == pytest.approx(
        0.8 * learnt().parameters.steady_rise_k(load), rel=0.1
    )
    assert "settles at" in verdict.findings[0].evidence[0].text


def test_blocked_cooling_is_seen_while_the_motor_still_warms() -> None:
    """Ten minutes after the fan stopped the frame is barely warmer, but it is on its way."""
    blocked = Fault(condition=Condition.OVERHEATING, severity=1.0, onset_s=60.0)
    run = capture_of(blocked, seconds=660.0, rates=HEAT)
    last = Capture(
        "m", 0, 300 * 10**9,
        tuple(SampleBlock(b.channel, 0, 1.0, b.values[-300:]) for b in run.blocks),
        speed_rpm=run.speed_rpm, load=run.load,
    )  # fmt: skip
    verdict = judge(last, STATED, learnt())
    assert figure(verdict, "temperature") < 85.0
    assert conditions(verdict) == [Condition.OVERHEATING]


def test_a_motor_that_warms_up_after_a_start_is_no_fault() -> None:
    run = capture_of(seconds=300.0, rates=HEAT, initial_degc=20.0)
    verdict = judge(run, STATED, learnt())
    assert not verdict.findings and not verdict.doubts


def test_too_much_load_settles_above_the_class() -> None:
    heavy = plated(insulation_class="B", hot_spot_allowance_k=25.0)
    over = Fault(condition=Condition.OVERLOAD, severity=1.0)
    verdict = judge(
        capture_of(over, seconds=120.0, rates=HEAT, initial_degc=60.0), heavy, learnt_to(1.5)
    )
    assert Condition.OVERLOAD in conditions(verdict)
    assert Condition.OVERHEATING not in conditions(verdict)
    assert " min" in verdict.findings[0].evidence[0].text
    assert not judge(capture_of(seconds=120.0, rates=HEAT), heavy, learnt_to(1.5)).findings


def learnt_to(load: float) -> ThermalFit:
    return ThermalFit(**{**{n: getattr(learnt(), n) for n in ThermalFit.__struct_fields__},
                         "load_range": (0.3, load)})  # fmt: skip


def test_beyond_the_loads_learnt_the_model_only_doubts() -> None:
    blocked = Fault(condition=Condition.OVERHEATING, severity=1.0)
    run = capture_of(blocked, seconds=120.0, rates=HEAT, load=((0.0, 1.5),))
    verdict = judge(run, STATED, learnt())
    assert any("learnt from loads" in doubt for doubt in verdict.doubts)


def test_a_load_that_has_just_fallen_is_only_a_doubt() -> None:
    """The winding still heats the frame: with two masses a short window cannot know."""
    two = ThermalParameters(
        load_rise_k=80.0, constant_rise_k=15.0, winding_over_frame_k=30.0, winding_s=300.0,
        frame_s=1800.0,
    )  # fmt: skip
    load = np.repeat([0.3, 1.2, 0.6, 1.0, 0.4, 1.1], 300)
    rng = np.random.default_rng(3)
    series = simulate(load, 20.0, dt_s=20.0, parameters=two).frame_degc
    noisy = series + 0.05 * rng.standard_normal(series.size)
    fit = fit_thermal(load, 20.0, noisy, dt_s=20.0, winding_over_frame_k=30.0)
    assert fit.shows_winding
    fallen = simulate(
        np.full(120, 0.4), 20.0, dt_s=1.0, parameters=two, start_degc=(160.0, 120.0)
    ).frame_degc
    run = warm(fallen, load=0.4)
    air = warm(20.0, position="ambient").blocks[0]
    both = Capture("m", 0, run.t1_ns, (*run.blocks, SampleBlock(
        Channel("air", Sense.TEMPERATURE, Unit.DEGC, position="ambient"), 0, 1.0, air.values)),
        load=0.4)  # fmt: skip
    verdict = judge(both, plated(insulation_class="H"), fit)
    assert not verdict.findings
    assert any("load that fell" in doubt for doubt in verdict.doubts)


def test_current_can_stand_for_load() -> None:
    fit = ThermalFit(**{**{n: getattr(learnt(), n) for n in ThermalFit.__struct_fields__},
                        "driven_by": "current"})  # fmt: skip
    run = capture_of(seconds=120.0, rates=HEAT)
    wave = 14.7 * np.sqrt(2) * np.sin(2 * np.pi * 50 * np.arange(24000) / 2000.0)
    amps = SampleBlock(
        Channel("ia", Sense.POWER, Unit.AMPERE, phase="a"), 0, 2000.0, wave.astype(np.float32)
    )
    with_current = Capture("m", 0, run.t1_ns, (*run.blocks, amps), speed_rpm=1455.0)
    assert not judge(with_current, STATED, fit).doubts
    assert abs(figure(judge(with_current, STATED, fit), "thermal_residual")) < 2.0
    assert any("no current" in reason for reason in judge(run, STATED, fit).inhibited)


def test_noise_alone_never_makes_a_residual() -> None:
    for seed in range(5):
        run = capture_of(seconds=60.0, rates=HEAT, seed=seed, noise=Noise(temperature_degc=1.0))
        assert not judge(run, STATED, learnt()).findings
