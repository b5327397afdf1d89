"""The acquisition audit, which asks whether a capture is fit for a diagnosis.

Every check is one file of this package and reads the same `Scene`. It reports what it saw as
notes and refuses diagnoses that the data cannot support, with the reason. What no check can know
(a rate mislabelled without a mains line in sight, a lost sample without a clock) is called
unverified.
"""

from collections.abc import Callable, Iterator

from dsp.audit import (
    calibration,
    channels,
    clipping,
    content,
    continuity,
    duplicates,
    finite,
    jitter,
    mains,
    needs,
    offset,
    quantisation,
    stopped,
    stuck,
    synchrony,
    thermocouple,
)
from dsp.audit.survey import Scene, survey_block
from dsp.audit_note import AuditNote
from sensors.capture import Capture
from sensors.motor import Motor

Check = Callable[[Scene], Iterator[AuditNote]]

CHECKS: tuple[tuple[str, Check, str], ...] = (
    ("finite", finite.check, "every sample is a number"),
    ("stuck", stuck.check, "no channel stands still"),
    ("stopped", stopped.check, "nothing says that the motor stands still"),
    ("clipping", clipping.check, "no flat tops at the extremes"),
    ("quantisation", quantisation.check, "levels stand clear of the converters' steps"),
    ("offset", offset.check, "no constant offset out of the ordinary"),
    ("calibration", calibration.check, "physical units throughout"),
    ("rate", mains.check, "no waveform whose rate matters"),
    ("bandwidth", content.check, "content reaches up to the anti-alias filters"),
    ("continuity", continuity.check, "no waveform to be continuous"),
    ("jitter", jitter.check, "no irregular sampling seen"),
    ("synchrony", synchrony.check, "no two clocks to compare"),
    ("duplicates", duplicates.check, "no run of samples occurs twice"),
    ("channels", channels.check, "channels differ and phases fit each other"),
    ("thermocouple", thermocouple.check, "temperatures are such as a motor can have"),
    ("resolution", needs.check, "long and wide enough for every diagnosis of its senses"),
)
"""Name, check, and what it means when the check finds nothing.

The most fundamental first: a sensor that delivers nothing, a motor that does not turn, then how
well it was measured. Where several refuse a diagnosis, `refused` gives the first as the reason."""


def audit(
    capture: Capture, motor: Motor, *, previous: Capture | None = None
) -> tuple[AuditNote, ...]:
    """Audit one capture.

    Parameters
    ----------
    capture : Capture
        Any length; a second or more lets the mains serve as a clock.
    motor : Motor
        Nameplate and speed decide what a diagnosis needs.
    previous : Capture, optional
        The capture before it, for breaks between them and blocks delivered twice.

    Returns
    -------
    tuple of AuditNote
        At least one note a check, ``ok`` where it found nothing.
    """
    scene = _scene(capture, motor, previous)
    notes: list[AuditNote] = []
    for name, check, all_well in CHECKS:
        found = list(check(scene))
        notes += found or [AuditNote(check=name, level="ok", text=all_well)]
    return tuple(notes)


def stands_still(capture: Capture, motor: Motor) -> bool:
    """Return whether the audit would say of a capture that its motor stands still."""
    notes = stopped.check(_scene(capture, motor, None))
    return any(note.refuses == stopped.ASKS_MOTION for note in notes)


def _scene(capture: Capture, motor: Motor, previous: Capture | None) -> Scene:
    surveys = tuple(s for s in map(survey_block, capture.blocks) if s is not None)
    return Scene(capture, motor, previous, surveys)


def refused(notes: tuple[AuditNote, ...], kind: str, *, channel: str | None = None) -> str | None:
    """Return why a kind of diagnosis is forbidden, or None where it is not.

    Parameters
    ----------
    notes : tuple of AuditNote
        From `audit`.
    kind : str
        ``vibration``, ``bearing``, ``velocity_severity``, ``slip``, ``current``, ``power``,
        ``sound`` or ``temperature``.
    channel : str, optional
        The channel that the diagnosis would use: only notes on it or on the whole capture then
        count. Without it a refusal on any channel counts.
    """
    for note in notes:
        if channel is not None and note.channel not in (None, channel):
            continue
        if kind in note.refuses or "all" in note.refuses:
            return note.text if note.channel is None else f"{note.channel}: {note.text}"
    return None
