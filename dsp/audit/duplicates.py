"""Blocks delivered twice: runs of samples that occur again, within a window or since the last.

Noise never repeats itself. Windows of four samples are reduced to a number, those with a rare
number are kept as landmarks (the same content keeps the same landmarks, wherever it stands), and
landmarks that occur twice at one distance point at a repeated run, which is then measured.
"""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from dsp.audit.survey import Scene, Survey
from dsp.audit_note import AuditNote
from sensors.capture import Capture, FloatArray

CHECK = "duplicates"
MULTIPLIERS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F)
"""Odd numbers with well mixed bits, so that neighbours do not cancel."""
LANDMARK_SHIFT = 27
"""One window in 32 is a landmark: a run of 256 samples holds about eight."""
LEAST_LANDMARKS = 3
LEAST_RUN = 64
"""Shorter repeats are no buffer of any converter."""
CHANCE_FACTOR = 3.0
"""Times the longest repeat that coarse values produce at the same distance by chance."""
PERIODIC_RUN = 3.0
"""A run this many times longer than its distance is a loop or a noise-free simulation."""
REFUSED_SHARE = 0.1
"""With a tenth of the window repeated, averages count it twice."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Report runs that occur twice in a channel, or again since the previous capture."""
    for survey in scene.waveforms():
        before = _samples_before(survey, scene.previous)
        joined = np.concatenate([before, survey.values]) if before.size else survey.values
        start, length, distance = repeated_run(joined)
        if length == 0 or start + distance + length <= before.size:
            continue
        if length > PERIODIC_RUN * distance:
            yield survey.note(
                CHECK, "note", f"repeats itself every {distance} samples: a loop or a simulation"
            )
            continue
        at_s = max(start + distance - before.size, 0) / survey.block.rate_hz
        yield survey.note(
            CHECK,
            "refuse" if length > REFUSED_SHARE * survey.n else "warning",
            f"{length} samples from {at_s:.3f} s on were delivered before, {distance} samples "
            "earlier; look for a buffer sent twice",
        )


def repeated_run(values: FloatArray) -> tuple[int, int, int]:
    """Return start, length and distance of the run that best repeats, zeros where none does."""
    for distance in _distances(values):
        equal = values[distance:] == values[:-distance]
        start, length = _longest_true(equal)
        if length > max(LEAST_RUN, CHANCE_FACTOR * _by_chance(equal, start, length)):
            return start, length, distance
    return 0, 0, 0


def _samples_before(survey: Survey, previous: Capture | None) -> FloatArray:
    """Return the previous capture's samples of the channel that this one does not overlap."""
    for block in previous.blocks if previous else ():
        if block.channel == survey.channel and block.rate_hz == survey.block.rate_hz:
            ahead = round((survey.block.t0_ns - block.t0_ns) * 1e-9 * block.rate_hz)
            return block.values[: max(ahead, 0)]
    return survey.values[:0]


def _distances(values: FloatArray) -> list[int]:
    """Return up to two distances at which most landmarks repeat."""
    if values.size < 2 * LEAST_RUN:
        return []
    words = np.ascontiguousarray(values).view(np.uint32)
    mixed = words[:-3] * np.uint32(MULTIPLIERS[0])
    for shift, multiplier in enumerate(MULTIPLIERS[1:], start=1):
        mixed += words[shift : words.size - 3 + shift] * np.uint32(multiplier)
    at = np.flatnonzero(mixed >> np.uint32(LANDMARK_SHIFT) == 0)
    order = np.argsort(mixed[at], kind="stable")
    same = mixed[at][order][1:] == mixed[at][order][:-1]
    apart = (at[order][1:] - at[order][:-1])[same]
    distances, votes = np.unique(apart, return_counts=True)
    best = np.argsort(votes)[::-1][:2]
    return [int(distances[i]) for i in best if votes[i] >= LEAST_LANDMARKS]


def _longest_true(flags: npt.NDArray[np.bool_]) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]])))
    if edges.size == 0:
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    return int(edges[2 * longest]), int(lengths[longest])


def _by_chance(equal: npt.NDArray[np.bool_], start: int, length: int) -> float:
    """Longest run expected outside the one found, from how often equality goes on there."""
    outside = np.concatenate([equal[:start], equal[start + length :]])
    follows = outside[1:][outside[:-1]]
    if follows.size == 0:
        return 0.0
    goes_on = min(float(follows.mean()), 0.999)
    return math.log(max(outside.size, 2)) / -math.log(goes_on) if goes_on > 0 else 1.0
