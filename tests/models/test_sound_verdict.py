"""Sound: levels, bearings heard from afar, uneven blades, and microphones that are not fit."""

from pathlib import Path

import numpy as np
import pytest
from simulated_senses import EARS, MOTOR, capture_of, judged_by, plated

from dsp.spectrum import transform
from models.shaft_speed import ShaftSpeed
from models.sound.blades import judge_blades
from models.sound.heard_felt import band_heard, heard_and_felt
from models.sound.judge import judge_sound
from models.sound.limits import load_sound_limits
from models.verdict import SenseVerdict
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.errors import BadConfig
from sensors.motor import Motor
from sensors.recordings.library import load_recordings
from sensors.replay import whole_capture
from sensors.simulator.fault import Fault

FR_HZ = 24.25
SPEED = ShaftSpeed(FR_HZ, 0.002, "refined")
BLADES = load_sound_limits().blades
RATE_HZ = 16000.0


def judge(*faults: Fault, motor: Motor = MOTOR, **changes: object) -> SenseVerdict:
    return judge_sound(*judged_by(capture_of(*faults, seconds=8.0, rates=EARS, **changes), motor))


def fan(peaks: dict[int, float], noise: float = 0.01, seed: int = 1) -> np.ndarray:
    """A microphone beside a fan: tones at orders of the shaft in noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(8 * RATE_HZ)) / RATE_HZ
    tones = [p * np.sin(2 * np.pi * k * FR_HZ * t + rng.uniform(0, 6)) for k, p in peaks.items()]
    return np.sum([*tones, noise * rng.standard_normal(t.size)], axis=0).astype(np.float32)


def blades(peaks: dict[int, float], number: int = 7, speed: ShaftSpeed = SPEED):
    return judge_blades("mic", transform(fan(peaks), rate_hz=RATE_HZ), number, speed, BLADES)


@pytest.mark.parametrize("load", [0.3, 0.7, 1.0])
def test_a_sound_motor_says_nothing_but_figures(load: float) -> None:
    verdict = judge(load=((0.0, load),))
    assert not verdict.findings and not verdict.doubts and verdict.judged
    told = {measure.name: measure for measure in verdict.measured}
    assert told["sound_level"].unit == "dBA" and 50 < told["sound_level"].value < 70
    assert {"spectral_flatness", "spectral_entropy"} <= set(told)
    assert sum(name.startswith("third_octave_") for name in told) == 3


@pytest.mark.parametrize("condition", [Condition.BEARING_OUTER_RACE, Condition.BEARING_INNER_RACE])
def test_a_bearing_heard_alone_is_believed_little(condition: Condition) -> None:
    verdict = judge(Fault(condition=condition, severity=0.5))
    assert [finding.condition for finding in verdict.findings] == [condition]
    finding = verdict.findings[0]
    assert finding.confidence == "low"
    assert any("room" in one for one in finding.alternatives)
    assert {one.sense for one in finding.evidence} == {Sense.SOUND}
    assert finding.evidence[0].tolerance_hz is not None


@pytest.mark.parametrize("severity", [0.3, 1.0])
def test_a_broken_blade_is_named(severity: float) -> None:
    verdict = judge(Fault(condition=Condition.BLADE_FAULT, severity=severity))
    assert [finding.condition for finding in verdict.findings] == [Condition.BLADE_FAULT]
    evidence = verdict.findings[0].evidence[0]
    assert evidence.line == "blade pass"
    assert evidence.expected_hz == pytest.approx(7 * FR_HZ, rel=0.01)
    assert evidence.chance is not None and evidence.chance <= 0.01


@pytest.mark.parametrize(
    "condition", [Condition.LOOSENESS, Condition.MISALIGNMENT, Condition.UNBALANCE]
)
def test_other_faults_are_not_the_fans(condition: Condition) -> None:
    assert not judge(Fault(condition=condition, severity=1.0)).findings


def test_an_even_fan_is_sound() -> None:
    even = blades({7: 0.1, 14: 0.05})
    assert even.finding is None and even.doubt is None


def test_blades_must_differ_by_much() -> None:
    assert blades({6: 0.01, 7: 0.1, 8: 0.01}).finding is None
    assert blades({6: 0.05, 7: 0.1, 8: 0.04}).finding.condition is Condition.BLADE_FAULT


def test_one_neighbour_alone_is_no_blade() -> None:
    assert blades({6: 0.1, 7: 0.1}).finding is None


def test_all_orders_of_the_shaft_are_a_doubt() -> None:
    """A loose shaft rattles at every order."""
    verdict = blades(dict.fromkeys(range(1, 15), 0.1))
    assert verdict.finding is None
    assert "loose" in verdict.doubt


def test_an_estimated_speed_is_no_clear_evidence() -> None:
    guessed = ShaftSpeed(FR_HZ, 0.002, "estimated")
    assert blades({6: 0.1, 7: 0.1, 8: 0.1}).finding.confidence == "medium"
    assert blades({6: 0.1, 7: 0.1, 8: 0.1}, speed=guessed).finding.confidence == "low"


def test_too_uncertain_a_speed_and_too_slow_a_rate_are_said() -> None:
    vague = ShaftSpeed(FR_HZ, 0.02, "declared")
    assert "speed" in blades({7: 0.1}, speed=vague).inhibited
    assert "faster" in blades({7: 0.1}, number=190).inhibited
    short = transform(fan({7: 0.1})[:8000], rate_hz=RATE_HZ)
    assert "turns" in judge_blades("mic", short, 7, SPEED, BLADES).inhibited


def test_chance_makes_no_blades() -> None:
    for seed in range(40):
        noise = transform(fan({7: 0.003}, seed=seed), rate_hz=RATE_HZ)
        assert judge_blades("mic", noise, 7, SPEED, BLADES).finding is None


def test_unknown_blades_bearings_and_speed_are_said() -> None:
    capture = capture_of(seconds=4.0, rates=EARS)
    bare = Motor(motor_id="bare")
    notes = judged_by(capture, bare)[2]
    verdict = judge_sound(capture, bare, notes, SPEED)
    assert not verdict.judged
    assert any("fan_blades" in reason for reason in verdict.inhibited)
    assert any("bearing" in reason for reason in verdict.inhibited)
    unknown = judge_sound(capture, MOTOR, notes, None)
    assert not unknown.judged and unknown.measured
    assert any("speed" in reason for reason in unknown.inhibited)


def test_a_clipped_microphone_is_not_listened_to() -> None:
    capture = capture_of(seconds=4.0, rates=EARS)
    felt, mic = capture.blocks
    top = np.float32(0.7 * np.std(mic.values))
    cut = SampleBlock(mic.channel, 0, mic.rate_hz, np.clip(mic.values, -top, top))
    both = Capture("m", 0, capture.t1_ns, (felt, cut), speed_rpm=1455.0)
    verdict = judge_sound(*judged_by(both))
    assert not verdict.judged and not verdict.measured
    assert any("clipped" in reason for reason in verdict.inhibited)


def test_without_a_microphone_there_is_nothing_to_say() -> None:
    verdict = judge_sound(Capture("m", 0, 10**9, ()), MOTOR, (), SPEED)
    assert not verdict.judged and verdict.inhibited == ("no microphone",)


def test_what_is_heard_of_a_bearing_is_felt_too() -> None:
    outer = Fault(condition=Condition.BEARING_OUTER_RACE, severity=0.5)
    args = judged_by(capture_of(outer, seconds=8.0, rates=EARS))
    band = band_heard(judge_sound(*args).findings[0].evidence)
    assert band is not None
    found, chance = heard_and_felt(args[0], args[2], band)
    assert found.value > 0.3 > 0.1 > chance.value


def test_a_microphone_elsewhere_hears_something_else() -> None:
    capture = capture_of(seconds=8.0, rates=EARS)
    felt, mic = capture.blocks
    far = SampleBlock(mic.channel, 0, RATE_HZ, fan({}, noise=0.02))
    both = Capture("m", 0, capture.t1_ns, (felt, far), speed_rpm=1455.0)
    found, chance = heard_and_felt(both, (), (2000.0, 4000.0))
    assert found.value < chance.value
    assert heard_and_felt(Capture("m", 0, capture.t1_ns, (mic,)), (), (500.0, 600.0)) == ()


def test_limits_are_data(tmp_path) -> None:
    broken = tmp_path / "sound.toml"
    broken.write_text("[blades]\nleast_turns = 1.0\n")
    with pytest.raises(BadConfig, match=r"sound\.toml"):
        load_sound_limits(broken)


def test_the_number_of_blades_is_a_fact_of_the_motor() -> None:
    assert plated(fan_blades=9).motor_hash != MOTOR.motor_hash
    with pytest.raises(BadConfig, match="fan_blades"):
        plated(fan_blades=1)
    with pytest.raises(BadConfig, match="hot_spot_allowance_k"):
        plated(hot_spot_allowance_k=-1.0)


def quiet(values: np.ndarray) -> SampleBlock:
    return SampleBlock(Channel("mic", Sense.SOUND, Unit.FULL_SCALE), 0, RATE_HZ, values)


def test_an_uncalibrated_microphone_reads_dbfs() -> None:
    block = quiet(np.clip(0.1 * fan({7: 0.1}), -1, 1))
    verdict = judge_sound(Capture("m", 0, 8 * 10**9, (block,)), MOTOR, (), SPEED)
    assert {m.unit for m in verdict.measured} == {"dBFS", "dB", "1"}


def test_the_overdriven_fan_is_refused_and_the_others_are_measured(data_dir: Path) -> None:
    """Nobody knows this fan's blades or speed: levels, and no names."""
    for recording in load_recordings([data_dir / "fan_state_audio"], manifest="fan_state_audio"):
        capture = whole_capture(recording, 20.0)
        verdict = judge_sound(*judged_by(capture, recording.motor))
        assert not verdict.findings and not verdict.judged
        clipped = any("clipped" in reason for reason in verdict.inhibited)
        assert clipped is (recording.labels == {Condition.BLADE_FAULT}), recording.title
        assert bool(verdict.measured) is not clipped
