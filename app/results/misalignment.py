"""Graded misalignment regressed from motor current, acquisition by acquisition (mcsa)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.results.regression import mean_left_out, ridge_left_out, rms, spearman
from app.results.result import Protocol, Result, ResultTable
from app.vectors import with_progress
from dsp.audit import audit, refused
from dsp.features import FeatureSpec, extract
from models.robust import Floats, Mask
from sensors.capture import Sense
from sensors.errors import RecordingError
from sensors.recordings.recording import Recording
from sensors.replay import whole_capture

NAME = "mcsa_misalignment"
SPEC = FeatureSpec(senses=(Sense.POWER,))
CONTROL = SPEC.names.index("cur_line_oct")
"""Line frequency is the grid's own: what it tells of misalignment, the time of recording tells."""
RIDGE = 1.0
"""Fixed beforehand: eleven acquisitions leave nothing to choose it by."""
LEAST_UNITS = 5
SHUFFLES = 500
SEED = 20260301


@dataclass(frozen=True, slots=True)
class Group:
    """All acquisitions of one direction at one speed, regressed.

    Attributes
    ----------
    name : str
        Direction and speed.
    units : int
        Acquisitions.
    features : int
        Current features that all of them carry.
    rho : float
        Rank correlation of predicted with true misalignment.
    chance : float
        Share of shuffled truths that are predicted with at least this correlation.
    error_mm, mean_error_mm : float
        RMSE of the regression, and of the mean of the other acquisitions.
    control : float
        Rank correlation of the line frequency alone.
    """

    name: str
    units: int
    features: int
    rho: float
    chance: float
    error_mm: float
    mean_error_mm: float
    control: float


def evaluate(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Regress abs(misalignment) within each direction and speed."""
    files = recordings[NAME]
    rows = {}
    for file in with_progress(files, NAME):
        vector = extract(whole_capture(file, 10.0), file.motor, SPEC)
        rows[file.title] = vector.values.astype(np.float64)
    keys = sorted({_key(file) for file in files})
    groups = [
        regress(name, [f for f in files if _key(f) == name], rows)
        for name in keys
        if len({f.unit_id for f in files if _key(f) == name}) >= LEAST_UNITS
    ]
    if not groups:
        raise RecordingError(
            f"{folder / NAME}: no direction and speed has {LEAST_UNITS} acquisitions; "
            "the regression leaves one out at a time"
        )
    capture = whole_capture(files[0], 10.0)
    return _result(files, groups, refused(audit(capture, files[0].motor), "slip") or "")


def regress(name: str, files: Sequence[Recording], rows: Mapping[str, Floats]) -> Group:
    """Regress one group, and again with its truth shuffled between acquisitions."""
    table = np.array([rows[file.title] for file in files])
    truth = np.abs([file.severity or 0.0 for file in files])
    units = [file.unit_id or file.title for file in files]
    seen: Mask = np.isfinite(table).all(axis=0)
    control = spearman(table[:, CONTROL], truth) if seen[CONTROL] else 0.0
    seen[CONTROL] = False
    used = table[:, seen]
    predicted = ridge_left_out(used, truth, units, ridge=RIDGE)
    rho = spearman(predicted, truth)
    rng, reached = np.random.default_rng(SEED), 0
    for _ in range(SHUFFLES):
        other = _shuffled(truth, units, rng)
        reached += spearman(ridge_left_out(used, other, units, ridge=RIDGE), other) >= rho
    return Group(
        name=name,
        units=len(set(units)),
        features=int(seen.sum()),
        rho=rho,
        chance=(reached + 1) / (SHUFFLES + 1),
        error_mm=rms(predicted - truth),
        mean_error_mm=rms(mean_left_out(truth, units) - truth),
        control=control,
    )


def _key(file: Recording) -> str:
    """Direction of the misalignment, as the file's name has it, and speed."""
    direction = "horizontal" if "_H_" in file.title else "vertical"
    return f"{direction}, {file.speed_rpm:g} rpm"


def _shuffled(truth: Floats, units: Sequence[str], rng: np.random.Generator) -> Floats:
    """Give every acquisition the truth of another; its recordings stay together."""
    named = sorted(set(units))
    first = {unit: truth[units.index(unit)] for unit in named}
    given = dict(zip(named, rng.permutation([first[unit] for unit in named]), strict=True))
    return np.array([given[unit] for unit in units])


def _result(files: Sequence[Recording], groups: Sequence[Group], slip: str) -> Result:
    held = [g for g in groups if g.chance < 0.05 / len(groups)]
    better = [g for g in groups if g.error_mm < g.mean_error_mm]
    control = max(abs(g.control) for g in groups)
    return Result(
        name=NAME,
        title="Misalignment from motor current",
        protocol=(
            f"Unit: the acquisition (daq_nr), {max(g.units for g in groups)} of them, each with "
            "its own misalignment. Within each direction and speed, abs(misalignment) is regressed "
            f"on the stage-1 current features (ridge {RIDGE:g}, scaled in training), one "
            "acquisition left out at a time. Spearman of predicted with true; its chance from "
            f"{SHUFFLES} shuffles of the truth between acquisitions, the whole regression anew. "
            "Beaten should be the mean of the others. Control: line frequency alone, which "
            "cannot know of misalignment."
        ),
        tables=(
            ResultTable(
                title="Leave one acquisition out, within direction and speed",
                columns=(
                    "direction, speed",
                    "acquisitions",
                    "features",
                    "Spearman",
                    "chance",
                    "RMSE, mm",
                    "RMSE of the mean, mm",
                    "Spearman of the line frequency (control)",
                ),
                rows=tuple(
                    (
                        g.name,
                        g.units,
                        g.features,
                        round(g.rho, 2),
                        round(g.chance, 3),
                        round(g.error_mm, 3),
                        round(g.mean_error_mm, 3),
                        round(g.control, 2),
                    )
                    for g in groups
                ),
            ),
        ),
        figures={
            "files": len(files),
            "groups": len(groups),
            "spearman_median": round(float(np.median([g.rho for g in groups])), 3),
            "better_than_mean": len(better),
            "beyond_chance": len(held),
            "control_spearman_largest": round(control, 3),
        },
        remarks=(
            "Each misalignment was acquired once, in order of its size: whatever drifts with time "
            f"correlates with it. The grid's own frequency reaches {control:.2f}, so correlations "
            "of that size are no evidence of misalignment.",
            "One second puts bins 1 Hz apart: sidebands within 1 Hz of a line cannot be resolved. "
            f"The audit says of slip: {slip or 'no objection'}.",
            "A 50 Hz line with 150, 250 and 350 Hz at 425 and 750 rpm is the input of a drive: the "
            "shaft reaches this current only through the drive's rectifier.",
        ),
        aim="regress abs(misalignment) better than the mean, beyond chance and control",
        outcome=(
            f"better than the mean in {len(better)} of {len(groups)} groups, beyond chance in "
            f"{len(held)} (after correction for {len(groups)} looks); no claim, see control"
        ),
    )


PROTOCOLS = (Protocol(NAME, (NAME,), evaluate),)
