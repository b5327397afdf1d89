"""The schema of the recording manifest, a TOML file that says what a data set's files mean.

It names files, channels, rates, speeds, labels and bearings, so that every data set enters by
the same door. `manifest` reads and checks one, `library` applies it to a folder.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from sensors.bearing import Bearing
from sensors.capture import Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Motor

Rate = Annotated[float, Meta(gt=0, le=1e9)]
LABELS = ("healthy", *(condition.value for condition in Condition))
Label = Annotated[str, Meta(extra_json_schema={"enum": list(LABELS)})]


class ValueFrom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A number read from the recording instead of written down; exactly one place is named.

    Attributes
    ----------
    scalar : str or None
        Name or glob of a one-number variable in the file, e.g. ``bearing.sr`` or ``X*RPM``.
    group : str or None
        Named group of `Entry.pattern`.
    column : str or None
        Name or glob of a column; its first sample is taken.
    scale, offset : float
        What was read becomes ``read * scale + offset``, e.g. scale 60 for revolutions a second.
    otherwise : float, ValueFrom or None
        The value where the file or name does not hold it; without it that is an error.
    """

    scalar: str | None = None
    group: str | None = None
    column: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    otherwise: "float | ValueFrom | None" = None

    def __post_init__(self) -> None:
        named = [place for place in (self.scalar, self.group, self.column) if place is not None]
        if len(named) != 1:
            raise ValueError("name exactly one of `scalar`, `group`, `column`")


class ChannelSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One channel: which column it is and how raw samples become SI (``raw * scale + offset``).

    Attributes
    ----------
    column : str
        Column of the file: its name, or a glob of ``*`` and ``?`` that fits exactly one;
        ``{group}`` inserts a named group of the pattern.
    name : str
        Name of the channel, unique within the recording.
    sense, unit : Sense, Unit
        What it measures, and the unit after scaling.
    scale, offset : float
        From raw to `unit`.
    axis, position, phase : str or None
        As in `sensors.capture.Channel`.
    rate_hz : float or None
        Own rate where it differs from the recording's.
    optional : bool
        Some of the files lack this column; they are then read without it.
    """

    column: str
    name: str
    sense: Sense
    unit: Unit
    scale: float = 1.0
    offset: float = 0.0
    axis: str | None = None
    position: str | None = None
    phase: str | None = None
    rate_hz: Rate | None = None
    optional: bool = False


class Snapshots(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The recording is a series of short pieces with pauses between.

    With `samples`, each file holds many pieces end to end. Without, each file is one piece, and
    the files of one folder (that this entry matches) together are one recording, in the order
    of `index`, else of their dates (`Entry.time_format`), else of their names.

    Attributes
    ----------
    samples : int, ValueFrom or None
        Samples a piece, where a file holds many.
    period_s : float, ValueFrom or None
        Time from the start of one piece to the next. Absent, the pieces of one file follow one
        another at once; files must then be dated by their names.
    index : ValueFrom or None
        Number of each piece (`group` for files, `column` within a file): piece k starts at
        ``k * period_s``. Without it pieces are counted from 0.
    """

    samples: Annotated[int, Meta(gt=0)] | ValueFrom | None = None
    period_s: Rate | ValueFrom | None = None
    index: ValueFrom | None = None


class ReadSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to read delimited text that does not say it itself (see `source.ReadOptions`)."""

    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] | None = None
    header: bool | None = None
    decimal: Literal[".", ","] = "."
    skip_rows: Annotated[int, Meta(ge=0)] = 0


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is true of some files; a field left out is inherited from ``[defaults]``.

    Attributes
    ----------
    files : str or list of str or None
        Globs (``*``, ``?``, ``[...]``, ``**``) relative to the data set's folder. A file belongs
        to the first entry that matches it.
    channels : list of ChannelSpec or None
        Channels; absent, they are guessed from the column names.
    rate_hz : float, ValueFrom or None
        Samples a second; absent where the file declares it.
    speed_rpm, load : float, ValueFrom or None
        Shaft speed; load as a fraction of rated. A channel of sense ``speed`` in rpm overrides
        the former window by window.
    severity : float, ValueFrom or None
        Grade of the fault in the data set's own measure (mm, mil, percent): say which in `note`.
    labels : list of str or None
        Conditions; ``["healthy"]`` is known to be sound, absent is unlabelled. A group of the
        pattern that bears a condition's name adds that condition where it took part in the
        match, and then `healthy` no longer holds.
    run_to_failure : bool or None
        The recording ends with the end of its unit's life.
    unit_id : str or None
        The physical bearing or machine: the unit of splitting.
    group : str or None
        The rig.
    motor : Motor, str or None
        Nameplate table, or path of a `motor.toml` relative to the manifest. `motor_id` takes
        ``{group}`` too. Absent: named after manifest, rig and unit, nothing known.
    bearing : str or None
        Catalogue name of the bearing fitted; it and `bearings` replace the motor's own.
    bearings : list of Bearing or None
        Bearings by their own geometry or orders, or by `name` alone from the catalogue.
    pattern : str or None
        Regular expression searched in the file's relative path (``/`` between folders). Named
        groups fill numbers by ``{ group = "name" }`` and ``unit_id``, `group`, `note`,
        ``motor.motor_id`` and ``column`` by ``{name}``.
    time_format : str or None
        strptime format of the pattern's group ``time``, which dates each file (as UTC).
    snapshots : Snapshots or None
        Present where the recording is a series of short pieces.
    read : ReadSpec or None
        How to read delimited text.
    note : str or None
        What a user must know, e.g. that a label is doubtful.
    """

    files: str | tuple[str, ...] | None = None
    channels: tuple[ChannelSpec, ...] | None = None
    rate_hz: Rate | ValueFrom | None = None
    speed_rpm: float | ValueFrom | None = None
    load: float | ValueFrom | None = None
    severity: float | ValueFrom | None = None
    labels: Annotated[tuple[Label, ...], Meta(min_length=1)] | None = None
    run_to_failure: bool | None = None
    unit_id: str | None = None
    group: str | None = None
    motor: Motor | str | None = None
    bearing: str | None = None
    bearings: tuple[Bearing, ...] | None = None
    pattern: str | None = None
    time_format: str | None = None
    snapshots: Snapshots | None = None
    read: ReadSpec | None = None
    note: str | None = None

    @property
    def globs(self) -> tuple[str, ...]:
        """The globs of `files` as a tuple."""
        return (self.files,) if isinstance(self.files, str) else self.files or ()

    @property
    def single(self) -> bool:
        """Whether each file is a recording of its own, not one piece of a folder's series."""
        return self.snapshots is None or self.snapshots.samples is not None

    def filled_from(self, other: "Entry") -> "Entry":
        """Return this entry with the fields that it leaves out taken from another."""
        missing = {
            name: getattr(other, name)
            for name in Entry.__struct_fields__
            if getattr(self, name) is None
        }
        return msgspec.structs.replace(self, **missing)


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole data set.

    Attributes
    ----------
    schema : int
        Version of this schema, 1.
    name, title, source, licence : str
        Short name (as for ``--manifest``), title, whose it is, terms as seen.
    obtain : str
        How a user gets the files.
    skip : list of str
        Globs of files in the folder that are no recordings (licence texts, tables).
    checksums : dict
        SHA-256 of files by relative path.
    defaults : Entry
        Fields that every entry inherits.
    recordings : list of Entry
        The entries.
    """

    schema: Literal[1]
    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$")]
    recordings: Annotated[tuple[Entry, ...], Meta(min_length=1)]
    title: str = ""
    source: str = ""
    licence: str = ""
    obtain: str = ""
    skip: tuple[str, ...] = ()
    checksums: dict[str, str] = {}
    defaults: Entry = Entry()

    def entry(self, number: int) -> Entry:
        """Entry `number` with the fields it inherits filled in."""
        return self.recordings[number].filled_from(self.defaults)
