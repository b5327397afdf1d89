"""Known faults put into real healthy recordings at falling level, to see where naming ends.

Injected, not real: impacts of the simulator's model ringing at one resonance. What they share
with reality is the background they must be seen in.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.results.line_ranks import LineRank, rank_line, rank_table
from app.results.result import Cell, Protocol, Result, ResultTable
from app.results.verdicts import Judged, captures_of
from models.diagnosis import diagnose
from sensors.capture import Capture, SampleBlock, Sense
from sensors.conditions import Condition
from sensors.errors import BadConfig
from sensors.motor import Motor
from sensors.recordings.recording import Recording
from sensors.simulator.inject import inject

LEVELS_DB = (0.0, -10.0, -15.0, -20.0, -30.0)
"""Power of the fault over that of the recording, full band."""
SEEDS = (1, 2, 3)
CONDITIONS = (
    Condition.BEARING_OUTER_RACE,
    Condition.BEARING_INNER_RACE,
    Condition.BEARING_ROLLING_ELEMENT,
)
MANIFESTS = ("cwru", "hit_sm_bearing")
_RANKED = "The true line at 0 dB, first seed: how high it stands, and how high the bar"


@dataclass(frozen=True, slots=True)
class Injected:
    """One verdict on one injected fault."""

    background: str
    condition: Condition
    level_db: float
    judged: Judged


def with_fault(
    capture: Capture,
    motor: Motor,
    speed_rpm: float,
    condition: Condition,
    level_db: float,
    seed: int,
) -> Capture:
    """Return a capture with a fault in the vibration of its first bearing's end."""
    position = motor.bearings[0].position

    def hurt(block: SampleBlock) -> SampleBlock:
        near = position is None or block.channel.position in (None, position)
        if block.channel.sense is not Sense.VIBRATION or not near:
            return block
        values = inject(
            block.values,
            block.rate_hz,
            motor=motor,
            speed_rpm=speed_rpm,
            condition=condition,
            level_db=level_db,
            seed=seed,
        )
        return replace(block, values=values.astype(np.float32, copy=False))

    return replace(capture, blocks=tuple(hurt(block) for block in capture.blocks))


def run(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    """Inject every condition at every level and seed into every healthy recording."""
    del folder
    healthy = [
        recording
        for name in MANIFESTS
        for recording in recordings[name]
        if recording.labels == frozenset() and recording.motor.bearings
    ]
    found = [one for recording in healthy for one in _inject_all(recording)]
    wrong = [one for one in found if one.judged.outcome == "named wrong"]
    ranks = [rank for recording in healthy for rank in _ranks(recording)]
    figures: dict[str, Cell] = {
        f"right_at_minus_{abs(level):g}_db": _share_right([o for o in found if o.level_db == level])
        for level in LEVELS_DB
    }
    return Result(
        name="injected",
        title="Injected faults in real healthy recordings",
        protocol="Labelled injected: bearing impacts of the simulator's model, scaled to a power "
        "relative to the recording's, added to real healthy vibration; "
        f"{len(SEEDS)} seeds a cell, judged by physics. Level is full band: in the band where the "
        "impacts ring they stand higher.",
        tables=(_level_table(found), rank_table(_RANKED, ranks)),
        figures=figures
        | {
            "injections": len(found),
            "backgrounds": len(healthy),
            "named_wrong": len(wrong),
            "named_wrong_high": sum(one.judged.wrong_high for one in wrong),
        },
        remarks=(
            f"{len(healthy)} backgrounds are two healthy machines: the levels at which naming ends "
            "are theirs, not a property of motors at large.",
            "The recording of HIT-SM carries a line at 100 Hz and its shaft sidebands in the "
            "envelopes of its high bands. They belong to its supply, no bearing makes them, and "
            "they count among the pseudo-lines: that is why its bar is high.",
            *_why_wrong(wrong),
        ),
        aim="how far down a fault is named, and never as another",
        outcome=f"at 0 dB {_percent(found, 0.0)}, at -20 dB {_percent(found, -20.0)} named right; "
        f"{len(wrong)} of {len(found)} named wrong",
        data="injected",
    )


def _why_wrong(wrong: Sequence[Injected]) -> tuple[str, ...]:
    """List what was taken for what; nothing where nothing was named wrong."""
    taken = Counter(
        f"{one.condition.value} taken for {finding.condition.value} ({finding.confidence})"
        for one in wrong
        for finding in one.judged.said.findings
    )
    if not taken:
        return ()
    listed = ", ".join(f"{what}: {count}" for what, count in sorted(taken.items()))
    return (f"Named wrong: {listed}.",)


def _percent(found: Sequence[Injected], level_db: float) -> str:
    share = _share_right([one for one in found if one.level_db == level_db])
    return "none" if share is None else f"{share:.0%}"


def _ranks(recording: Recording) -> Iterator[LineRank]:
    """Rank the true lines of faults as strong as the recording, one seed of each."""
    title, capture, speed_rpm = _background(recording)
    for condition in CONDITIONS:
        hurt = with_fault(capture, recording.motor, speed_rpm, condition, 0.0, SEEDS[0])
        rank = rank_line(title, hurt, recording.motor, condition)
        if rank is not None:
            yield rank


def _background(recording: Recording) -> tuple[str, Capture, float]:
    """Title and capture of a healthy recording, and the speed at which its shaft really turned.

    Raises
    ------
    BadConfig
        The speed is neither declared nor evident: no fault can be injected.
    """
    title, capture = next(iter(captures_of(recording)))
    shaft_hz = diagnose(capture, recording.motor).shaft_hz
    if shaft_hz is None:
        raise BadConfig(f"{recording.title}: shaft speed unknown, so no fault can be injected")
    return title, capture, shaft_hz * 60.0


def _inject_all(recording: Recording) -> list[Injected]:
    title, capture, speed_rpm = _background(recording)
    found = []
    for condition in CONDITIONS:
        for level_db in LEVELS_DB:
            for seed in SEEDS:
                hurt = with_fault(capture, recording.motor, speed_rpm, condition, level_db, seed)
                said = diagnose(hurt, recording.motor)
                name = f"{title} with {condition.value} at {level_db:g} dB, seed {seed}"
                judged = Judged(name, title, "injected", frozenset({condition}), said)
                found.append(Injected(title, condition, level_db, judged))
    return found


def _share_right(found: Sequence[Injected]) -> float | None:
    if not found:
        return None
    return round(sum(one.judged.outcome == "named right" for one in found) / len(found), 3)


def _level_table(found: Sequence[Injected]) -> ResultTable:
    """One row a background and condition; right / not named / wrong at each level."""
    keys = dict.fromkeys((one.background, one.condition) for one in found)
    rows = []
    for background, condition in keys:
        cells: list[Cell] = [background, condition.value]
        for level in LEVELS_DB:
            some = [
                one.judged.outcome
                for one in found
                if (one.background, one.condition, one.level_db) == (background, condition, level)
            ]
            right, wrong = some.count("named right"), some.count("named wrong")
            cells.append(f"{right} / {len(some) - right - wrong} / {wrong}")
        rows.append(tuple(cells))
    return ResultTable(
        title="Named right / not named / named wrong, of the seeds, at each level",
        columns=("healthy recording", "injected", *(f"{level:g} dB" for level in LEVELS_DB)),
        rows=tuple(rows),
    )


PROTOCOLS = (Protocol("injected", MANIFESTS, run),)
