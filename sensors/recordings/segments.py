"""When the pieces of a recording were taken: from file names, numbers or an index column."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sensors.capture import Clock
from sensors.errors import BadConfig, MissingChannel
from sensors.recordings.facts import Facts
from sensors.recordings.matching import Match
from sensors.recordings.recording import Segment, Track
from sensors.recordings.schema import Snapshots

NANOSECONDS = 1_000_000_000
LATEST_S = 4e9
"""A century and more; 64 bits hold twice that in nanoseconds."""


def find_segments(
    match: Match, facts: Facts, tracks: Sequence[Track]
) -> tuple[tuple[Segment, ...], Clock]:
    """Return the uninterrupted pieces of a recording in order of time, and whose time it is.

    Raises
    ------
    BadConfig
        A date does not fit `time_format`, two files claim one time, or a period is missing.
    """
    snapshots = match.entry.snapshots
    if snapshots is None:
        segments = [Segment(_dated(match, 0) or 0, match.files[0])]
    elif snapshots.samples is None:
        segments = _one_a_file(match, facts, snapshots)
    else:
        segments = _many_a_file(match, facts, snapshots, tracks[0])
    ordered = sorted(segments, key=lambda segment: segment.t0_ns)
    return tuple(ordered), "utc" if match.entry.time_format else "unknown"


def _dated(match: Match, number: int) -> int | None:
    """Return the time in the name of file `number`, without rounding through a float."""
    pattern = match.entry.time_format
    if pattern is None:
        return None
    text = match.groups[number].get("time", "")
    try:
        moment = datetime.strptime(text, pattern)
    except ValueError as error:
        raise BadConfig(
            f"{match.where}: field `time_format`: {error}, in {match.files[number].name}"
        ) from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    since = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * NANOSECONDS + since.microseconds * 1000


def _one_a_file(match: Match, facts: Facts, snapshots: Snapshots) -> list[Segment]:
    times: dict[int, Path] = {}
    for number, file in enumerate(match.files):
        t0_ns = _dated(match, number)
        if t0_ns is None:
            own = Facts(facts.where, facts.source, match.groups[number])
            index = own.number("snapshots.index", snapshots.index)
            t0_ns = _at(number if index is None else index, _period_s(match, facts, snapshots))
        if t0_ns in times:
            raise BadConfig(
                f"{match.where}: {times[t0_ns].name} and {file.name} claim the same time; "
                "mend `pattern` or `snapshots.index`"
            )
        times[t0_ns] = file
    return [Segment(t0_ns, file) for t0_ns, file in times.items()]


def _many_a_file(match: Match, facts: Facts, snapshots: Snapshots, track: Track) -> list[Segment]:
    samples = int(facts.number("snapshots.samples", snapshots.samples) or 0)
    if samples < 1:
        raise BadConfig(f"{match.where}: field `snapshots.samples` = {samples} must be at least 1")
    count = _count(facts, track.column, samples)
    period_s = facts.number("snapshots.period_s", snapshots.period_s) or samples / track.rate_hz
    start_ns = _dated(match, 0) or 0
    return [
        Segment(start_ns + _at(index, period_s), match.files[0], number * samples, samples)
        for number, index in enumerate(_indices(facts, snapshots, count))
    ]


def _count(facts: Facts, name: str, samples: int) -> int:
    """Return how many pieces a column has; where the file does not say, by looking for each."""
    column = facts.column("channels.column", name)
    if column is not None and column.samples is not None:
        return -(-column.samples // samples)
    count = 0
    while facts.source.read(name, count * samples, count * samples + 1).size:
        count += 1
    return count


def _indices(facts: Facts, snapshots: Snapshots, count: int) -> list[float]:
    if snapshots.index is None:
        return [float(number) for number in range(count)]
    name = snapshots.index.column
    column = None if name is None else facts.column("snapshots.index", name)
    found = () if column is None else tuple(facts.source.read(column.name, 0, count))
    if len(found) != count:
        raise MissingChannel(
            f"{facts.source.path}: `snapshots.index` of {facts.where} must name a column with one "
            f"number for each of {count} snapshots; it has {len(found)}"
        )
    return [float(index) for index in found]


def _period_s(match: Match, facts: Facts, snapshots: Snapshots) -> float:
    period_s = facts.number("snapshots.period_s", snapshots.period_s)
    if period_s is None:
        raise BadConfig(
            f"{match.where}: `snapshots` needs `period_s`, the seconds from one to the next, "
            "or dates in the file names (`pattern` with a group `time`, and `time_format`)"
        )
    return period_s


def _at(index: float, period_s: float) -> int:
    at_s = index * period_s
    if not abs(at_s) < LATEST_S:
        raise BadConfig(
            f"snapshot {index:g} every {period_s:g} s lies outside of all time; mend "
            "`snapshots.index` or `snapshots.period_s`"
        )
    return round(at_s * NANOSECONDS)
