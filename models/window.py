"""The part of a capture that is judged: its last ten seconds, transformed once."""

from collections.abc import Sequence

from dsp.shaft_orders import LEAST_TURNS
from dsp.spectrum import BlockSpectrum, transform
from sensors.capture import SampleBlock

LONGEST_S = 10.0
"""Longer captures are judged by their last part: slip smears longer combs."""
SLOWEST_S = 120.0
"""And those of slow shafts by so much at most: 32 turns of seventeen a minute."""
MARGIN = 1.05
"""More turns than needed, as a declared speed may be off by 5 %."""


def judged_s(shaft_hz: float | None) -> float:
    """Return how many seconds of a capture are judged: ten, or 32 turns of a slow shaft."""
    if shaft_hz is None or shaft_hz <= 0.0:
        return LONGEST_S
    return min(max(LONGEST_S, MARGIN * LEAST_TURNS / shaft_hz), SLOWEST_S)


def tail_spectra(
    blocks: Sequence[SampleBlock], shaft_hz: float | None = None
) -> list[tuple[str, BlockSpectrum]]:
    """Transform the part of each block that is judged; returns channel names with spectra."""
    last_s = judged_s(shaft_hz)
    return [
        (
            block.channel.name,
            transform(block.values[-round(last_s * block.rate_hz) :], rate_hz=block.rate_hz),
        )
        for block in blocks
    ]
