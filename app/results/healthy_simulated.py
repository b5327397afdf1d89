"""Healthy simulated motors: what the monthly budget of false alarms can be counted on.

Synthetic, and labelled so: it shows that the machinery keeps its budget where health is as
simple as the simulator's, and nothing about machines in the field.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.results.result import Cell, Protocol, Result, ResultTable
from app.results.simulated_health import HOP_S, Exposure, expose, healthy_verdicts
from app.template import template_release
from models.finding import Diagnosis
from models.intervals import proportion_interval, rate_bound
from models.threshold import HOURS_PER_MONTH
from sensors.recordings.recording import Recording

WINDOWS = 1080
"""By default: nine motors of four hours. A month of one motor is 21,900."""
MOTORS_PER_LOAD = 3
CAPTURES = 300
CAPTURES_PER_MOTOR = 10
LOADS = (0.4, 0.7, 1.0)
SEED = 500
"""Far from the seeds of the template's own motors."""


def measure(*, windows: int = WINDOWS, verdicts: int = CAPTURES) -> Result:
    """Count false alarms and false findings on healthy simulated motors.

    Parameters
    ----------
    windows : int
        Windows for stage 1, over all motors; more is a soak.
    verdicts : int
        Ten-second captures for the verdict of physics, over all motors.
    """
    release = template_release()
    each = windows // (len(LOADS) * MOTORS_PER_LOAD)
    exposures = [
        expose(release, load, SEED + 10 * place + number, each)
        for place, load in enumerate(LOADS)
        for number in range(MOTORS_PER_LOAD)
    ]
    motors = max(1, verdicts // (len(LOADS) * CAPTURES_PER_MOTOR))
    said = {
        load: [
            one
            for number in range(motors)
            for one in healthy_verdicts(load, SEED + 100 * (place + 1) + number, CAPTURES_PER_MOTOR)
        ]
        for place, load in enumerate(LOADS)
    }
    figures = _figures(exposures, [one for some in said.values() for one in some])
    return Result(
        name="healthy_simulated",
        title="Healthy simulated motors (synthetic): false alarms and false findings",
        protocol=f"Synthetic. {len(exposures)} healthy simulated motors under the template "
        "release, each learning its own baseline first; a one-second window every "
        f"{HOP_S:g} s, load wandering about three levels. And ten-second captures of other "
        "simulated healthy motors judged by physics. Seeds are not those of the template's motors.",
        tables=(_exposure_table(exposures), _verdict_table(said)),
        figures=figures,
        remarks=_remarks(exposures),
        aim="one alarm a motor-month; no false finding",
        outcome=f"{figures['alarms']} alarms in {figures['motor_hours']} simulated motor-hours (at "
        f"most {figures['bound_per_month']} a month); {figures['false_findings']} false findings "
        f"in {figures['captures']} captures",
        data="simulated",
    )


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Measure the short version; no recordings are needed."""
    del recordings, folder
    return measure()


def _exposure_table(exposures: Sequence[Exposure]) -> ResultTable:
    return ResultTable(
        title="Stage 1, every motor",
        columns=(
            "load",
            "seed",
            "hours at risk",
            "windows",
            "not judged: load not learnt",
            "raised windows",
            "of these at a load not learnt",
            "alarms",
            "reasons of alarms",
        ),
        rows=tuple(
            (
                one.load,
                one.seed,
                round(one.hours, 2),
                one.windows,
                one.unmonitored,
                one.raised,
                one.raised_outside,
                one.alarms,
                "; ".join(one.reasons) or None,
            )
            for one in exposures
        ),
    )


def _verdict_table(said: Mapping[float, Sequence[Diagnosis]]) -> ResultTable:
    rows = []
    for load, some in said.items():
        named = sum(bool(one.findings) for one in some)
        bound = proportion_interval(named, len(some))
        rows.append(
            (
                load,
                len(some),
                named,
                sum(finding.confidence == "high" for one in some for finding in one.findings),
                sum(one.abstained is not None for one in some),
                f"{bound.low:.4f} to {bound.high:.4f}",
            )
        )
    return ResultTable(
        title="Physics on ten-second captures: anything named is false",
        columns=(
            "load",
            "captures",
            "something named",
            "at high confidence",
            "abstained with a reason",
            "95 % interval of the share named",
        ),
        rows=tuple(rows),
    )


def _figures(exposures: Sequence[Exposure], said: Sequence[Diagnosis]) -> dict[str, Cell]:
    hours = sum(one.hours for one in exposures)
    alarms = sum(one.alarms for one in exposures)
    named = sum(bool(one.findings) for one in said)
    return {
        "motors": len(exposures),
        "motor_hours": round(hours, 2),
        "windows": sum(one.windows for one in exposures),
        "unmonitored_windows": sum(one.unmonitored for one in exposures),
        "raised_windows": sum(one.raised for one in exposures),
        "alarms": alarms,
        "alarms_per_month": round(alarms / hours * HOURS_PER_MONTH, 2),
        "bound_per_month": round(rate_bound(alarms, hours / HOURS_PER_MONTH), 2),
        "captures": len(said),
        "false_findings": named,
        "false_findings_high": sum(f.confidence == "high" for one in said for f in one.findings),
        "false_findings_bound": round(proportion_interval(named, len(said)).high, 4),
    }


def _remarks(exposures: Sequence[Exposure]) -> tuple[str, ...]:
    hours = sum(one.hours for one in exposures)
    raised = sum(one.raised for one in exposures)
    outside = sum(one.raised_outside for one in exposures)
    silent = sum(one.unmonitored for one in exposures)
    share = silent / max(1, silent + sum(one.windows for one in exposures))
    return (
        f"Stage 1 does not judge at loads far from those it learnt: {share:.0%} of the windows, "
        f"which count for no exposure. {outside} of {raised} raised windows stand just outside the "
        "learnt range of load: a baseline of minutes does not know the day.",
        "Synthetic: a simulated motor has stationary noise, one make and no neighbours. What is "
        "counted here bounds the machinery's own false alarms, not those of a plant.",
        f"{hours:.0f} motor-hours cannot show a budget of one alarm in {HOURS_PER_MONTH:.0f}: the "
        "bound says what they show. A longer run takes the same seeds further (`windows`).",
        f"Only one window in {HOP_S:g} s is looked at. A device that judges every second has more "
        "chances to raise three of five windows in a row, and windows closer to one another agree "
        "more: the rate of a device is not this one.",
    )


PROTOCOLS = (Protocol("healthy_simulated", (), run),)
