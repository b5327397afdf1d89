"""From one capture to one feature vector.

Each block is transformed once, and every spectral feature reads that transform. What cannot be
measured is masked: a channel that is not there, a window too short, speed or geometry unknown.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dsp.features.current import current_row
from dsp.features.groups import GROUPS
from dsp.features.levels import Row
from dsp.features.sound import sound_row
from dsp.features.spec import Feature, FeatureSpec
from dsp.features.temperature import temperature_row
from dsp.features.vibration import vibration_row
from dsp.features.wave import Wave, measure
from dsp.vector import FeatureVector
from sensors.capture import Capture, SampleBlock, Sense
from sensors.motor import Motor

WAVEFORMS = frozenset({Sense.VIBRATION, Sense.SOUND, Sense.POWER})
"""Senses whose features are read off a spectrum."""


def extract(
    capture: Capture,
    motor: Motor,
    spec: FeatureSpec,
    *,
    bands: Mapping[str, tuple[float, float]] | None = None,
) -> FeatureVector:
    """Compute the features of one capture.

    Parameters
    ----------
    capture : Capture
        One window of one motor.
    motor : Motor
        Whose bearings and speed place the lines.
    spec : FeatureSpec
        Which features, in which order.
    bands : mapping of channel name to (float, float), optional
        Demodulation band of each vibration channel, as `dsp.demodulation` caches it. A channel
        without one is searched anew, which costs many times the rest.

    Returns
    -------
    FeatureVector
        Of float32 values, NaN and masked where a feature could not be measured. Blocks with
        non-finite samples are left out as if their channel were missing.
    """
    blocks = [block for block in capture.blocks if block.channel.sense in spec.senses]
    waves = measure([block for block in blocks if block.channel.sense in WAVEFORMS])
    shaft_hz = shaft_frequency(capture, motor)
    rows = [
        _sense_row(sense, blocks, waves, motor, spec, shaft_hz, bands or {})
        for sense in spec.senses
    ]
    values = np.concatenate(rows) if rows else np.zeros(0)
    short = _min_windows(spec) > capture.duration_s * (1 + 1e-6)
    values[short | ~np.isfinite(values)] = np.nan
    return FeatureVector(
        spec_id=_spec_id(spec),
        motor_id=capture.motor_id,
        motor_hash=_motor_hash(motor),
        t0_ns=capture.t0_ns,
        t1_ns=capture.t1_ns,
        seq=capture.seq,
        values=values.astype(np.float32),
        mask=np.isnan(values),
        speed_rpm=None if shaft_hz is None else shaft_hz * 60,
        load=capture.load,
    )


def shaft_frequency(capture: Capture, motor: Motor) -> float | None:
    """Return shaft frequency in Hz: the capture's own speed, else the motor's usual one."""
    rpm = capture.speed_rpm or motor.nominal_rpm
    return None if rpm is None else rpm / 60


def _sense_row(
    sense: Sense,
    blocks: Sequence[SampleBlock],
    waves: Sequence[Wave],
    motor: Motor,
    spec: FeatureSpec,
    shaft_hz: float | None,
    bands: Mapping[str, tuple[float, float]],
) -> Row:
    if sense is Sense.TEMPERATURE:
        return temperature_row([block for block in blocks if block.channel.sense is sense])
    own = [wave for wave in waves if wave.block.channel.sense is sense]
    if not own:
        return np.full(len(_features(spec, sense)), np.nan)
    if sense is Sense.VIBRATION:
        return vibration_row(own, motor, spec, shaft_hz, bands)
    return sound_row(own, spec) if sense is Sense.SOUND else current_row(own, shaft_hz)


@lru_cache(maxsize=64)
def _features(spec: FeatureSpec, sense: Sense) -> list[Feature]:
    return GROUPS[sense](spec)


@lru_cache(maxsize=16)
def _min_windows(spec: FeatureSpec) -> npt.NDArray[np.float64]:
    return np.array([feature.min_window_s for feature in spec.features])


@lru_cache(maxsize=1024)
def _motor_hash(motor: Motor) -> str:
    return motor.motor_hash


@lru_cache(maxsize=16)
def _spec_id(spec: FeatureSpec) -> str:
    return spec.spec_id
