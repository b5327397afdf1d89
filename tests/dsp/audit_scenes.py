"""Clean captures by seed, and the defects that tests plant into them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dsp.audit import audit
from dsp.audit_note import AuditNote
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.motor import Motor, Nameplate

Array = npt.NDArray[np.float64]
RATE_HZ = 12800.0
MOTOR = Motor(motor_id="m1", nameplate=Nameplate(poles=4, line_hz=50.0, rated_kw=7.5))


def quantised(x: Array, step: float) -> npt.NDArray[np.float32]:
    return (np.round(x / step) * step).astype(np.float32)


def line_phase(rng: np.random.Generator, n: int, rate_hz: float, hz: float = 50.0) -> Array:
    """Phase of a grid whose frequency wanders by 10 mHz within seconds."""
    ticks = int(n / rate_hz * 50) + 2
    keep = np.exp(-1 / 250)
    drift = np.zeros(ticks)
    kicks = rng.standard_normal(ticks) * 0.01 * np.sqrt(1 - keep**2)
    for i in range(1, ticks):
        drift[i] = keep * drift[i - 1] + kicks[i]
    wander = np.interp(np.arange(n) / rate_hz * 50, np.arange(ticks), drift)
    return 2 * np.pi * np.cumsum(hz + wander) / rate_hz + rng.uniform(0, 6)


def current(rng: np.random.Generator, n: int, rate_hz: float, *, lag: float = 0.0) -> Array:
    """A motor's phase current: line, fifth and seventh harmonic, noise 60 dB down."""
    theta = line_phase(rng, n, rate_hz) - lag
    wave = np.sin(theta) + 0.03 * np.sin(5 * theta + 1) + 0.02 * np.sin(7 * theta)
    return 10 * (wave + 0.001 * rng.standard_normal(n))


def vibration(rng: np.random.Generator, n: int, rate_hz: float) -> Array:
    """Unbalance, a resonance that noise excites, and impacts now and then."""
    t = np.arange(n) / rate_hz
    white = rng.standard_normal(n)
    ringing = np.convolve(white, np.exp(-np.arange(200) / 30) * np.cos(np.arange(200)), "same")
    return 0.8 * np.sin(2 * np.pi * 24.7 * t) + 0.3 * ringing + 0.2 * white


def block(
    name: str,
    sense: Sense,
    unit: Unit,
    values: npt.ArrayLike,
    *,
    rate_hz: float = RATE_HZ,
    t0_ns: int = 0,
    phase: str | None = None,
) -> SampleBlock:
    channel = Channel(name, sense, unit, phase=phase)
    return SampleBlock(channel, t0_ns, rate_hz, np.asarray(values, dtype=np.float32))


def capture(*blocks: SampleBlock, speed_rpm: float | None = 1480.0) -> Capture:
    t0 = min(b.t0_ns for b in blocks)
    t1 = max(b.t0_ns + round(b.duration_s * 1e9) for b in blocks)
    return Capture("m1", t0, t1, blocks, speed_rpm=speed_rpm)


def clean_capture(seed: int, *, seconds: float = 1.0, rate_hz: float = RATE_HZ) -> Capture:
    """Vibration, sound, current and temperature of a healthy motor through 16-bit converters."""
    rng = np.random.default_rng(seed)
    n = round(seconds * rate_hz)
    return capture(
        block(
            "vib",
            Sense.VIBRATION,
            Unit.MPS2,
            quantised(vibration(rng, n, rate_hz), 0.005),
            rate_hz=rate_hz,
        ),
        block(
            "snd",
            Sense.SOUND,
            Unit.FULL_SCALE,
            quantised(0.02 * vibration(rng, n, rate_hz), 2**-15),
            rate_hz=rate_hz,
        ),
        block(
            "ia",
            Sense.POWER,
            Unit.AMPERE,
            quantised(current(rng, n, rate_hz), 0.001),
            rate_hz=rate_hz,
            phase="a",
        ),
        block(
            "temp", Sense.TEMPERATURE, Unit.DEGC, np.full(max(1, int(seconds)), 61.5), rate_hz=1.0
        ),
    )


def later(checked: Capture, samples: int) -> Capture:
    """The same capture, `samples` of its first channel later."""
    by_ns = round(samples / checked.blocks[0].rate_hz * 1e9)
    blocks = tuple(replace(b, t0_ns=b.t0_ns + by_ns) for b in checked.blocks)
    return replace(checked, t0_ns=checked.t0_ns + by_ns, t1_ns=checked.t1_ns + by_ns, blocks=blocks)


def spoiled(
    clean: Capture, name: str, spoil: Callable[[npt.NDArray[np.float32]], npt.ArrayLike]
) -> Capture:
    """Return the capture with one channel's samples changed."""
    blocks = tuple(
        replace(b, values=np.asarray(spoil(b.values.copy()), dtype=np.float32))
        if b.channel.name == name
        else b
        for b in clean.blocks
    )
    return replace(clean, blocks=blocks)


def notes_of(
    checked: Capture, check: str, *, motor: Motor = MOTOR, previous: Capture | None = None
) -> list[AuditNote]:
    """Return what one check of the audit says."""
    return [n for n in audit(checked, motor, previous=previous) if n.check == check]


def levels(notes: list[AuditNote], channel: str | None = None) -> set[str]:
    return {n.level for n in notes if channel is None or n.channel == channel}
