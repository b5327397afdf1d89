"""Change against the motor's own baseline, in dB of power at the same order."""

import dataclasses

import numpy as np
import pytest
from impacts import BEARING, RATE_HZ, impacts

from models.change import against_baseline
from models.diagnosis import diagnose
from models.finding import Evidence, Finding
from models.reference import reference_of
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Motor

MOTOR = Motor(motor_id="m1", bearings=(BEARING,))
CHANNEL = Channel("vib_de", Sense.VIBRATION, Unit.MPS2, position="DE")


def capture_of(x: np.ndarray, rpm: float = 1740.0) -> Capture:
    block = SampleBlock(CHANNEL, 0, RATE_HZ, x.astype(np.float32))
    return Capture("m1", 0, int(x.size / RATE_HZ * 1e9), (block,), speed_rpm=rpm)


def sine(hz: float, peak: float) -> np.ndarray:
    t = np.arange(round(5 * RATE_HZ)) / RATE_HZ
    return peak * np.sin(2 * np.pi * hz * t)


@pytest.mark.parametrize("speed", [0.9, 1.0])
def test_a_line_of_ten_times_the_amplitude_has_grown_by_twenty_db(speed: float) -> None:
    one = Evidence(text="1x", channel="vib_de", found_hz=29.0)
    finding = Finding(condition=Condition.UNBALANCE, confidence="low", evidence=(one,))
    now, was = capture_of(sine(29.0, 1.0)), capture_of(sine(29.0 * speed, 0.1))
    (told,) = against_baseline((finding,), (now, 29.0), (was, 29.0 * speed))
    assert told.evidence[0].change_db == pytest.approx(20.0, abs=0.2)


def test_impacts_of_ten_times_the_height_have_grown_by_twenty_db() -> None:
    # The noise is another draw: what is compared is the impacts' own power.
    now, was = (impacts(BEARING.bpfo * 0.992, seed=s, height=h) for s, h in ((1, 60.0), (2, 6.0)))
    said = diagnose(capture_of(now), MOTOR, reference_of(capture_of(was), MOTOR))
    assert said.findings[0].evidence[0].change_db == pytest.approx(20.0, abs=1.0)


def test_a_channel_that_the_baseline_lacks_or_has_in_another_unit_is_not_compared() -> None:
    one = Evidence(text="1x", channel="vib_de", found_hz=29.0)
    finding = Finding(condition=Condition.UNBALANCE, confidence="low", evidence=(one,))
    now = capture_of(sine(29.0, 1.0))
    volts = Channel("vib_de", Sense.VIBRATION, Unit.VOLT)
    other = Capture("m1", 0, 5_000_000_000, (SampleBlock(volts, 0, RATE_HZ, now.blocks[0].values),))
    for baseline in (other, Capture("m1", 0, 1, ())):
        (told,) = against_baseline((finding,), (now, 29.0), (baseline, 29.0))
        assert told.evidence[0].change_db is None


def test_samples_without_a_unit_may_have_been_taken_at_another_gain() -> None:
    one = Evidence(text="1x", channel="vib_de", found_hz=29.0)
    finding = Finding(condition=Condition.UNBALANCE, confidence="low", evidence=(one,))
    bare = Channel("vib_de", Sense.VIBRATION, Unit.UNSCALED)
    now, was = (
        Capture(
            "m1",
            0,
            5_000_000_000,
            (SampleBlock(bare, 0, RATE_HZ, sine(29.0, peak).astype(np.float32)),),
        )
        for peak in (1.0, 0.1)
    )
    (told,) = against_baseline((finding,), (now, 29.0), (was, 29.0))
    assert told.evidence[0].change_db is None


def test_a_reference_at_another_speed_is_not_compared_with() -> None:
    now, was = (impacts(BEARING.bpfo * 0.992, seed=s, height=h) for s, h in ((1, 60.0), (2, 6.0)))
    reference = reference_of(capture_of(was), MOTOR)
    assert reference.is_at(29.0 * 1.02) and not reference.is_at(29.0 * 1.04)
    elsewhere = dataclasses.replace(reference, shaft_hz=29.0 * 1.05)
    said = diagnose(capture_of(now), MOTOR, elsewhere)
    assert said.findings[0].evidence[0].change_db is None
