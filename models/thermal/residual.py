"""A motor's temperature against its own thermal model: whether load and air explain it.

The frame at T that moves by T' settles at ``T + tau T'`` with its slow time constant: that is held
against the steady temperature of the model at this load and air, with the errors of both.
"""

import math
from dataclasses import dataclass

from models.finding import Evidence, Finding, Measure, Severity
from models.thermal.fit import ThermalFit
from models.thermal.insulation import HotSpot
from models.thermal.limits import ResidualRule
from models.thermal.reading import Reading
from sensors.capture import Sense
from sensors.conditions import Condition


@dataclass(frozen=True, slots=True)
class Residual:
    """How much hotter a motor settles than its model says.

    Attributes
    ----------
    reading : Reading
        Of the frame.
    settles_degc, expected_degc : float
        Where it settles by its own course, and by the model.
    sigma_k : float
        Standard error of the difference.
    load : float
        At which.
    """

    reading: Reading
    settles_degc: float
    expected_degc: float
    sigma_k: float
    load: float

    @property
    def kelvin(self) -> float:
        """The difference."""
        return self.settles_degc - self.expected_degc

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The difference and its standard error as figures."""
        return (
            Measure(name="thermal_residual", value=self.kelvin, unit="K"),
            Measure(name="thermal_residual_sigma", value=self.sigma_k, unit="K"),
        )


def measure_residual(
    reading: Reading, ambient: Reading, load: float, fitted: ThermalFit
) -> Residual | None:
    """Compare one frame with its model; None where the window shows no slope."""
    if not math.isfinite(reading.slope_error_k_s):
        return None
    slow_s, _ = fitted.parameters.time_constants_s()
    slow_error_s = slow_s * fitted.errors["frame_s"] / fitted.parameters.frame_s
    expected = ambient.degc + fitted.parameters.steady_rise_k(load)
    sigma = math.hypot(
        reading.error_k,
        ambient.error_k,
        slow_s * reading.slope_error_k_s,
        slow_error_s * reading.slope_k_s,
        fitted.steady_error_k(load),
    )
    return Residual(reading, reading.degc + slow_s * reading.slope_k_s, expected, sigma, load)


def hotter_than_explained(
    residual: Residual, fitted: ThermalFit, rule: ResidualRule
) -> Finding | str | None:
    """Name overheating by the model; a text where something else may explain it, None where not."""
    if residual.kelvin < max(rule.least_k, rule.deviations * residual.sigma_k):
        return None
    text = (
        f"{residual.reading.channel} settles at {residual.settles_degc:.1f} degC where load "
        f"{residual.load:.2f} and air explain {residual.expected_degc:.1f}: "
        f"{residual.kelvin:.1f} K more, with a standard error of {residual.sigma_k:.1f} K"
    )
    low, high = fitted.load_range
    if not low - rule.beyond_load <= residual.load <= high + rule.beyond_load:
        return f"{text}; but the model learnt from loads of {low:.2f} to {high:.2f} only"
    fast_s = fitted.parameters.time_constants_s()[1]
    if fitted.shows_winding and residual.reading.duration_s < rule.settled * fast_s:
        return (
            f"{text}; a load that fell within the last {rule.settled * fast_s / 60:.0f} min would "
            "look the same: watch it that long"
        )
    return Finding(
        condition=Condition.OVERHEATING,
        confidence="medium",
        severity=Severity(value=residual.kelvin, unit="K", zone="not applicable"),
        evidence=(Evidence(text=text, channel=residual.reading.channel, sense=Sense.TEMPERATURE),),
        alternatives=("blocked cooling", "losses that the load does not show", "a hot neighbour"),
    )


def loaded_too_high(residual: Residual, hot_spot: HotSpot, fitted: ThermalFit) -> Finding | None:
    """Name overload where the model, at this load, settles above the insulation's limit."""
    if residual.load <= 1.0:
        return None
    settles = residual.expected_degc + hot_spot.allowance_k
    over_k = settles - hot_spot.limit_degc
    if over_k <= residual.sigma_k:
        return None
    when = _when(hot_spot, settles, fitted)
    text = (
        f"at load {residual.load:.2f} this motor settles at a hottest winding of {settles:.0f} "
        f"degC, above its class's {hot_spot.limit_degc:.0f} degC{when}"
    )
    evidence = Evidence(text=text, channel=residual.reading.channel, sense=Sense.TEMPERATURE)
    return Finding(
        condition=Condition.OVERLOAD,
        confidence="medium",
        severity=Severity(value=settles, unit="degC", zone="not applicable"),
        evidence=(evidence,),
        alternatives=("a load figure or a thermal model that is not this motor's",),
    )


def _when(hot_spot: HotSpot, settles: float, fitted: ThermalFit) -> str:
    """Say how long it takes at this load."""
    if hot_spot.degc >= hot_spot.limit_degc:
        return ""
    slow_s, _ = fitted.parameters.time_constants_s()
    left_s = slow_s * math.log((settles - hot_spot.degc) / (settles - hot_spot.limit_degc))
    return f", in {left_s / 60:.0f} min"
