"""The rotor's judge: what it names, what it leaves as ambiguous, and when it declines."""

import motor_current as made
import msgspec
import numpy as np
import pytest

from dsp.audit import audit
from dsp.audit_note import AuditNote
from models.rotor.bars import broken_bars
from models.rotor.bearing import bearing_lines
from models.rotor.judge import judge_rotor
from models.rotor.limits import load_rotor_limits
from models.shaft_speed import ShaftSpeed
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.errors import BadConfig
from sensors.motor import Bearing
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import LoadOscillation, Noise, Rates
from sensors.simulator.scenario_file import load_scenario

SLIP, RPM = 0.015, 1477.5
BAR_DBC = -45.0


def judged(capture, motor, speed=None):
    return judge_rotor(capture, motor, audit(capture, motor), speed)


def planted(
    *, seconds=10.0, slip=SLIP, wander=0.005, seed=0, rpm=None, load=0.5, plate=None, **lines
):
    line, slipping = made.angles(seconds=seconds, slip=slip, wander=wander, seed=seed)
    values = made.current(line, slipping, seed=seed, **lines)
    speed_rpm = 1500 * (1 - slip) if rpm is None else rpm
    return judged(
        made.capture(values, speed_rpm=speed_rpm or None, load=load), made.motor(**(plate or {}))
    )


def simulated(*faults, load=1.0, seed=1, swing=0.0, **changes):
    swings = (LoadOscillation(amplitude=swing, frequency=2, unit="slip"),) if swing else ()
    scenario = msgspec.structs.replace(
        load_scenario("healthy"),
        seed=seed,
        duration_s=12.0,
        rates=Rates(power_hz=2500.0),
        load=((0.0, load),),
        faults=faults,
        load_oscillations=swings,
        noise=Noise(line_hz=0.016),
        **changes,
    )
    capture = SimulatorReader(scenario, 10.0).read()
    assert capture is not None
    return judged(capture, scenario.motor)


def named(verdict):
    return [finding.condition for finding in verdict.findings]


def bar(severity=0.5):
    return Fault(condition=Condition.BROKEN_ROTOR_BAR, severity=severity)


def level(dbc):
    return float(10 ** (dbc / 20))


@pytest.mark.parametrize("seed", range(5))
def test_a_broken_bar_at_small_slip_under_a_wandering_line_is_named_with_its_evidence(seed):
    verdict = planted(lower=level(BAR_DBC), upper=level(BAR_DBC - 6), seed=seed)
    (finding,) = verdict.findings
    assert finding.condition is Condition.BROKEN_ROTOR_BAR
    assert finding.confidence == "low"
    assert any("axial ducts" in said for said in finding.alternatives)
    (evidence,) = finding.evidence
    assert evidence.chance < 0.01
    assert evidence.expected_hz == pytest.approx(50 * (1 - 2 * SLIP), abs=0.1)
    assert evidence.found_hz == pytest.approx(evidence.expected_hz, abs=evidence.tolerance_hz)
    assert evidence.level_db > 20
    assert evidence.sense is Sense.POWER


@pytest.mark.parametrize("seed", range(5))
def test_its_twin_of_a_swinging_load_is_left_as_ambiguous(seed):
    verdict = planted(lower=level(BAR_DBC), upper=level(BAR_DBC), seed=seed)
    assert not verdict.findings
    (doubt,) = verdict.doubts
    assert "ambiguous" in doubt
    assert "axial ducts" in doubt


@pytest.mark.parametrize("load", [0.5, 1.0])
@pytest.mark.parametrize("phases", [("a",), ("a", "b", "c")])
def test_one_simulated_bar_is_named_and_its_twin_is_not(load, phases):
    assert named(simulated(bar(), load=load, current_phases=phases)) == [Condition.BROKEN_ROTOR_BAR]
    twin = simulated(load=load, swing=0.02, current_phases=phases)
    assert not twin.findings
    assert twin.doubts


@pytest.mark.parametrize("load", [0.4, 0.7, 1.0])
@pytest.mark.parametrize("faster", [0.95, 1.0, 1.05])
def test_sound_motors_have_no_finding_nor_doubt(load, faster):
    motor = load_scenario("healthy").motor
    plate = motor.nameplate
    assert plate.line_hz and plate.rated_rpm
    moved = msgspec.structs.replace(
        motor,
        nameplate=msgspec.structs.replace(
            plate, line_hz=plate.line_hz * faster, rated_rpm=plate.rated_rpm * faster
        ),
    )
    for seed in range(3):
        verdict = simulated(load=load, seed=seed, motor=moved)
        assert verdict.judged
        assert not verdict.findings
        assert not verdict.doubts


def test_a_sound_motor_at_tiny_slip_under_strong_wander_stays_sound():
    for seed in range(5):
        verdict = planted(
            seconds=20.0,
            slip=0.0075,
            wander=0.01,
            lower=level(-54),
            upper=level(-58),
            seed=seed,
            plate={"rated_rpm": 1490.0},
        )
        assert verdict.judged
        assert not verdict.findings


def test_a_stronger_sideband_at_known_load_is_surer():
    (finding,) = planted(lower=level(-38), upper=level(-44)).findings
    assert finding.confidence == "medium"
    (unsure,) = planted(
        lower=level(-38), upper=level(-44), load=None, plate={"rated_rpm": None}
    ).findings
    assert unsure.confidence == "low"


def test_a_speed_nobody_gave_is_read_from_the_current():
    verdict = planted(lower=level(-40), upper=level(-46), rpm=0.0, load=None, shaft=0.003)
    assert named(verdict) == [Condition.BROKEN_ROTOR_BAR]
    figures = {measure.name: measure.value for measure in verdict.measured}
    assert figures["slip"] == pytest.approx(100 * SLIP, abs=0.05)
    assert figures["load"] == pytest.approx(50.0, abs=2.0)


def test_a_pair_elsewhere_than_the_slip_says_is_not_the_cages():
    line, slipping = made.angles()
    values = made.current(line, 1.4 * slipping, lower=level(-40), upper=level(-46), shaft=0.0)
    turns = (line - slipping) / made.PAIRS
    values = values + 0.03 * np.cos(turns) * np.exp(1j * line)
    verdict = judged(made.capture(values, speed_rpm=RPM, load=0.5), made.motor())
    assert Condition.BROKEN_ROTOR_BAR not in named(verdict)


def test_without_an_exact_slip_an_asymmetric_pair_is_doubted():
    verdict = planted(lower=level(-40), upper=level(-46), shaft=0.0)
    assert not verdict.findings
    assert any("slip is not known" in doubt for doubt in verdict.doubts)


def test_a_speed_that_contradicts_the_current_is_shown_as_a_doubt():
    line, slipping = made.angles()
    values = made.current(line, slipping, lower=level(-40), upper=level(-46))
    capture = made.capture(values, speed_rpm=1470.0, load=0.5)
    wrong = ShaftSpeed(1470.0 / 60, 0.0004, "refined")
    verdict = judged(capture, made.motor(), wrong)
    assert not verdict.findings
    assert "disagree" in " ".join(verdict.doubts)
    right = judged(capture, made.motor(), ShaftSpeed(RPM / 60, 0.0004, "refined"))
    assert named(right) == [Condition.BROKEN_ROTOR_BAR]


@pytest.mark.parametrize("scale", [1e-3, 40.0])
def test_the_unit_of_the_current_changes_no_verdict(scale):
    one = planted(lower=level(BAR_DBC), upper=level(-51))
    other = planted(lower=level(BAR_DBC), upper=level(-51), amperes=10 * scale)
    assert named(one) == named(other)
    for mine, theirs in zip(one.measured, other.measured, strict=True):
        assert mine.value == pytest.approx(theirs.value, abs=0.01)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"load": 0.2}, "load is 20%"),
        ({"load": None, "plate": {"rated_rpm": 1425.0}}, "by slip over rated slip"),
        ({"plate": {"variable_frequency_drive": True}}, "drive"),
        ({"seconds": 3.0}, "record"),
        ({"rpm": 850.0}, "does not fit"),
        ({"plate": {"poles": None}}, "poles"),
    ],
)
def test_it_declines_with_the_reason(changes, said):
    verdict = planted(lower=level(-36), upper=level(-44), **changes)
    assert not verdict.findings
    assert not verdict.judged
    (reason,) = verdict.inhibited
    assert said in reason


def test_irregular_sampling_and_silence_are_declined():
    line, slipping = made.angles()
    capture = made.capture(made.current(line, slipping), speed_rpm=RPM)
    note = AuditNote(check="jitter", level="refuse", text="irregular", refuses=("slip",))
    assert "irregular" in judge_rotor(capture, made.motor(), (note,), None).inhibited[0]
    still = made.capture(np.zeros(20000, np.complex128), speed_rpm=RPM)
    assert not judge_rotor(still, made.motor(), (), None).judged
    empty = made.capture(line[:0], phases="")
    assert "no current channel" in judge_rotor(empty, made.motor(), (), None).inhibited[0]


@pytest.mark.parametrize("rate_hz", [120.0, 1000.0])
@pytest.mark.parametrize("size", [1, 50, 5000])
@pytest.mark.parametrize("kind", ["constant", "noise", "holes", "half", "sweep"])
def test_whatever_is_measured_nothing_is_invented(rate_hz, size, kind):
    random = np.random.default_rng(4)
    t_s = np.arange(size) / rate_hz
    line = np.exp(100j * np.pi * t_s)
    made_up = {
        "constant": np.ones(size, np.complex128),
        "noise": random.standard_normal(size) + 0j,
        "holes": np.where(random.random(size) < 0.01, np.nan, line),
        "half": line * (t_s > t_s[-1] / 2),
        "sweep": np.exp(2j * np.pi * (45 * t_s + 2 * t_s**2)),
    }
    for phases in ("a", "abc"):
        capture = made.capture(made_up[kind], rate_hz=rate_hz, phases=phases, speed_rpm=RPM)
        assert not judge_rotor(capture, made.motor(rotor_bars=28), (), None).findings


def test_eccentricity_is_told_by_shifted_slot_lines_only():
    dynamic = simulated(Fault(condition=Condition.ECCENTRICITY_DYNAMIC, severity=1.0))
    assert named(dynamic) == [Condition.ECCENTRICITY_DYNAMIC]
    static = simulated(Fault(condition=Condition.ECCENTRICITY_STATIC, severity=1.0))
    assert not static.findings
    assert "static" in static.doubts[0]


def test_without_the_number_of_bars_it_is_a_shaft_asymmetry():
    motor = load_scenario("healthy").motor
    plain = msgspec.structs.replace(
        motor, nameplate=msgspec.structs.replace(motor.nameplate, rotor_bars=None)
    )
    verdict = simulated(Fault(condition=Condition.ECCENTRICITY_DYNAMIC, severity=1.0), motor=plain)
    assert named(verdict) == [Condition.SHAFT_ASYMMETRY]
    assert "unbalance" in verdict.findings[0].alternatives


def test_thomsons_rule_counts_a_whole_bar_at_its_level():
    assert broken_bars(-34.0, 28, 2) == pytest.approx(1.08, abs=0.01)
    assert broken_bars(-80.0, 28, 2) < 0.01


def test_a_bearing_line_in_the_current_is_shown_as_weak_evidence_only():
    bearing = Bearing(name="b", bpfo_order=3.58, bpfi_order=5.42)
    motor = msgspec.structs.replace(made.motor(), bearings=(bearing,))
    line, slipping = made.angles()
    ring = 3.55 * (line - slipping) / made.PAIRS
    speed = ShaftSpeed(RPM / 60, 0.001, "refined")
    for height, expected in ((0.0, []), (0.001, ["f +- BPFO"])):
        values = made.current(line, slipping) * (1 + height * np.cos(ring))
        capture = made.capture(values, speed_rpm=RPM, load=0.5)
        notes = audit(capture, motor)
        found = bearing_lines(capture, motor, notes, speed)
        assert [evidence.line for evidence in found] == expected
        strict = msgspec.structs.replace(load_rotor_limits(), chance=1e-9)
        assert bearing_lines(capture, motor, notes, speed, limits=strict) == ()
        assert not judge_rotor(capture, motor, notes, speed).findings


def test_limits_are_data(tmp_path):
    limits = load_rotor_limits()
    assert all(part.source and part.confidence for part in (limits.bars, limits.swing, limits.load))
    text = tmp_path / "x.toml"
    text.write_text("chance = 0.01\n")
    with pytest.raises(BadConfig, match=r"rotor\.toml"):
        load_rotor_limits(text)


def test_real_recordings_too_short_or_behind_a_drive_are_declined(data_dir):
    from sensors.recordings.library import load_recordings
    from sensors.replay import latest_capture

    for folder, said in (("mcsa_misalignment", "drive"), ("itsc", "record")):
        files = [data_dir / folder]
        recordings = load_recordings(
            files,
            manifest=folder,
            motor=None,
            rate_hz=None,
            speed_rpm=None,
            bearing=None,
            sense=None,
        )
        for recording in list(recordings)[:3]:
            verdict = judged(latest_capture(recording, 10.0), recording.motor)
            assert not verdict.findings
            assert said in verdict.inhibited[0]
