"""Verdicts on shafts: named where a limit or a baseline says so, else suspected or left alone."""

import dataclasses

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shaft_machine import (
    MOTOR,
    PLATE,
    RATE_HZ,
    SHAFT_HZ,
    SOUND,
    SPEED,
    capture,
    judge,
    names,
    orders_of,
)

from dsp.audit import audit
from models.shaft.judge import baseline_orders
from models.shaft.rules import ShaftRules, load_shaft_rules
from models.shaft_speed import ShaftSpeed
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.errors import BadConfig
from sensors.motor import Motor, Nameplate

GRID = 100 / SHAFT_HZ
QUIET = {1.0: 0.15, 2.0: 0.1, GRID: 0.06}
UNBALANCE = {"x": SOUND | {1.0: 5.0}, "y": SOUND | {1.0: 4.0}, "axial": QUIET | {1.0: 0.5}}
MISALIGNED = {"x": SOUND | {1.0: 1.5, 2.0: 3.0}, "y": SOUND, "axial": {1.0: 1.4, 2.0: 2.5}}
BENT = {"x": SOUND | {1.0: 2.5}, "y": SOUND | {1.0: 2.2}, "axial": {1.0: 3.4, 2.0: 0.8}}
LOOSE = {
    "x": {k: 2.0 / k**0.5 for k in range(1, 11)} | {k + 0.5: 0.6 for k in range(4)},
    "y": SOUND,
    "axial": QUIET,
}
STRAINED = {"x": SOUND | {GRID: 2.5}, "y": SOUND | {GRID: 3.0}, "axial": QUIET}
FAULTS = {
    "unbalance": UNBALANCE,
    "misalignment": MISALIGNED,
    "bent_shaft": BENT,
    "looseness": LOOSE,
    "soft_foot": STRAINED,
}
HEALTHY = {"x": SOUND, "y": SOUND, "axial": QUIET}
CONFIDENCE = {"unbalance": "high", "misalignment": "high", "bent_shaft": "medium",
              "looseness": "high", "soft_foot": "low"}  # fmt: skip


def scaled(axes, by: float):
    return {axis: {k: v * by for k, v in lines.items()} for axis, lines in axes.items()}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_named_with_its_evidence(name: str) -> None:
    said = judge(capture(FAULTS[name]))
    assert names(said) == [name] and said.judged and said.doubts == ()
    finding = said.findings[0]
    assert finding.confidence == CONFIDENCE[name]
    assert finding.severity.zone in ("C", "D") and finding.severity.unit == "mm/s"
    first = finding.evidence[0]
    assert first.sense is Sense.VIBRATION and first.channel.startswith("vib_")
    assert first.found_hz == pytest.approx(first.expected_hz, abs=first.tolerance_hz + 0.2)
    assert first.level_db > 20 and first.chance <= 0.01
    assert len(finding.alternatives) >= 2


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(list(FAULTS)), st.integers(0, 1000), st.sampled_from([0.94, 1.0, 1.05]))
def test_no_fault_is_ever_taken_for_another(name: str, seed: int, off: float) -> None:
    speed = ShaftSpeed(SHAFT_HZ * off, 0.01, "declared")
    said = judge(capture(FAULTS[name], seed=seed), speed=speed)
    assert names(said) in ([name], [])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.0))
def test_a_sound_machine_is_left_alone(seed: int, loudness: float) -> None:
    said = judge(capture(scaled(HEALTHY, loudness), seed=seed))
    assert said.findings == () and said.doubts == () and said.inhibited == () and said.judged


def test_a_pattern_within_the_limits_is_no_fault() -> None:
    for name, axes in FAULTS.items():
        said = judge(capture(scaled(axes, 0.2)))
        assert said.findings == () and said.doubts == (), name


def test_without_limits_or_baseline_little_is_said() -> None:
    unknown = Motor(motor_id="m", nameplate=Nameplate(poles=4, line_hz=50.0))
    for axes in (STRAINED, HEALTHY):
        said = judge(capture(axes), unknown)
        assert said.findings == () and said.doubts == () and not said.judged
        assert "rated_kw" in " ".join(said.inhibited)
    once = judge(capture(UNBALANCE), unknown)
    assert once.findings == () and "unbalance" in once.doubts[0]
    bent = judge(capture(BENT), unknown)
    assert bent.findings == () and "baseline" in bent.doubts[0] and "bent_shaft" in bent.doubts[0]
    for name in ("misalignment", "looseness"):
        (finding,) = judge(capture(FAULTS[name]), unknown).findings
        assert (finding.condition.value, finding.confidence) == (name, "low")


# Less along the shaft than across it: as a fan out of balance at the shaft's end shakes.
OVERHUNG = {"x": SOUND | {1.0: 4.0}, "y": SOUND | {1.0: 3.6}, "axial": {1.0: 2.4, 2.0: 0.3}}
# Along as much as across, and twice a turn nearly as once: a bend, or a coupling.
COUPLED = {"x": SOUND | {1.0: 2.5, 2.0: 2.0}, "y": SOUND, "axial": {1.0: 3.4, 2.0: 2.8}}


@pytest.mark.parametrize(
    ("axes", "other"), [(OVERHUNG, "overhung rotor"), (COUPLED, "misalignment")]
)
@pytest.mark.parametrize("compared", [False, True])
def test_a_bend_is_not_named_where_something_else_shakes_so(axes, other, compared) -> None:
    before = orders_of(capture(HEALTHY, seed=2)) if compared else None
    said = judge(capture(axes), baseline=before)
    assert names(said) == []
    assert any("bent_shaft" in doubt and other in doubt for doubt in said.doubts)
    assert not any("no pattern" in doubt for doubt in said.doubts)


def test_a_shared_pattern_is_told_once_and_where_only_the_radial_channel_is_rough() -> None:
    mild = {axis: lines | {1.0: 0.85 * lines[1.0]} for axis, lines in OVERHUNG.items()}
    (doubt,) = judge(capture(mild)).doubts
    assert "bent_shaft" in doubt and "overhung rotor" in doubt
    before = orders_of(capture(HEALTHY, seed=2))
    (doubt,) = judge(capture(OVERHUNG), baseline=before).doubts
    assert "bent_shaft" in doubt


def test_volts_have_no_zone_and_no_millimetres() -> None:
    said = judge(capture(LOOSE, unit=Unit.VOLT))
    (finding,) = said.findings
    assert finding.confidence == "low" and finding.severity is None
    assert "mm/s" not in "".join(e.text for e in finding.evidence)
    assert said.measured == () and "not m/s2" in " ".join(said.inhibited)


def test_a_baseline_is_stronger_than_no_limit() -> None:
    unknown = Motor(motor_id="m", nameplate=Nameplate(line_hz=50.0))
    before = orders_of(capture(HEALTHY, unit=Unit.VOLT, seed=9), unknown)
    said = judge(capture(UNBALANCE, unit=Unit.VOLT), unknown, baseline=before)
    (finding,) = said.findings
    assert finding.condition.value == "unbalance" and finding.confidence == "high"
    assert "risen by" in finding.evidence[-1].text
    same = judge(capture(HEALTHY, unit=Unit.VOLT, seed=10), unknown, baseline=before)
    assert same.findings == () and same.judged


def test_without_a_unit_what_rose_may_be_the_gain() -> None:
    unknown = Motor(motor_id="m", nameplate=Nameplate(line_hz=50.0))
    before = orders_of(capture(HEALTHY, unit=Unit.UNSCALED, seed=9), unknown)
    said = judge(capture(UNBALANCE, unit=Unit.UNSCALED), unknown, baseline=before)
    assert said.findings == () and "unbalance" in said.doubts[0]
    assert "may be the gain" in " ".join(said.inhibited)


def test_a_small_change_or_a_trifle_doubled_is_none() -> None:
    before = orders_of(capture(HEALTHY, seed=9))
    louder = {axis: lines | {1.0: lines[1.0] * 1.6} for axis, lines in HEALTHY.items()}
    assert judge(capture(louder), baseline=before).findings == ()
    tiny = orders_of(capture(scaled(HEALTHY, 0.05), seed=9))
    assert judge(capture(scaled(HEALTHY, 0.2)), baseline=tiny).findings == ()


def test_a_change_is_named_before_any_limit_is_passed() -> None:
    before = orders_of(capture(HEALTHY, seed=9))
    early = {"x": SOUND | {1.0: 1.4}, "y": SOUND | {1.0: 1.3}, "axial": QUIET}
    assert judge(capture(early)).findings == ()
    (finding,) = judge(capture(early), baseline=before).findings
    assert (finding.condition.value, finding.confidence) == ("unbalance", "medium")
    assert finding.severity.zone == "B"


def test_no_baseline_comes_of_a_capture_that_cannot_be_judged() -> None:
    for of, speed in ((capture(HEALTHY), None), (capture(HEALTHY, seconds=1.2), SPEED)):
        assert baseline_orders(of, MOTOR, audit(of, MOTOR), speed) is None


def test_what_was_always_so_is_not_suspected() -> None:
    unknown = Motor(motor_id="m", nameplate=Nameplate(line_hz=50.0))
    always = orders_of(capture(LOOSE, unit=Unit.VOLT, seed=9), unknown)
    said = judge(capture(LOOSE, unit=Unit.VOLT), unknown, baseline=always)
    assert said.findings == () and said.doubts == () and said.judged


def test_a_baseline_at_another_speed_or_of_other_channels_is_refused() -> None:
    other = ShaftSpeed(16.0, 0.001, "refined")
    slow = orders_of(capture(HEALTHY, shaft_hz=16.0), speed=other)
    said = judge(capture(scaled(HEALTHY, 0.5)), baseline=slow)
    assert said.findings == () and "rpm" in said.inhibited[0]
    elsewhere = orders_of(capture({"h": SOUND}))
    assert "none of these channels" in judge(capture(HEALTHY), baseline=elsewhere).inhibited[0]


def test_one_direction_leaves_open_what_it_cannot_see() -> None:
    (one,) = judge(capture({"x": UNBALANCE["x"]})).findings
    (three,) = judge(capture(UNBALANCE)).findings
    assert (one.confidence, three.confidence) == ("medium", "high")
    assert any("axial" in text for text in one.alternatives)
    assert not any("axial" in text for text in three.alternatives)
    along = judge(capture({"axial": BENT["axial"]}))
    assert along.findings == () and any("radial" in text for text in along.inhibited)


def test_z_is_axial_by_convention_and_says_so() -> None:
    renamed = {"x": BENT["x"], "y": BENT["y"], "z": BENT["axial"]}
    (finding,) = judge(capture(renamed)).findings
    assert finding.condition.value == "bent_shaft"
    assert any("`z`" in text for text in finding.alternatives)


def test_an_estimated_speed_names_orders_as_a_suspicion_only() -> None:
    estimated = dataclasses.replace(SPEED, source="estimated")
    (finding,) = judge(capture(UNBALANCE), speed=estimated).findings
    assert finding.confidence == "low"


def test_without_speed_or_vibration_nothing_is_judged() -> None:
    said = judge(capture(UNBALANCE), speed=None)
    assert not said.judged and said.findings == () and "speed" in said.inhibited[0]
    heat = SampleBlock(Channel("t", Sense.TEMPERATURE, Unit.DEGC), 0, 1.0, np.ones(10, np.float32))
    said = judge(Capture("m", 0, 10**10, (heat,)))
    assert not said.judged and "no vibration" in said.inhibited[0]
    said = judge(capture(UNBALANCE, seconds=1.2))
    assert not said.judged and "turns" in said.inhibited[0]


def test_what_the_audit_refuses_is_not_judged() -> None:
    fine = capture(UNBALANCE)
    broken = fine.blocks[0].values.copy()
    broken[100:200] = np.nan
    blocks = (dataclasses.replace(fine.blocks[0], values=broken), *fine.blocks[1:])
    said = judge(dataclasses.replace(fine, blocks=blocks))
    assert said.findings[0].evidence[0].channel == "vib_y"
    assert any("vib_x" in text for text in said.inhibited)


def test_under_a_drive_twice_the_line_is_not_judged() -> None:
    driven = Motor(motor_id="m", nameplate=msgspec.structs.replace(
        PLATE, variable_frequency_drive=True))  # fmt: skip
    said = judge(capture(STRAINED), driven)
    assert said.findings == () and any("drive" in text for text in said.inhibited)
    assert "no pattern" in said.doubts[0]


TWO_POLES = Motor(motor_id="m", nameplate=msgspec.structs.replace(PLATE, poles=2))
TWICE = {"x": {1.0: 1.0, 2.0: 4.0}, "axial": {1.0: 0.8, 2.0: 3.0}}


def test_two_poles_near_synchronism_leave_misalignment_and_supply_undecided() -> None:
    fast = ShaftSpeed(49.95, 0.001, "refined")
    said = judge(capture(TWICE, shaft_hz=49.95), TWO_POLES, fast)
    assert said.findings == ()
    assert any("not told apart" in text for text in said.inhibited) and said.doubts
    loaded = ShaftSpeed(49.0, 0.001, "refined")
    said = judge(capture(TWICE, shaft_hz=49.0), TWO_POLES, loaded)
    assert names(said) == ["misalignment"]


def test_a_fourth_order_alone_is_the_supplys() -> None:
    idle = ShaftSpeed(24.98, 0.0005, "refined")
    said = judge(capture({"x": SOUND | {4.003: 3.0}}, shaft_hz=24.98), MOTOR, idle)
    assert names(said) == ["soft_foot"]


def geared(sides: float) -> dict[str, dict[float, float]]:
    mesh = {23.0: 0.3} | {23.0 + k: 0.3 * sides for k in (-2, -1, 1, 2)}
    return {"x": SOUND | mesh, "axial": QUIET}


def test_a_worn_gear_needs_its_teeth_and_a_baseline() -> None:
    with_gear = Motor(motor_id="m", nameplate=msgspec.structs.replace(PLATE, gear_teeth=23))
    before = orders_of(capture(geared(0.02), seed=5), with_gear)
    (finding,) = judge(capture(geared(2.0)), with_gear, baseline=before).findings
    assert (finding.condition.value, finding.confidence) == ("gear_wear", "medium")
    assert judge(capture(geared(0.02)), with_gear, baseline=before).findings == ()
    assert judge(capture(geared(2.0))).findings == ()
    without = orders_of(capture(geared(0.02), seed=5))
    assert judge(capture(geared(2.0)), with_gear, baseline=without).findings == ()
    (doubt,) = judge(capture(geared(2.0)), with_gear).doubts
    assert "sidebands" in doubt and "baseline" in doubt


def test_a_doubtful_gear_does_not_explain_what_shakes_too_much() -> None:
    with_gear = Motor(motor_id="m", nameplate=msgspec.structs.replace(PLATE, gear_teeth=23))
    rough = {axis: lines | {35.3: 5.0} for axis, lines in geared(2.0).items()}
    said = judge(capture(rough), with_gear)
    assert any("sidebands" in doubt for doubt in said.doubts)
    assert any("no pattern" in doubt for doubt in said.doubts)


def test_what_stands_on_an_impossible_speed_is_told_beside_what_is_named() -> None:
    too_fast = ShaftSpeed(25.6, 0.001, "declared")
    lines = {"x": {1.0: 5.0, 2.0: 0.1}, "axial": {1.0: 0.3, 100 / 25.6: 4.0}}
    said = judge(capture(lines, shaft_hz=25.6), speed=too_fast)
    assert names(said) == ["soft_foot"]
    (doubt,) = said.doubts
    assert "unbalance" in doubt and "check the speed" in doubt


@pytest.mark.parametrize("teeth", [0, 3, -23, 1001])
def test_impossible_teeth_are_refused(teeth: int) -> None:
    with pytest.raises(BadConfig, match="gear_teeth"):
        Nameplate(gear_teeth=teeth)


def test_teeth_are_facts_and_their_absence_is_none() -> None:
    plain, geared_plate = Motor(motor_id="m"), Nameplate(gear_teeth=23)
    assert Motor(motor_id="m", nameplate=geared_plate).motor_hash != plain.motor_hash
    assert Motor(motor_id="m", nameplate=Nameplate()).motor_hash == plain.motor_hash


def run_up(tacho: str | None) -> Capture:
    """Unbalance, and noise, of a shaft that speeds up by 8 %; with a speed channel or without."""
    t = np.arange(round(8 * RATE_HZ)) / RATE_HZ
    turns = 24 * t + 0.12 * t**2
    rng = np.random.default_rng(1)
    blocks = []
    for axis, velocity in (("x", 5.0), ("y", 4.0), ("axial", 0.4)):
        peak = np.sqrt(2) * 1e-3 * velocity * 2 * np.pi * 25
        x = peak * np.cos(2 * np.pi * turns + len(axis)) + 0.05 * rng.standard_normal(t.size)
        channel = Channel(f"vib_{axis}", Sense.VIBRATION, Unit.MPS2, axis=axis)
        blocks.append(SampleBlock(channel, 0, RATE_HZ, x.astype(np.float32)))
    if tacho == "rpm":
        rpm = (60 * (24 + 0.24 * np.arange(81) / 10)).astype(np.float32)
        blocks.append(SampleBlock(Channel("n", Sense.SPEED, Unit.RPM), 0, 10.0, rpm))
    if tacho == "pulses":
        teeth = (np.mod(2 * turns, 1.0) < 0.4).astype(np.float32)
        blocks.append(SampleBlock(Channel("n", Sense.SPEED, Unit.UNSCALED), 0, RATE_HZ, teeth))
    return Capture("m", 0, 8 * 10**9, tuple(blocks), speed_rpm=60 * 24.96)


@pytest.mark.parametrize("tacho", ["rpm", "pulses", None])
def test_a_varying_speed_is_followed_by_tachometer_or_by_the_line_itself(tacho: str | None) -> None:
    of = run_up(tacho)
    orders = orders_of(of, speed=ShaftSpeed(24.96, 0.01, "declared"))
    assert orders.shaft_hz == pytest.approx(24.96, rel=2e-3)
    line = orders.axes[0].lines["1x"]
    assert line.rms == pytest.approx(5.0, rel=0.05) and line.level_db > 40
    assert names(judge(of, speed=ShaftSpeed(24.96, 0.01, "declared"))) == ["unbalance"]


def test_measured_figures_are_the_roughest_channels() -> None:
    measured = {m.name: m for m in judge(capture(UNBALANCE)).measured}
    assert measured["velocity_1x"].value == pytest.approx(5.0, rel=0.03)
    assert measured["velocity"].value == pytest.approx(5.0, rel=0.05)
    assert {m.unit for m in measured.values()} == {"mm/s"}


def test_rules_are_a_checked_file(tmp_path) -> None:
    rules = load_shaft_rules()
    for name in ShaftRules.__struct_fields__:
        part = getattr(rules, name)
        if name != "words":
            assert part.source and part.confidence in ("secondary", "practice", "choice")
    text = (load_shaft_rules.__wrapped__.__defaults__[0]).read_text("utf-8")
    own = tmp_path / "rules.toml"
    own.write_text(text.replace("least_db = 10.0", "least_db = 12.5"))
    assert load_shaft_rules(own).lines.least_db == 12.5
    for bad in ("nonsense", text.replace("steady", "stedy"), text.split("[words.gear_wear]")[0]):
        other = tmp_path / f"{len(bad)}.toml"
        other.write_text(bad)
        with pytest.raises(BadConfig, match="shaft rules"):
            load_shaft_rules(other)
