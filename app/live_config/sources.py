"""The motors of a device, each with a source of its signals.

::

    [[motor]]
    # file = "pump-1.toml" # nameplate and bearings (`motorwatch motor`); else the source's own
    # interlock = "pump-1.interlock.toml"  # what it trips on and how; without it, it never trips
    # A simulated motor: a ready scenario's name (demo, healthy, inner_race ...) or a path.
    source = { kind = "simulator", scenario = "demo", speed = 1.0, loop = true }

    # speed is a multiple of real time, or "max"; loop begins again at the end (else: once).

    # A recording; without a manifest, channels are guessed as by `motorwatch inspect`.
    # [[motor]]
    # file = "pump-2.toml"
    # source = { kind = "recording", path = "pump-2.npz", manifest = "m.toml", speed = 1.0 }

    # A converter, by its name: with the drivers of the hardware, which this version has not.
    # source = { kind = "adc", name = "ads131" }
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.live_config.sections import FilePath

Speed = Literal["max"] | Annotated[float, Meta(ge=0.001, le=1e6)]


class Simulator(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="simulator",
):
    """A scenario of the simulator; the module's docstring says what each key means."""

    scenario: FilePath
    speed: Speed = 1.0
    loop: bool = False


class RecordingSource(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="recording",
):
    """A recording in a file or folder; the module's docstring says what each key means."""

    path: FilePath
    manifest: FilePath | None = None
    speed: Speed = 1.0
    loop: bool = False


class Adc(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    tag="adc",
):
    """A converter: refused until its driver is there."""

    name: FilePath

    def __post_init__(self) -> None:
        """Refuse it."""
        raise ValueError(
            f"ADC sources come with the hardware drivers, and this version has none for "
            f"{self.name!r}; use a source of kind simulator or recording"
        )


Source = Simulator | RecordingSource | Adc


class MotorEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One motor; the module's docstring says what each key means."""

    source: Source
    file: FilePath | None = None
    interlock: FilePath | None = None


def named_twice(motor_id: str, key: str, first: str) -> str:
    """Say that two places of a configuration name one motor, which would mix their histories."""
    return f"{key}: motor_id {motor_id!r} is that of {first} too; rename it"


Motors = Annotated[tuple[MotorEntry, ...], Meta(min_length=1, max_length=200)]
