"""Short simulated runs with sound and temperature, and what the judges need beside them."""

import msgspec

from dsp.audit import audit
from dsp.audit_note import AuditNote
from models.diagnosis import shaft_speed
from models.shaft_speed import ShaftSpeed
from sensors.capture import Capture
from sensors.motor import Bearing, Motor, Nameplate
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Rates, Scenario

MOTOR = Motor(
    motor_id="simulated",
    nameplate=Nameplate(
        poles=4,
        line_hz=50.0,
        rated_kw=7.5,
        rated_rpm=1455.0,
        rated_current_a=14.7,
        rated_voltage_v=400.0,
        insulation_class="F",
        fan_blades=7,
    ),
    bearings=(
        Bearing(name="6205", rolling_elements=9, element_diameter_mm=7.94, pitch_diameter_mm=39.04),
    ),
)
EARS = Rates(vibration_hz=16000.0, sound_hz=16000.0)
HEAT = Rates(temperature_hz=1.0)


def capture_of(*faults: Fault, seconds: float, rates: Rates, **changes: object) -> Capture:
    """Return the first seconds of a run at rated load and 20 degC, as one capture."""
    base = Scenario(
        name="test",
        seed=11,
        duration_s=seconds,
        motor=MOTOR,
        rates=rates,
        load=((0.0, 1.0),),
        ambient_degc=((0.0, 20.0),),
        ambient_sensor=True,
        vibration_axes=("x",),
        faults=faults,
    )
    capture = SimulatorReader(msgspec.structs.replace(base, **changes), seconds).read()
    assert capture is not None
    return capture


def judged_by(
    capture: Capture, motor: Motor = MOTOR
) -> tuple[Capture, Motor, tuple[AuditNote, ...], ShaftSpeed | None]:
    """Return the arguments of a judge."""
    notes = audit(capture, motor)
    return capture, motor, notes, shaft_speed(capture, motor, notes)


def plated(motor: Motor = MOTOR, **facts: object) -> Motor:
    """Return the motor with other facts on its nameplate."""
    return msgspec.structs.replace(
        motor, nameplate=msgspec.structs.replace(motor.nameplate, **facts)
    )
