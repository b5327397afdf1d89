"""At what speed a shaft turns: declared, refined, estimated, backwards, slow, or real."""

import msgspec
import numpy as np
import pytest

from dsp.audit import audit
from models.shaft_speed import DECLARED_TOLERANCE, shaft_speed
from models.window import judged_s, tail_spectra
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor import Motor, Nameplate

RATE_HZ = 10_000.0
TRUE_HZ = 24.3
MOTOR = Motor(motor_id="m", nameplate=Nameplate(poles=4, line_hz=50.0))


def captured(rpm, *, shaft_hz=TRUE_HZ, seconds=10.0, hum=0.0, family=0.3):
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    random = np.random.default_rng(3)
    orders = np.arange(1, 6)[:, None]
    comb = np.cos(2 * np.pi * shaft_hz * orders * t + orders).sum(axis=0)
    mains = np.cos(2 * np.pi * 50.0 * orders * t + orders).sum(axis=0)
    values = random.standard_normal(t.size) * (1 + family * comb) + family * comb + hum * mains
    values += 0.5 * hum * random.standard_normal(t.size) * mains
    channel = Channel("vib", Sense.VIBRATION, Unit.MPS2)
    block = SampleBlock(channel, 0, RATE_HZ, values.astype(np.float32))
    return Capture("m", 0, round(seconds * 1e9), (block,), speed_rpm=rpm)


def speed_of(capture, motor=MOTOR):
    return shaft_speed(capture, motor, audit(capture, motor))


@pytest.mark.parametrize("error", [-0.05, 0.0, 0.03])
@pytest.mark.parametrize("way", [1, -1])
def test_a_declared_speed_is_refined_whichever_way_it_turns(error, way):
    found = speed_of(captured(way * 60 * TRUE_HZ * (1 + error)))
    assert found is not None
    assert found.source == "refined"
    assert abs(found.hz / TRUE_HZ - 1) <= found.tolerance < 0.004


def test_hum_at_synchronous_speed_confirms_no_declared_speed():
    two_poles = msgspec.structs.replace(MOTOR, nameplate=Nameplate(poles=2, line_hz=50.0))
    for motor, rpm in ((MOTOR, 1470.0), (two_poles, 2950.0)):
        found = speed_of(captured(rpm, hum=0.6, family=0.0), motor)
        assert found is not None
        assert (found.hz, found.tolerance) == (rpm / 60, DECLARED_TOLERANCE)
        assert found.source == "declared"
        assert speed_of(captured(None, hum=0.6, family=0.0), motor) is None


def two_lines(rpm, *, shaft_hz=TRUE_HZ, orders=(1, 3), beside_hz=(), seconds=1.0):
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    lines = sum(0.3 * np.cos(2 * np.pi * order * shaft_hz * t + order) for order in orders)
    lines += sum(0.5 * np.cos(2 * np.pi * hz * t) for hz in beside_hz)
    values = np.random.default_rng(5).standard_normal(t.size) + lines
    channel = Channel("vib", Sense.VIBRATION, Unit.MPS2)
    block = SampleBlock(channel, 0, RATE_HZ, values.astype(np.float32))
    return Capture("m", 0, round(seconds * 1e9), (block,), speed_rpm=rpm)


@pytest.mark.parametrize("error", [-0.05, -0.02, 0.02, 0.05])
def test_two_of_the_shafts_lines_tell_a_speed_without_a_comb(error):
    found = speed_of(two_lines(60 * TRUE_HZ * (1 + error)))
    assert found.source == "refined"
    assert abs(found.hz / TRUE_HZ - 1) <= found.tolerance < 0.011


@pytest.mark.parametrize("other_hz", [24.85, 23.6])
def test_stronger_lines_of_a_neighbour_or_a_belt_are_not_the_shafts(other_hz):
    beside = (other_hz, 3 * other_hz)
    found = speed_of(two_lines(60 * TRUE_HZ, beside_hz=beside, seconds=10.0))
    assert (found.source, found.hz) == ("declared", pytest.approx(TRUE_HZ))
    # Without own lines at the declared speed they are what a wrong one is corrected by.
    alone = speed_of(two_lines(60 * TRUE_HZ, orders=(), beside_hz=beside, seconds=10.0))
    assert alone.source == "refined"
    assert abs(alone.hz / other_hz - 1) <= alone.tolerance


def test_one_line_or_a_supply_that_nobody_states_tells_none():
    declared_rpm = 60 * TRUE_HZ * 0.97
    unknown = msgspec.structs.replace(MOTOR, nameplate=Nameplate(poles=4))
    driven = Nameplate(poles=4, line_hz=50.0, variable_frequency_drive=True)
    for capture, motor in (
        (two_lines(declared_rpm, orders=(1,)), MOTOR),
        (two_lines(declared_rpm), unknown),
        (two_lines(declared_rpm), msgspec.structs.replace(MOTOR, nameplate=driven)),
        # No motor on the mains turns so fast: a neighbour's lines.
        (two_lines(60 * 26.0 * 0.97, shaft_hz=26.0), MOTOR),
    ):
        found = speed_of(capture, motor)
        assert (found.source, found.hz) == ("declared", capture.speed_rpm / 60)


def test_of_a_slow_shaft_more_than_ten_seconds_are_judged():
    assert judged_s(None) == judged_s(25.0) == 10.0
    assert judged_s(1.0) == pytest.approx(33.6)
    assert judged_s(0.01) == 120.0
    slow = captured(90.0, shaft_hz=1.5, seconds=40.0)
    (_, spectrum), *_ = tail_spectra(list(slow.blocks), 1.5)
    assert spectrum.n == round(1.05 * 32 / 1.5 * RATE_HZ)
    said = audit(captured(90.0, shaft_hz=1.5, seconds=10.0), MOTOR)
    assert any("record 13.34 s or more" in note.text for note in said)


def test_real_recordings_keep_a_speed_that_holds_the_truth(data_dir):
    """Lines at 61.5 and 101.5 Hz, of a drive perhaps, beside a shaft set to 20 Hz within 0.3 %."""
    from sensors.recordings.library import load_recordings
    from sensors.replay import whole_capture

    name = "adi_motor_vib"
    for recording in load_recordings([data_dir / name], manifest=name):
        found = speed_of(whole_capture(recording, 10.0), recording.motor)
        assert found is not None
        assert abs(found.hz / 20.0 - 1) <= found.tolerance + 0.003
        assert found.tolerance <= DECLARED_TOLERANCE
