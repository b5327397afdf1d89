"""Load, air and frame temperature of a motor over time, checked, and a first guess at its model."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.thermal import BoolArray, Float64Array, ThermalParameters, simulate
from sensors.errors import BadSamples, TooFewWindows

FEWEST_SAMPLES = 30
LEAST_CHANGE = 0.1
"""Smallest spread (5th to 95th percentile) of squared load that parts its heat from the rest."""
PROMPT = 1e-3
"""Time constant, in samples, of a winding that follows at once: it is then out of the model."""
GUESSES = 12
"""Time constants of the frame that are tried before a fit."""
LEAST_RISE_K = 0.1


@dataclass(frozen=True, slots=True)
class ThermalSeries:
    """What a thermal model is fitted to.

    Attributes
    ----------
    load : array, shape (n,)
        Fraction of rated load, or of rated current.
    air_degc, frame_degc : array, shape (n,)
        Temperatures of the air and of the frame.
    running : bool array, shape (n,)
        Whether the shaft turned.
    dt_s : float
        Time between samples.
    """

    load: Float64Array
    air_degc: Float64Array
    frame_degc: Float64Array
    running: BoolArray
    dt_s: float

    @property
    def span_s(self) -> float:
        """Time from the first sample to the last."""
        return self.dt_s * (self.frame_degc.size - 1)

    @property
    def stops(self) -> bool:
        """Whether the shaft ever stood still."""
        return not self.running.all()


def checked_series(
    load: npt.ArrayLike,
    ambient_degc: npt.ArrayLike,
    frame_degc: npt.ArrayLike,
    *,
    dt_s: float,
    running: npt.ArrayLike | None = None,
) -> ThermalSeries:
    """Return the series; air and running may be scalars.

    Raises
    ------
    BadSamples
        They do not fit each other or hold no numbers.
    TooFewWindows
        They are too short, or the load hardly changes.
    """
    frame, drive = np.asarray(frame_degc, np.float64), np.asarray(load, np.float64)
    if frame.ndim != 1 or drive.shape != frame.shape:
        raise BadSamples(
            f"thermal fit: load is of shape {drive.shape}, temperature of {frame.shape}; give "
            "series of one length"
        )
    if frame.size < FEWEST_SAMPLES:
        raise TooFewWindows(f"thermal fit: {frame.size} samples; give {FEWEST_SAMPLES} or more")
    try:
        air = np.broadcast_to(np.asarray(ambient_degc, np.float64), frame.shape)
        turns = np.broadcast_to(np.asarray(True if running is None else running, bool), frame.shape)
    except ValueError as error:
        raise BadSamples("thermal fit: ambient or running is of another length") from error
    if not np.isfinite(frame + drive + air).all():
        raise BadSamples("thermal fit: the series hold values that are no numbers; cut them out")
    low, high = np.quantile(drive**2, (0.05, 0.95))
    if high - low < LEAST_CHANGE:
        raise TooFewWindows(
            f"thermal fit: load stayed between {low**0.5:.2f} and {high**0.5:.2f}, so its heat "
            "cannot be told from the heat that is always there; include other loads"
        )
    return ThermalSeries(drive, air, frame, turns, dt_s)


def first_guess(series: ThermalSeries, winding_over_frame_k: float) -> ThermalParameters:
    """Return the best of several frame time constants, with the rises that fit it best.

    With one mass and a given time constant, the frame is linear in both rises and in its start.
    """
    tried = np.geomspace(4 * series.dt_s, 2 * series.span_s, GUESSES)
    solved = [_solve_rises(series, float(frame_s)) for frame_s in tried]
    best = min(range(GUESSES), key=lambda i: solved[i][0])
    by_load, constant = solved[best][1]
    return ThermalParameters(
        load_rise_k=max(by_load, LEAST_RISE_K),
        constant_rise_k=max(constant, 0.0),
        winding_over_frame_k=winding_over_frame_k,
        winding_s=float(tried[best]) / 10,
        frame_s=float(tried[best]),
        stopped_factor=2.0 if series.stops else 1.0,
    )


def _solve_rises(series: ThermalSeries, frame_s: float) -> tuple[float, tuple[float, float]]:
    """Return the sum of squares that is left, and the rises with and without load."""
    one_mass = ThermalParameters(
        load_rise_k=1.0,
        constant_rise_k=0.0,
        winding_over_frame_k=1.0,
        winding_s=PROMPT * series.dt_s,
        frame_s=frame_s,
    )

    def frame(load: npt.ArrayLike, air: npt.ArrayLike, start: float) -> Float64Array:
        return simulate(
            load, air, dt_s=series.dt_s, parameters=one_mass, start_degc=(start, start)
        ).frame_degc

    still = np.zeros_like(series.load)
    parts = (
        frame(series.load, 0.0, 0.0),
        frame(series.running.astype(np.float64), 0.0, 0.0),
        frame(still, 0.0, 1.0),
    )
    design = np.stack(parts, axis=1)
    target = series.frame_degc - frame(still, series.air_degc, 0.0)
    weights = np.linalg.lstsq(design, target, rcond=None)[0]
    left = float(np.sum((target - design @ weights) ** 2))
    return left, (float(weights[0]), float(weights[1]))
