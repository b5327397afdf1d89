"""How a feature of the spec is shown to people: its name, its scale, and what change counts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from app.report.spectra import QUANTITIES
from dsp.features.spec import Feature
from sensors.capture import Sense, Unit

Values = npt.NDArray[np.float64]
Scale = Literal["amplitude", "power", "octave", "plain"]

FARTHEST: dict[Scale, float] = {"amplitude": 400.0, "power": 200.0, "octave": 60.0, "plain": 1e12}
"""No sensor says more; a forged report must not break a plot."""
SENSES = {"vib": "vibration", "snd": "sound", "cur": "current", "temp": "temperature"}
NAMES = {
    "rms_db": "RMS",
    "peak_db": "peak",
    "crest_db": "crest factor",
    "kurtosis_db": "kurtosis (noise: 3)",
    "skewness": "skewness",
    "centroid_oct": "spectral centroid",
    "flatness_db": "spectral flatness",
    "entropy": "spectral entropy",
    "velocity_db": "velocity RMS",
    "envelope_db": "envelope RMS",
    "envelope_kurtosis_db": "envelope kurtosis",
    "bpfo_db": "BPFO in the envelope",
    "bpfi_db": "BPFI in the envelope",
    "2bsf_db": "2 x BSF in the envelope",
    "ftf_db": "FTF in the envelope",
    "line_oct": "line frequency",
    "thd_db": "total harmonic distortion",
    "shaft_sideband_db": "shaft sidebands",
    "unbalance_db": "unbalance (negative sequence)",
    "degc": "frame",
    "rise": "rate of rise",
}
GROUPS = (
    ("level", r"vib_(velocity|rms|peak)_db"),
    ("impulsiveness", r"vib_(crest|kurtosis)_db"),
    ("envelope", r"vib_envelope(_kurtosis)?_db"),
    ("lines", r"vib_(bpfo|bpfi|2bsf|ftf)_db"),
    ("orders", r"vib_order_\d+_db"),
    ("bands", r"vib_(band|packets)_.*"),
    ("sound", r"snd_.*"),
    ("current", r"cur_.*"),
    ("temperature", r"temp_.*"),
)
"""Each names at most one trend, so that six trends do not tell one story six times."""
SMALLEST = {"octave": 0.05, "1": 0.05, "degC": 1.0, "K/min": 0.2}
"""Spread below which a change is not worth telling, by unit; decibels otherwise."""
SMALLEST_DB = 0.5


@dataclass(frozen=True, slots=True)
class Shown:
    """One feature as people read it."""

    title: str
    axis: str
    scale: Scale

    @property
    def is_log(self) -> bool:
        """Whether its axis is logarithmic."""
        return self.scale in ("amplitude", "power")

    def values(self, raw: Values) -> Values:
        """Return values of the feature in the unit of `axis`, held where an axis can show them."""
        held = np.clip(raw, -FARTHEST[self.scale], FARTHEST[self.scale])
        if self.scale == "amplitude":
            return np.asarray(10 ** (held / 20))
        if self.scale == "power":
            return np.asarray(10 ** (held / 10))
        return np.exp2(held) if self.scale == "octave" else held

    def change(self, before: float, after: float) -> str:
        """Say how far a value has moved."""
        if self.is_log:
            return f"× {self.ratio(before, after):.3g}"
        if self.scale == "octave":
            return f"{self.ratio(before, after) - 1:+.0%}"
        return f"{after - before:+.3g}"

    def ratio(self, before: float, after: float) -> float:
        """Return after over before, in the unit of `axis`."""
        first, last = self.values(np.array([before, after]))
        return float(last / first)


def group_of(feature: Feature) -> str | None:
    """Return the group that a feature speaks for, or None."""
    return next((name for name, like in GROUPS if re.fullmatch(like, feature.name)), None)


def smallest_change(feature: Feature) -> float:
    """Return the spread below which this feature's changes are nothing."""
    return SMALLEST.get(feature.unit, SMALLEST_DB)


def shown(feature: Feature, units: Mapping[Sense, tuple[Unit, ...]]) -> Shown:
    """Return how to show a feature.

    Parameters
    ----------
    feature : Feature
        Of the spec.
    units : mapping of Sense to tuple of Unit
        What the channels really measured in: a level re 1 m/s2 of an uncalibrated channel is one
        re its own unit.
    """
    prefix, _, rest = feature.name.partition("_")
    title = f"{SENSES.get(prefix, prefix)}: {_named(rest)}"
    if feature.unit.startswith("dB re 1 "):
        said = feature.unit.removeprefix("dB re 1 ")
        return Shown(title, _axis(said, units.get(feature.sense, ())), "amplitude")
    if feature.unit == "octave":
        return Shown(title, "Hz", "octave")
    if rest.startswith(("kurtosis", "envelope_kurtosis")):
        return Shown(title, "ratio", "power")
    if rest.startswith("crest"):
        return Shown(title, "ratio", "amplitude")
    axis = {"1": "no unit", "degC": "°C"}.get(feature.unit, feature.unit)
    return Shown(title, axis, "plain")


def _named(rest: str) -> str:
    if rest in NAMES:
        return NAMES[rest]
    found = re.fullmatch(r"(band|packets|order)_([\d.]+)_?([\d.]*)_db", rest)
    if found is None:
        return rest.replace("_", " ")
    kind, low, high = found.groups()
    if kind == "order":
        return f"{low} × shaft speed, peak"
    return f"{'RMS' if kind == 'band' else 'wavelet packets'} {low}–{high} Hz"


def _axis(said: str, measured: tuple[Unit, ...]) -> str:
    known = {unit.value: text for unit, (_, text) in QUANTITIES.items()}
    if said not in known or not measured or said in measured:
        return known.get(said, said)
    return QUANTITIES[measured[0]][1]
