"""Physics features beside the embedding: a bearing's lines against chance, level, symmetry.

They say in a few numbers what the rules of stage 2's rivals stand on, so that the head can lean on
either. None depends on gain, but for the velocity, which is masked where nothing is calibrated.
"""

from dataclasses import dataclass

import numpy as np

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.features import FeatureSpec, extract
from dsp.lines import search
from dsp.order import defect_lines
from dsp.vector import BoolArray, Float32Array
from models.bearing.family import families
from models.bearing.reading import bank_of, check_turns
from models.shaft.level import velocity_severity
from models.shaft_speed import ShaftSpeed
from models.window import tail_spectra
from sensors.capture import Capture, Sense
from sensors.errors import WindowTooShort
from sensors.motor import Bearing, Motor

FAMILIES = ("BPFO", "BPFI", "2 x BSF", "FTF")
PER_FAMILY = ("over_bar_db", "depth_db", "sidebands_db")
NAMES = (
    *(f"{family.replace(' ', '').lower()}_{what}" for family in FAMILIES for what in PER_FAMILY),
    "envelope_kurtosis_db",
    "velocity_db",
    "current_unbalance_db",
)
"""Units are dB: line over the 99th percentile of pseudo-lines, modulation depth over 1, weaker
sideband over its floor, kurtosis over 1, velocity over 1 mm/s RMS, negative over positive
sequence."""
CURRENT = FeatureSpec(senses=(Sense.POWER,))
UNBALANCE = CURRENT.names.index("cur_unbalance_db")


@dataclass(frozen=True, slots=True)
class PhysicsFeatures:
    """Features of one capture, for one bearing.

    Attributes
    ----------
    values : float32 array, shape (P,)
        In the order of `NAMES`; NaN where masked.
    mask : bool array, shape (P,)
        True where it could not be measured.
    """

    values: Float32Array
    mask: BoolArray


def physics_features(
    capture: Capture,
    motor: Motor,
    bearing: Bearing | None,
    notes: tuple[AuditNote, ...],
    speed: ShaftSpeed | None,
) -> PhysicsFeatures:
    """Measure the features of a capture.

    Parameters
    ----------
    capture : Capture
        Its last ten seconds are read.
    motor : Motor
        Nameplate.
    bearing : Bearing or None
        Whose lines are looked for.
    notes : tuple of AuditNote
        Channels that the audit refuses are not looked at.
    speed : ShaftSpeed or None
        Without it lines and velocity are masked.
    """
    found: dict[str, float] = {}
    if speed is not None:
        found |= _bearing_lines(capture, bearing, notes, speed)
        severity = velocity_severity(capture, motor, notes, speed)
        if severity is not None and severity.value > 0:
            found["velocity_db"] = 20 * float(np.log10(severity.value))
    if refused(notes, "current") is None:
        found["current_unbalance_db"] = float(extract(capture, motor, CURRENT).values[UNBALANCE])
    values = np.array([found.get(name, np.nan) for name in NAMES], dtype=np.float32)
    return PhysicsFeatures(values, ~np.isfinite(values))


def _bearing_lines(
    capture: Capture, bearing: Bearing | None, notes: tuple[AuditNote, ...], speed: ShaftSpeed
) -> dict[str, float]:
    blocks = [
        block
        for block in capture.of(Sense.VIBRATION)
        if block.values.size and refused(notes, "bearing", channel=block.channel.name) is None
    ]
    lines = () if bearing is None else defect_lines(bearing)
    if not blocks or not lines:
        return {}
    try:
        spectra = tail_spectra(blocks)
        check_turns(spectra, speed.hz)
        bank = bank_of(spectra, lines, speed.hz)
        matches = search(bank, lines, shaft_hz=speed.hz, speed_tolerance=speed.tolerance)
    except WindowTooShort:
        return {}
    found: dict[str, float] = {}
    best = 0.0
    for family in families(bank, lines, matches, speed.hz):
        match, name = family.match, family.line.name.replace(" ", "").lower()
        found[f"{name}_over_bar_db"] = match.level_db - match.bar_db
        found[f"{name}_depth_db"] = _db(match.depth, 1e-3)
        if family.sidebands_db is not None:
            found[f"{name}_sidebands_db"] = min(family.sidebands_db)
        best = max(best, bank.origins[match.row].kurtosis)
    found["envelope_kurtosis_db"] = 10 * float(np.log10(1 + best))
    return found


def _db(value: float, least: float) -> float:
    return 20 * float(np.log10(max(value, least)))
