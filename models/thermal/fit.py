"""The thermal model of one motor, learnt from its own load, air and frame temperature.

Fitted are the frame's rises with load and without, both time constants, the worse cooling at
standstill where the series holds stops, and the temperatures at the start. What a series does
not show is not made up: a winding's own time constant that cannot be seen is left out, and
anything else that cannot refuses the fit with the reason.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from dsp.thermal import Float64Array, ThermalParameters, simulate
from models.levenberg import LeastSquares, correlation, fit_curve, widening
from models.thermal.series import PROMPT, ThermalSeries, checked_series, first_guess
from sensors.errors import NotConverged, TooFewWindows

LARGEST_LOG_ERROR = 0.5
"""Standard error of a logarithm beyond which a time constant or a rise is a guess."""
LONGEST_SHARE = 1.0
"""Longest frame time constant, over the length of the series, that counts as seen."""
LOGARITHMIC = frozenset({"load_rise_k", "winding_s", "frame_s"})
"""What is fitted by its logarithm: it is positive, and known by a factor."""
BOUNDS_K = (-100.0, 400.0)
"""Temperatures that a motor may start from; rises are bounded likewise."""
LARGEST_FACTOR = 30.0
"""No motor cools this many times worse at standstill."""

DrivenBy = Literal["load", "current"]


class ThermalFit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A motor's thermal model with its uncertainty.

    Attributes
    ----------
    parameters : ThermalParameters
        The model.
    errors : dict of str to float
        Standard errors of what was fitted, in its unit, widened for residuals that hang together.
    rise_covariance_k2 : float
        Covariance of the two rises.
    sigma_k : float
        Standard deviation of the residuals.
    correlation : float
        Of one residual with the next.
    driven_by : str
        Whether ``load`` or relative ``current`` was the series: it must be the same in use.
    load_range : (float, float)
        5th and 95th percentile seen: beyond it the model extrapolates.
    samples : int
        Number fitted.
    span_s : float
        Length of the series.
    """

    parameters: ThermalParameters
    errors: dict[str, float]
    rise_covariance_k2: float
    sigma_k: float
    correlation: float
    driven_by: DrivenBy
    load_range: tuple[float, float]
    samples: int
    span_s: float

    @property
    def shows_winding(self) -> bool:
        """Whether the winding's own time constant was seen in the series."""
        return "winding_s" in self.errors

    def steady_error_k(self, load: float) -> float:
        """Return the standard error of the steady rise at a load, residuals included."""
        by_load = self.errors["load_rise_k"] * load**2
        rest = self.errors["constant_rise_k"]
        shared = 2 * load**2 * self.rise_covariance_k2
        return math.sqrt(max(by_load**2 + rest**2 + shared, 0.0) + self.sigma_k**2)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """Least squares by the names of its parameters, with the widening of its errors."""

    names: tuple[str, ...]
    fit: LeastSquares
    base: ThermalParameters
    widening: float

    def value(self, name: str) -> float:
        return float(self.fit.values[self.names.index(name)])

    def error(self, name: str) -> float:
        """Return the standard error, of the logarithm where that was fitted."""
        index = self.names.index(name)
        return self.widening * float(np.sqrt(self.fit.covariance[index, index]))


def fit_thermal(
    load: npt.ArrayLike,
    ambient_degc: npt.ArrayLike,
    frame_degc: npt.ArrayLike,
    *,
    dt_s: float,
    winding_over_frame_k: float,
    running: npt.ArrayLike | None = None,
    driven_by: DrivenBy = "load",
) -> ThermalFit:
    """Fit the model to one continuous series of a healthy motor.

    Parameters
    ----------
    load : array, shape (n,)
        Fraction of rated load, or of rated current.
    ambient_degc : array, shape (n,) or scalar
        Temperature of the air.
    frame_degc : array, shape (n,)
        Temperature of the frame.
    dt_s : float
        Time between samples.
    winding_over_frame_k : float
        Steady excess of the winding over the frame at rated load, as stated for the motor: a
        sensor on the frame cannot tell it, and the frame's own course hardly depends on it.
    running : bool array, shape (n,), optional
        Whether the shaft turned; always by default.
    driven_by : str
        What `load` is.

    Raises
    ------
    BadSamples
        The series do not fit each other or hold no numbers.
    TooFewWindows
        The series does not identify the model; the message says what is missing.
    """
    series = checked_series(load, ambient_degc, frame_degc, dt_s=dt_s, running=running)
    guess = first_guess(series, winding_over_frame_k)
    names = ["load_rise_k", "constant_rise_k", "frame_s", "start_frame"]
    if series.stops:
        names.append("stopped_factor")
    fitted = _fit_winding(series, guess, [*names, "winding_s", "start_winding"])
    at_once = msgspec.structs.replace(guess, winding_s=PROMPT * dt_s)
    try:
        fitted = fitted or _fit(series, at_once, names)
    except NotConverged as error:
        raise TooFewWindows(
            f"thermal fit: {series.span_s / 3600:.2g} h do not settle on one model; record several "
            "times as long, with changes of load"
        ) from error
    _refuse(fitted, series)
    return _summary(fitted, series, driven_by)


def _fit_winding(
    series: ThermalSeries, guess: ThermalParameters, names: Sequence[str]
) -> _Fitted | None:
    """Fit with the winding's own time constant; None where the series does not show it."""
    try:
        fitted = _fit(series, guess, names)
    except NotConverged:
        return None
    seen = fitted.value("winding_s") > math.log(series.dt_s) and not fitted.fit.singular
    return fitted if seen and fitted.error("winding_s") <= LARGEST_LOG_ERROR else None


def _fit(series: ThermalSeries, base: ThermalParameters, names: Sequence[str]) -> _Fitted:
    low, high = np.array([_bounds(name, series) for name in names]).T
    first = float(series.frame_degc[0])
    start = np.array([first if name.startswith("start") else _coded(base, name) for name in names])

    def frame(values: Float64Array) -> Float64Array:
        parameters, begin = _decoded(base, names, values)
        return simulate(
            series.load,
            series.air_degc,
            dt_s=series.dt_s,
            parameters=parameters,
            running=series.running,
            start_degc=begin,
        ).frame_degc

    fit = fit_curve(frame, series.frame_degc, start, low, high)
    return _Fitted(tuple(names), fit, base, widening(fit.residuals))


def _bounds(name: str, series: ThermalSeries) -> tuple[float, float]:
    if name.endswith("_s"):
        return math.log(series.dt_s / 10), math.log(100 * series.span_s)
    if name == "load_rise_k":
        return math.log(1e-2), math.log(BOUNDS_K[1])
    if name == "stopped_factor":
        return 1.0, LARGEST_FACTOR
    return (0.0, BOUNDS_K[1]) if name == "constant_rise_k" else BOUNDS_K


def _coded(parameters: ThermalParameters, name: str) -> float:
    value: float = getattr(parameters, name)
    return math.log(value) if name in LOGARITHMIC else value


def _decoded(
    base: ThermalParameters, names: Sequence[str], values: Float64Array
) -> tuple[ThermalParameters, tuple[float, float]]:
    told = {
        name: math.exp(value) if name in LOGARITHMIC else float(value)
        for name, value in zip(names, values, strict=True)
    }
    frame = told.pop("start_frame")
    winding = told.pop("start_winding", frame)
    # Central differences reach a hair beyond the bounds.
    told["constant_rise_k"] = max(told["constant_rise_k"], 0.0)
    if "stopped_factor" in told:
        told["stopped_factor"] = max(told["stopped_factor"], 1.0)
    return msgspec.structs.replace(base, **told), (winding, frame)


def _refuse(fitted: _Fitted, series: ThermalSeries) -> None:
    """Raise where the series does not show what it was to show."""
    frame_s, hours = math.exp(fitted.value("frame_s")), series.span_s / 3600
    if fitted.fit.singular:
        raise TooFewWindows(
            f"thermal fit: {hours:.2g} h at these loads do not part the model's parameters; "
            "include a start from cold and a change of load"
        )
    if frame_s > LONGEST_SHARE * series.span_s or fitted.error("frame_s") > LARGEST_LOG_ERROR:
        raise TooFewWindows(
            f"thermal fit: {hours:.2g} h do not show the frame's time constant, which seems to be "
            f"{frame_s / 3600:.2g} h or more; record several times as long, with changes of load"
        )
    if fitted.error("load_rise_k") > LARGEST_LOG_ERROR:
        raise TooFewWindows(
            "thermal fit: the temperature hardly follows the load; include higher loads that last "
            f"as long as the frame's time constant, {frame_s / 60:.0f} min"
        )


def _summary(fitted: _Fitted, series: ThermalSeries, driven_by: DrivenBy) -> ThermalFit:
    parameters, _ = _decoded(fitted.base, fitted.names, fitted.fit.values)
    names = [name for name in fitted.names if not name.startswith("start")]
    # From the error of a logarithm to that of the figure.
    scales = {n: getattr(parameters, n) if n in LOGARITHMIC else 1.0 for n in names}
    rises = fitted.names.index("load_rise_k"), fitted.names.index("constant_rise_k")
    residuals = fitted.fit.residuals
    freedom = max(residuals.size - len(fitted.names), 1)
    low, high = np.quantile(series.load, (0.05, 0.95))
    return ThermalFit(
        parameters=parameters,
        errors={name: fitted.error(name) * scales[name] for name in names},
        rise_covariance_k2=float(fitted.fit.covariance[rises])
        * parameters.load_rise_k
        * fitted.widening**2,
        sigma_k=math.sqrt(float(residuals @ residuals) / freedom),
        correlation=correlation(residuals),
        driven_by=driven_by,
        load_range=(float(low), float(high)),
        samples=residuals.size,
        span_s=series.span_s,
    )
