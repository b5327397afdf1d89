"""Channels that stand still: dead from end to end, or holding one value for too long."""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from dsp.audit.survey import WAVEFORMS, Scene
from dsp.audit_note import AuditNote
from sensors.capture import FloatArray

LEAST_RUN = 64
"""Shorter runs of one value are no dropout worth reporting."""
CHANCE_FACTOR = 4.0
"""Times the longest run that chance explains, given how often neighbours are equal elsewhere."""
REFUSED_SHARE = 0.1
"""A tenth of the window held still is too much to measure around."""
HELD_SAMPLES = 1.8
"""Mean run of equal samples from which on a finely resolved wave was repeated, not sampled."""
FINE_LEVEL = 16.0
"""RMS in converter steps above which equal neighbours are no matter of resolution."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Report dead channels, long holds, and waves in which every value is repeated."""
    for survey in scene.surveys:
        if survey.channel.sense not in WAVEFORMS or survey.n < 2:
            continue
        if survey.rms == 0.0:
            yield survey.note(
                "stuck", "refuse", f"dead: all {survey.n} samples are {survey.lowest:.6g}"
            )
            continue
        start, length, usual = _longest_hold(survey.values)
        rate_hz = survey.block.rate_hz
        if length:
            yield survey.note(
                "stuck",
                "refuse" if length > REFUSED_SHARE * survey.n else "warning",
                f"held one value for {length} samples ({length / rate_hz:.3g} s) "
                f"from {start / rate_hz:.3f} s on; look for a dropout",
            )
        elif usual >= HELD_SAMPLES and survey.rms > FINE_LEVEL * (survey.step or math.inf):
            yield survey.note(
                "stuck",
                "warning",
                f"values repeat {usual:.1f} times each: the true rate is near "
                f"{rate_hz / usual:.0f} Hz, not {rate_hz:g} Hz",
            )


def _longest_hold(values: FloatArray) -> tuple[int, int, float]:
    """Return start and length of a hold beyond chance (0, 0 where none) and the mean run."""
    # Of a live channel few samples equal the one before: looking at these alone is soon done.
    repeats = np.flatnonzero(values[1:] == values[:-1])
    runs = values.size - repeats.size
    start, length = _longest_streak(repeats)
    others = values.size - length
    equal = (others - (runs - 1)) / max(others, 1)
    chance = math.log(values.size) / -math.log(equal) if 0.0 < equal < 1.0 else 1.0
    if length <= max(LEAST_RUN, CHANCE_FACTOR * chance):
        return 0, 0, values.size / runs
    return start, length, values.size / runs


def _longest_streak(repeats: npt.NDArray[np.intp]) -> tuple[int, int]:
    """Return where the longest run of one value begins and how many samples it holds."""
    if repeats.size == 0:
        return 0, 1
    begins = np.flatnonzero(np.diff(repeats, prepend=repeats[0] - 2) != 1)
    lengths = np.diff(begins, append=repeats.size)
    longest = int(lengths.argmax())
    return int(repeats[begins[longest]]), int(lengths[longest]) + 1
