"""The part of a capture that is judged: its last ten seconds, transformed once."""

from collections.abc import Sequence

from dsp.spectrum import BlockSpectrum, transform
from sensors.capture import SampleBlock

LONGEST_S = 10.0
"""Longer captures are judged by their last part: slip smears longer combs."""


def tail_spectra(blocks: Sequence[SampleBlock]) -> list[tuple[str, BlockSpectrum]]:
    """Transform the last ten seconds of each block; returns channel names with spectra."""
    return [
        (
            block.channel.name,
            transform(block.values[-round(LONGEST_S * block.rate_hz) :], rate_hz=block.rate_hz),
        )
        for block in blocks
    ]
