"""From matched files to a recording: channels, rates, speeds, labels and times filled in.

Only headers are read here. What a manifest asks for and a file does not hold is an error that
names manifest, entry, field and file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from sensors.bearing import Bearing
from sensors.capture import Channel, Sense, check_rate
from sensors.catalogue import find_bearing
from sensors.errors import BadConfig, BadRate, MissingChannel, UnknownBearing
from sensors.motor import MAX_SPEED_RPM, Motor
from sensors.recordings.facts import Facts
from sensors.recordings.guess import guess_entry, manifests_that_fit
from sensors.recordings.matching import Match
from sensors.recordings.opening import open_source
from sensors.recordings.recording import Recording, Track, recording_id
from sensors.recordings.schema import ChannelSpec, Entry
from sensors.recordings.segments import find_segments
from sensors.recordings.source import ReadOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a user states on the command line; it overrules file and manifest.

    Attributes
    ----------
    motor : Motor or None
        Nameplate and bearings.
    rate_hz, speed_rpm : float or None
        Sampling rate of channels without a rate of their own; shaft speed.
    bearing : str or None
        Catalogue name of the bearing fitted.
    sense : Sense or None
        What the channels of files without a manifest measure, where only their format spoke.
    """

    motor: Motor | None = None
    rate_hz: float | None = None
    speed_rpm: float | None = None
    bearing: str | None = None
    sense: Sense | None = None


def build_recording(match: Match, given: Given) -> Recording:
    """Make the recording of one match; its first file is opened and closed again.

    Where the entry names no channels, what it leaves out is guessed from the file.

    Raises
    ------
    BadRate
        Neither user, manifest nor file states the sampling rate.
    MissingChannel
        A column or variable is not in the file.
    """
    read = match.entry.read
    options = ReadOptions(**msgspec.structs.asdict(read)) if read else ReadOptions()
    source = open_source(match.files[0], options)
    try:
        if match.entry.channels is None:
            guessed = guess_entry(source, sense=given.sense)
            match = replace(match, entry=match.entry.filled_from(guessed))
        return _build(match, Facts(match.where, source, match.groups[0]), given, options)
    finally:
        source.close()


def _build(match: Match, facts: Facts, given: Given, options: ReadOptions) -> Recording:
    entry = match.entry
    tracks = tuple(_tracks(entry, facts, given.rate_hz))
    if not tracks:
        raise MissingChannel(
            f"{facts.source.path}: none of its columns is a channel of {facts.where}; there is "
            f"{_names(facts)}"
        )
    segments, clock = find_segments(match, facts, tracks)
    unit_id = facts.text("unit_id", entry.unit_id)
    group = facts.text("group", entry.group)
    return Recording(
        recording_id=recording_id(segments, tracks),
        path=match.path,
        title=match.title,
        motor=_motor(match, facts, given, unit_id or group or match.title),
        unit_id=unit_id,
        group=group,
        labels=facts.labels(entry.labels),
        severity=facts.number("severity", entry.severity),
        run_to_failure=bool(entry.run_to_failure),
        speed_rpm=_speed_rpm(entry, facts, given.speed_rpm),
        load=facts.number("load", entry.load),
        clock=clock,
        tracks=tracks,
        segments=segments,
        options=options,
        note=facts.text("note", entry.note) or "",
    )


def _speed_rpm(entry: Entry, facts: Facts, given_rpm: float | None) -> float | None:
    speed_rpm = given_rpm
    if speed_rpm is None:
        speed_rpm = facts.number("speed_rpm", entry.speed_rpm)
    if speed_rpm is not None and not 0.0 <= speed_rpm <= MAX_SPEED_RPM:
        raise BadConfig(
            f"{facts.source.path}: a shaft speed of {speed_rpm:g} rpm is impossible; give one "
            f"from 0 to {MAX_SPEED_RPM:g} with `--rpm`, or as `speed_rpm` in a manifest"
        )
    return speed_rpm


def _tracks(entry: Entry, facts: Facts, given_hz: float | None) -> Iterator[Track]:
    common_hz = given_hz if given_hz is not None else facts.number("rate_hz", entry.rate_hz)
    for spec in entry.channels or ():
        column = facts.column("channels.column", spec.column)
        if column is None and spec.optional:
            continue
        if column is None:
            raise MissingChannel(
                f"{facts.source.path}: no column {spec.column!r} for channel {spec.name!r} of "
                f"{facts.where}; there is {_names(facts)}"
            )
        rates = (rate for rate in (spec.rate_hz, common_hz, column.rate_hz) if rate is not None)
        rate_hz = next(rates, None)
        if rate_hz is None:
            raise BadRate(_no_rate(facts))
        check_rate(rate_hz, f"{facts.source.path}: {spec.name}")
        yield Track(_channel(spec), column.name, float(rate_hz), spec.scale, spec.offset)


def _names(facts: Facts) -> str:
    return ", ".join(column.name for column in facts.source.columns[:12]) or "nothing"


def _channel(spec: ChannelSpec) -> Channel:
    return Channel(spec.name, spec.sense, spec.unit, spec.axis, spec.position, spec.phase)


def _motor(match: Match, facts: Facts, given: Given, unit: str) -> Motor:
    motor = given.motor
    if motor is None:
        stated = match.entry.motor
        if isinstance(stated, Motor):
            motor_id = facts.text("motor.motor_id", stated.motor_id)
        else:
            motor_id = "-".join(filter(None, (match.name, unit)))
        motor = stated if isinstance(stated, Motor) else Motor(motor_id="unnamed")
        fitted = tuple(_bearings(match)) or motor.bearings
        motor = msgspec.structs.replace(motor, motor_id=_safe(motor_id), bearings=fitted)
    if given.bearing is not None:
        motor = msgspec.structs.replace(motor, bearings=(find_bearing(given.bearing),))
    return motor


def _bearings(match: Match) -> Iterator[Bearing]:
    if match.entry.bearing is not None:
        try:
            yield find_bearing(match.entry.bearing)
        except UnknownBearing as error:
            raise UnknownBearing(f"{match.where}: field `bearing`: {error}") from error
    yield from match.entry.bearings or ()


def _safe(name: str) -> str:
    return re.sub(r"[/+#\s\x00-\x1f\x7f-\x9f]+", "_", name)[:120]


def _no_rate(facts: Facts) -> str:
    fitting = manifests_that_fit(facts.source)
    ready = f" (the ready one {' or '.join(fitting)} fits these variables)" if fitting else ""
    return (
        f"{facts.source.path}: the file does not state its sampling rate; give it with "
        f"`--rate HZ`, or as `rate_hz` in a manifest{ready}"
    )
