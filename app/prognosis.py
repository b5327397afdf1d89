"""Motors as series of one level: from recordings or from a store's reports to an outlook."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.packing import vector_of
from app.training import lives_of
from app.vectors import vectors_of, with_progress
from dsp.features import FeatureSpec
from dsp.vector import FeatureVector
from models.prognosis.choice import choose_indicator
from models.prognosis.machine_class import common_class, machine_class
from models.prognosis.outlook import Outlook, outlook
from models.prognosis.population import Origin, Population, learn_population
from models.prognosis.rules import PrognosisRules
from models.prognosis.series import LevelSeries, level_series
from models.prognosis.withheld_life import measured_levels
from sensors.capture import Clock, Sense
from sensors.errors import BadConfig, BadSamples, MissingChannel, SpecMismatch, TooFewWindows
from sensors.motor import Motor
from sensors.recordings.recording import Recording

SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Watched:
    """One motor's windows in order of time.

    Attributes
    ----------
    unit_id, source : str
        Whose, and where they come from.
    vectors : tuple of FeatureVector
        One a window.
    motor : Motor or None
        Nameplate, where known.
    clock : str
        ``utc`` or ``unknown``.
    """

    unit_id: str
    source: str
    vectors: tuple[FeatureVector, ...]
    motor: Motor | None
    clock: Clock


def watched_recordings(recordings: Iterable[Recording], spec: FeatureSpec) -> list[Watched]:
    """Join recordings of one unit into its series.

    Raises
    ------
    BadSamples
        Several recordings of one unit, of which one has no date: their order is unknown.
    MissingChannel
        None has vibration.
    """
    units: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        if any(channel.sense == Sense.VIBRATION for channel in recording.channels):
            units[unit_of(recording)].append(recording)
    if not units:
        raise MissingChannel("no recording has a channel of vibration: prognosis trends its level")
    for unit, several in units.items():
        undated = [one.title for one in several if one.clock == "unknown"]
        if len(several) > 1 and undated:
            raise BadSamples(
                f"{len(several)} recordings of {unit!r}, and {undated[0]} has no date, so their "
                "order is unknown: give dates in the manifest, or name one recording"
            )
    vectors: dict[str, list[FeatureVector]] = defaultdict(list)
    for recording in with_progress([one for each in units.values() for one in each], "extracting"):
        vectors[unit_of(recording)].extend(vectors_of(recording, spec))
    return [
        Watched(unit, str(first.path), _in_time(vectors[unit]), first.motor, first.clock)
        for unit, (first, *_) in units.items()
    ]


def unit_of(recording: Recording) -> str:
    """Return whose life a recording is part of."""
    return recording.unit_id or recording.motor.motor_id


def _in_time(vectors: Iterable[FeatureVector]) -> tuple[FeatureVector, ...]:
    return tuple(sorted(vectors, key=lambda one: one.t1_ns))


def watched_in_store(url: str, motor_id: str, motor: Motor | None, spec: FeatureSpec) -> Watched:
    """Return the windows that a store's reports of a motor carry.

    Raises
    ------
    BadConfig
        There is no such store.
    TooFewWindows
        It holds no report of this motor.
    SpecMismatch
        Its features are of another specification.
    """
    from app.store import open_store

    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE).split("?")[0]).exists():
        raise BadConfig(f"{url}: no such store; `motorwatch replay SOURCE --store {url}` makes one")
    with open_store(url) as store:
        reports = list(store.reports(motor_id))
    if not reports:
        raise TooFewWindows(f"{url}: no report of motor {motor_id!r}; check --motor-id")
    strange = next((one for one in reports if one.spec_id != spec.spec_id), None)
    if strange is not None:
        raise SpecMismatch(
            f"{url}: report {strange.seq} of {motor_id!r} has features of spec {strange.spec_id}, "
            f"this program's are {spec.spec_id}: replay the recordings into a new store"
        )
    return Watched(motor_id, url, _in_time(map(vector_of, reports)), motor, reports[0].clock)


def learn_lives(
    recordings: Sequence[Recording], spec: FeatureSpec, rules: PrognosisRules, *, origin: Origin
) -> Population:
    """Learn from recordings that run to failure: the level to trend, ends, drifts.

    Raises
    ------
    TooFewWindows
        Fewer than three of them, or one too short.
    """
    failed = [recording for recording in recordings if recording.run_to_failure]
    lives = lives_of(failed, spec)
    if not lives:
        raise TooFewWindows(
            "--lives: no recording with vibration runs to failure; say `run_to_failure = true` in "
            "the manifest of those that do"
        )
    levels = measured_levels(lives, spec.names, rules)
    by_indicator = {name: list(series.values()) for name, series in levels.items()}
    chosen = choose_indicator(by_indicator, rules)
    return learn_population(
        by_indicator[chosen.indicator],
        rules,
        origin=origin,
        machine_class=common_class((one.motor for one in failed), rules.hours),
    )


def series_of(
    watched: Watched, spec: FeatureSpec, rules: PrognosisRules, population: Population | None
) -> LevelSeries:
    """Return the level to be trended: that of the population, else the first that is measured.

    Raises
    ------
    MissingChannel
        None is.
    """
    wanted = rules.indicator.candidates if population is None else (population.indicator,)
    for indicator in wanted:
        try:
            return level_series(
                watched.unit_id, watched.vectors, spec.names, indicator, rules.indicator
            )
        except MissingChannel as missing:
            refused = missing
    raise MissingChannel(f"{watched.source}: {refused}") from refused


def outlook_of(
    watched: Watched, series: LevelSeries, rules: PrognosisRules, population: Population | None
) -> Outlook:
    """Say what a motor's series supports."""
    known = None if watched.motor is None else machine_class(watched.motor, rules.hours)
    return outlook(series, rules, population, machine_class=known)
