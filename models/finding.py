"""What a diagnosis says: findings with their evidence, or the reason for abstaining.

These names are the stable interface of `motorwatch diagnose --json` and `replay --json`.
"""

from typing import Literal

import msgspec

from dsp.audit_note import AuditNote
from sensors.capture import Sense
from sensors.conditions import Condition

Confidence = Literal["low", "medium", "high"]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One observed fact that speaks for a finding.

    Attributes
    ----------
    text : str
        The fact as an engineer would say it, one line.
    channel : str or None
        Where it was seen.
    line : str or None
        Name of the spectral line, e.g. ``BPFO`` or ``2 x BSF``.
    expected_hz, found_hz : float or None
        Where kinematics puts the line, and where it stands.
    level_db : float or None
        Height over the local floor, in decibels.
    chance : float or None
        Probability that pseudo-lines of the same spectrum reach this level.
    band_hz : tuple of float or None
        Demodulation band of an envelope line.
    sense : Sense or None
        Which of the senses saw it.
    tolerance_hz : float or None
        How far from `expected_hz` the line was looked for, to either side.
    harmonics_db, sidebands_db : tuple of float or None
        Heights of the family's members, and of the sidebands beside it, over the local floor.
    change_db : float or None
        Against the motor's own baseline, at the same order and in the same band, as power.
    """

    text: str
    channel: str | None = None
    line: str | None = None
    expected_hz: float | None = None
    found_hz: float | None = None
    level_db: float | None = None
    chance: float | None = None
    band_hz: tuple[float, float] | None = None
    sense: Sense | None = None
    tolerance_hz: float | None = None
    harmonics_db: tuple[float, ...] | None = None
    sidebands_db: tuple[float, ...] | None = None
    change_db: float | None = None


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that a sense measured, with its unit: ``active_power 3.42 kW``."""

    name: str
    value: float
    unit: str


class Severity(msgspec.Struct, frozen=True, kw_only=True):
    """How bad, in a physical unit, with the zone of a standard or ``not applicable``."""

    value: float
    unit: str
    zone: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One condition named, with what speaks for it, and what would look the same.

    Attributes
    ----------
    condition : Condition
        What.
    confidence : str or float
        ``low``, ``medium`` or ``high``, or a calibrated probability where one was measured.
    severity : Severity or None
        How bad by a standard.
    evidence : tuple of Evidence
        What was seen, the strongest first.
    alternatives : tuple of str
        Conditions and causes that this evidence does not exclude, in an engineer's words.
    """

    condition: Condition
    confidence: Confidence | float
    severity: Severity | None = None
    evidence: tuple[Evidence, ...] = ()
    alternatives: tuple[str, ...] = ()


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A bearing of the catalogue that would make the line seen, where none is declared."""

    bearing: str
    condition: Condition
    order: float
    expected_order: float
    level_db: float


class SenseReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one sense in a diagnosis.

    Attributes
    ----------
    sense : Sense
        Which.
    state : str
        ``finding``; ``doubt`` where something stands out that cannot be named; ``clear``;
        ``unable`` where nothing could be judged; ``absent`` without a channel.
    doubts, inhibited : tuple of str
        What stands out unnamed, and what could not be judged, each with its reason.
    """

    sense: Sense
    state: Literal["finding", "doubt", "clear", "unable", "absent"]
    doubts: tuple[str, ...] = ()
    inhibited: tuple[str, ...] = ()


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is said of one capture: findings, strongest first, or why there are none.

    Attributes
    ----------
    motor_id : str
        Which motor.
    findings : tuple of Finding
        Strongest first; empty for a healthy motor, or where nothing could be named.
    abstained : str or None
        Why nothing more was said, where there is reason.
    audit : tuple of AuditNote
        What the acquisition audit saw.
    provisional : tuple of Candidate
        Bearings that would fit, where none is declared.
    shaft_hz : float or None
        Shaft frequency the diagnosis stands on.
    senses : tuple of SenseReport
        What each of the four senses could say.
    measured : tuple of Measure
        Figures that people ask for whether or not anything is wrong.
    """

    motor_id: str
    findings: tuple[Finding, ...] = ()
    abstained: str | None = None
    audit: tuple[AuditNote, ...] = ()
    provisional: tuple[Candidate, ...] = ()
    shaft_hz: float | None = None
    senses: tuple[SenseReport, ...] = ()
    measured: tuple[Measure, ...] = ()
