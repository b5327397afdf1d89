"""The audit as a whole: clean captures pass, needs are named, phases fit, standstill is seen."""

import dataclasses

import numpy as np
import pytest
from audit_scenes import (
    MOTOR,
    RATE_HZ,
    block,
    capture,
    clean_capture,
    current,
    later,
    levels,
    line_phase,
    notes_of,
    quantised,
    vibration,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dsp.audit import CHECKS, audit, refused
from dsp.audit_note import AuditNote
from sensors.capture import Capture, SampleBlock, Sense, Unit
from sensors.motor import Motor, Nameplate


@pytest.mark.parametrize("rate_hz", [5_000.0, 12_800.0, 48_000.0])
def test_clean_captures_of_many_seeds_raise_nothing(rate_hz):
    for seed in range(25):
        before = clean_capture(seed + 1000, seconds=1.5, rate_hz=rate_hz)
        after = later(clean_capture(seed, seconds=1.5, rate_hz=rate_hz), round(1.5 * rate_hz))
        for note in audit(after, MOTOR, previous=before):
            assert note.level in ("ok", "note") or note.check == "resolution", (seed, note)


def test_every_check_speaks_in_every_audit():
    assert {n.check for n in audit(clean_capture(0), MOTOR)} == {name for name, *_ in CHECKS}
    assert {n.check for n in audit(Capture("m1", 0, 10**9, ()), MOTOR)} == {
        name for name, *_ in CHECKS
    }


@settings(max_examples=25, deadline=None)
@given(
    arrays(
        np.float32,
        st.integers(0, 400),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
    ),
    st.sampled_from([Sense.POWER, Sense.VIBRATION, Sense.SOUND, Sense.PROCESS]),
    st.floats(0.01, 1e6),
)
def test_no_samples_break_the_audit(values, sense, rate_hz):
    hostile = block("x", sense, Unit.UNSCALED, values, rate_hz=rate_hz)
    notes = audit(capture(hostile), MOTOR, previous=capture(hostile))
    assert all(isinstance(note, AuditNote) and note.text for note in notes)


@pytest.mark.parametrize(
    ("seconds", "rate_hz", "kinds"),
    [
        (0.1, 25_600.0, {"bearing", "velocity_severity"}),
        (2.0, 12_800.0, set()),
        (2.0, 1_500.0, {"bearing", "velocity_severity"}),
        (2.0, 100.0, {"bearing", "velocity_severity", "vibration"}),
    ],
)
def test_vibration_too_short_or_too_slow_is_refused_with_the_figure(seconds, rate_hz, kinds):
    x = vibration(np.random.default_rng(0), round(seconds * rate_hz), rate_hz)
    vib = capture(block("vib", Sense.VIBRATION, Unit.MPS2, x, rate_hz=rate_hz))
    notes = audit(vib, MOTOR)
    for kind in ("bearing", "velocity_severity", "vibration"):
        assert (refused(notes, kind) is not None) == (kind in kinds), kind


def test_a_snapshot_of_three_turns_says_how_long_to_record():
    x = vibration(np.random.default_rng(0), 2560, 25_600.0)
    snapshot = capture(
        block("vib", Sense.VIBRATION, Unit.MPS2, x, rate_hz=25_600.0), speed_rpm=1800.0
    )
    said = refused(audit(snapshot, MOTOR), "bearing")
    assert "3.0 turns" in said
    assert "record 0.67 s" in said


def amperes(seconds: float, rate_hz: float = 5_000.0) -> SampleBlock:
    x = current(np.random.default_rng(0), round(seconds * rate_hz), rate_hz)
    return block("ia", Sense.POWER, Unit.AMPERE, x, rate_hz=rate_hz)


@pytest.mark.parametrize(
    ("seconds", "speed_rpm", "nameplate", "said"),
    [
        (1.0, 1480.0, Nameplate(poles=4, line_hz=50.0), "record 7.5 s"),
        (7.0, 1480.0, Nameplate(poles=4, line_hz=50.0), None),
        (8.0, 1480.0, Nameplate(poles=4, line_hz=50.0), None),
        (8.0, None, Nameplate(poles=4, line_hz=50.0, rated_rpm=1480.0), None),
        (8.0, 1500.0, Nameplate(poles=4, line_hz=50.0), None),
        (8.0, 1550.0, Nameplate(poles=4, line_hz=50.0), None),
        (8.0, 1600.0, Nameplate(poles=4, line_hz=50.0), "does not fit"),
        (8.0, 425.0, Nameplate(poles=4, line_hz=50.0), "does not fit"),
        (8.0, 1480.0, Nameplate(line_hz=50.0), "`poles`"),
        (8.0, None, Nameplate(poles=4, line_hz=50.0), "shaft speed"),
        (8.0, 1480.0, Nameplate(poles=4, line_hz=50.0, variable_frequency_drive=True), "drive"),
    ],
)
def test_slip_sidebands_need_length_speed_and_a_fitting_nameplate(
    seconds, speed_rpm, nameplate, said
):
    motor = Motor(motor_id="m1", nameplate=nameplate)
    reason = refused(audit(capture(amperes(seconds), speed_rpm=speed_rpm), motor), "slip")
    assert reason is None if said is None else said in reason


@pytest.mark.parametrize(
    ("speed_rpm", "said"),
    [(1480.0, "record 7.5 s"), (1500.0, "taken as unknown"), (1550.0, "taken as unknown")],
)
def test_a_declared_speed_that_leaves_slip_open_is_warned_of(speed_rpm, said):
    motor = Motor(motor_id="m1", nameplate=Nameplate(poles=4, line_hz=50.0))
    notes = audit(capture(amperes(7.0), speed_rpm=speed_rpm), motor)
    assert any(said in note.text for note in notes if note.level == "warning")


@pytest.mark.parametrize(
    ("seconds", "rate_hz", "kinds"),
    [(1.0, 5000.0, set()), (0.02, 30_000.0, {"current"}), (0.012, 30_000.0, {"current", "power"})],
)
def test_current_needs_cycles(seconds, rate_hz, kinds):
    notes = audit(capture(amperes(seconds, rate_hz)), MOTOR)
    assert {k for k in ("current", "power") if refused(notes, k)} == kinds


def test_power_needs_samples_to_a_cycle():
    notes = audit(capture(amperes(2.0, 400.0)), MOTOR)
    assert "samples to a cycle" in (refused(notes, "power") or "")


def phases(seed: int, amplitudes: dict[str, complex], unit: Unit = Unit.AMPERE) -> Capture:
    rng = np.random.default_rng(seed)
    theta = line_phase(rng, 5_000, 5_000.0)
    blocks = []
    for name, phasor in amplitudes.items():
        wave = (phasor * np.exp(1j * theta)).real
        noisy = quantised(wave + 0.01 * rng.standard_normal(theta.size), 0.001)
        blocks.append(block("i" + name, Sense.POWER, unit, noisy, rate_hz=5_000.0, phase=name))
    return capture(*blocks)


A, B, C = 10 + 0j, 10 * np.exp(-2j * np.pi / 3), 10 * np.exp(2j * np.pi / 3)


@pytest.mark.parametrize(
    ("wired", "said"),
    [
        ({"a": A, "b": C, "c": B}, "order a, c, b"),
        ({"a": A, "b": -B, "c": C}, "phase b is reversed"),
        ({"a": A, "b": 0.01 * B, "c": C}, "phase b reads nothing"),
        ({"a": A, "b": 0.2 * B, "c": C}, "do not sum to zero"),
    ],
)
@pytest.mark.parametrize("unit", [Unit.AMPERE, Unit.VOLT])
def test_phases_that_make_no_supply_are_refused(wired, said, unit):
    for seed in range(3):
        (note,) = notes_of(phases(seed, wired, unit), "channels")
        assert note.level == "refuse"
        assert said in note.text


@pytest.mark.parametrize(
    "wired",
    [
        {"a": A, "b": B, "c": C},
        {"a": 1.1 * A, "b": 0.95 * B, "c": -1.1 * A - 0.95 * B},
        {"a": A, "b": -A, "c": 0.001 * A},
    ],
    ids=["balanced", "unbalanced", "single phasing"],
)
def test_phases_that_make_a_supply_pass_however_unbalanced(wired):
    for seed in range(6):
        assert levels(notes_of(phases(seed, wired), "channels")) == {"ok"}


def test_two_clamps_are_noted():
    (note,) = notes_of(phases(0, {"a": A, "c": C}), "channels")
    assert (note.level, note.text[:7]) == ("note", "phase b")


def test_one_sensor_wired_twice_is_found():
    x = vibration(np.random.default_rng(0), 12_800, RATE_HZ)
    twin = capture(
        block("vib_x", Sense.VIBRATION, Unit.MPS2, x),
        block("vib_y", Sense.VIBRATION, Unit.MPS2, x),
    )
    (note,) = notes_of(twin, "channels")
    assert (note.level, note.channel) == ("refuse", "vib_y")
    assert refused(audit(twin, MOTOR), "bearing", channel="vib_x") is None


def quiet(seed: int, rms: float, step: float | None = None) -> Capture:
    x = rms * np.random.default_rng(seed).standard_normal(12_800)
    x = x if step is None else quantised(x, step)
    return capture(block("vib", Sense.VIBRATION, Unit.MPS2, x))


def test_a_standing_motor_is_known_by_its_silence():
    for seed in range(20):
        assert levels(notes_of(quiet(seed, 0.01), "stopped")) == {"refuse"}
        assert levels(notes_of(quiet(seed, 0.015, 0.02), "stopped")) == {"refuse"}
        assert levels(notes_of(quiet(seed, 0.2), "stopped")) == {"ok"}


def test_a_faint_line_is_a_turning_motor():
    still = quiet(0, 0.005)
    t = np.arange(12_800) / RATE_HZ
    turning = block(
        "vib",
        Sense.VIBRATION,
        Unit.MPS2,
        still.blocks[0].values + 0.005 * np.sin(2 * np.pi * 24.7 * t),
    )
    assert levels(notes_of(capture(turning), "stopped")) == {"ok"}


def test_current_tells_standstill_better_than_vibration():
    rated = Motor(motor_id="m1", nameplate=Nameplate(rated_current_a=15.0))
    loud = clean_capture(0).blocks[0]
    idle = block("ia", Sense.POWER, Unit.AMPERE, 0.01 * amperes(1.0).values, rate_hz=5_000.0)
    running = capture(quiet(0, 0.01).blocks[0], amperes(1.0))
    assert levels(notes_of(capture(loud, idle), "stopped", motor=rated)) == {"refuse"}
    assert levels(notes_of(running, "stopped", motor=rated)) == {"ok"}


@pytest.mark.parametrize(("rpm", "level"), [(-1480.0, "ok"), (-0.5, "refuse"), (0.0, "refuse")])
def test_a_motor_that_turns_backwards_does_not_stand_still(rpm, level):
    backwards = capture(clean_capture(0).blocks[0], amperes(8.0), speed_rpm=rpm)
    motor = Motor(motor_id="m1", nameplate=Nameplate(poles=4, line_hz=50.0))
    assert levels(notes_of(backwards, "stopped", motor=motor)) == {level}
    if level == "ok":
        assert refused(audit(backwards, motor), "slip") is None


def test_that_the_motor_stands_is_said_before_how_faint_its_signal_is():
    step = 0.005
    noise = np.random.default_rng(0).standard_normal(25_600) * 0.6 * step
    faint = block(
        "vib", Sense.VIBRATION, Unit.MPS2, np.round(noise / step) * step, rate_hz=25_600.0
    )
    notes = audit(capture(faint), MOTOR)
    assert {"quantisation", "stopped"} <= {n.check for n in notes if n.level == "refuse"}
    assert "stands still" in refused(notes, "bearing", channel="vib")


def test_a_declared_standstill_refuses_what_asks_for_motion():
    still = dataclasses.replace(clean_capture(0), speed_rpm=0.0)
    notes = audit(still, MOTOR)
    assert "stands still" in (refused(notes, "sound") or "")
    assert refused(notes, "temperature") is None


def test_refused_looks_at_the_channel_that_is_asked_for():
    notes = (
        AuditNote(check="stuck", level="refuse", text="dead", channel="x", refuses=("bearing",)),
        AuditNote(check="stopped", level="refuse", text="still", refuses=("sound",)),
    )
    assert refused(notes, "bearing") == "x: dead"
    assert refused(notes, "bearing", channel="x") == "x: dead"
    assert refused(notes, "bearing", channel="y") is None
    assert refused(notes, "sound", channel="mic") == "still"
    assert refused(notes, "temperature") is None
