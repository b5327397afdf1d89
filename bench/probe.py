"""One replay in a process of its own, measured from within: ``python -m bench.probe FILE [URL]``.

Prints one JSON object. A fresh process has only its own memory, and nothing to share its core with.
"""

import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

from app.replay import ReplayPlan, replay_recording
from app.roles import gateway
from app.store import open_store
from app.template import template_release
from dsp.features import FeatureSpec
from models.diagnosis import diagnose
from models.finding import Diagnosis
from models.plant import PlantRules
from models.reference import Reference
from models.thermal.fit import ThermalFit
from sensors.capture import Capture
from sensors.motor import Motor
from sensors.recordings.library import load_recordings


class Measured(NamedTuple):
    """What one replay took.

    Attributes
    ----------
    seconds : float
        Length of what was replayed.
    cpu_s : float
        Processor time of all of it.
    diagnoses, diagnosed_s, diagnosis_cpu_s : int, float, float
        How many captures were diagnosed, their length together, and the processor time of that.
    peak_mb : float
        Most memory the process ever had, interpreter and libraries included.
    growth_mb : float
        How much of that came after the warm-up.
    """

    seconds: float
    cpu_s: float
    diagnoses: int
    diagnosed_s: float
    diagnosis_cpu_s: float
    peak_mb: float
    growth_mb: float


class Meter:
    """Stands in front of `diagnose` and counts what it takes."""

    def __init__(self) -> None:
        self.diagnoses, self.signal_s, self.cpu_s = 0, 0.0, 0.0
        self._diagnose = diagnose

    def __call__(
        self,
        capture: Capture,
        motor: Motor,
        reference: Reference | None = None,
        plant: PlantRules | None = None,
        thermal: ThermalFit | None = None,
    ) -> Diagnosis:
        """Diagnose as ever."""
        start = time.process_time()
        said = self._diagnose(capture, motor, reference, plant, thermal)
        self.cpu_s += time.process_time() - start
        self.diagnoses += 1
        self.signal_s += capture.duration_s
        return said


def peak_mb() -> float:
    """Return the most memory this process ever had resident.

    From Linux itself: the figure of `getrusage` is handed down by the process that started us.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def replay(file: Path, store_url: str | None, warm_s: float) -> Measured:
    """Replay a recording with the template release."""
    vars(gateway)["diagnose"] = meter = Meter()
    (recording,) = load_recordings([file])
    plan = ReplayPlan(spec=FeatureSpec(), release=template_release())
    store = None if store_url is None else open_store(store_url)
    start, seconds, warm_mb = time.process_time(), 0.0, None
    for window in replay_recording(recording, plan, store=store):
        seconds = window.report.t1_ns / 1e9
        if warm_mb is None and seconds >= warm_s:
            warm_mb = peak_mb()
    cpu_s, highest_mb = time.process_time() - start, peak_mb()
    grown_mb = 0.0 if warm_mb is None else highest_mb - warm_mb
    taken = (meter.diagnoses, meter.signal_s, meter.cpu_s)
    return Measured(seconds, cpu_s, *taken, highest_mb, grown_mb)


if __name__ == "__main__":
    FILE, WARM_S, *URL = sys.argv[1:]
    print(json.dumps(replay(Path(FILE), URL[0] if URL else None, float(WARM_S))._asdict()))
