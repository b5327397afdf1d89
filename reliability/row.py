"""One measure: what was done, how often, what was required, what came out."""

import math
from collections.abc import Sequence

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the page.

    Attributes
    ----------
    measure : str
        Which part of the page it belongs to.
    done, often : str
        What was done, and how often.
    required, found : str
        What must come out, and what did; `required` is empty where the figure is for comparison.
    met : bool or None
        Whether it came out so; None where nothing is required or nothing could be measured.
    """

    measure: str
    done: str
    often: str
    required: str
    found: str
    met: bool | None = None


def skipped(measure: str, done: str, why: str) -> Row:
    """Return the row of what could not be measured here."""
    return Row(measure=measure, done=done, often="0", required="", found=f"not measured: {why}")


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share does not exceed; NaN of none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
