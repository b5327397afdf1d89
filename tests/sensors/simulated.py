"""Short simulated runs for the simulator's tests, and the spectra that judge them."""

from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

from sensors.capture import Capture, Sense, Unit
from sensors.motor import Bearing, Motor, Nameplate
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Noise, Rates, Scenario

Array = npt.NDArray[np.float64]

LINE_HZ, PAIRS, BARS, RATED_RPM = 50.0, 2, 28, 1455.0
FR_HZ = RATED_RPM / 60.0
BEARING = Bearing(
    name="6205", rolling_elements=9, element_diameter_mm=7.94, pitch_diameter_mm=39.04
)
MOTOR = Motor(
    motor_id="simulated",
    nameplate=Nameplate(
        poles=2 * PAIRS,
        line_hz=LINE_HZ,
        rated_kw=7.5,
        rated_rpm=RATED_RPM,
        rated_current_a=14.7,
        rated_voltage_v=400.0,
        rotor_bars=BARS,
    ),
    bearings=(BEARING,),
)
STEADY = Noise(line_hz=0.0, load_fraction=0.0)


def scenario(*faults: Fault, **changes: object) -> Scenario:
    """Return a short run at rated load with a steady supply."""
    base = Scenario(
        name="test",
        seed=11,
        duration_s=20.0,
        motor=MOTOR,
        rates=Rates(vibration_hz=25600.0, power_hz=2000.0, temperature_hz=1.0),
        load=((0.0, 1.0),),
        ambient_degc=((0.0, 20.0),),
        noise=STEADY,
        vibration_axes=("x",),
        faults=faults,
    )
    return msgspec.structs.replace(base, **changes)


def only(**rates: float) -> Rates:
    """Return the rates of the senses named, and no others."""
    return Rates(**{f"{sense}_hz": rate for sense, rate in rates.items()})


@lru_cache(maxsize=12)
def run(of: Scenario, seconds: float | None = None) -> Capture:
    """Return the first seconds of a run, or all of it, as one capture."""
    capture = SimulatorReader(of, seconds or of.duration_s).read()
    assert capture is not None
    return capture


def signal(capture: Capture, sense: Sense, row: int = 0, unit: Unit | None = None) -> Array:
    """Return one channel's samples in double precision."""
    return list(capture.of(sense, unit))[row].values.astype(np.float64)


def peak(values: Array, rate_hz: float, near_hz: float, within_hz: float) -> tuple[float, float]:
    """Return frequency and amplitude of the highest line near a frequency (flat-top of peaks)."""
    window = np.hanning(values.size)
    spectrum = np.abs(np.fft.rfft(values * window, 4 * values.size)) * 2 / window.sum()
    hz = np.fft.rfftfreq(4 * values.size, 1 / rate_hz)
    band = np.flatnonzero(np.abs(hz - near_hz) <= within_hz)
    best = band[np.argmax(spectrum[band])]
    return float(hz[best]), float(spectrum[best])


def level_db(values: Array, rate_hz: float, line_hz: float, within_hz: float = 0.15) -> float:
    """Return the level of a line below the supply's fundamental, in dB."""
    line = peak(values, rate_hz, line_hz, within_hz)[1]
    return float(20 * np.log10(line / peak(values, rate_hz, LINE_HZ, 0.5)[1]))
