"""Currents and voltages of a capture as three phases, however few of them were measured.

Two currents tell the third where no neutral is wired; two line-to-line voltages likewise. What
belongs together is sampled together: same rate, same length, same start.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dsp.audit import refused
from dsp.audit_note import AuditNote
from dsp.three_phase import star_voltages, third_wave
from models.window import LONGEST_S
from sensors.capture import Capture, SampleBlock, Sense, Unit

Waves = npt.NDArray[np.float64]

PHASES = ("a", "b", "c")
PAIRS = ("ab", "bc", "ca")


@dataclass(frozen=True, slots=True)
class Phases:
    """Three waves of one quantity.

    Attributes
    ----------
    waves : float64 array, shape (3, n)
        Phases a, b, c; voltages against a star point.
    rate_hz : float
        Their sampling rate.
    calibrated : bool
        Whether they are in amperes or volts; otherwise only ratios mean anything.
    names : tuple of str
        The channels that were measured, in the order of the phases.
    derived : int or None
        Which phase was worked out from the others.
    is_current : bool
        Currents, not voltages.
    between : bool
        Voltages that were measured from line to line.
    """

    waves: Waves
    rate_hz: float
    calibrated: bool
    names: tuple[str, ...]
    derived: int | None = None
    is_current: bool = True
    between: bool = False


@dataclass(frozen=True, slots=True)
class SupplyWaves:
    """What one kind of diagnosis may use of a capture's electrical channels.

    Attributes
    ----------
    blocks : tuple of SampleBlock
        Every channel that the audit allows, its last ten seconds.
    currents, voltages : Phases or None
        As three phases, where enough of them were measured together.
    refusals : tuple of str
        Why channels were left out.
    """

    blocks: tuple[SampleBlock, ...]
    currents: Phases | None
    voltages: Phases | None
    refusals: tuple[str, ...]

    @property
    def amperes(self) -> list[Waves]:
        """Every calibrated line current, worked out ones included."""
        if self.currents is not None and self.currents.calibrated:
            return list(self.currents.waves)
        return [tail(block) for block in self.blocks if block.unit is Unit.AMPERE]


def gather(capture: Capture, notes: tuple[AuditNote, ...], kind: str) -> SupplyWaves:
    """Return the electrical channels of a capture that a kind of diagnosis may use.

    Parameters
    ----------
    kind : str
        ``current`` for lines and their ratios, ``power`` for RMS and power.
    """
    allowed, refusals = [], []
    for block in capture.of(Sense.POWER):
        reason = refused(notes, kind, channel=block.channel.name)
        if reason is None:
            allowed.append(block)
        else:
            refusals.append(reason)
    volts = [block for block in allowed if block.unit is Unit.VOLT]
    currents = _three([block for block in allowed if block.unit is not Unit.VOLT], PHASES)
    return SupplyWaves(
        blocks=tuple(allowed),
        currents=currents,
        voltages=_three(volts, PAIRS) or _three(volts, PHASES),
        refusals=tuple(dict.fromkeys(refusals)),
    )


def together(voltages: Phases, currents: Phases) -> bool:
    """Say whether voltages and currents were sampled together."""
    return voltages.waves.shape == currents.waves.shape and voltages.rate_hz == currents.rate_hz


def tail(block: SampleBlock) -> npt.NDArray[np.float64]:
    """Return the last ten seconds of a block, in double precision."""
    return block.values[-round(LONGEST_S * block.rate_hz) :].astype(np.float64)


def _three(blocks: Sequence[SampleBlock], labels: tuple[str, str, str]) -> Phases | None:
    """Return the three waves of these labels from the set that has most of them; None under two.

    Phase voltages need all three: only line-to-line ones, and currents, sum to zero.
    """
    chosen = max(_sets(blocks, labels), key=len, default={})
    is_star_voltage = labels == PHASES and bool(blocks) and blocks[0].unit is Unit.VOLT
    if len(chosen) < (3 if is_star_voltage else 2):
        return None
    waves = {label: tail(block) for label, block in chosen.items()}
    missing = [label for label in labels if label not in waves]
    if missing:
        waves[missing[0]] = third_wave(*waves.values())
    ordered = [waves[label] for label in labels]
    sample = next(iter(chosen.values()))
    return Phases(
        waves=star_voltages(*ordered) if labels == PAIRS else np.stack(ordered),
        rate_hz=sample.rate_hz,
        calibrated=sample.unit in (Unit.AMPERE, Unit.VOLT),
        names=tuple(chosen[label].channel.name for label in labels if label in chosen),
        derived=labels.index(missing[0]) if missing else None,
        is_current=sample.unit is not Unit.VOLT,
        between=labels == PAIRS,
    )


def _sets(
    blocks: Sequence[SampleBlock], labels: tuple[str, str, str]
) -> list[dict[str, SampleBlock]]:
    """Sort blocks by what was sampled together at one place, each set by its phases' labels."""
    sets: dict[object, dict[str, SampleBlock]] = {}
    for block in blocks:
        label = (block.channel.phase or "").lower()
        key = (block.unit, block.channel.position, block.rate_hz, block.values.size, block.t0_ns)
        if label in labels:
            sets.setdefault(key, {}).setdefault(label, block)
    return list(sets.values())
