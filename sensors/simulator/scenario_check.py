"""The door of the simulator: a scenario that cannot be followed is refused with what to do."""

import itertools
import math

from sensors.conditions import BEARING_CONDITIONS, Condition
from sensors.errors import BadConfig
from sensors.motor import Bearing, Motor
from sensors.simulator.fault import Fault
from sensors.simulator.scenario import MAX_DURATION_S, MAX_LOAD, Points, Scenario
from sensors.simulator.shaping import PASSBAND, passed

NEEDED = ("poles", "line_hz", "rated_kw", "rated_rpm", "rated_voltage_v")
MAX_SEED = 2**63 - 1

# Passages per shaft revolution of each bearing fault: a spot on a rolling element strikes
# both races in one turn of the element.
PASSAGES = {
    Condition.BEARING_OUTER_RACE: ("bpfo", 1),
    Condition.BEARING_INNER_RACE: ("bpfi", 1),
    Condition.BEARING_ROLLING_ELEMENT: ("bsf", 2),
    Condition.BEARING_CAGE: ("ftf", 1),
}


def check_scenario(scenario: Scenario) -> None:
    """Refuse a scenario that is impossible or that lacks what its faults need.

    Raises
    ------
    BadConfig
        Names the field, what is wrong and what to write instead.
    """
    check_motor(scenario.motor)
    _check_points("load", scenario.load, 0.0, MAX_LOAD)
    _check_points("ambient_degc", scenario.ambient_degc, -60.0, 120.0)
    limits = {
        "seed": (0, MAX_SEED),
        "duration_s": (1e-3, MAX_DURATION_S),
        "bearing_slip": (0.0, 0.05),
        "bearing_jitter": (0.0, 0.1),
        "fan_blades": (2, 40),
        "rated_rise_k": (0.0, 200.0),
        "thermal_constant_s": (1.0, 1e6),
    }
    for name, (least, most) in limits.items():
        value = getattr(scenario, name)
        if not least <= value <= most:
            raise BadConfig(f"scenario: {name} = {value} must be from {least:g} to {most:g}")
    _check_names(scenario)
    for fault in scenario.faults:
        _check_fault(scenario, fault)


def check_motor(motor: Motor) -> None:
    """Refuse a motor that cannot be simulated: unknown poles or rating, or fed by a drive."""
    plate = motor.nameplate
    missing = [name for name in NEEDED if getattr(plate, name) is None]
    if missing:
        raise BadConfig(
            f"motor {motor.motor_id!r}: the simulator needs {', '.join(missing)}; "
            "add it under [motor.nameplate]"
        )
    if plate.variable_frequency_drive:
        raise BadConfig(
            f"motor {motor.motor_id!r}: only motors on the line are simulated; "
            "set variable_frequency_drive = false"
        )
    assert plate.rated_rpm is not None
    slip = motor.slip(plate.rated_rpm)
    if slip is None or not 0.001 <= slip <= 0.15:
        raise BadConfig(
            f"motor {motor.motor_id!r}: rated_rpm = {plate.rated_rpm:g} is a slip of {slip!r}; "
            "an induction motor has 0.001 to 0.15, so check rated_rpm, poles and line_hz"
        )


def failing_bearing(motor: Motor, wanted: str | None) -> Bearing:
    """Return the bearing that a fault means: by position or name, else the first.

    Raises
    ------
    BadConfig
        The motor has no bearings, or none of that name.
    """
    fitting = [b for b in motor.bearings if wanted in (None, b.position, b.name)]
    if fitting:
        return fitting[0]
    have = ", ".join(f"{b.name} ({b.position})" for b in motor.bearings) or "none"
    raise BadConfig(
        f"motor {motor.motor_id!r}: no bearing {wanted or ''} to fail (it has {have}); "
        "add [[motor.bearings]] with a catalogue name or its geometry"
    )


def passage_order(motor: Motor, wanted: str | None, condition: Condition) -> float:
    """Return passages per revolution of a bearing fault, without slip.

    Raises
    ------
    BadConfig
        The bearing is missing or its geometry does not tell this order.
    """
    bearing = failing_bearing(motor, wanted)
    name, times = PASSAGES[condition]
    order: float | None = getattr(bearing, name)
    if order is None:
        raise BadConfig(
            f"bearing {bearing.name!r}: {name.upper()} is unknown, so {condition.value} cannot be "
            f"simulated; give {name}_order or the full geometry"
        )
    return times * order


def cage_order(motor: Motor, wanted: str | None, condition: Condition) -> float:
    """Return the turns of the cage per revolution, which carry a rolling element's spot round.

    Only a fault of a rolling element needs it; for any other 0 is returned where it is unknown.

    Raises
    ------
    BadConfig
        It is needed and unknown.
    """
    bearing = failing_bearing(motor, wanted)
    if bearing.ftf is None and condition is Condition.BEARING_ROLLING_ELEMENT:
        raise BadConfig(
            f"bearing {bearing.name!r}: FTF is unknown, so {condition.value} cannot be "
            "simulated; give ftf_order or the full geometry"
        )
    return bearing.ftf or 0.0


def _check_points(name: str, points: Points, least: float, most: float) -> None:
    times = [t_s for t_s, _ in points]
    if not points or any(later <= sooner for sooner, later in itertools.pairwise(times)):
        raise BadConfig(
            f"scenario: {name} must be points [t_s, value] in rising order of time; a jump is "
            "two points a moment apart, such as [60, 0.5], [60.1, 0.9]"
        )
    if not all(math.isfinite(t_s) and least <= value <= most for t_s, value in points):
        raise BadConfig(f"scenario: {name} must stay from {least:g} to {most:g}; got {points}")


def _check_names(scenario: Scenario) -> None:
    for name in ("vibration_axes", "current_phases"):
        listed = getattr(scenario, name)
        if len(set(listed)) != len(listed) or not listed:
            raise BadConfig(f"scenario: {name} = {list(listed)} must name each once, at least one")
    if scenario.start is not None and scenario.start.tzinfo is None:
        raise BadConfig(
            f"scenario: start = {scenario.start.isoformat()} has no time zone; end it with Z"
        )


def _check_fault(scenario: Scenario, fault: Fault) -> None:
    name = fault.condition.value
    if fault.condition in BEARING_CONDITIONS:
        passage_order(scenario.motor, fault.bearing, fault.condition)
        cage_order(scenario.motor, fault.bearing, fault.condition)
        _check_modes(scenario)
    elif fault.bearing is not None:
        raise BadConfig(f"fault {name}: is not a bearing's; remove bearing = {fault.bearing!r}")
    if (
        fault.condition is Condition.ECCENTRICITY_STATIC
        and scenario.motor.nameplate.rotor_bars is None
    ):
        raise BadConfig(f"fault {name}: shows at rotor-slot lines; give nameplate rotor_bars")


def _check_modes(scenario: Scenario) -> None:
    rate_hz = scenario.rates.vibration_hz
    if rate_hz is not None and not passed(scenario.modes, rate_hz):
        raise BadConfig(
            f"scenario: no mode of the structure is below {PASSBAND:g} of vibration_hz = "
            f"{rate_hz:g}, so impacts cannot be seen; raise the rate or add lower modes"
        )
