"""`motorwatch prognose`: does a level rise, how fast, and by when to look."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app.cli.console import escape, note, out, print_json
from app.cli.loading import load
from app.cli.options import (
    BearingOption,
    JsonOption,
    ManifestOption,
    MotorOption,
    RateOption,
    RpmOption,
)
from app.cli.trend_chart import trend_chart
from app.prognosis import (
    Watched,
    learn_lives,
    outlook_of,
    series_of,
    unit_of,
    watched_in_store,
    watched_recordings,
)
from dsp.features import FeatureSpec
from models.prognosis.outlook import Hours, Outlook, duration_text
from models.prognosis.population import Origin, Population
from models.prognosis.rules import PROGNOSIS_RULES, PrognosisRules, load_prognosis_rules
from models.prognosis.series import LevelSeries
from sensors.errors import BadConfig, MotorwatchError
from sensors.motor_file import load_motor


def prognose(
    sources: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Recordings over hours to months: a run-to-failure series, or dated recordings.",
            show_default=False,
        ),
    ] = None,
    manifest: ManifestOption = None,
    store: Annotated[
        str | None,
        typer.Option("--store", help="Instead of recordings: a store's URL, sqlite:///path.db."),
    ] = None,
    motor_id: Annotated[
        str | None, typer.Option("--motor-id", help="Which motor of the store.")
    ] = None,
    until: Annotated[
        float | None,
        typer.Option(
            "--until",
            help="Look at it as it stood this many hours after its first window: what would have "
            "been said then.",
        ),
    ] = None,
    lives: Annotated[
        Path | None,
        typer.Option(
            "--lives",
            help="Folder of recordings that ran to failure: at which level, and after which drift.",
        ),
    ] = None,
    lives_manifest: Annotated[
        str | None, typer.Option("--lives-manifest", help="Manifest of --lives.")
    ] = None,
    field: Annotated[
        bool,
        typer.Option(
            "--field",
            help="The --lives ended in service, not in accelerated tests. Without this no hours "
            "are shown, however many there are.",
        ),
    ] = False,
    rules: Annotated[
        Path, typer.Option("--rules", help="Own rules, of the form of prognosis.toml.")
    ] = PROGNOSIS_RULES,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether a motor's vibration rises, how fast, and by when to inspect it.

    The level (in dB, at the operating point of the last window) is tested for a rise that chance
    does not explain, over all of the history, its last half, quarter and so on. Without one
    nothing is foretold. With one you get slope, acceleration and an inspect-by date with its
    reason.

    Hours to failure appear only where enough failures of the same class of machine in the field
    were learnt with --lives and --field: accelerated tests are not field life. Many bearings
    break without any trend; silence is no promise.

    Examples: motorwatch prognose pump/ --manifest pump.toml;
    motorwatch prognose data/femto_npz/Bearing1_3.npz --manifest femto_npz --until 5;
    motorwatch prognose --store sqlite:///plant.db --motor-id pump
    """
    if bool(sources) == (store is not None):
        raise BadConfig("give recordings, or --store with --motor-id")
    if (store is None) != (motor_id is None):
        raise BadConfig("--store and --motor-id go together: a store holds several motors")
    if lives is None and (field or lives_manifest is not None):
        raise BadConfig("--field and --lives-manifest say something of --lives: name its folder")
    if until is not None and not until > 0.0:
        raise BadConfig(f"--until {until:g} must be a number of hours above 0")
    spec, settings = FeatureSpec(), load_prognosis_rules(rules)
    if store is not None and motor_id is not None:
        known = None if motor is None else load_motor(motor)
        watched = [watched_in_store(store, motor_id, known, spec)]
    else:
        recordings = load(sources or [], manifest, motor, rate, rpm, bearing)
        watched = watched_recordings(recordings, spec)
    population = None
    if lives is not None:
        learnt = load([lives], lives_manifest, None, None, None, None)
        judged = {one.unit_id for one in watched}
        # A life that is judged must not have taught by what its end looked like.
        others = [one for one in learnt if unit_of(one) not in judged]
        origin: Origin = "field" if field else "test"
        population = learn_lives(others, spec, settings, origin=origin)
    _say_each(watched, until, settings, population, as_json=as_json)


def _say_each(
    watched: list[Watched],
    until_h: float | None,
    rules: PrognosisRules,
    population: Population | None,
    *,
    as_json: bool,
) -> None:
    """Say what each series supports; one that cannot be used does not silence the others."""
    failures: list[MotorwatchError] = []
    for one in watched:
        try:
            series = _until(series_of(one, FeatureSpec(), rules, population), until_h)
            said = outlook_of(one, series, rules, population)
        except MotorwatchError as error:
            failures.append(error)
            if len(watched) > 1:
                note(f"{one.unit_id}: {error}")
            continue
        if as_json:
            print_json({"source": one.source, "clock": one.clock, **msgspec.structs.asdict(said)})
        else:
            _print(one, series, said, population)
    if failures:
        raise failures[0]


def _until(series: LevelSeries, until_h: float | None) -> LevelSeries:
    if until_h is None:
        return series
    return series.until(int(series.t_ns[0]) + round(until_h * 3.6e12))


def _print(
    watched: Watched, series: LevelSeries, said: Outlook, population: Population | None
) -> None:
    span = duration_text(float(series.t_ns[-1] - series.t_ns[0]) / 1e9)
    out.print(
        f"[bold]{escape(said.unit_id)}[/]: {said.indicator} of {said.windows} windows over {span}, "
        f"now {said.rise_db:+.1f} dB from its quiet level"
    )
    out.print(trend_chart(series, said.quiet_db), markup=False)
    if said.trend is None:
        out.print(f"[cyan]no trend[/]: {said.reason}. Nothing is foretold.")
        if said.inspect_reason is not None:
            out.print(f"[bold]inspect[/] at once: {said.inspect_reason}")
        if population is not None:
            out.print(
                f"Of {population.lives} lives that ended, {population.lives - population.rising} "
                "did so without a significant trend: silence is no promise."
            )
        return
    trend = said.trend
    out.print(f"[yellow]rising[/]: {said.reason}")
    out.print(
        f"acceleration {trend.acceleration_db_per_h2:.3g} ± {trend.acceleration_error:.2g} dB/h²: "
        f"{trend.pace}"
    )
    out.print(f"[bold]inspect[/] {_by(watched, said)}: {said.inspect_reason}")
    out.print(_hours(said.hours) if said.hours else f"no hours: {said.hours_withheld}")


def _by(watched: Watched, said: Outlook) -> str:
    ahead_s = ((said.inspect_by_ns or said.now_ns) - said.now_ns) / 1e9
    within = f"within {duration_text(ahead_s)} of the last window" if ahead_s > 0 else "at once"
    if watched.clock == "unknown" or said.inspect_by_ns is None:
        return within
    day = datetime.fromtimestamp(said.inspect_by_ns / 1e9, tz=UTC)
    return f"{within}, by {day:%Y-%m-%d %H:%M} UTC"


def _hours(hours: Hours) -> str:
    low, median, high = (
        "no bound" if one is None else f"{one:.3g} h"
        for one in (hours.low_h, hours.median_h, hours.high_h)
    )
    return (
        f"remaining life: median {median}, {hours.coverage:.0%} interval {low} to {high}; failure "
        f"within {hours.horizon_h:g} h with probability {hours.probability:.2f} (learnt from "
        f"{hours.failures} failures in the field)"
    )
