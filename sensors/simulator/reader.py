"""The simulator as a Reader: windows of a scenario's run, like those of any other source."""

import math
from fractions import Fraction

import numpy as np

from sensors.capture import Capture, SampleBlock
from sensors.conditions import Condition
from sensors.errors import BadConfig, RecordingError
from sensors.motor import Motor
from sensors.simulator.fault import severity_at
from sensors.simulator.level import with_severities
from sensors.simulator.plant import Plant
from sensors.simulator.scenario import Scenario
from sensors.simulator.scenario_check import check_scenario
from sensors.simulator.senses import Group, groups

NS = 1_000_000_000


class SimulatorReader:
    """Captures of a simulated motor, in order of time.

    Samples depend on the scenario alone, never on how they are read: windows of any length,
    overlapping, or far apart (`hop_s` above `window_s`) show the same run.

    Parameters
    ----------
    scenario : Scenario
        What runs.
    window_s : float
        Length of a capture.
    hop_s : float or None
        From one capture's start to the next; None is `window_s`, end to end.

    Raises
    ------
    BadConfig
        The scenario cannot be followed, or it has no room for a window.
    """

    def __init__(self, scenario: Scenario, window_s: float, hop_s: float | None = None) -> None:
        check_scenario(scenario)
        self._window_ns, self._hop_ns = _spans(scenario, window_s, hop_s)
        self._scenario = with_severities(scenario)
        self._plant = Plant.of(self._scenario)
        self._groups = groups(self._plant, window_s)
        self._start_ns = _start_ns(scenario)
        self._seq = 0
        self._closed = False

    @property
    def motor(self) -> Motor:
        """The simulated motor."""
        return self._scenario.motor

    @property
    def scenario(self) -> Scenario:
        """What runs, with every fault's severity known."""
        return self._scenario

    @property
    def window_s(self) -> float:
        """Length of a capture in seconds."""
        return self._window_ns / NS

    @property
    def hop_s(self) -> float:
        """Time from one capture's start to the next in seconds."""
        return self._hop_ns / NS

    @property
    def title(self) -> str:
        """How to name this source; says that it is simulated."""
        return self._scenario.title

    def __len__(self) -> int:
        """Return the number of whole windows in the run."""
        run_ns = round(self._scenario.duration_s * NS)
        return (run_ns - self._window_ns) // self._hop_ns + 1

    def read(self) -> Capture | None:
        """Return the next capture, or None at the end of the run."""
        if self._closed:
            raise RecordingError(f"{self.title}: the reader is closed; make a new one")
        if self._seq >= len(self):
            return None
        capture = self._capture(self._seq)
        self._seq += 1
        return capture

    def close(self) -> None:
        """Forget the chunks that are kept; reading afterwards is an error."""
        self._closed = True
        self._groups = ()

    def labels_at(self, t_s: float) -> frozenset[Condition]:
        """Return the conditions that are present at a moment of the run, in seconds from its start.

        A fault counts from its onset, long before it can be seen.
        """
        at = np.array([t_s])
        return frozenset(f.condition for f in self._scenario.faults if severity_at(f, at)[0] > 0)

    def _capture(self, seq: int) -> Capture:
        t0_ns = seq * self._hop_ns
        t1_ns = t0_ns + self._window_ns
        blocks = [block for group in self._groups for block in self._blocks(group, t0_ns, t1_ns)]
        span_s = (t0_ns / NS, t1_ns / NS)
        kinematics, scenario = self._plant.kinematics, self._scenario
        return Capture(
            motor_id=self.motor.motor_id,
            t0_ns=self._start_ns + t0_ns,
            t1_ns=self._start_ns + t1_ns,
            blocks=tuple(blocks),
            speed_rpm=kinematics.mean_speed_rpm(*span_s) if scenario.reports_speed else None,
            load=kinematics.mean_load(*span_s) if scenario.reports_load else None,
            clock="unknown" if scenario.start is None else "utc",
            seq=seq,
        )

    def _blocks(self, group: Group, t0_ns: int, t1_ns: int) -> list[SampleBlock]:
        per_ns = Fraction(group.rate_hz) / NS
        start, stop = math.ceil(t0_ns * per_ns), math.ceil(t1_ns * per_ns)
        if start == stop:
            return []
        first_ns = self._start_ns + round(start / per_ns)
        rows = group.samples(start, stop)
        return [
            SampleBlock(channel, first_ns, group.rate_hz, np.ascontiguousarray(row))
            for channel, row in zip(group.channels, rows, strict=True)
        ]


def _spans(scenario: Scenario, window_s: float, hop_s: float | None) -> tuple[int, int]:
    """Return window and hop in nanoseconds, or refuse them."""
    hop_s = window_s if hop_s is None else hop_s
    for name, value in (("window_s", window_s), ("hop_s", hop_s)):
        if not (math.isfinite(value) and value >= 1e-3):
            raise BadConfig(f"{name} = {value} must be a number of seconds from 0.001")
    if window_s > scenario.duration_s:
        raise BadConfig(
            f"{scenario.title}: a window of {window_s:g} s does not fit into duration_s = "
            f"{scenario.duration_s:g}; shorten the window or lengthen the run"
        )
    return round(window_s * NS), round(hop_s * NS)


def _start_ns(scenario: Scenario) -> int:
    if scenario.start is None:
        return 0
    return int(scenario.start.timestamp()) * NS + scenario.start.microsecond * 1000
