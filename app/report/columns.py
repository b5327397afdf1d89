"""The columns of a story's trend: how the motor runs and is judged, then the spec's features."""

import math

import numpy as np
import numpy.typing as npt

from app.messages import Report, SensorStatus, State

STATES: tuple[State, ...] = ("normal", "learning", "stopped", "unmonitored", "alert", "danger")
"""From the mildest to the worst: a bin of a trend shows the worst of its windows."""
SENSOR_STATES: tuple[SensorStatus, ...] = (
    "normal",
    "maintenance_required",
    "out_of_specification",
    "check_function",
    "failure",
)
OPERATION = (
    "probability",
    "probability_low",
    "probability_high",
    "distance",
    "speed_rpm",
    "load",
    "state",
    "sensor",
)
"""Columns of the trend before those of the features."""


def row_of(report: Report, shown: State) -> list[float]:
    """Return one window as a row of the trend; NaN is a value that is not there."""
    operation = (
        report.probability,
        report.probability_low,
        report.probability_high,
        report.distance,
        report.speed_rpm,
        report.load,
        float(STATES.index(shown)),
        float(SENSOR_STATES.index(report.sensor_status)),
    )
    return [math.nan if value is None else value for value in (*operation, *report.values)]


def column(values: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
    """Return one of the columns of `OPERATION` from a table's values, shape (m,)."""
    chosen: npt.NDArray[np.float64] = values[:, OPERATION.index(name)]
    return chosen
