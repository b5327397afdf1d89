"""Joins what the plant knows to a window of a motor, by time.

What the capture measured itself is never overruled. A value that is too old at the window's end
is not used, and said to be missing.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.context.tags import Reading, Tags
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit

AMBIENT = Channel("ambient", Sense.TEMPERATURE, Unit.DEGC, position="ambient")


@dataclass(frozen=True, slots=True)
class Joined:
    """A capture with what was known beside it.

    Attributes
    ----------
    capture : Capture
        With load, speed and a channel of the air where they were fresh.
    process : dict of str to tuple of float and str
        Value and unit of each fresh process tag, by name.
    missing : tuple of str
        Tags of this motor that were too old or never came.
    """

    capture: Capture
    process: dict[str, tuple[float, str]]
    missing: tuple[str, ...]


def join(capture: Capture, tags: Tags) -> Joined:
    """Return a capture with the context of its motor at the end of its window."""
    process: dict[str, tuple[float, str]] = {}
    missing: list[str] = []
    joined = capture
    for tag in tags.of(capture.motor_id):
        found = tags.at(tag, capture.t1_ns)
        if found is None:
            missing.append(tag.label)
            continue
        match tag.quantity:
            case "load" if capture.load is None:
                joined = replace(joined, load=found.value)
            case "speed_rpm" if capture.speed_rpm is None:
                joined = replace(joined, speed_rpm=found.value)
            case "ambient_degc" if not _has_air(capture):
                joined = replace(joined, blocks=(*joined.blocks, _air(capture, found)))
            case "process":
                process[tag.label] = (found.value, tag.unit)
    return Joined(joined, process, tuple(missing))


def _has_air(capture: Capture) -> bool:
    places = {block.channel.position or "" for block in capture.of(Sense.TEMPERATURE)}
    names = {block.channel.name for block in capture.blocks}
    return bool({"ambient", "air"} & {place.casefold() for place in places}) or "ambient" in names


def _air(capture: Capture, found: Reading) -> SampleBlock:
    """One sample that stands for the whole window."""
    rate_hz = 1.0 / max(capture.duration_s, 1e-3)
    return SampleBlock(AMBIENT, capture.t0_ns, rate_hz, np.array([found.value], np.float32))
