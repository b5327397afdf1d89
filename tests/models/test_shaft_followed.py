"""A shaft whose own first order is followed: its speed is read where that can be trusted."""

import numpy as np
import pytest

from models.shaft.source import TRACKED_TOLERANCE, shaft_orders
from models.shaft_speed import ShaftSpeed
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor import Nameplate

RATE_HZ, SECONDS = 5120.0, 10.0


@pytest.mark.parametrize("part", np.linspace(0.0, 0.9, 10))
def test_the_mean_speed_is_found_wherever_in_its_turn_the_window_ends(part: float) -> None:
    """Followed to the ends of the window it was wrong by two thousandths where they did not fit."""
    t = np.arange(round(RATE_HZ * SECONDS)) / RATE_HZ
    mean_hz = (198 + part) / SECONDS
    turns = mean_hz * t + 0.05 * (t**2 - SECONDS * t) / 2
    noise = 0.05 * np.random.default_rng(3).standard_normal(t.size)
    wave = (np.cos(2 * np.pi * turns) + noise).astype(np.float32)
    block = SampleBlock(Channel("v", Sense.VIBRATION, Unit.MPS2), 0, RATE_HZ, wave)
    capture = Capture("m", 0, round(SECONDS * 1e9), (block,))
    found = shaft_orders(capture, [block], ShaftSpeed(mean_hz, 0.01, "declared"), Nameplate())
    assert found.tolerance <= TRACKED_TOLERANCE
    assert found.shaft_hz == pytest.approx(mean_hz, rel=TRACKED_TOLERANCE / 2)
