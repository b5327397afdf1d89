"""The manifest of simulated runs in one folder: one entry a run, each marked as simulated."""

from collections.abc import Mapping
from pathlib import Path

from sensors.capture import Channel
from sensors.errors import BadConfig, OutputError
from sensors.output import write_whole
from sensors.recordings.manifest import load_manifest
from sensors.recordings.manifest_toml import manifest_text_of
from sensors.recordings.schema import ChannelSpec, Entry, Manifest
from sensors.simulator.reader import SimulatorReader

MANIFEST_FILE = "manifest.toml"
SOURCE = "motorwatch simulator"


def add_to_manifest(reader: SimulatorReader, path: Path, rates: Mapping[Channel, float]) -> Path:
    """Write the run's entry into the manifest of its folder, in place of an older one of it.

    Raises as `simulated_entries`.
    """
    where = path.parent / MANIFEST_FILE
    others = [entry for entry in simulated_entries(path.parent) if entry.files != path.name]
    manifest = Manifest(
        schema=1,
        name="simulated",
        title="simulated motors",
        source=SOURCE,
        licence="none needed: computed, not recorded",
        recordings=(*others, _entry(reader, path, rates)),
    )
    write_whole(where, manifest_text_of(manifest).encode("utf-8"))
    return where


def simulated_entries(folder: Path) -> tuple[Entry, ...]:
    """Return the runs that a folder's manifest holds already; none where it has no manifest.

    Raises
    ------
    OutputError
        It is the manifest of recordings that are not simulated.
    """
    where = folder / MANIFEST_FILE
    if not where.exists():
        return ()
    try:
        manifest = load_manifest(where)
    except BadConfig as error:
        raise OutputError(
            f"{where}: is in the way and not ours ({error}); use an empty folder"
        ) from error
    if manifest.source != SOURCE:
        raise OutputError(
            f"{where}: describes other recordings ({manifest.name}), which simulated ones must "
            "not join; use an empty folder"
        )
    return manifest.recordings


def _entry(reader: SimulatorReader, path: Path, rates: Mapping[Channel, float]) -> Entry:
    scenario = reader.scenario
    before, after = reader.labels_at(0.0), reader.labels_at(scenario.duration_s)
    labels = tuple(sorted(condition.value for condition in before)) or ("healthy",)
    onsets = [f"{fault.condition.value} from {fault.onset_s:g} s" for fault in scenario.faults]
    return Entry(
        files=path.name,
        channels=tuple(
            ChannelSpec(
                column=channel.name,
                name=channel.name,
                sense=channel.sense,
                unit=channel.unit,
                axis=channel.axis,
                position=channel.position,
                phase=channel.phase,
                rate_hz=rate_hz,
            )
            for channel, rate_hz in rates.items()
        ),
        rate_hz=max(rates.values()),
        labels=labels if before == after else None,
        unit_id=f"{scenario.motor.motor_id}-{scenario.seed}",
        group="simulated",
        motor=scenario.motor,
        note="; ".join([scenario.title, *onsets]),
    )
