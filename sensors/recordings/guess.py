"""What a file's columns most likely are where no manifest says so.

Rules, in order:

1. MATLAB variables of two well-known data sets, ``X118_DE_time`` (CWRU) and ``bearing.gs``
   (MFPT), are accelerations in g, with speed (and for MFPT rate) in variables beside them.
2. A declared unit decides: FS (audio) is sound, m/s2 and g vibration, A current, degC
   temperature, rpm speed.
3. Names: ``i_a``, ``ib``, ``current`` are currents; ``v_a``, ``voltage`` voltages; ``temp``
   temperature; ``rpm``, ``speed`` speed; ``mic``, ``sound`` sound; ``acc``, ``vib``, ``x``, ``y``,
   ``z`` vibration; ``time`` is no channel. Words of one or two letters count only where the name
   has no longer one, and a word that merely contains such a name decides nothing.
4. A file of one single series is taken for vibration.

What is left is carried as an unscaled process channel. Without a declared unit a channel is
unscaled too: it can be compared with itself, never with a limit in SI. Rules 4 and below leave
a note that says so. A one-number variable named ``fs``, ``sample_rate``, ``rate_hz`` or alike is
the sampling rate, ``rpm`` or ``speed_rpm`` the speed.
"""

import re
from collections.abc import Sequence

import msgspec

from sensors.capture import SENSE_UNITS, Sense, Unit
from sensors.recordings.schema import ChannelSpec, Entry, Snapshots, ValueFrom
from sensors.recordings.source import Column, Source

STANDARD_GRAVITY = 9.80665

# Variables that identify a data set: the ready manifest that knows the rest of it, and the
# channel's name and position there.
KNOWN = {
    r"X\d+_DE_time": ("cwru", "vib_de", "DE"),
    r"X\d+_FE_time": ("cwru", "vib_fe", "NDE"),
    r"X\d+_BA_time": ("cwru", "vib_base", "base"),
    r"bearing\.gs": ("mfpt", "vib", None),
}
KNOWN_SPEEDS = (
    (re.compile(r"X\d+RPM"), 1.0),
    (re.compile(r"bearing\.rate"), 60.0),
    (re.compile(r"(speed_?)?rpm", re.IGNORECASE), 1.0),
)
RATES = re.compile(
    r"(.*\.)?(fs|sr|rate_hz|fs_hz|sampl(e|ing)_?(rate|frequency)(_hz)?)", re.IGNORECASE
)

UNITS: dict[str, tuple[Unit, float]] = {
    "m/s2": (Unit.MPS2, 1.0),
    "m/s^2": (Unit.MPS2, 1.0),
    "m/s²": (Unit.MPS2, 1.0),
    "g": (Unit.MPS2, STANDARD_GRAVITY),
    "v": (Unit.VOLT, 1.0),
    "mv": (Unit.VOLT, 1e-3),
    "a": (Unit.AMPERE, 1.0),
    "ma": (Unit.AMPERE, 1e-3),
    "pa": (Unit.PASCAL, 1.0),
    "degc": (Unit.DEGC, 1.0),
    "°c": (Unit.DEGC, 1.0),
    "rpm": (Unit.RPM, 1.0),
    "fs": (Unit.FULL_SCALE, 1.0),
}
OF_UNIT = {
    Unit.MPS2: Sense.VIBRATION,
    Unit.AMPERE: Sense.POWER,
    Unit.DEGC: Sense.TEMPERATURE,
    Unit.RPM: Sense.SPEED,
    Unit.FULL_SCALE: Sense.SOUND,
}
# Whole words of a name, split where letters meet digits, marks or a capital.
OF_WORD = {
    **dict.fromkeys(("i", "ia", "ib", "ic", "current"), Sense.POWER),
    **dict.fromkeys(("v", "u", "va", "vb", "vc", "ua", "ub", "uc", "voltage"), Sense.POWER),
    **dict.fromkeys(("temp", "temperature", "thermocouple"), Sense.TEMPERATURE),
    **dict.fromkeys(("rpm", "speed"), Sense.SPEED),
    **dict.fromkeys(("mic", "microphone", "sound", "audio"), Sense.SOUND),
    **dict.fromkeys(("acc", "accel", "accelerometer", "acceleration"), Sense.VIBRATION),
    **dict.fromkeys(("vib", "vibration", "x", "y", "z"), Sense.VIBRATION),
}
TIME_WORDS = frozenset({"time", "t", "timestamp", "datetime", "date"})


def guess_entry(source: Source, *, sense: Sense | None = None) -> Entry:
    """Return channels, rate, speed and pieces as far as a file's own names and units tell.

    `sense`, where a user states it, stands for every channel, in the file's own numbers.
    """
    known = tuple(spec for column in source.columns if (spec := _known_channel(column.name)))
    channels, note = (known, None) if known else _by_name(source.columns)
    if sense is not None:
        channels, note = tuple(_as_sense(spec, sense) for spec in channels), None
    return Entry(
        channels=channels,
        rate_hz=_rate(source),
        speed_rpm=_speed(source),
        snapshots=_snapshots(source),
        note=note,
    )


def manifests_that_fit(source: Source) -> tuple[str, ...]:
    """Return names of ready manifests for files with variables like these."""
    found = (_known(column.name) for column in source.columns)
    return tuple(sorted({known[0] for known in found if known}))


def _known(name: str) -> tuple[str, str, str | None] | None:
    return next((known for regex, known in KNOWN.items() if re.fullmatch(regex, name)), None)


def _known_channel(name: str) -> ChannelSpec | None:
    known = _known(name)
    if known is None:
        return None
    return ChannelSpec(
        column=name,
        name=known[1],
        sense=Sense.VIBRATION,
        unit=Unit.MPS2,
        scale=STANDARD_GRAVITY,
        position=known[2],
    )


def _rate(source: Source) -> ValueFrom | None:
    found = [name for name in source.scalars if RATES.fullmatch(name)]
    return ValueFrom(scalar=found[0]) if len(found) == 1 else None


def _speed(source: Source) -> ValueFrom | None:
    found = [
        ValueFrom(scalar=name, scale=scale)
        for name in source.scalars
        for regex, scale in KNOWN_SPEEDS
        if regex.fullmatch(name)
    ]
    return found[0] if len(found) == 1 else None


def _snapshots(source: Source) -> Snapshots | None:
    found = [name for name in source.scalars if name.rpartition(".")[2] == "snapshot_samples"]
    return Snapshots(samples=ValueFrom(scalar=found[0])) if found else None


def _as_sense(spec: ChannelSpec, sense: Sense) -> ChannelSpec:
    if spec.sense is sense:
        return spec
    unit = spec.unit if spec.unit in SENSE_UNITS[sense] else Unit.UNSCALED
    name = spec.name.replace(f"{spec.sense}_", f"{sense}_")
    phase = _phase(_words(spec.column)) if sense is Sense.POWER else None
    return msgspec.structs.replace(spec, sense=sense, unit=unit, name=name, phase=phase)


def _by_name(columns: Sequence[Column]) -> tuple[tuple[ChannelSpec, ...], str | None]:
    series = [column for column in columns if _words(column.name).isdisjoint(TIME_WORDS)]
    longest = max((column.samples or 0 for column in series), default=0)
    series = [column for column in series if column.samples in (None, longest)]
    specs = tuple(_guess(column, alone=len(series) == 1) for column in series)
    unsure = [spec.name for column, spec in zip(series, specs, strict=True) if not _sense(column)]
    if not unsure:
        return specs, None
    taken = "vibration" if len(series) == 1 else "process values"
    names = ", ".join(unsure[:8])
    return specs, f"{names}: taken for {taken} without a unit; say what it is in a manifest"


def _guess(column: Column, *, alone: bool) -> ChannelSpec:
    unit, scale = _unit(column)
    sense = _sense(column) or (Sense.VIBRATION if alone else Sense.PROCESS)
    if unit not in SENSE_UNITS[sense]:
        unit, scale = Unit.UNSCALED, 1.0
    words = _words(column.name)
    name = re.sub(r"[^A-Za-z0-9]+", "_", column.name).strip("_") or "channel"
    return ChannelSpec(
        column=column.name,
        name=f"{sense}_{name}" if name.isdigit() else name,
        sense=sense,
        unit=unit,
        scale=scale,
        axis=next((axis for axis in "xyz" if axis in words), None),
        phase=_phase(words) if sense is Sense.POWER else None,
    )


def _phase(words: set[str]) -> str | None:
    """Return the phase of a current or voltage: in those `ua` is one, and nowhere else."""
    return next((one for one in "abc" if words & {one, f"i{one}", f"v{one}", f"u{one}"}), None)


def _unit(column: Column) -> tuple[Unit, float]:
    return UNITS.get((column.unit or "").strip().lower(), (Unit.UNSCALED, 1.0))


def _sense(column: Column) -> Sense | None:
    """Return what a column's unit or name decides, None where neither does."""
    words = _words(column.name)
    if any(len(word) > 2 for word in words):
        words = {word for word in words if len(word) > 2}
    named = {OF_WORD[word] for word in words if word in OF_WORD}
    return OF_UNIT.get(_unit(column)[0]) or (named.pop() if len(named) == 1 else None)


def _words(name: str) -> set[str]:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return {word.lower() for word in re.findall(r"[A-Za-z]+", apart)}
