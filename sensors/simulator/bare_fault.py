"""Faults at constant speed as bare signals of any scale, to be added to a recording."""

import numpy as np
import numpy.typing as npt

from sensors.conditions import Condition
from sensors.errors import BadConfig, BadRate
from sensors.motor import Motor
from sensors.simulator.bearing import Passages, ring, ring_down_s, strike_strength
from sensors.simulator.rotor import Lines, fault_lines
from sensors.simulator.scenario import Mode
from sensors.simulator.scenario_check import cage_order, passage_order
from sensors.simulator.shaping import PASSBAND
from sensors.simulator.streams import Stream, generator
from sensors.simulator.tones import FAULTY, Tone, accelerations, below

FloatArray = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32] | npt.NDArray[np.float64]

SLIP, JITTER, DAMPING = 0.005, 0.015, 0.05
# Where a resonance is not given: where housings often ring, but well inside the band.
USUAL_RESONANCE_HZ = 3000.0
RESONANCE_SHARE = 0.2
# The supply is looked for this close to the nameplate's frequency.
LINE_TOLERANCE = 0.05


def impact_signal(
    motor: Motor,
    shaft_hz: float,
    condition: Condition,
    *,
    seed: int,
    rate_hz: float,
    size: int,
    resonance_hz: float | None,
) -> FloatArray:
    """Return impacts of the motor's first bearing, ringing at one resonance, shape (size,)."""
    order = passage_order(motor, None, condition) * (1 - SLIP)
    cage = cage_order(motor, None, condition) * (1 - SLIP)
    mode = (_mode(condition, order * shaft_hz, rate_hz, resonance_hz),)
    # Defect and load zone stand anywhere at the start.
    begin_rev = generator(seed, Stream.FAN).random()
    first_rev = begin_rev - 1.0 / order - ring_down_s(mode) * shaft_hz
    last_rev = begin_rev + size / rate_hz * shaft_hz
    passages = Passages.draw(
        order=order, jitter=JITTER, span_rev=(first_rev, last_rev), seed=seed, member=0
    )
    number, rev, hardness = passages.between(first_rev, last_rev)
    strength = hardness * strike_strength(condition, number, rev, cage)
    at_s = (rev - begin_rev) / shaft_hz
    return ring(at_s, strength, mode, rate_hz=rate_hz, start=0, size=size)


def _mode(
    condition: Condition, struck_hz: float, rate_hz: float, resonance_hz: float | None
) -> Mode:
    if resonance_hz is None:
        resonance_hz = min(USUAL_RESONANCE_HZ, RESONANCE_SHARE * rate_hz)
    if not 0.0 < resonance_hz < PASSBAND * rate_hz:
        raise BadRate(
            f"inject {condition.value}: a resonance of {resonance_hz:g} Hz must be below "
            f"{PASSBAND:g} of the rate, {PASSBAND * rate_hz:g} Hz; lower resonance_hz"
        )
    if struck_hz > resonance_hz / 2:
        raise BadRate(
            f"inject {condition.value}: {struck_hz:.1f} impacts a second need a resonance "
            f"of twice that, but it is {resonance_hz:g} Hz; use a recording of a higher rate"
        )
    return Mode(frequency_hz=resonance_hz, damping=DAMPING)


def shaft_signal(
    motor: Motor, shaft_hz: float, condition: Condition, *, seed: int, rate_hz: float, size: int
) -> FloatArray:
    """Return the vibration lines of a shaft or foot fault, shape (size,)."""
    velocities = FAULTY[condition]
    line_hz = motor.nameplate.line_hz
    if line_hz is None and any(line for _, line in velocities):
        raise BadConfig(f"inject {condition.value}: has lines of the supply; give line_hz in motor")
    at = {"shaft_hz": shaft_hz, "line_hz": line_hz or 0.0}
    random = generator(seed, Stream.FAULT_TONES)
    tones = accelerations(velocities, "x", random, scatter=0.0, **at)
    seen = below(tones, rate_hz / 2, **at)
    if not seen:
        raise BadRate(
            f"inject {condition.value}: all its lines are above {rate_hz / 2:g} Hz, half the rate; "
            "use a recording of a higher rate"
        )
    t_s = np.arange(size) / rate_hz
    out = np.zeros(size)
    for tone in seen:
        out += (tone.amplitude * np.exp(2j * np.pi * tone.hz(**at) * t_s)).real
    return out


def current_signal(
    values: Samples,
    motor: Motor,
    shaft_hz: float,
    condition: Condition,
    *,
    seed: int,
    rate_hz: float,
) -> FloatArray:
    """Return the lines of a rotor or air-gap fault in a phase current, shape (n,).

    They modulate the recording's own fundamental, whose wander they then share.
    """
    plate = motor.nameplate
    if plate.poles is None or plate.variable_frequency_drive:
        raise BadConfig(
            f"inject {condition.value}: lines of the rotor need a motor on the line with known "
            "poles; give poles, and variable_frequency_drive = false"
        )
    lines = fault_lines(condition, plate.poles // 2, plate.rotor_bars)
    if not lines:
        raise BadConfig(f"inject {condition.value}: shows at slot lines; give rotor_bars in motor")
    line_hz, fundamental = _fundamental(values, rate_hz, plate.line_hz)
    slip = 1 - shaft_hz * plate.poles / 2 / line_hz
    if not 0.0 < slip < 0.3:
        raise BadConfig(
            f"inject {condition.value}: {60 * shaft_hz:g} rpm with {plate.poles} poles on "
            f"{line_hz:.2f} Hz is a slip of {slip:.3f}; give the speed of this recording"
        )
    tones = _below_nyquist(condition, lines, shaft_hz, line_hz, rate_hz)
    random = generator(seed, Stream.ROTOR)
    cycles = np.arange(values.size) * shaft_hz / rate_hz
    out = np.zeros(values.size)
    for tone in tones:
        turn = np.exp(2j * np.pi * (tone.halves / 2 * cycles + random.random()))
        out += (tone.amplitude * turn * fundamental**tone.line).real
    return out


def _below_nyquist(
    condition: Condition, lines: Lines, shaft_hz: float, line_hz: float, rate_hz: float
) -> list[Tone]:
    at = {"shaft_hz": shaft_hz, "line_hz": line_hz}
    tones = below((Tone(*place, level + 0j) for place, level in lines.items()), rate_hz / 2, **at)
    if not tones:
        raise BadRate(
            f"inject {condition.value}: all its lines are above {rate_hz / 2:g} Hz, half the rate; "
            "use a recording of a higher rate"
        )
    return tones


def _fundamental(
    values: Samples, rate_hz: float, nominal_hz: float | None
) -> tuple[float, npt.NDArray[np.complex128]]:
    """Return the supply's frequency and its unit phasor at each sample."""
    spectrum = np.fft.fft(values - values.mean())
    hz = np.fft.fftfreq(values.size, 1 / rate_hz)
    centre = nominal_hz or abs(hz[np.argmax(np.abs(spectrum))])
    band = (hz > 0) & (np.abs(hz - centre) <= LINE_TOLERANCE * centre)
    if not band.any():
        raise BadRate(f"inject: no line at {centre:g} Hz can be in a recording at {rate_hz:g} Hz")
    analytic = np.fft.ifft(np.where(band, spectrum, 0.0))
    phasor = analytic / np.maximum(np.abs(analytic), np.finfo(np.float64).tiny)
    turned = np.unwrap(np.angle(phasor))
    edge = values.size // 10
    span_s = (values.size - 1 - 2 * edge) / rate_hz
    return float((turned[-1 - edge] - turned[edge]) / (2 * np.pi * span_s)), phasor
