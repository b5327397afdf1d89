"""What lives that ended teach: at which rise, after which drift, and how many gave no sign."""

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from models.prognosis.posterior import DriftPrior, infer
from models.prognosis.rules import PrognosisRules
from models.prognosis.series import LevelSeries, blocks_of
from models.prognosis.trend import find_trend
from sensors.errors import BadSamples, TooFewWindows

Origin = Literal["field", "test", "simulated"]
FEWEST_LIVES = 3
FEWEST_RISING = 2
END_WINDOWS = 3
"""Of the last windows of a life, the middle one is the level it ended at."""
LEAST_SD_DB = 1.0
LEAST_LOG_SD = 0.5
"""Lives that happen to agree do not make the next one certain."""


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """Lives of one class of machine, up to their ends.

    Attributes
    ----------
    indicator : str
        Which feature.
    origin : str
        ``field``; ``test`` for accelerated tests, whose hours are not those of the field; or
        ``simulated``.
    machine_class : str or None
        Of which machines; None where it is not known.
    lives : int
        How many.
    rising : int
        How many of them rose significantly before they ended; the others gave no sign.
    end_mean_db, end_sd_db : float
        Rise above the quiet level at the end: mean and deviation between lives.
    prior : DriftPrior or None
        Drift and diffusion of those that rose; None where fewer than two did.
    """

    indicator: str
    origin: Origin
    machine_class: str | None
    lives: int
    rising: int
    end_mean_db: float
    end_sd_db: float
    prior: DriftPrior | None


def learn_population(
    lives: Sequence[LevelSeries],
    rules: PrognosisRules,
    *,
    origin: Origin,
    machine_class: str | None = None,
) -> Population:
    """Learn from whole lives.

    Parameters
    ----------
    lives : sequence of LevelSeries
        Each up to its failure, all of one indicator.
    rules : PrognosisRules
        As for the motor that is to be judged.
    origin, machine_class
        Where the lives were lived.

    Raises
    ------
    TooFewWindows
        Fewer than three lives, or one too short.
    BadSamples
        Lives of different indicators.
    """
    if len(lives) < FEWEST_LIVES:
        raise TooFewWindows(
            f"{len(lives)} lives to failure; a distribution of ends needs {FEWEST_LIVES} or more"
        )
    indicators = sorted({life.indicator for life in lives})
    if len(indicators) > 1:
        raise BadSamples(f"lives of different indicators: {', '.join(indicators)}")
    ends = np.array([end_rise_db(life, rules) for life in lives])
    paces = [pace for life in lives if (pace := _pace(life, rules)) is not None]
    prior = _prior(paces) if len(paces) >= FEWEST_RISING else None
    return Population(
        indicator=indicators[0],
        origin=origin,
        machine_class=machine_class,
        lives=len(lives),
        rising=len(paces),
        end_mean_db=float(ends.mean()),
        end_sd_db=max(float(ends.std(ddof=1)), LEAST_SD_DB),
        prior=prior,
    )


def _prior(paces: Sequence[tuple[float, float]]) -> DriftPrior:
    drift, diffusion = np.array(paces).T
    return DriftPrior(
        drift_rms=float(np.sqrt(np.mean(drift**2))),
        log_diffusion=float(np.log(diffusion).mean()),
        log_diffusion_sd=max(float(np.log(diffusion).std(ddof=1)), LEAST_LOG_SD),
    )


def end_rise_db(life: LevelSeries, rules: PrognosisRules) -> float:
    """Return by how much a life's last windows stood above its quiet level."""
    last = float(np.median(life.level_db[-END_WINDOWS:]))
    return last - blocks_of(life, rules.indicator).quiet_db


def _pace(life: LevelSeries, rules: PrognosisRules) -> tuple[float, float] | None:
    """Return drift and diffusion of a life that rose to its end; None for one that did not."""
    blocks = blocks_of(life, rules.indicator)
    trend = find_trend(blocks, rules)
    if isinstance(trend, str):
        return None
    fitted = infer(blocks.last(trend.blocks))
    return fitted.mean(fitted.drift), float(np.exp(fitted.mean(np.log(fitted.diffusion))))
