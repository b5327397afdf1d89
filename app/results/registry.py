"""Every protocol there is, in the order of the results page, and how one is run."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from app.results import (
    all_senses,
    appliances,
    bearing_pool,
    bearing_sets,
    cross_rig,
    detection,
    formats,
    healthy_simulated,
    ims_smoke,
    injected,
    mfpt_rank,
    misalignment,
    process,
    prognosis,
    run_to_failure,
    sessions,
    shaft,
    sound,
    sound_clips,
    speed_matched,
    stage2,
    stage2_drawn,
    stator,
    thermal,
)
from app.results.result import Protocol, Result
from sensors.errors import BadConfig
from sensors.recordings.library import load_recordings
from sensors.recordings.manifest import load_manifest
from sensors.recordings.recording import Recording

PROTOCOLS: tuple[Protocol, ...] = (
    *all_senses.PROTOCOLS,
    *bearing_pool.PROTOCOLS,
    *bearing_sets.PROTOCOLS,
    *mfpt_rank.PROTOCOLS,
    *cross_rig.PROTOCOLS,
    *stage2.PROTOCOLS,
    *run_to_failure.PROTOCOLS,
    *prognosis.PROTOCOLS,
    *ims_smoke.PROTOCOLS,
    *shaft.PROTOCOLS,
    *stator.PROTOCOLS,
    *misalignment.PROTOCOLS,
    *process.PROTOCOLS,
    *sound.PROTOCOLS,
    *sound_clips.PROTOCOLS,
    *speed_matched.PROTOCOLS,
    *sessions.PROTOCOLS,
    *appliances.PROTOCOLS,
    *thermal.PROTOCOLS,
    *formats.PROTOCOLS,
    *injected.PROTOCOLS,
    *detection.PROTOCOLS,
    *stage2_drawn.PROTOCOLS,
    *healthy_simulated.PROTOCOLS,
)


def find_protocols(name: str) -> tuple[Protocol, ...]:
    """Return the protocol of that name, else every one that needs the data set of that name.

    Raises
    ------
    BadConfig
        There is none; the message lists what there is.
    """
    named = tuple(protocol for protocol in PROTOCOLS if protocol.name == name)
    found = named or tuple(protocol for protocol in PROTOCOLS if name in protocol.manifests)
    if not found:
        names = [protocol.name for protocol in PROTOCOLS]
        near = [n for n in names if name in n] or get_close_matches(name, names, n=1)
        meant = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise BadConfig(
            f"no evaluation protocol is called {name!r}{meant}; there are: {', '.join(names)}. "
            "For data of your own give its folder and --manifest"
        )
    return found


def missing_sets(protocol: Protocol, folder: Path) -> tuple[str, ...]:
    """Return which data sets that a protocol needs are not in the folder of data sets.

    None where those that are there suffice.
    """
    missing = tuple(name for name in protocol.manifests if not (folder / name).is_dir())
    return () if protocol.some_suffice and missing != protocol.manifests else missing


def run_protocol(protocol: Protocol, folder: Path) -> Result:
    """Load what a protocol needs and run it.

    Raises
    ------
    BadConfig
        A data set is not there; the message says where it comes from.
    """
    missing = missing_sets(protocol, folder)
    if missing:
        raise BadConfig(
            f"{folder}: {absence(missing)}; set MOTORWATCH_DATA to the folder that holds it"
        )
    recordings: dict[str, Sequence[Recording]] = {
        name: load_recordings([folder / name], manifest=name)
        for name in protocol.manifests
        if (folder / name).is_dir()
    }
    return protocol.run(recordings, folder)


def absence(missing: Iterable[str]) -> str:
    """Say which data sets are missing, and where each comes from."""
    return "; ".join(
        f"data set {name} is not there, it comes from {load_manifest(name).obtain or 'its source'}"
        for name in missing
    )
