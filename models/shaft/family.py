"""A family of lines half an order apart, as looseness makes it, seen at once in the cepstrum."""

from dsp.cepstrum import density_cepstrum, quefrency_peak
from dsp.spectrum import welch_density
from models.finding import Evidence
from models.window import LONGEST_S
from sensors.capture import SampleBlock, Sense
from sensors.errors import WindowTooShort

FAMILY_ORDERS = 12
"""Up to here a cepstrum looks for harmonics: above, noise would drown them."""
FAMILY_TURNS = 8
"""Turns of the shaft in a segment: lines half an order apart are then four bins apart."""
LEAST_FAMILY = 6.0
"""Peak of a cepstrum over its neighbourhood that noise hardly reaches."""


def in_cepstrum(block: SampleBlock, shaft_hz: float) -> tuple[Evidence, ...]:
    """Say how a family half an order apart stands in the cepstrum; nothing where it does not."""
    values = block.values[-round(LONGEST_S * block.rate_hz) :]
    segment = round(FAMILY_TURNS * block.rate_hz / shaft_hz)
    bins = FAMILY_ORDERS * FAMILY_TURNS + 1
    try:
        density = welch_density(values, rate_hz=block.rate_hz, segment=segment)
        height = quefrency_peak(density_cepstrum(density[:bins]), 4 * FAMILY_ORDERS)
    except WindowTooShort:
        return ()
    if height < LEAST_FAMILY:
        return ()
    text = (
        f"a family half an order apart: the cepstrum at two turns, {2000 / shaft_hz:.1f} ms, "
        f"stands {height:.0f} times over its neighbourhood"
    )
    return (Evidence(text=text, channel=block.channel.name, sense=Sense.VIBRATION),)
