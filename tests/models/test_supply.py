"""Verdicts on constructed and simulated supplies: each fault, its twin, and what stays silent."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsp.audit import audit
from models.supply.judge import judge_supply
from models.supply.limits import load_electrical_limits
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Motor, Nameplate
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Rates, Scenario

RATE_HZ = 5000.0
TURN = np.exp(-2j * np.pi / 3)
PLATE = Motor(
    motor_id="m",
    nameplate=Nameplate(line_hz=50.0, rated_current_a=10.0, rated_voltage_v=400.0, poles=4),
)
BARE = Motor(motor_id="m")
MOTOR = Motor(
    motor_id="simulated",
    nameplate=Nameplate(
        poles=4,
        line_hz=50.0,
        rated_kw=7.5,
        rated_rpm=1455.0,
        rated_current_a=14.7,
        rated_voltage_v=400.0,
        rotor_bars=28,
    ),
)


def simulated(*faults, load=1.0, seconds=4.0, **changes):
    base = Scenario(
        name="supply",
        seed=11,
        duration_s=seconds,
        motor=MOTOR,
        rates=Rates(power_hz=RATE_HZ),
        load=((0.0, load),),
        ambient_degc=((0.0, 20.0),),
        faults=faults,
    )
    return SimulatorReader(msgspec.structs.replace(base, **changes), seconds).read()


def judge(capture, motor=MOTOR, *, notes=None, **options):
    notes = audit(capture, motor) if notes is None else notes
    return judge_supply(capture, motor, notes, None, **options)


def named(verdict):
    return [finding.condition for finding in verdict.findings]


def measured(verdict):
    return {one.name: one.value for one in verdict.measured}


def three(positive, negative=0.0, zero=0.0):
    """Phasors a, b, c of RMS components, in the order a, b, c."""
    steps = np.array([1.0, TURN, TURN**2])
    return positive * steps + negative * steps.conj() + zero


def capture(currents=None, volts=None, *, unit=Unit.AMPERE, hz=50.0, seconds=2.0, phases="abc"):
    """Make a capture of RMS phasors; labels of volts are their keys."""
    turn = np.exp(2j * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    noise = np.random.default_rng(1)

    def block(name, z, unit, phase):
        wave = np.sqrt(2) * (z * turn).real
        wave = wave + 1e-3 * np.abs(wave).max() * noise.standard_normal(wave.size)
        channel = Channel(name, Sense.POWER, unit, phase=phase)
        return SampleBlock(channel, 0, RATE_HZ, wave.astype(np.float32))

    blocks = [
        block(f"i_{p}", z, unit, p)
        for p, z in ([] if currents is None else zip(phases, currents, strict=True))
    ] + [block(f"v_{p}", z, Unit.VOLT, p) for p, z in (volts or {}).items()]
    return Capture("m", 0, round(seconds * 1e9), tuple(blocks))


def star(phasors):
    return dict(zip("abc", phasors, strict=True))


EVEN = star(three(230.0))
LAGGING = np.exp(-0.6j)


@pytest.mark.parametrize("load", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("voltages", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_healthy_motor_is_left_alone(load, voltages, seed):
    verdict = judge(simulated(load=load, voltages=voltages, seed=seed))
    assert verdict.findings == ()
    assert verdict.doubts == ()
    assert verdict.judged


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("condition", "severity", "blind", "seeing"),
    [
        ("single_phasing", 1.0, "single_phasing", "single_phasing"),
        ("supply_unbalance", 1.0, "current_unbalance", "supply_unbalance"),
        ("supply_unbalance", 0.5, "current_unbalance", "supply_unbalance"),
        ("stator_inter_turn", 1.2, "current_unbalance", "stator_inter_turn"),
        ("overload", 1.0, "overload", "overload"),
    ],
)
def test_faults_are_named_with_voltages_and_left_open_without(
    condition, severity, blind, seeing, seed
):
    fault = Fault(condition=Condition(condition), severity=severity)
    assert named(judge(simulated(fault, seed=seed))) == [blind]
    assert named(judge(simulated(fault, seed=seed, voltages=True))) == [seeing]


def test_uneven_currents_without_voltages_name_both_causes():
    (found,) = judge(capture(three(10.0 * LAGGING, 1.5)), PLATE).findings
    assert found.condition is Condition.CURRENT_UNBALANCE
    assert any("supply_unbalance" in text for text in found.alternatives)
    assert any("stator_inter_turn" in text for text in found.alternatives)
    assert "I2/I1 = 15.0%" in found.evidence[0].text
    assert found.evidence[0].sense is Sense.POWER


def test_inter_turn_is_what_the_supply_cannot_explain():
    # 10 x (1 % + 0.3 %), 2 % of itself, 1 % of sensors: 16 % of rated may be the supply's.
    uneven = star(three(230.0, 2.3))
    assert Condition.STATOR_INTER_TURN not in named(
        judge(capture(three(10 * LAGGING, 1.5), uneven), PLATE)
    )
    (found,) = judge(capture(three(10 * LAGGING, 1.5), EVEN), PLATE).findings
    assert found.condition is Condition.STATOR_INTER_TURN
    assert any("joint" in text for text in found.alternatives)


def behind_a_joint(kohm, phase, admittance):
    """Return currents with a resistance in one line, in per unit of a motor's own 10 A."""
    i1 = 10 * LAGGING
    k = kohm * admittance / 3
    steps = {"a": 1.0, "b": TURN, "c": TURN**2}
    # Told by the phase of the joint I2/I1 is -k / (1 + k); turned back to phase a.
    return three(i1, -k / (1 + k) * i1 * steps[phase] ** 2)


@pytest.mark.parametrize("resistance", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("phase", ["a", "b", "c"])
@pytest.mark.parametrize("lag", [-1.05, -1.25, -1.45])
def test_a_joint_is_never_called_a_short(resistance, phase, lag):
    currents = behind_a_joint(resistance, phase, 6.0 * np.exp(1j * lag))
    said = judge(capture(currents, EVEN), PLATE).findings
    (found,) = (one for one in said if one.condition is not Condition.OVERLOAD)
    assert found.condition in (Condition.CURRENT_UNBALANCE, Condition.SINGLE_PHASING)
    assert any("joint" in text for text in found.alternatives)
    if found.condition is Condition.CURRENT_UNBALANCE:
        assert f"line {phase}" in found.alternatives[0]
        assert any("stator_inter_turn" in text for text in found.alternatives)


@pytest.mark.parametrize("phase", ["a", "b", "c"])
@pytest.mark.parametrize("order", ["abc", "acb"])
def test_a_short_of_a_loaded_motor_is_told_from_a_joint(phase, order):
    steps = {"a": 1.0, "b": TURN, "c": TURN**2}
    currents = dict(zip(order, three(10 * LAGGING, 1.6 * steps[phase] ** 2), strict=True))
    volts = dict(zip(order, three(230.0), strict=True))
    verdict = judge(capture([currents[p] for p in "abc"], volts), PLATE, notes=())
    assert named(verdict) == [Condition.STATOR_INTER_TURN]


@pytest.mark.parametrize("severity", [0.2, 0.4, 0.6, 0.8])
@pytest.mark.parametrize("load", [0.4, 1.0])
def test_a_line_that_opens_by_degrees_is_no_short(severity, load):
    fault = Fault(condition=Condition.SINGLE_PHASING, severity=severity)
    for voltages in (False, True):
        verdict = judge(simulated(fault, load=load, voltages=voltages))
        found = set(named(verdict)) - {Condition.OVERLOAD}
        assert found <= {Condition.CURRENT_UNBALANCE, Condition.SINGLE_PHASING}
        assert found or severity == 0.2


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_heavy_short_of_a_lightly_loaded_motor_is_no_open_line(seed):
    fault = Fault(condition=Condition.STATOR_INTER_TURN, severity=2.3)
    (found,) = judge(simulated(fault, load=0.4, voltages=True, seed=seed)).findings
    assert found.condition is Condition.CURRENT_UNBALANCE
    assert any("stator_inter_turn" in text for text in found.alternatives)


@pytest.mark.parametrize(("load", "severity"), [(0.4, 0.8), (0.7, 0.5), (1.0, 0.5)])
def test_a_line_nearly_open_is_still_named_where_no_short_lowers_it_so(load, severity):
    fault = Fault(condition=Condition.SINGLE_PHASING, severity=severity)
    assert named(judge(simulated(fault, load=load, voltages=True))) == ["single_phasing"]


@pytest.mark.parametrize("voltages", [False, True])
def test_what_a_short_draws_is_no_overload(voltages):
    fault = Fault(condition=Condition.STATOR_INTER_TURN, severity=3.4)
    verdict = judge(simulated(fault, voltages=voltages))
    assert Condition.OVERLOAD not in named(verdict)
    assert any("the fault the rest" in doubt for doubt in verdict.doubts)
    both = (fault, Fault(condition=Condition.OVERLOAD, severity=3.0))
    assert Condition.OVERLOAD in named(judge(simulated(*both, voltages=voltages)))


def test_both_an_uneven_supply_and_a_short_are_named():
    by_supply = 1.75 * np.exp(-1.22j)
    found = judge(capture(three(10 * LAGGING, 3.0 + by_supply), star(three(230.0, 5.75))), PLATE)
    assert set(named(found)) == {Condition.SUPPLY_UNBALANCE, Condition.STATOR_INTER_TURN}


def test_a_supply_within_its_limit_that_draws_too_much_is_still_the_cause():
    (found,) = judge(capture(three(10 * LAGGING, 1.1), star(three(230.0, 3.5))), PLATE).findings
    assert found.condition is Condition.SUPPLY_UNBALANCE
    assert "6% to 15% of rated" in found.evidence[1].text
    watched = judge(capture(three(10 * LAGGING, 0.3), star(three(230.0, 3.5))), PLATE)
    assert watched.findings == ()
    assert any("V2/V1 = 1.52%" in text for text in watched.doubts)


def test_a_learnt_admittance_sharpens_the_verdict():
    limits = load_electrical_limits()
    learnt = msgspec.structs.replace(limits.negative_sequence, least=5.5, most=6.0)
    own = msgspec.structs.replace(limits, negative_sequence=learnt)
    shorted = capture(three(10 * LAGGING, 0.9 + 0.35 * np.exp(-1.22j)), star(three(230.0, 1.4)))
    assert named(judge(shorted, PLATE)) == [Condition.CURRENT_UNBALANCE]
    assert named(judge(shorted, PLATE, limits=own)) == [Condition.STATOR_INTER_TURN]


def test_the_nema_example_is_derated_as_in_the_textbook():
    ab, bc, ca = 460.0, 467.0, 450.0
    corner = np.arccos((ab**2 + ca**2 - bc**2) / (2 * ab * ca))
    z = {"ab": ab + 0j, "bc": -ab + ca * np.exp(1j * corner), "ca": -ca * np.exp(1j * corner)}
    (found,) = judge(capture(None, z), BARE).findings
    assert found.condition is Condition.SUPPLY_UNBALANCE
    assert found.severity.value == pytest.approx(1.96, abs=0.02)
    assert found.severity.zone == "NEMA: derate"
    heavy = judge(capture(None, star(three(230.0, 15.0))), BARE).findings[0]
    assert heavy.severity.zone == "NEMA: do not run"


@settings(max_examples=20, deadline=None)
@given(
    scale=st.floats(1e-3, 1e3),
    turn=st.floats(-np.pi, np.pi),
    order=st.permutations("abc"),
    ratio=st.sampled_from([0.0, 0.03, 0.15, 0.4]),
)
def test_ratios_know_no_scale_time_or_order(scale, turn, order, ratio):
    phasors = scale * np.exp(1j * turn) * three(1.0, ratio * np.exp(1j))
    # The audit may refuse the order a, c, b; the arithmetic must not depend on it.
    verdict = judge(capture(phasors, unit=Unit.UNSCALED, phases=order), BARE, notes=())
    assert measured(verdict)["current_unbalance_iec"] == pytest.approx(100 * ratio, abs=0.05)
    assert named(verdict) == ([Condition.CURRENT_UNBALANCE] if ratio > 0.1 else [])
    assert not any(name.endswith("_rms") for name in measured(verdict))


def test_unscaled_currents_say_nothing_of_load_or_of_a_share_of_rating():
    verdict = judge(capture(three(500.0, 60.0), unit=Unit.UNSCALED), PLATE)
    assert named(verdict) == [Condition.CURRENT_UNBALANCE]
    assert "of rated current" not in verdict.findings[0].evidence[0].text
    assert any("calibrated in amperes" in text for text in verdict.inhibited)


def test_light_load_is_judged_on_the_motors_own_scale():
    # 30 % of a small current: 6 % of rated stands out, and is no finding.
    verdict = judge(capture(three(2.0, 0.6)), PLATE)
    assert verdict.findings == ()
    assert any("6.0% of rated" in text for text in verdict.doubts)
    assert named(judge(capture(three(2.0, 0.6)), BARE)) == [Condition.CURRENT_UNBALANCE]


@pytest.mark.parametrize("kept", ["ab", "bc", "ca", "abc"])
def test_two_currents_tell_what_three_do(kept):
    phasors = dict(zip("abc", three(10 * LAGGING, 1.5), strict=True))
    verdict = judge(capture([phasors[p] for p in kept], phases=kept), PLATE)
    assert measured(verdict)["current_unbalance_iec"] == pytest.approx(15.0, abs=0.1)
    assert named(verdict) == [Condition.CURRENT_UNBALANCE]


def test_one_of_two_sensors_reversed_is_no_fault_of_the_motor():
    a, _, c = three(10.0)
    verdict = judge(capture([a, -c], phases="ac"), PLATE)
    assert verdict.findings == ()
    assert any("reversed" in text and "60 degrees" in text for text in verdict.doubts)


def test_a_dead_one_of_two_sensors_is_no_open_phase():
    a, _, c = three(10.0)
    verdict = judge(capture([a * 1e-2, c], phases="ac"), PLATE)
    assert verdict.findings == ()
    assert any("i_a reads nothing" in text for text in verdict.doubts)


def test_an_open_phase_between_two_sensors_is_found():
    (found,) = judge(capture([8.0, -8.0], phases="bc"), PLATE).findings
    assert found.condition is Condition.SINGLE_PHASING
    assert "phase a carries nothing" in found.evidence[0].text


def test_an_open_line_ahead_of_the_transformer_is_known_by_its_pattern():
    (found,) = judge(capture(three(5.1, 4.9 * TURN**2)), PLATE).findings
    assert found.condition is Condition.SINGLE_PHASING
    assert "delta-star transformer" in found.evidence[0].text


def test_an_idle_motor_on_a_very_uneven_supply_has_no_open_phase():
    # I2 comes near I1 there, since an idle motor draws little: the pattern is another.
    idle = three(5.0 * LAGGING, 4.7)
    assert named(judge(capture(idle), PLATE)) == [Condition.CURRENT_UNBALANCE]


def test_power_of_three_phases_and_of_two_wattmeters():
    currents, volts = three(10 * LAGGING, 0.4), three(230.0, 1.0)
    a, b, c = volts
    full = measured(judge(capture(currents, star(volts)), PLATE))
    aron = measured(
        judge(capture(currents[[0, 2]], {"ab": a - b, "bc": b - c}, phases="ac"), PLATE)
    )
    expected_w = (volts * currents.conj()).real.sum()
    assert full["active_power"] == pytest.approx(expected_w / 1e3, rel=1e-3)
    for name in ("active_power", "reactive_power", "apparent_power", "power_factor"):
        assert aron[name] == pytest.approx(full[name], rel=2e-3)
    assert full["line_frequency"] == pytest.approx(50.0, abs=1e-3)


@pytest.mark.parametrize(
    ("currents", "volts", "text"),
    [
        (three(10 * LAGGING)[[0, 2, 1]], EVEN, "opposite order"),
        (three(10 * LAGGING)[[1, 2, 0]], EVEN, "drives the motor"),
        (-three(10 * LAGGING), EVEN, "drives the motor"),
        (three(10 / LAGGING), EVEN, "leads the voltage"),
        (three(10 * LAGGING), star(three(400.0)), "label their phases ab, bc, ca"),
    ],
)
def test_wrong_wiring_is_told_and_no_power_is_printed(currents, volts, text):
    verdict = judge(capture(currents, volts), PLATE, notes=())
    assert verdict.findings == ()
    said = (*verdict.inhibited, *verdict.doubts)
    assert any(text in one for one in said)
    if any(text in one for one in verdict.inhibited):
        assert "active_power" not in measured(verdict)


def test_a_reversed_one_of_three_is_refused_by_the_audit_and_obeyed():
    a, b, c = three(10.0)
    verdict = judge(capture([a, -b, c]), PLATE)
    assert verdict.findings == ()
    assert not verdict.judged
    assert any("phase b is reversed" in text for text in verdict.inhibited)


def test_a_clipped_phase_is_left_out_and_worked_out_of_the_others():
    whole = capture(three(10 * LAGGING, 1.5))
    first = whole.blocks[0]
    flat = np.clip(first.values, -12.0, 12.0)
    spoilt = Capture(
        "m", 0, whole.t1_ns, (SampleBlock(first.channel, 0, RATE_HZ, flat), *whole.blocks[1:])
    )
    verdict = judge(spoilt, PLATE)
    assert any("i_a" in text for text in verdict.inhibited)
    assert measured(verdict)["current_unbalance_iec"] == pytest.approx(15.0, abs=0.2)


def test_overload_holds_through_the_window_and_needs_a_rating():
    assert named(judge(capture(three(13.0)), PLATE)) == [Condition.OVERLOAD]
    assert named(judge(capture([13.0], phases="a"), PLATE)) == [Condition.OVERLOAD]
    assert judge(capture(three(13.0)), BARE).findings == ()
    watched = judge(capture(three(11.0)), PLATE)
    assert watched.findings == ()
    assert any("110% of the rated" in text for text in watched.doubts)
    starting = judge(capture(three(55.0)), PLATE)
    assert starting.findings == ()
    assert any("starts, or is stalled" in text for text in starting.doubts)


def test_a_peak_of_load_is_no_overload():
    whole = capture(three(9.0))
    n = whole.blocks[0].values.size
    peak = np.where(np.arange(n) < 0.7 * n, 2.5, 1.0)
    blocks = tuple(
        SampleBlock(b.channel, 0, RATE_HZ, (b.values * peak).astype(np.float32))
        for b in whole.blocks
    )
    assert Condition.OVERLOAD not in named(judge(Capture("m", 0, whole.t1_ns, blocks), PLATE))


def test_low_voltage_stands_out():
    verdict = judge(capture(three(10 * LAGGING), star(three(195.0))), PLATE)
    assert any("84% of the rated 400 V" in text for text in verdict.doubts)


def test_currents_that_leave_a_rest_are_told():
    verdict = judge(capture(three(10.0, 0.0, 1.5)), PLATE)
    assert any("15% of I1 over" in text for text in verdict.doubts)
    assert verdict.findings == ()


def test_no_electrical_channel_is_no_judgement():
    verdict = judge(capture(), PLATE)
    assert not verdict.judged
    assert verdict.measured == ()


def test_one_cycle_gives_power_but_no_unbalance():
    verdict = judge(capture([10 * LAGGING], {"a": 230.0}, seconds=0.02, phases="a"), PLATE)
    figures = measured(verdict)
    assert figures["active_power"] == pytest.approx(2.3 * np.cos(0.6), rel=5e-3)
    assert figures["power_factor"] == pytest.approx(np.cos(0.6), rel=5e-3)
    assert not verdict.judged


def test_behind_a_drive_the_line_is_found_where_it_runs():
    drive = Motor(motor_id="m", nameplate=Nameplate(line_hz=50.0, variable_frequency_drive=True))
    verdict = judge(capture(three(10.0, 2.0), hz=32.4), drive)
    assert measured(verdict)["line_frequency"] == pytest.approx(32.4, abs=0.002)
    assert named(verdict) == [Condition.CURRENT_UNBALANCE]


def test_a_start_is_judged_by_the_ratio_of_its_sequences():
    verdict = judge(capture(three(65.0, 1.5)))  # rated 10 A: I2 is 15 % of it, and 2 % of I1
    assert verdict.findings == () and "the motor starts" in verdict.doubts[0]
    assert named(judge(capture(three(65.0, 15.0)))) == [Condition.CURRENT_UNBALANCE]


@pytest.mark.parametrize(("amperes", "doubted"), [(0.7, True), (2.5, False)])
def test_a_current_that_cannot_magnetise_the_motor_is_doubted(amperes, doubted):
    verdict = judge(capture(three(amperes)))
    assert verdict.findings == () and len(verdict.doubts) == doubted
    assert all("less than an induction motor draws" in doubt for doubt in verdict.doubts)
    driven = msgspec.structs.replace(PLATE.nameplate, variable_frequency_drive=True)
    assert judge(capture(three(amperes)), Motor(motor_id="m", nameplate=driven)).doubts == ()


@pytest.mark.parametrize("volts", [None, EVEN], ids=["currents only", "with voltages"])
def test_what_was_as_uneven_in_health_is_a_doubt_at_most(volts):
    own, more = three(10 * LAGGING, 1.5), three(10 * LAGGING, 1.5 + 0.9j)
    (found,) = judge(capture(own, volts), PLATE).findings
    verdict = judge(capture(own, volts), PLATE, health=capture(three(9.5 * LAGGING, 1.4), volts))
    assert verdict.findings == ()
    (doubt,) = verdict.doubts
    assert "as in health" in doubt
    assert found.evidence[0].text in doubt
    grown = judge(capture(more, volts), PLATE, health=capture(own, volts))
    assert set(named(grown)) <= {found.condition, Condition.CURRENT_UNBALANCE}
    assert grown.findings


def test_a_capture_in_health_hides_no_open_line_nor_an_uneven_supply():
    uneven = star(three(230.0, 11.5))
    health = capture(three(10 * LAGGING, 4.0), uneven)
    same = judge(capture(three(10 * LAGGING, 4.0), uneven), PLATE, health=health)
    assert named(same) == [Condition.SUPPLY_UNBALANCE]
    opened = capture([0.0, 8.0, -8.0])
    assert named(judge(opened, PLATE, health=capture([0.0, 8.0, -8.0]))) == ["single_phasing"]
    for nothing in (capture(None, EVEN), capture(np.zeros(3)), capture()):
        assert named(judge(capture(three(10.0, 1.5)), PLATE, health=nothing)) == [
            "current_unbalance"
        ]
