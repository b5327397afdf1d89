"""A temperature against what materials bear: insulation class, bearing, ageing, rate of rise."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.finding import Confidence, Evidence, Finding, Measure, Severity
from models.thermal.limits import ThermalLimits
from models.thermal.reading import Reading
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.motor import Nameplate

FALLS_K = 60.0
"""A sensor elsewhere on a motor that is too hot is hot as well, less by this at most: one sensor
alone may be in degrees Fahrenheit, loose, or beside a steam pipe."""


@dataclass(frozen=True, slots=True)
class HotSpot:
    """The hottest place of the winding, as far as it may be told.

    Attributes
    ----------
    degc : float
        Its temperature, from the sensor and the stated allowance.
    limit_degc : float
        Of its insulation class.
    reading : Reading
        The sensor it stands on.
    allowance_k : float
        What was added.
    """

    degc: float
    limit_degc: float
    reading: Reading
    allowance_k: float


def find_hot_spot(
    readings: Sequence[Reading], plate: Nameplate, load: float | None, rules: ThermalLimits
) -> HotSpot | None:
    """Return the hot spot; None without a stated allowance, a known class, or a sensor for it.

    The allowance holds at rated load and goes with the square of the load where that is known.
    """
    own = [reading for reading in readings if not reading.is_bearing]
    allowance_k = plate.hot_spot_allowance_k
    if allowance_k is None or plate.insulation_class is None or not own:
        return None
    hottest = max(own, key=lambda reading: reading.degc)
    added = allowance_k * (1.0 if load is None else load**2)
    limit = rules.classes.limit_degc(plate.insulation_class)
    return HotSpot(hottest.degc + added, limit, hottest, added)


def beyond_class(
    readings: Sequence[Reading], hot_spot: HotSpot | None, plate: Nameplate, rules: ThermalLimits
) -> Finding | str | None:
    """Name overheating; a text where it can only be suspected, None where neither.

    A sensor above the limit proves a winding above it. Below, only a stated allowance does.
    """
    own = [reading for reading in readings if not reading.is_bearing]
    if not own:
        return None
    hottest = max(own, key=lambda reading: reading.degc)
    limit = rules.classes.limit_degc(plate.insulation_class)
    name = f"class {plate.insulation_class or 'H, the highest there is'} ({limit:.0f} degC)"
    if hottest.degc - hottest.error_k > limit:
        text = f"{hottest.channel} reads {hottest.degc:.1f} degC, above {name}; the winding is "
        backed = any(r is not hottest and r.degc > limit - FALLS_K for r in readings)
        if not backed:
            text = f"{text}hotter still; no second sensor says so"
            return _overheating("medium", hottest, text, zone=f"above {name}")
        return _overheating("high", hottest, f"{text}hotter still", zone=f"above {name}")
    if hot_spot is not None:
        if hot_spot.degc - hottest.error_k <= limit:
            return None
        text = (
            f"{hottest.channel} reads {hottest.degc:.1f} degC, and the hottest winding is stated "
            f"to be {hot_spot.allowance_k:.0f} K above it: {hot_spot.degc:.0f} degC, above {name}"
        )
        return _overheating("medium", hottest, text, zone=f"above {name}", value=hot_spot.degc)
    over = rules.hot_spot.over_embedded_k if hottest.is_winding else rules.hot_spot.over_frame_k
    if plate.insulation_class is None or hottest.degc + over <= limit:
        return None
    return (
        f"{hottest.channel} reads {hottest.degc:.1f} degC: a winding {over:.0f} K hotter, as is "
        f"common, would be above {name}; state `hot_spot_allowance_k` to have it judged"
    )


def hot_bearing(readings: Sequence[Reading], rules: ThermalLimits) -> Finding | None:
    """Name a bearing that is too hot for its grease."""
    bearings = [reading for reading in readings if reading.is_bearing]
    if not bearings:
        return None
    hottest = max(bearings, key=lambda reading: reading.degc)
    if hottest.degc - hottest.error_k <= rules.bearing.alarm_degc:
        return None
    text = (
        f"{hottest.channel} at the bearing reads {hottest.degc:.1f} degC, above "
        f"{rules.bearing.alarm_degc:.0f} degC at which makers set the alarm"
    )
    causes = ("lubrication: too much grease, too little, or old", "overloaded bearing")
    return _overheating("medium", hottest, text, zone="not applicable", alternatives=causes)


def warming(readings: Sequence[Reading], rules: ThermalLimits) -> str | None:
    """Say that a channel warms faster than load makes it; None where none does."""
    for reading in readings:
        least = reading.slope_k_s - rules.residual.deviations * reading.slope_error_k_s
        if reading.duration_s >= rules.rise.least_s and least * 60 > rules.rise.fastest_k_per_min:
            return (
                f"{reading.channel} rises by {reading.slope_k_s * 60:.1f} K/min, faster than a "
                "motor warms at its load: a stalled rotor, lost cooling, or a heat source beside it"
            )
    return None


def list_figures(
    readings: Sequence[Reading],
    ambient: Reading | None,
    hot_spot: HotSpot | None,
    rules: ThermalLimits,
) -> tuple[Measure, ...]:
    """List temperature, rise, rate of rise, and ageing where the hot spot is stated."""
    if not readings:
        return ()
    hottest = max(readings, key=lambda reading: reading.degc)
    found = [Measure(name="temperature", value=hottest.degc, unit="degC")]
    if ambient is not None:
        rise_k = hottest.degc - ambient.degc
        found.append(Measure(name="rise_over_ambient", value=rise_k, unit="K"))
    if hottest.duration_s >= rules.rise.least_s and hottest.slope_error_k_s < float("inf"):
        rate = Measure(name="rate_of_rise", value=hottest.slope_k_s * 60, unit="K/min")
        found.append(rate)
    if hot_spot is not None:
        ageing = rules.life.ageing(hot_spot.degc, hot_spot.limit_degc)
        found.append(Measure(name="hot_spot", value=hot_spot.degc, unit="degC"))
        found.append(Measure(name="insulation_ageing", value=ageing, unit="x rated"))
    return tuple(found)


def _overheating(
    confidence: Confidence,
    reading: Reading,
    text: str,
    *,
    zone: str,
    value: float | None = None,
    alternatives: tuple[str, ...] = ("the sensor, or a hot neighbour",),
) -> Finding:
    return Finding(
        condition=Condition.OVERHEATING,
        confidence=confidence,
        severity=Severity(value=value or reading.degc, unit="degC", zone=zone),
        evidence=(Evidence(text=text, channel=reading.channel, sense=Sense.TEMPERATURE),),
        alternatives=alternatives,
    )
