"""Real recordings with something changed that no verdict may hang on.

A verdict stays, or becomes an abstention; a new name is listed with what was seen.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from app.results.bearing_pool import change_speed
from app.results.result import Cell, ResultTable
from app.results.senses_judged import Sensed, names_of, worth
from app.results.verdict_tables import evidence_text
from app.results.verdicts import Change, truth_text
from models.finding import Diagnosis
from sensors.capture import Capture, Sense
from sensors.motor import Motor

WAVES = (Sense.POWER, Sense.VIBRATION, Sense.SOUND)
"""Senses whose gain may be wrong; a thermometer shows degrees."""
CUT_S = 5.0
KINDS = ("same", "fewer", "silent", "new")


def change_gain(factor: float) -> Change:
    """Give every wave one other gain."""
    gain = np.float32(factor)

    def change(capture: Capture, motor: Motor) -> tuple[Capture, Motor]:
        blocks = tuple(
            replace(block, values=block.values * gain) if block.channel.sense in WAVES else block
            for block in capture.blocks
        )
        return replace(capture, blocks=blocks), motor

    return change


def rename(capture: Capture, motor: Motor) -> tuple[Capture, Motor]:
    """Call motor and channels otherwise, and reverse the order of the channels."""
    blocks = tuple(
        replace(block, channel=replace(block.channel, name=f"input{number}"))
        for number, block in enumerate(reversed(capture.blocks))
    )
    return (
        replace(capture, motor_id="another", blocks=blocks),
        msgspec.structs.replace(motor, motor_id="another"),
    )


def cut_short(capture: Capture, motor: Motor) -> tuple[Capture, Motor]:
    """Keep the first seconds."""
    blocks = tuple(
        replace(block, values=block.values[: max(round(CUT_S * block.rate_hz), 1)])
        for block in capture.blocks
    )
    end = min(capture.t1_ns, capture.t0_ns + round(CUT_S * 1e9))
    return replace(capture, t1_ns=end, blocks=blocks), motor


VARIANTS: Mapping[str, tuple[str, Change]] = {
    "declared speed 5 % low": ("speed_low", change_speed(0.95)),
    "declared speed 5 % high": ("speed_high", change_speed(1.05)),
    "gain a tenth": ("gain_low", change_gain(0.1)),
    "gain tenfold": ("gain_high", change_gain(10.0)),
    "motor and channels renamed, in reverse order": ("renamed", rename),
    f"cut to {CUT_S:g} s": ("cut", cut_short),
}
"""What is done, and the prefix of its figures."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One verdict, before and after.

    Attributes
    ----------
    variant : str
        What was done.
    of : Sensed
        As recorded.
    before, after : Diagnosis
        Both by itself, or both beside its reference.
    """

    variant: str
    of: Sensed
    before: Diagnosis
    after: Diagnosis

    @property
    def outcome(self) -> str:
        """``same`` names, ``fewer`` with a reason or ``silent`` without, or one that is ``new``."""
        old, new = names_of(self.before), names_of(self.after)
        if old == new:
            return "same"
        return "new" if new - old else "fewer" if new or self.after.abstained else "silent"


def compare(
    plain: Sequence[Sensed], judge: Callable[[Change], Sequence[Sensed]]
) -> tuple[Turn, ...]:
    """Judge everything again under each variant, and set it beside the plain verdicts."""
    before = {one.key: one for one in plain}
    turns = []
    for label, (_, change) in VARIANTS.items():
        for one in judge(change):
            was = before[one.key]
            turns.append(Turn(label, was, was.said, one.said))
            if was.referred is not None and one.referred is not None:
                turns.append(Turn(label, was, was.referred, one.referred))
    return tuple(turns)


def invariance_table(turns: Sequence[Turn]) -> ResultTable:
    """Count verdicts by what became of them, a row a variant."""
    return ResultTable(
        title="What no verdict may hang on: verdicts by what became of them",
        columns=(
            "changed",
            "verdicts",
            "same names",
            "fewer or none, with a reason",
            "none, without one",
            "a new name",
            "of it wrong",
        ),
        rows=tuple(_variant_row(label, turns) for label in VARIANTS),
    )


def _variant_row(label: str, turns: Sequence[Turn]) -> tuple[Cell, ...]:
    own = [turn for turn in turns if turn.variant == label]
    counts = [sum(turn.outcome == kind for turn in own) for kind in KINDS]
    return (label, len(own), *counts, sum(_turned_wrong(turn) for turn in own))


def _turned_wrong(turn: Turn) -> bool:
    return turn.outcome == "new" and worth(turn.of.truth, turn.after) == "named wrong"


def turned_table(turns: Sequence[Turn]) -> ResultTable:
    """List every verdict that names something new once a fact is changed."""
    new = [turn for turn in turns if turn.outcome == "new"]
    return ResultTable(
        title="Verdicts with a new name",
        columns=("changed", "recording", "truth", "named", "named now", "evidence"),
        rows=tuple(
            (
                turn.variant,
                turn.of.title,
                truth_text(turn.of.truth),
                " + ".join(sorted(names_of(turn.before))) or None,
                " + ".join(sorted(names_of(turn.after))),
                "; ".join(evidence_text(finding) for finding in turn.after.findings),
            )
            for turn in new
        ),
    )


def invariance_figures(turns: Sequence[Turn]) -> dict[str, Cell]:
    """Count new and new wrong names by variant."""
    figures: dict[str, Cell] = {}
    for label, (prefix, _) in VARIANTS.items():
        own = [turn for turn in turns if turn.variant == label]
        figures |= {
            **{f"{prefix}_{kind}": sum(turn.outcome == kind for turn in own) for kind in KINDS},
            f"{prefix}_new_wrong": sum(_turned_wrong(turn) for turn in own),
        }
    return figures
