"""From one `[[motor]]` of a configuration to a Reader that delivers as live."""

from collections.abc import Callable
from pathlib import Path

from app.live_config.sources import MotorEntry, RecordingSource, Simulator
from app.pacing import PacedReader
from app.running_on import RunningOn
from sensors.errors import BadConfig
from sensors.motor_file import load_motor
from sensors.reader import Reader
from sensors.recordings.library import load_recordings
from sensors.replay import ReplayReader
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario


def open_live(
    entry: MotorEntry, *, window_s: float, hop_s: float, now_ns: int, first_seq: int = 0
) -> PacedReader:
    """Open the source of one motor.

    In real time (``speed = 1.0``) its signals are dated from `now_ns`; at any other speed they
    keep their own time, which runs otherwise than the clock does.

    Parameters
    ----------
    entry : MotorEntry
        The motor.
    window_s, hop_s : float
        Length of a window, and distance from start to start.
    now_ns : int
        UTC, nanoseconds.
    first_seq : int
        Number of the first capture.

    Raises
    ------
    MotorwatchError
        A file that it names cannot be used.
    """
    source = entry.source
    if not isinstance(source, Simulator | RecordingSource):
        raise BadConfig(f"no driver for {source}")
    live = RunningOn(
        _start(entry, window_s, hop_s),
        loop=source.loop,
        first_ns=now_ns if source.speed == 1.0 else None,
        first_seq=first_seq,
        motor=None if entry.file is None else load_motor(Path(entry.file)),
    )
    return PacedReader(live, None if source.speed == "max" else source.speed)


def _start(entry: MotorEntry, window_s: float, hop_s: float) -> Callable[[], Reader]:
    if isinstance(entry.source, Simulator):
        scenario = load_scenario(entry.source.scenario)
        return lambda: SimulatorReader(scenario, window_s, hop_s)
    assert isinstance(entry.source, RecordingSource), "there is no third kind that opens"
    where, manifest = Path(entry.source.path), entry.source.manifest
    own = None if entry.file is None else load_motor(Path(entry.file))
    recordings = load_recordings([where], manifest=manifest, motor=own)
    if len(recordings) > 1:
        raise BadConfig(
            f"{where}: holds {len(recordings)} recordings, and a motor has one; name one file"
        )
    return lambda: ReplayReader(recordings[0], window_s=window_s, hop_s=hop_s)
