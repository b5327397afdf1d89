"""A motor's own thermal model: fitted to a long recording in health, kept as a file of its own."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np

from dsp.audit import audit
from models.thermal.fit import DrivenBy, ThermalFit, fit_thermal
from models.thermal.limits import load_thermal_limits
from models.thermal.reading import read_ambient, read_motor, relative_load
from sensors.capture import Capture
from sensors.errors import BadConfig, MissingChannel
from sensors.motor import Motor
from sensors.output import write_whole
from sensors.reader import captures
from sensors.recordings.recording import Recording
from sensors.replay import ReplayReader

STEP_S = 60.0
"""One sample of the series: copper takes minutes, a frame takes longer."""


def fit_recording(recording: Recording, winding_over_frame_k: float) -> ThermalFit:
    """Fit the thermal model of a motor to a recording of hours over changing load.

    Parameters
    ----------
    recording : Recording
        With the temperatures of frame (or winding) and air, and its load or its current.
    winding_over_frame_k : float
        By how much the winding is hotter than the sensor at rated load, from the maker.

    Raises
    ------
    MissingChannel
        No temperature of the motor, of the air, or no load or current.
    TooFewWindows
        The recording does not identify the model; the message says what it lacks.
    """
    reader = ReplayReader(recording, window_s=STEP_S, hop_s=STEP_S)
    try:
        windows = list(_samples(captures(reader), recording.motor))
    finally:
        reader.close()
    series = np.array(windows, dtype=np.float64).reshape(-1, 4)
    driven_by: DrivenBy = "load" if np.isfinite(series[:, 2]).all() else "current"
    load = series[:, 2] if driven_by == "load" else series[:, 3]
    for column, what in ((series[:, 0], "the motor"), (series[:, 1], "the air")):
        if not np.isfinite(column).all() or not column.size:
            raise MissingChannel(
                f"{recording.path}: a thermal model needs the temperature of {what} throughout; "
                "give a channel of sense temperature, in degC, with position frame or ambient"
            )
    if not np.isfinite(load).all():
        raise MissingChannel(
            f"{recording.path}: a thermal model needs the load: state it in the manifest, or give "
            "currents and `rated_current_a`"
        )
    return fit_thermal(
        load,
        series[:, 1],
        series[:, 0],
        dt_s=STEP_S,
        winding_over_frame_k=winding_over_frame_k,
        driven_by=driven_by,
    )


def _samples(windows: Iterable[Capture], motor: Motor) -> Iterable[tuple[float, ...]]:
    sensor_k = load_thermal_limits().residual.sensor_k
    for window in windows:
        if window.duration_s < STEP_S:
            continue
        notes = audit(window, motor)
        own = [one for one in read_motor(window, notes, sensor_k) if not one.is_bearing]
        air = read_ambient(window, notes, sensor_k)
        drives = (relative_load(window, motor.nameplate, by) for by in ("load", "current"))
        hottest = max((one.degc for one in own), default=float("nan"))
        yield (
            hottest,
            float("nan") if air is None else air.degc,
            *(float("nan") if drive is None else drive for drive in drives),
        )


def save_thermal(fitted: ThermalFit, path: Path) -> None:
    """Write a fitted model as JSON.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    write_whole(path, msgspec.json.format(msgspec.json.encode(fitted), indent=1) + b"\n")


def load_thermal(path: Path) -> ThermalFit:
    """Read a fitted model.

    Raises
    ------
    BadConfig
        The file is missing or is not a thermal model.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=ThermalFit)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadConfig(
            f"{path}: not a thermal model: {error}; `motorwatch thermal` writes one"
        ) from error
