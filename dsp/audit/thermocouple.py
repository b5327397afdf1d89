"""Temperature sensors that do not measure: open, loose, shorted, or standing still.

An open thermocouple drives its amplifier to a rail, far outside what a motor can be; a loose one
jumps faster than copper can warm; a shorted one, or one that has fallen off, reads the air.
"""

from collections.abc import Iterator

import numpy as np

from dsp.audit.survey import Level, Scene, Survey
from dsp.audit_note import AuditNote
from sensors.capture import FloatArray, Sense, Unit

CHECK = "thermocouple"
COLDEST_DEGC, HOTTEST_DEGC = -50.0, 250.0
"""No motor is outside: insulation of the highest class ends at 180 degC. Rails of open sensors are
(850 degC for Pt100, 1372 for type K, -200 and -242 below)."""
STEP_K = 3.0
STEP_K_S = 6.0
"""A stalled rotor warms its winding by up to 6 K/s (copper at 30 A/mm2, j^2/170); steps beyond that
and 3 K are contacts."""
STEP_SCATTERS = 8.0
"""Steps of a noisy sensor are its noise: a jump is this many times their usual size."""
REFUSED_SHARE = 0.01
AIR_K = 0.5
"""A loaded motor is warmer than the air beside it by more."""
LOADED = 0.5
WARM_AFTER_S = 60.0
"""Readings over less than a minute are not compared with the air."""
STILL_S, STILL_SAMPLES = 600.0, 100
"""Ten minutes on one value, to the last digit."""
AIR = frozenset({"ambient", "air"})
AROUND = frozenset({"coolant", "fluid", "inlet", "outlet"})
"""Positions that may rightly be as cool as the air."""


def check(scene: Scene) -> Iterator[AuditNote]:
    """Refuse sensors at a rail or with jumps throughout; warn of the rest."""
    sensors = [
        survey
        for survey in scene.surveys
        if survey.channel.sense is Sense.TEMPERATURE and survey.channel.unit is Unit.DEGC
    ]
    air = next((survey for survey in sensors if survey.channel.position in AIR), None)
    for survey in sensors:
        note = _at_rail(survey) or _jumps(survey) or _still(survey)
        if note is not None:
            yield note
        elif air is not None and survey is not air:
            yield from _reads_air(survey, air, scene.capture.load)


def _at_rail(survey: Survey) -> AuditNote | None:
    outside = survey.values[(survey.values < COLDEST_DEGC) | (survey.values > HOTTEST_DEGC)]
    if not outside.size:
        return None
    text = (
        f"{outside.size} of {survey.n} readings such as {float(outside[0]):.4g} degC are no "
        "motor's: open or unplugged sensor, or a wrong scale"
    )
    return survey.note(CHECK, _level(outside.size, survey.n), text)


def _jumps(survey: Survey) -> AuditNote | None:
    sizes = np.abs(np.diff(survey.values))
    if not sizes.size:
        return None
    usual = float(np.median(sizes)) / 0.6745
    most = max(STEP_K + STEP_K_S / survey.block.rate_hz, STEP_SCATTERS * usual)
    jumps = int(np.count_nonzero(sizes > most))
    if not jumps:
        return None
    text = (
        f"{jumps} jumps of up to {float(sizes.max()):.3g} K from one reading to the next, faster "
        "than any motor warms: loose contact or interference"
    )
    return survey.note(CHECK, _level(jumps, survey.n), text)


def _still(survey: Survey) -> AuditNote | None:
    if survey.n < STILL_SAMPLES or survey.block.duration_s < STILL_S:
        return None
    if survey.lowest != survey.highest:
        return None
    return survey.note(
        CHECK,
        "note",
        f"reads {survey.lowest:.6g} degC throughout {survey.block.duration_s:.0f} s, to the last "
        "digit: coarse resolution, or a channel that is dead",
    )


def _reads_air(survey: Survey, air: Survey, load: float | None) -> Iterator[AuditNote]:
    enough = min(survey.block.duration_s, air.block.duration_s) >= WARM_AFTER_S
    if load is None or load < LOADED or not enough or survey.channel.position in AROUND:
        return
    if abs(_middle(survey.values) - _middle(air.values)) < AIR_K:
        yield survey.note(
            CHECK,
            "warning",
            f"reads the air's {air.mean:.1f} degC at load {load:.2f}: shorted or fallen off, "
            "unless the motor has just started",
        )


def _middle(values: FloatArray) -> float:
    return float(np.median(values))


def _level(bad: int, of: int) -> Level:
    return "refuse" if bad > REFUSED_SHARE * of else "warning"
