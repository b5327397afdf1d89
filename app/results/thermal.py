"""Temperatures of a motor by a first-order thermal model, block by block in time (lea)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.results.regression import rms
from app.results.result import Cell, Protocol, Result, ResultTable
from app.vectors import with_progress
from models.robust import Floats
from sensors.errors import RecordingError, WindowTooShort
from sensors.recordings.recording import Recording
from sensors.replay import whole_capture

NAME = "lea_pmsm_temp"
BLOCKS = 5
TARGETS = ("temp_winding", "temp_tooth", "temp_yoke", "temp_magnet")
DRIVEN_BY = ("temp_coolant", "current_d", "current_q", "speed")
SQUARED = ("current_d", "current_q", "speed")
"""Copper losses go with the square of current, windage and iron losses about with that of speed."""
TIME_CONSTANTS_S = np.geomspace(20.0, 1500.0, 15)
"""Tried from a winding's to a housing's; the best in training is kept."""
LONGEST_S = 86400.0


@dataclass(frozen=True, slots=True)
class ThermalFit:
    """A first-order response ``T = offset + exp(-t/tau) T0 + sum gain_j lag_tau(u_j)``.

    Attributes
    ----------
    tau_s : float
        Time constant.
    weights : array, shape (J + 2,)
        Gains of the lagged inputs, of the initial state, and the offset.
    """

    tau_s: float
    weights: Floats

    def predict(self, inputs: Floats, rate_hz: float) -> Floats:
        """Return the temperature over all of `inputs`, which start where the fit's did."""
        return responses(inputs, rate_hz, self.tau_s) @ self.weights


@dataclass(frozen=True, slots=True)
class Fold:
    """One sensor predicted over one block from the blocks before it."""

    target: str
    block: int
    tau_s: float
    model: float
    persistence: float
    mean: float


def evaluate(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Predict each block of time from the blocks before it, and set it beside naive guesses."""
    del folder
    folds: list[Fold] = []
    for file in with_progress(recordings[NAME], NAME):
        capture = whole_capture(file, LONGEST_S)
        values = {b.channel.name: b.values.astype(np.float64) for b in capture.blocks}
        missing = [name for name in (*TARGETS, *DRIVEN_BY) if name not in values]
        if missing:
            raise RecordingError(f"{file.path}: channel {missing[0]!r} is missing")
        inputs = np.column_stack(
            [values[name] for name in DRIVEN_BY] + [values[name] ** 2 for name in SQUARED]
        )
        rate_hz = capture.blocks[0].rate_hz
        for target in TARGETS:
            folds += judge_blocks(target, values[target], inputs, rate_hz)
    return _result(folds)


def fit_thermal(inputs: Floats, temperature: Floats, rate_hz: float) -> ThermalFit:
    """Fit by least squares at each time constant; keep the one that fits best.

    Parameters
    ----------
    inputs : array, shape (N, J)
        What heats and cools.
    temperature : array, shape (N,)
    rate_hz : float
    """
    best: tuple[float, ThermalFit] | None = None
    for tau_s in TIME_CONSTANTS_S:
        design = responses(inputs, rate_hz, float(tau_s))
        solved = np.linalg.lstsq(design, temperature, rcond=None)[0]
        weights = np.asarray(solved, dtype=np.float64)
        error = rms(design @ weights - temperature)
        if best is None or error < best[0]:
            best = (error, ThermalFit(float(tau_s), weights))
    assert best is not None
    return best[1]


def responses(inputs: Floats, rate_hz: float, tau_s: float) -> Floats:
    """Return each input behind a first-order lag, then the initial state's decay, then ones.

    ``y[k+1] = a y[k] + (1 - a) u[k]``, a = exp(-1 / (rate tau)), from zero.

    Parameters
    ----------
    inputs : array, shape (N, J)

    Returns
    -------
    array, shape (N, J + 2)
    """
    keep = float(np.exp(-1.0 / (rate_hz * tau_s)))
    lagged = np.zeros_like(inputs)
    for k in range(1, len(inputs)):
        lagged[k] = keep * lagged[k - 1] + (1.0 - keep) * inputs[k - 1]
    decay = keep ** np.arange(len(inputs))
    return np.column_stack([lagged, decay, np.ones(len(inputs))])


def judge_blocks(target: str, temperature: Floats, inputs: Floats, rate_hz: float) -> list[Fold]:
    """Predict every block but the first from all blocks before it, open loop.

    Raises
    ------
    WindowTooShort
        A block holds fewer than 30 samples.
    """
    edges = np.linspace(0, temperature.size, BLOCKS + 1).astype(np.intp)
    if edges[1] < 30:
        raise WindowTooShort(f"{target}: {temperature.size} samples do not make {BLOCKS} blocks")
    folds = []
    for block in range(1, BLOCKS):
        known, end = int(edges[block]), int(edges[block + 1])
        fit = fit_thermal(inputs[:known], temperature[:known], rate_hz)
        truth = temperature[known:end]
        said = fit.predict(inputs[:end], rate_hz)[known:]
        last, mean = temperature[known - 1], temperature[:known].mean()
        folds.append(
            Fold(
                target,
                block + 1,
                fit.tau_s,
                rms(said - truth),
                rms(last - truth),
                rms(mean - truth),
            )
        )
    return folds


def _result(folds: Sequence[Fold]) -> Result:
    pooled = {target: _pooled(target, folds) for target in TARGETS}
    better = [target for target, (model, *naive) in pooled.items() if model < min(naive)]
    best = min(pooled, key=lambda target: pooled[target][0] / min(pooled[target][1:]))
    figures: dict[str, Cell] = {"blocks": BLOCKS, "better_than_naive": len(better)}
    for target, errors in pooled.items():
        for kind, error in zip(("", "_persistence", "_mean"), errors, strict=True):
            figures[f"{_short(target)}{kind}_rmse_z"] = round(error, 3)
    edge = sum(fold.tau_s >= TIME_CONSTANTS_S[-1] for fold in folds)
    return Result(
        name=NAME,
        title="Temperatures of a permanent magnet motor, by a first-order thermal model",
        protocol=(
            f"Unit: none, one session of one motor, cut into {BLOCKS} blocks of time. Every block "
            "but the first is predicted open loop, without a look at its temperatures, from a "
            "model fitted by least squares on all blocks before it: one time constant, driven by "
            "coolant, currents and speed and the squares of the latter. Residual RMSE in z "
            "(normalised by the publishers, no degrees), beside the last value held and the mean "
            "so far."
        ),
        tables=(_pooled_table(pooled), _fold_table(folds)),
        figures=figures,
        remarks=(
            f"In {edge} of {len(folds)} fits the time constant ends at the longest tried: a few "
            "minutes do not show it, and extrapolation suffers.",
            "z-scores of current and speed have lost their zero, so linear terms stand beside the "
            "squares that physics asks for.",
            "One motor, one session: a feasibility check of thermal residuals, no limit and no "
            "hot-spot can come of it.",
        ),
        aim="thermal residual smaller than holding the last value or the mean",
        outcome=(
            f"better than both in {len(better)} of {len(pooled)} places; {_short(best)} "
            f"{pooled[best][0]:.3f} z against {min(pooled[best][1:]):.3f} z"
        ),
    )


def _pooled(target: str, folds: Sequence[Fold]) -> tuple[float, float, float]:
    """RMSE over all predicted blocks, which are equally long: model, persistence, mean."""
    own = [fold for fold in folds if fold.target == target]
    model, last, mean = (
        rms(np.array([getattr(fold, kind) for fold in own]))
        for kind in ("model", "persistence", "mean")
    )
    return model, last, mean


def _short(target: str) -> str:
    return target.removeprefix("temp_")


def _pooled_table(pooled: Mapping[str, tuple[float, float, float]]) -> ResultTable:
    return ResultTable(
        title="Residual over all predicted blocks",
        columns=("place", "model, RMSE z", "last value held, RMSE z", "mean so far, RMSE z"),
        rows=tuple(
            (_short(target), *(round(error, 3) for error in errors))
            for target, errors in pooled.items()
        ),
    )


def _fold_table(folds: Sequence[Fold]) -> ResultTable:
    return ResultTable(
        title="Block by block",
        columns=("place", "block", "time constant, s", "model", "last value held", "mean so far"),
        rows=tuple(
            (
                _short(fold.target),
                fold.block,
                round(fold.tau_s),
                round(fold.model, 3),
                round(fold.persistence, 3),
                round(fold.mean, 3),
            )
            for fold in folds
        ),
    )


PROTOCOLS = (Protocol(NAME, (NAME,), evaluate),)
