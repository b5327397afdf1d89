"""What is said of healthy windows, window by window and added up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import msgspec

from app.soak.machine import WINDOW_S, Window, window
from models.diagnosis import diagnose
from models.finding import Diagnosis
from models.intervals import rate_bound
from models.reference import reference_of
from sensors.capture import Capture
from sensors.simulator.reader import SimulatorReader

TARGET_WINDOWS = 10_000
TARGET_FINDINGS = 1


class FalseFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One condition named on a healthy machine.

    Attributes
    ----------
    condition, confidence, sense : str
        What, how surely, and by which sense first.
    evidence : str
        What it stood on.
    """

    condition: str
    confidence: str
    sense: str
    evidence: str


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of one healthy window.

    Attributes
    ----------
    number : int
        Which; `app.soak.machine.window` makes it again.
    machine : str
        Poles, supply, size, load and declared speed, on one line.
    findings : tuple of FalseFinding
        All of them false.
    states : dict of str to str
        What became of each sense: ``clear``, ``doubt``, ``unable``, ``finding``.
    doubts : dict of str to tuple of str
        What each sense could not name.
    partly : tuple of str
        Senses that could not judge everything.
    refusals : tuple of str
        Checks of the audit that refused a kind of diagnosis: rightly where speed is declared wrong.
    """

    number: int
    machine: str
    findings: tuple[FalseFinding, ...] = ()
    states: dict[str, str] = {}
    doubts: dict[str, tuple[str, ...]] = {}
    partly: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """The soak so far.

    Attributes
    ----------
    windows : int
        Judged.
    findings : int
        Conditions named, all of them false.
    windows_with_findings : int
        Windows in which anything was named.
    bound : float
        95 % Poisson bound on findings in `TARGET_WINDOWS` windows.
    by_sense, by_condition, by_confidence : dict of str to int
        Findings.
    doubts, states : dict of str to int
        Windows with a doubt by sense; windows by ``sense state``.
    partly : dict of str to int
        Windows in which a sense could not judge everything.
    refusals : dict of str to int
        Windows in which the audit refused a kind of diagnosis, by check.
    shown : tuple of Heard
        Every window with a finding, with its evidence.
    doubtful : tuple of Heard
        Windows with a doubt, the first `DOUBTS_KEPT`.
    """

    windows: int
    findings: int
    windows_with_findings: int
    bound: float
    by_sense: dict[str, int]
    by_condition: dict[str, int]
    by_confidence: dict[str, int]
    doubts: dict[str, int]
    states: dict[str, int]
    partly: dict[str, int]
    refusals: dict[str, int]
    shown: tuple[Heard, ...]
    doubtful: tuple[Heard, ...]

    @property
    def on_target(self) -> bool:
        """Whether no more was named than is aimed at."""
        return self.findings <= TARGET_FINDINGS


DOUBTS_KEPT = 200


def hear(number: int) -> Heard:
    """Simulate and judge one healthy window."""
    made = window(number)
    reader = SimulatorReader(made.scenario, WINDOW_S)
    capture = _read(reader, made)
    later = reference_of(_read(reader, made), made.plate) if made.compared else None
    return heard(number, machine_text(made), diagnose(capture, made.plate, later))


def machine_text(made: Window) -> str:
    """Say on one line what runs in a window."""
    plate = made.plate.nameplate
    speed = "undeclared" if made.speed_error is None else f"declared {made.speed_error:+.0%}"
    parts = [
        f"{plate.poles} poles, {plate.line_hz:g} Hz, {plate.rated_kw:g} kW",
        f"{plate.rated_rpm:g} rpm",
        f"load {made.load:.0%}, speed {speed}",
        " and ".join(bearing.name for bearing in made.plate.bearings),
        "voltages" if made.scenario.voltages else "no voltages",
        *(["drive claimed"] if plate.variable_frequency_drive else []),
        *(["beside a capture in health"] if made.compared else []),
    ]
    return ", ".join(parts)


def heard(number: int, machine: str, said: Diagnosis) -> Heard:
    """Return what a diagnosis says of a window that is healthy."""
    return Heard(
        number=number,
        machine=machine,
        findings=tuple(
            FalseFinding(
                condition=one.condition.value,
                confidence=str(one.confidence),
                sense=next((e.sense.value for e in one.evidence if e.sense), "none"),
                evidence="; ".join(evidence.text for evidence in one.evidence),
            )
            for one in said.findings
        ),
        states={report.sense.value: report.state for report in said.senses},
        doubts={report.sense.value: report.doubts for report in said.senses if report.doubts},
        partly=tuple(report.sense.value for report in said.senses if report.inhibited),
        refusals=tuple(sorted({n.check for n in said.audit if n.level == "refuse"})),
    )


def count(windows: Iterable[Heard]) -> Count:
    """Add up what was said of windows, one at least."""
    some = list(windows)
    false = [finding for one in some for finding in one.findings]
    return Count(
        windows=len(some),
        findings=len(false),
        windows_with_findings=sum(bool(one.findings) for one in some),
        bound=rate_bound(len(false), len(some) / TARGET_WINDOWS),
        by_sense=_tally(finding.sense for finding in false),
        by_condition=_tally(finding.condition for finding in false),
        by_confidence=_tally(finding.confidence for finding in false),
        doubts=_tally(sense for one in some for sense in one.doubts),
        states=_tally(f"{sense} {state}" for one in some for sense, state in one.states.items()),
        partly=_tally(sense for one in some for sense in one.partly),
        refusals=_tally(check for one in some for check in one.refusals),
        shown=tuple(one for one in some if one.findings),
        doubtful=tuple(one for one in some if one.doubts)[:DOUBTS_KEPT],
    )


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _read(reader: SimulatorReader, made: Window) -> Capture:
    """Return the next capture with its speed declared as the window has it."""
    capture = reader.read()
    assert capture is not None and capture.speed_rpm is not None, "two windows, speed reported"
    if made.speed_error is None:
        return replace(capture, speed_rpm=None)
    return replace(capture, speed_rpm=capture.speed_rpm * (1 + made.speed_error))
