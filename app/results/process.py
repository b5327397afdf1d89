"""False alarms on a pump rig in health, and a closed valve told from a motor fault (skab).

About one row a second of slow quantities: no spectra. The baseline distance of stage 1 is learnt
from the first minutes of each file, separately for what the motor does and what the process does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.results.reference import FAR, Measured, learn_reference, measure
from app.results.result import Cell, Protocol, Result, ResultTable
from app.results.slow import marked_windows, mean_vector, windows_of
from app.vectors import with_progress
from dsp.vector import FeatureVector
from models.episodes import EpisodeRule, EpisodeState, debounce, observe
from models.intervals import rate_bound
from models.robust import Mask
from models.threshold import HOURS_PER_MONTH
from sensors.conditions import Condition
from sensors.errors import RecordingError
from sensors.recordings.recording import Recording

NAME = "skab"
WINDOW_S = 10.0
LEARNT_S = 400.0
"""The first 400 s of every file are commissioning; no file's anomaly begins in them."""
MOTOR = ("acceleration_1_rms", "acceleration_2_rms", "current_rms", "voltage_rms")
PROCESS = ("pressure_bar", "flow_l_min")
HEAT = ("temp_motor", "temp_fluid")
"""Shown apart: time constants of motor and water are longer than the 400 s they are learnt in."""
VIEWS = {"motor": MOTOR, "process": PROCESS, "temperature": HEAT}
RULE = EpisodeRule()
TRUTH = "anomaly"


@dataclass(frozen=True, slots=True)
class Judged:
    """One file after its commissioning.

    Attributes
    ----------
    recording : Recording
        The file.
    anomalous : bool array, shape (N,)
        Truth, one a window: the anomaly column, read for scoring alone.
    raised : dict of str to bool array, shape (N,)
        Windows in which three of the last five were far from health, in each view.
    alarms : dict of str to int array
        Windows that raise an alarm, by the episode rule of stage 1.
    """

    recording: Recording
    anomalous: Mask
    raised: Mapping[str, Mask]
    alarms: Mapping[str, npt.NDArray[np.intp]]

    @property
    def is_process_change(self) -> bool:
        """Whether the data set says that its anomaly is one; other anomalies are not scored."""
        return Condition.PROCESS_CHANGE in (self.recording.labels or ())

    @property
    def healthy_h(self) -> float:
        """Exposure without anomaly, in hours."""
        return float((~self.anomalous).sum()) * WINDOW_S / 3600

    def false_alarms(self, view: str) -> int:
        """Alarms raised without anomaly, at most one in ten minutes."""
        return int((~self.anomalous[self.alarms[view]]).sum())

    def share(self, view: str) -> float | None:
        """Share of anomalous windows that are raised; None where there are none."""
        return float(self.raised[view][self.anomalous].mean()) if self.anomalous.any() else None

    @property
    def outcome(self) -> str:
        """What an arbiter would make of the anomaly from the motor's and the process' view."""
        if not self.anomalous.any():
            return "no anomaly"
        motor, process = (self.raised[v][self.anomalous].any() for v in ("motor", "process"))
        if motor:
            return "both: quarantine" if process else "motor alone"
        return "process_change" if process else "nothing raised"


def evaluate(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Judge every file by its own first minutes."""
    files = with_progress(recordings[NAME], NAME)
    judged = [one for file in files if (one := _judge(file)) is not None]
    if not judged:
        raise RecordingError(f"{folder / NAME}: no file is longer than {LEARNT_S:g} s")
    return _result(judged)


def _judge(file: Recording) -> Judged | None:
    """Judge a file after its commissioning; None where it ends before."""
    windows = windows_of(file, WINDOW_S)
    learnt = int(LEARNT_S / WINDOW_S)
    if len(windows) <= learnt:
        return None
    raised, alarms = {}, {}
    for view, names in VIEWS.items():
        vectors = [mean_vector(window, names) for window in windows]
        reference = learn_reference(vectors[:learnt], independent=learnt)
        found = measure(reference, vectors[learnt:])
        raised[view] = debounce(found.surprise, RULE) > FAR
        alarms[view] = np.array(list(_alarms(vectors[learnt:], found)), dtype=np.intp)
    anomalous = marked_windows(file, TRUTH, WINDOW_S)[learnt:]
    return Judged(file, anomalous, raised, alarms)


def _alarms(vectors: Sequence[FeatureVector], found: Measured) -> Iterator[int]:
    """Yield the windows in which the episode rule raises an alarm."""
    state = EpisodeState()
    for at, vector in enumerate(vectors):
        step = observe(
            state,
            RULE,
            motor_id=vector.motor_id,
            t0_ns=vector.t0_ns,
            raised=bool(found.far[at]),
            score=float(found.surprise[at]),
        )
        state = step.state
        if step.alarm is not None:
            yield at


def _result(judged: Sequence[Judged]) -> Result:
    hours = sum(one.healthy_h for one in judged)
    months = hours / HOURS_PER_MONTH
    false = {view: sum(one.false_alarms(view) for one in judged) for view in VIEWS}
    closed = [one for one in judged if one.anomalous.any() and one.is_process_change]
    outcomes = [one.outcome for one in closed]
    right = outcomes.count("process_change")
    return Result(
        name=NAME,
        title="A pump rig: false alarms in health, and a closed valve",
        protocol=(
            f"Unit: the file, all of one rig. Means of {WINDOW_S:g} s. The first {LEARNT_S:g} s of "
            "each file are its commissioning: baseline and distance are learnt there and frozen, "
            f"for the motor ({', '.join(MOTOR)}) and for the process ({', '.join(PROCESS)}) "
            "apart. A window is far where one healthy window in a thousand would be; three of five "
            "raise. The anomaly column is read for scoring alone. Outcome of an anomaly: "
            "`process_change` where only the process is raised, quarantine where the motor is too, "
            "a motor alarm where it is alone. A closed valve is a process change: no motor fault."
        ),
        tables=(_false_table(judged), _file_table(judged)),
        figures={
            "files": len(judged),
            "exposure_h": round(hours, 2),
            "false_alarms_motor": false["motor"],
            "false_alarms_process": false["process"],
            "false_alarms_temperature": false["temperature"],
            "false_alarm_bound_per_motor_month": round(rate_bound(false["motor"], months), 1),
            "anomalies": len(closed),
            "process_change": right,
            "both_raised": outcomes.count("both: quarantine"),
            "motor_alone": outcomes.count("motor alone"),
            "nothing_raised": outcomes.count("nothing raised"),
        },
        remarks=(
            f"{hours:.1f} h of health on one rig bound motor alarms only to "
            f"{rate_bound(false['motor'], months):.0f} a motor-month (Poisson, 95 %): far above "
            "any budget a plant would set, for want of exposure.",
            f"Temperatures are shown and do not vote: learnt over {LEARNT_S:g} s while motor and "
            f"water still drift, they raise {false['temperature']} alarms in health. They have to "
            "be conditioned on load and on how long the motor has run.",
            "A throttled pump also shakes more: where both are raised, only conditioning on flow "
            "would tell that from a fault, and stage 1 conditions on load and speed alone; hence "
            "quarantine, which is the arbiter's rule for what is not explained.",
            "A valve that closes little stays within what the commissioning showed and raises "
            "nothing.",
        ),
        aim="a closed valve is process_change, not a motor fault; few false alarms in health",
        outcome=(
            f"of {len(closed)} valve files {right} process_change, "
            f"{outcomes.count('both: quarantine')} both raised, "
            f"{outcomes.count('motor alone')} motor alone, "
            f"{outcomes.count('nothing raised')} nothing raised; {false['motor']} false motor "
            f"alarms in {hours:.1f} h"
        ),
    )


def _false_table(judged: Sequence[Judged]) -> ResultTable:
    hours = sum(one.healthy_h for one in judged)
    rows = []
    for view, names in VIEWS.items():
        count = sum(one.false_alarms(view) for one in judged)
        bound = rate_bound(count, hours / HOURS_PER_MONTH)
        rows.append((view, ", ".join(names), count, round(hours, 2), round(bound, 0)))
    return ResultTable(
        title="False alarms without anomaly, after commissioning",
        columns=(
            "view",
            "channels",
            "false alarms",
            "exposure, h",
            "upper bound a motor-month (95 %)",
        ),
        rows=tuple(rows),
    )


def _file_table(judged: Sequence[Judged]) -> ResultTable:
    return ResultTable(
        title="Every file",
        columns=(
            "file",
            "healthy, h",
            "false alarms: motor",
            "process",
            "anomaly raised, share of windows: motor",
            "process",
            "outcome",
        ),
        rows=tuple(_file_row(one) for one in judged),
    )


def _file_row(one: Judged) -> tuple[Cell, ...]:
    shares = [one.share(view) for view in ("motor", "process")]
    return (
        one.recording.title,
        round(one.healthy_h, 2),
        one.false_alarms("motor"),
        one.false_alarms("process"),
        *(None if share is None else round(share, 2) for share in shares),
        one.outcome,
    )


PROTOCOLS = (Protocol(NAME, (NAME,), evaluate),)
