"""Transforming rows together: the FFT library takes four rows of float32 through in one pass.

Channels of one rate and bands of one width are many rows of one length; four at a time they cost
less than half of what they cost one by one.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeVar

T = TypeVar("T")

LANES = 4
"""Rows in one pass: 128-bit vectors of float32, which every build of the library has."""


def batches(items: Iterable[T], length: Callable[[T], int]) -> Iterator[tuple[int, list[T]]]:
    """Yield runs of neighbours of one length, with that length, at most four at a time."""
    for size, run in groupby(items, length):
        held = list(run)
        for first in range(0, len(held), LANES):
            yield size, held[first : first + LANES]


def filled(count: int) -> int:
    """Return how many rows to transform for `count`: zeros fill the lanes, save for a lone row."""
    spare = -count % LANES
    return count if spare == LANES - 1 else count + spare
