"""Verdicts on planted faults: named, abstained from, or nothing said."""

import dataclasses

import numpy as np
import pytest
from impacts import BEARING, RATE_HZ, impacts

from models.diagnosis import diagnose
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Bearing, Motor

MOTOR = Motor(motor_id="m1", bearings=(BEARING,))
CHANNEL = Channel("vib_de", Sense.VIBRATION, Unit.MPS2, position="DE")


def capture_of(x: np.ndarray, *, rpm: float | None = 1740.0) -> Capture:
    block = SampleBlock(CHANNEL, 0, RATE_HZ, x)
    return Capture("m1", 0, int(x.size / RATE_HZ * 1e9), (block,), speed_rpm=rpm)


KINDS = [
    (BEARING.bpfo, None, Condition.BEARING_OUTER_RACE),
    (BEARING.bpfi, 1.0, Condition.BEARING_INNER_RACE),
    (2 * BEARING.bsf, BEARING.ftf, Condition.BEARING_ROLLING_ELEMENT),
]


@pytest.mark.parametrize(("order", "modulation", "condition"), KINDS)
@pytest.mark.parametrize("speed_error", [-0.05, 0.0, 0.05])
def test_a_planted_defect_is_named(order, modulation, condition, speed_error) -> None:
    x = impacts(order * 0.992, seed=11, modulation_order=modulation)
    said = diagnose(capture_of(x, rpm=1740.0 * (1 + speed_error)), MOTOR)
    assert [finding.condition for finding in said.findings] == [condition]
    evidence = said.findings[0].evidence[0]
    assert evidence.expected_hz == pytest.approx(order * 29.0, rel=0.005)
    assert evidence.found_hz == pytest.approx(order * 0.992 * 29.0, rel=0.005)
    assert evidence.chance is not None and evidence.chance <= 0.01
    assert evidence.channel == "vib_de"
    assert said.abstained is None


def test_healthy_noise_with_shaft_lines_says_nothing_wrong() -> None:
    named = 0
    for seed in range(20):
        said = diagnose(capture_of(impacts(3.585, seed=seed, height=0.0)), MOTOR)
        named += len(said.findings)
    assert named == 0


def test_the_answer_does_not_depend_on_the_channels_unit_or_scale() -> None:
    x = impacts(BEARING.bpfo * 0.992, seed=12)
    loud = diagnose(capture_of((x * 1000).astype(np.float32)), MOTOR)
    quiet = diagnose(capture_of((x * 0.001).astype(np.float32)), MOTOR)
    assert loud.findings[0].condition == quiet.findings[0].condition
    assert loud.findings[0].evidence[0].level_db == pytest.approx(
        quiet.findings[0].evidence[0].level_db, abs=0.1
    )


def test_without_a_bearing_it_abstains_and_says_what_would_help() -> None:
    x = impacts(BEARING.bpfo * 0.992, seed=13)
    said = diagnose(capture_of(x), Motor(motor_id="m1"))
    assert said.findings == ()
    assert "provisional" in said.abstained and "number" in said.abstained
    assert any("6205" in candidate.bearing for candidate in said.provisional)


def test_a_wrong_bearing_number_is_doubted() -> None:
    other = Bearing(name="6204", bpfo_order=3.05, bpfi_order=4.95, source="test")
    x = impacts(BEARING.bpfo * 0.992, seed=19)
    said = diagnose(capture_of(x), Motor(motor_id="m1", bearings=(other,)))
    assert said.findings == ()
    assert "6204" in said.abstained and "check the bearing" in said.abstained


def test_without_speed_it_estimates_or_abstains() -> None:
    x = impacts(BEARING.bpfo * 0.992, seed=14)
    said = diagnose(capture_of(x, rpm=None), MOTOR)
    assert (said.abstained and "speed" in said.abstained) or said.findings[
        0
    ].condition is Condition.BEARING_OUTER_RACE
    noise = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    assert "speed unknown" in diagnose(capture_of(noise, rpm=None), MOTOR).abstained


def test_a_snapshot_of_three_turns_is_refused() -> None:
    x = impacts(BEARING.bpfo, seed=15, seconds=0.1)
    said = diagnose(capture_of(x), MOTOR)
    assert said.findings == () and said.abstained


def test_no_vibration_no_verdict() -> None:
    temperature = SampleBlock(
        Channel("frame", Sense.TEMPERATURE, Unit.DEGC), 0, 1.0, np.full(10, 40.0, np.float32)
    )
    capture = Capture("m1", 0, 10_000_000_000, (temperature,), speed_rpm=1740.0)
    said = diagnose(capture, MOTOR)
    assert said.findings == () and "vibration" in said.abstained


def test_the_channel_at_the_bearings_own_end_is_judged() -> None:
    faulty = impacts(BEARING.bpfo * 0.992, seed=16)
    clean = impacts(BEARING.bpfo * 0.992, seed=17, height=0.0)
    blocks = (
        SampleBlock(CHANNEL, 0, RATE_HZ, clean),
        SampleBlock(
            dataclasses.replace(CHANNEL, name="vib_nde", position="NDE"), 0, RATE_HZ, faulty
        ),
    )
    capture = Capture("m1", 0, 5_000_000_000, blocks, speed_rpm=1740.0)
    other = Bearing(name="nde", position="NDE", bpfo_order=3.585, bpfi_order=5.415, source="test")
    said = diagnose(capture, Motor(motor_id="m1", bearings=(other,)))
    assert said.findings[0].evidence[0].channel == "vib_nde"


def test_one_bad_channel_does_not_silence_the_others() -> None:
    x = impacts(BEARING.bpfo * 0.992, seed=18)
    broken = x.copy()
    broken[5000] = np.nan
    blocks = (
        SampleBlock(dataclasses.replace(CHANNEL, name="vib_x"), 0, RATE_HZ, broken),
        SampleBlock(dataclasses.replace(CHANNEL, name="vib_y"), 0, RATE_HZ, x),
    )
    said = diagnose(Capture("m1", 0, 5_000_000_000, blocks, speed_rpm=1740.0), MOTOR)
    assert said.findings[0].evidence[0].channel == "vib_y"
    alone = diagnose(Capture("m1", 0, 5_000_000_000, blocks[:1], speed_rpm=1740.0), MOTOR)
    assert alone.findings == () and "vib_x" in (alone.abstained or "")


@pytest.mark.parametrize("n", [0, 1, 8, 10, 100, 1000])
@pytest.mark.parametrize("rpm", [None, 1740.0])
def test_scraps_are_abstained_from(n: int, rpm: float | None) -> None:
    x = np.random.default_rng(n).standard_normal(n).astype(np.float32)
    said = diagnose(capture_of(x, rpm=rpm), MOTOR)
    assert said.findings == () and said.abstained
