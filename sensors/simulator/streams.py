"""Random numbers that know their place: one independent stream per purpose, member and chunk.

A counter-based generator is addressed, not advanced, so any chunk of a run can be drawn alone
and reading in other window lengths draws the same numbers.
"""

from enum import IntEnum

import numpy as np

# Chunks before the start of a run (filters look back) must still count upwards.
FIRST_CHUNK = -(1 << 40)
MEMBERS = 4096


class Stream(IntEnum):
    """What a random number is for."""

    LINE_WANDER = 1
    LOAD_WANDER = 2
    SUPPLY = 3
    CURRENT_NOISE = 4
    VOLTAGE_NOISE = 5
    HEALTHY_TONES = 6
    FAULT_TONES = 7
    FAULT_WANDER = 8
    VIBRATION_NOISE = 9
    PASSAGE_BLOCKS = 10
    PASSAGES = 11
    ROTOR = 12
    FAN = 13
    AIR_NOISE = 14
    TEMPERATURE_NOISE = 15


def generator(seed: int, stream: Stream, member: int = 0, chunk: int = 0) -> np.random.Generator:
    """Return the generator of one chunk of one member of a stream.

    Philox with key ``(seed, stream and member)`` and the chunk in the counter's highest word,
    so that no two chunks can overlap (Salmon et al., "Parallel random numbers: as easy as
    1, 2, 3", SC 2011).
    """
    key = np.array([seed, stream * MEMBERS + member], dtype=np.uint64)
    counter = np.array([0, 0, 0, chunk - FIRST_CHUNK], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
