"""One line of aim and outcome for results that do not bring their own, from their figures."""

from collections.abc import Mapping
from string import Formatter

from app.results.result import Result

BEARINGS = (
    "80 % of units named right, none wrong at high confidence",
    "{named_right} of {units} units named right, {abstained} abstained, {missed} missed, "
    "{named_wrong} wrong ({named_wrong_high} at high confidence)",
)
LIVES = (
    "an alarm before the end in 7 of 9 lives, none in early life",
    "{alarmed} of {lives} lives alarmed before their end ({predicted} of them ten minutes or more "
    "ahead), {early_alarms} alarms in {early_h:.1f} h of early life",
)
STANDSTILL = (
    "smoke: a rig at standstill is excluded",
    "{stopped_found} of {labelled_stopped} stopped snapshots found, {stopped_elsewhere} elsewhere",
)
HEADLINES: Mapping[str, tuple[str, str]] = {
    "bearing_pool": BEARINGS,
    "cwru": BEARINGS,
    "hit_sm_bearing": BEARINGS,
    "uestc_bearing": ("abstain: the bearing is not stated", BEARINGS[1]),
    "ims_excerpt": ("smoke: no claim", BEARINGS[1]),
    "mfpt": (
        "the true line first among pseudo-lines",
        "{lines_above_99} of {lines_ranked} true lines above the 99th percentile of pseudo-lines; "
        "{named_right} of {units} named right, {named_wrong} wrong",
    ),
    "cross_rig": (
        "a classifier that holds on another rig",
        "{units_right} of {units} units of another rig named right",
    ),
    "femto_npz": LIVES,
    "femto": ("the same, on bearings judged once", LIVES[1]),
    "ims_raw": STANDSTILL,
    "ims_1st_test_start": STANDSTILL,
    "injected": (
        "show how weak a fault is still named, and nothing wrong",
        "{right_at_minus_0_db:.0%} named right at 0 dB, {right_at_minus_10_db:.0%} at -10 dB, "
        "{right_at_minus_20_db:.0%} at -20 dB; {named_wrong} of {injections} wrong",
    ),
    "healthy_simulated": (
        "few alarms and nothing named in simulated health",
        "{alarms} alarms in {motor_hours:.0f} motor-hours (at most {bound_per_month:.0f} a month), "
        "{false_findings} of {captures} captures with anything named",
    ),
}
"""Aim, and outcome with figures to fill in, by the result's name."""
FIGURES_SHOWN = 4


def aim_of(result: Result) -> str:
    """Return what was aimed at; empty where nothing was said beforehand."""
    return result.aim or HEADLINES.get(result.name, ("", ""))[0]


def outcome_of(result: Result) -> str:
    """Return what came out: the result's own line, else its headline, else its first figures."""
    if result.outcome:
        return result.outcome
    template = HEADLINES.get(result.name, ("", ""))[1]
    needed = [name for _, name, _, _ in Formatter().parse(template) if name]
    if needed and all(result.figures.get(name) is not None for name in needed):
        return template.format_map(result.figures)
    shown = list(result.figures.items())[:FIGURES_SHOWN]
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in shown)
