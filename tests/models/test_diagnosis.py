"""Verdicts on planted faults: named, abstained from, or nothing said."""

import dataclasses
import re

import msgspec
import numpy as np
import pytest
from impacts import BEARING, RATE_HZ, impacts

from dsp.audit import audit, refused
from models.diagnosis import diagnose
from models.finding import Diagnosis
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Bearing, Motor, Nameplate
from sensors.simulator.fault import SEVERITY_ONE, Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario

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


@pytest.mark.parametrize("rpm", [1704.0, 2947.0, 411.0])
def test_a_capture_as_long_as_the_audit_asks_for_is_diagnosed(rpm: float) -> None:
    x = np.random.default_rng(0).standard_normal(round(5 * RATE_HZ)).astype(np.float32)

    def reasons(seconds: float) -> tuple[str | None, str]:
        one = capture_of(x[: round(seconds * RATE_HZ)], rpm=rpm)
        return refused(audit(one, MOTOR), "bearing"), diagnose(one, MOTOR).abstained or ""

    short, abstained = reasons(0.1)
    assert short is not None and short in abstained
    asked_s = float(re.search(r"record ([\d.]+) s", short)[1])
    enough, abstained = reasons(asked_s)
    assert enough is None and "turns" not in abstained
    short, abstained = reasons(asked_s - 0.02)
    assert short is not None and short in abstained


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


def modulated(order: float, depth: float, *, seed: int) -> np.ndarray:
    """Noise around 5 kHz whose amplitude comes and goes smoothly, in white noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(10 * RATE_HZ)) / RATE_HZ
    hz = np.fft.rfftfreq(t.size, 1 / RATE_HZ)
    band = np.fft.rfft(rng.standard_normal(t.size)) * (np.abs(hz - 5000.0) < 800.0)
    carrier = np.fft.irfft(band, t.size)
    carrier /= carrier.std()
    swing = 1 + depth * np.cos(2 * np.pi * order * 29.0 * t)
    return (rng.standard_normal(t.size) + 3 * swing * carrier).astype(np.float32)


@pytest.mark.parametrize("order", [BEARING.bpfo * 0.99, BEARING.ftf * 0.99], ids=["BPFO", "FTF"])
def test_a_smooth_modulation_is_no_impact(order: float) -> None:
    for seed in range(3):
        said = diagnose(capture_of(modulated(order, 0.9, seed=seed)), MOTOR)
        assert said.findings == () and said.abstained


def test_a_rolling_element_is_never_called_the_cage() -> None:
    order = 2 * BEARING.bsf * 0.99
    for seed in range(5):
        x = impacts(order, seed=seed, seconds=10.0, jitter=0.02, modulation_order=BEARING.ftf)
        said = diagnose(capture_of(x), MOTOR)
        assert all(f.condition is not Condition.BEARING_CAGE for f in said.findings)


def test_knocks_of_the_cage_are_named_but_never_at_high_confidence() -> None:
    said = diagnose(capture_of(impacts(BEARING.ftf * 0.99, seed=1, seconds=10.0)), MOTOR)
    assert [(f.condition, f.confidence) for f in said.findings] == [
        (Condition.BEARING_CAGE, "medium")
    ]


@pytest.mark.parametrize(("line_hz", "named"), [(50.0, False), (60.0, True)])
def test_impacts_at_twice_the_supplys_frequency_are_not_laid_to_a_bearing(line_hz, named) -> None:
    shaft_hz = 100.0 / BEARING.bpfo
    x = impacts(BEARING.bpfo, seed=3, shaft_hz=shaft_hz, jitter=0.0)
    motor = Motor(motor_id="m1", bearings=(BEARING,), nameplate=Nameplate(line_hz=line_hz))
    said = diagnose(capture_of(x, rpm=60 * shaft_hz), motor)
    assert bool(said.findings) is named
    assert named or "supply" in (said.abstained or "")


def test_a_bearing_that_cannot_be_judged_takes_nothing_from_the_others() -> None:
    crowded = Bearing(name="crowded", bpfo_order=3.05, bpfi_order=4.95, bsf_order=1.99)
    x = impacts(BEARING.bpfo * 0.992, seed=20, seconds=1.0)
    alone = diagnose(capture_of(x), MOTOR)
    both = diagnose(capture_of(x), Motor(motor_id="m1", bearings=(BEARING, crowded)))
    assert alone.findings and both.findings
    assert both.findings[0].evidence[0].line == alone.findings[0].evidence[0].line


def test_a_machine_that_shakes_is_not_passed_over_in_silence() -> None:
    plate = Nameplate(rated_kw=55.0, shaft_height_mm=250.0, mounting="rigid")
    motor = Motor(motor_id="m1", bearings=(BEARING,), nameplate=plate)
    quiet = impacts(3.585, seed=4, height=0.0) * np.float32(0.1)
    t = np.arange(quiet.size) / RATE_HZ
    shaking = quiet + (3.0 * np.sin(2 * np.pi * 29.0 * t)).astype(np.float32)
    assert diagnose(capture_of(quiet), motor).abstained is None
    (finding,) = diagnose(capture_of(shaking), motor).findings
    assert finding.condition is Condition.UNBALANCE
    assert finding.severity is not None and finding.severity.zone == "D"
    # Strong, but no pattern of the shaft's: a line at 3.4 times its speed.
    humming = quiet + (9.0 * np.sin(2 * np.pi * 98.6 * t)).astype(np.float32)
    said = diagnose(capture_of(humming), motor)
    assert said.findings == () and "zone D" in (said.abstained or "")


@pytest.mark.parametrize("condition", sorted(SEVERITY_ONE))
def test_whatever_is_said_of_a_simulated_motor_can_be_sent(condition: Condition) -> None:
    scenario = msgspec.structs.replace(
        load_scenario("healthy"),
        duration_s=10.0,
        faults=(Fault(condition=condition, severity=1.0),),
    )
    reader = SimulatorReader(scenario, 10.0)
    capture = reader.read()
    assert capture is not None
    said = diagnose(capture, reader.motor)
    assert msgspec.json.decode(msgspec.json.encode(said), type=Diagnosis) == said


def test_without_vibration_the_reasons_of_the_senses_that_are_there_come_first() -> None:
    hum = np.cos(2 * np.pi * 50.0 * np.arange(20_000) / 10_000)
    current = Channel("current_a", Sense.POWER, Unit.AMPERE, phase="a")
    block = SampleBlock(current, 0, 10_000.0, hum.astype(np.float32))
    plate = Nameplate(line_hz=50.0, variable_frequency_drive=True)
    capture = Capture("m1", 0, 2_000_000_000, (block,), speed_rpm=425.0)
    said = diagnose(capture, Motor(motor_id="m1", nameplate=plate))
    assert said.findings == () and said.abstained is not None
    assert 0 < said.abstained.find("a drive feeds the motor") < said.abstained.find("no vibration")
