"""Flat tops: samples piled up at the extremes because the converter or amplifier ended there.

A signal that reaches its own limits leaves a tail there: fewer samples the further out. A clipped
one leaves a pile at one value, many times what the next values hold. Rounded grids, sines and
flat-topped mains voltages have no such pile, since noise spreads their tops over several values.
"""

from collections.abc import Iterator

import numpy as np

from dsp.audit.survey import Level, Scene, Survey
from dsp.audit_note import AuditNote
from sensors.capture import FloatArray, Sense

LEAST_PILE = 6.0
"""Fewer equal extremes occur by chance; on coarse grids up to the mean count of a value do."""
PILE_RATIO = 3.0
"""Pile over the next two values: at most 1.4 at the crest of a noise-free sampled sine."""
LEAST_LEVELS = 16
"""With fewer values in all, the level check speaks; a digital pulse is no clipped signal."""
TAIL_SHARE = 0.02
"""Outer part of the range that is looked at, at least three values deep."""
NOISE_LIKE = frozenset({Sense.VIBRATION, Sense.SOUND})
"""Senses without flat-topped waves by nature, unlike voltages and currents."""
NOISY_TOPS = 256.0
"""Tops of a clipped amplifier before the converter: within 1/256 of the range."""
LEAST_NOISY_SHARE = 0.002
"""Share of samples that such noisy tops must hold on one side."""
TWO_LEVEL_SHARE = 0.6
"""With more than this at its limits a voltage or current is a drive's, two-level by nature."""
SLIGHT_SHARE = 1e-4
"""A sample in ten thousand is a transient that touched the limit, worth no more than a note."""
REFUSED_SHARE = 0.01
"""1 % of samples cut off moves kurtosis and envelope by more than a fault does."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Report channels whose extremes are piles; refuse those with more than 1 % of samples cut."""
    for survey in scene.waveforms():
        share = max(clipped_share(survey), told_share(survey))
        if share == 0.0:
            continue
        cut = f"{round(share * survey.n)} of {survey.n} samples ({share:.2g})"
        limits = f"{survey.lowest:.4g} to {survey.highest:.4g} {survey.channel.unit.value}"
        if share > TWO_LEVEL_SHARE and survey.channel.sense is Sense.POWER:
            yield survey.note("clipping", "note", f"two-level wave, {cut} at {limits}")
        else:
            text = f"clipped: {cut} at the limits, {limits}; lower the gain"
            yield survey.note("clipping", _level(share), text)


def _level(share: float) -> Level:
    if share > REFUSED_SHARE:
        return "refuse"
    return "warning" if share > SLIGHT_SHARE else "note"


def told_share(survey: Survey) -> float:
    """Return what the reader counted at the limits, zero where chance piles up as much."""
    told = survey.block.clipped
    return told if told * survey.n >= _least_pile(survey) else 0.0


def clipped_share(survey: Survey) -> float:
    """Return the fraction of samples in piles at the extremes, zero where there is no pile."""
    span, step = survey.highest - survey.lowest, survey.step or 0.0
    if step and span < LEAST_LEVELS * step:
        return 0.0
    tail = max(TAIL_SHARE * span, 3.5 * step)
    least = _least_pile(survey)
    noisy = span / NOISY_TOPS if survey.channel.sense in NOISE_LIKE else 0.0
    if noisy < 2 * step:
        noisy = 0.0  # steps this coarse leave gaps where neighbours should be counted
    below = np.float32(survey.highest) - survey.values[survey.values > survey.highest - tail]
    above = survey.values[survey.values < survey.lowest + tail] - np.float32(survey.lowest)
    piles = (_pile(depth, least, noisy, survey.n) for depth in (below, above))
    return sum(piles) / survey.n


def _least_pile(survey: Survey) -> float:
    return max(LEAST_PILE, survey.n * (survey.step or 0.0) / (survey.highest - survey.lowest))


def _pile(depth: FloatArray, least: float, noisy: float, n: int) -> int:
    """Count samples piled up at depth zero below an extreme, or within `noisy` of it."""
    counts = np.unique(depth, return_counts=True)[1]
    if counts[0] >= max(least, PILE_RATIO * counts[1:3].sum()):
        return int(counts[0])
    top = int((depth <= noisy).sum())
    next_two = int((depth <= 3 * noisy).sum()) - top
    is_pile = noisy > 0 and top >= max(LEAST_PILE, LEAST_NOISY_SHARE * n, PILE_RATIO * next_two)
    return top if is_pile else 0
