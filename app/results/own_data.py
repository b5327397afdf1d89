"""A user's own data set: verdicts of physics, and stage 1 fitted without what it judges."""

from collections.abc import Sequence

import msgspec

from app.results.bearing_sets import evaluate as judge_by_physics
from app.results.result import Result
from app.results.split_scores import split_scores
from models.splits import SplitKind
from sensors.errors import BadConfig, ModelError
from sensors.recordings.recording import Recording

DEFAULT_SPLIT: SplitKind = "bearing"


def evaluate_own(
    name: str, recordings: Sequence[Recording], split: SplitKind | None
) -> tuple[Result, ...]:
    """Judge a data set by physics, where it is labelled, and by stage 1.

    Parameters
    ----------
    name : str
        For the results.
    recordings : sequence of Recording
        Labelled, or run to failure.
    split : str or None
        Judge stage 1 alone, under this split. None is physics, then stage 1 split by bearing;
        data that cannot carry it are judged by physics alone, with the reason.

    Raises
    ------
    BadConfig
        No recording is labelled and none runs to failure; or the data cannot carry the split.
    OneClass
        Too few classes or units for the split that was asked for.
    """
    lives = any(r.run_to_failure for r in recordings)
    if not lives and all(r.labels is None for r in recordings):
        raise BadConfig(
            f"{name}: none of its {len(recordings)} recordings is labelled or runs to failure, so "
            "there is no truth to evaluate against; say `labels` or `run_to_failure` in the "
            "manifest (`motorwatch manifest new FOLDER` drafts one)"
        )
    if split is not None or lives:
        return (_stage1(name, recordings, split or DEFAULT_SPLIT),)
    verdicts = judge_by_physics(name, f"{name}: verdicts of physics", recordings)
    try:
        return verdicts, _stage1(name, recordings, DEFAULT_SPLIT)
    except (BadConfig, ModelError) as error:
        remark = f"Stage 1 was not fitted: {error}."
        return (msgspec.structs.replace(verdicts, remarks=(*verdicts.remarks, remark)),)


def _stage1(name: str, recordings: Sequence[Recording], split: SplitKind) -> Result:
    """Judge stage 1 under one split; the result bears the data set's name."""
    found = split_scores(recordings, split)
    return msgspec.structs.replace(
        found, name=f"{name}_{found.name}", title=f"{name}: {found.title}"
    )
