"""Bearing data sets judged by physics: no training, so nothing to tune, and every unit listed."""

from collections.abc import Sequence
from pathlib import Path

from app.results.line_ranks import LineRank, healthy_lines, rank_table, true_lines
from app.results.result import Protocol, Result, ResultTable
from app.results.verdict_tables import (
    class_table,
    recording_table,
    unit_table,
    verdict_figures,
    verdict_outcome,
)
from app.results.verdicts import (
    UNIT_RULE,
    Judged,
    UnitVerdict,
    judge_recordings,
    truth_text,
    units_of,
)
from sensors.recordings.recording import Recording

NOTHING_FITTED = (
    "Verdicts of physics: audit, shaft speed, line families against pseudo-lines of the same "
    "spectra. Nothing is trained on any data, so there is no split and no threshold to freeze. "
)
AIM = "80 % of units right, none wrong at high confidence"
NO_PAIR = "One healthy unit or fewer: no AUROC and no false-alarm rate can come from this set."


def evaluate(
    name: str,
    title: str,
    recordings: Sequence[Recording],
    remarks: Sequence[str] = (),
    *,
    aim: str = AIM,
) -> Result:
    """Judge a labelled bearing data set and count its units.

    Parameters
    ----------
    name, title : str
        Of the result.
    recordings : sequence of Recording
        Those without labels are left out.
    remarks : sequence of str
        What the set can and cannot show; why units failed is added.
    aim : str
        What is aimed at on this set.
    """
    judged, stopped = split_stopped(judge_recordings(recordings))
    units = units_of(judged)
    ranks = missed_lines(recordings, units)
    tables = [unit_table(units), class_table(units), recording_table(judged)]
    if ranks:
        tables.append(rank_table("The true line where a unit was not named right", ranks))
    if quiet := healthy_lines(recordings):
        tables.append(rank_table("Race lines of healthy recordings", quiet))
    if stopped:
        tables.append(_excluded_table(stopped))
    return Result(
        name=name,
        title=title,
        protocol=NOTHING_FITTED + UNIT_RULE,
        tables=tuple(tables),
        figures=verdict_figures(judged, units) | {"excluded_stopped": len(stopped)},
        remarks=(*remarks, *why_missed(units, ranks)),
        aim=aim,
        outcome=verdict_outcome(units),
    )


def split_stopped(judged: Sequence[Judged]) -> tuple[tuple[Judged, ...], tuple[Judged, ...]]:
    """Set apart what the audit says was recorded at standstill."""
    return tuple(j for j in judged if not j.stopped), tuple(j for j in judged if j.stopped)


def missed_lines(
    recordings: Sequence[Recording], units: Sequence[UnitVerdict]
) -> tuple[LineRank, ...]:
    """Rank the true line in every recording of faulty units that were not named right."""
    failed = {(u.group, u.unit_id) for u in units if u.outcome != "named right" and u.truth}
    return true_lines([r for r in recordings if (r.group or "", r.unit_id) in failed])


def why_missed(units: Sequence[UnitVerdict], ranks: Sequence[LineRank]) -> tuple[str, ...]:
    """Say of the units that were not named right how near to chance their true lines stand."""
    failed = [unit for unit in units if unit.outcome != "named right"]
    if not failed:
        return ()
    listed = ", ".join(f"{u.unit_id} ({u.truth_text}: {u.outcome})" for u in failed)
    said = [f"Not named right: {listed}."]
    if ranks:
        chances = sorted(rank.match.chance for rank in ranks)
        standing = sum(rank.stands for rank in ranks)
        said.append(
            f"In the {len(ranks)} recordings of these units whose bearing is known, the true line "
            f"stands above the 99th percentile of pseudo-lines in {standing}; its chance lies "
            f"between {chances[0]:.2g} and {chances[-1]:.2g}. Where it is a few per cent or more, "
            "equally wide windows at orders where nothing is expected show as much: naming it "
            "would be a guess."
        )
    return tuple(said)


def _excluded_table(stopped: Sequence[Judged]) -> ResultTable:
    return ResultTable(
        title="Excluded by the audit: the rig stood still",
        columns=("recording", "label", "reason"),
        rows=tuple((j.title, truth_text(j.truth), j.stopped) for j in stopped),
    )


def _cwru(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    del folder
    return evaluate(
        "cwru",
        "CWRU: 2 hp motor, seeded bearing faults",
        recordings["cwru"],
        (
            "A unit is a fault location and size: 12 kHz and 48 kHz recordings at all loads are "
            "one bearing. " + NO_PAIR,
            "The ball records 118, 119, 222 and 223 are known to be hard: they may be left "
            "unnamed, but must not be named as a race.",
        ),
    )


def _hit(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    del folder
    return evaluate(
        "hit_sm_bearing",
        "HIT-SM: SpectraQuest rig, 1200 rpm",
        recordings["hit_sm_bearing"],
        (
            "One file a unit, one speed. " + NO_PAIR,
            "The healthy file is a hard negative: a line over 20 dB above its floor is common in "
            "it at any order, so a fixed limit in dB would name a fault.",
        ),
    )


def _uestc(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    del folder
    return evaluate(
        "uestc_bearing",
        "UESTC: unloaded rig, 1000 rpm, bearing not stated",
        recordings["uestc_bearing"],
        (
            "The bearing is given only as a series, so no line has a place: the right answer is to "
            "abstain and to ask for its number. What would fit is ranked, see the table of "
            "withheld bearings in the pooled result.",
        ),
        aim="abstain and ask: the bearing is not stated",
    )


def _ims(recordings: dict[str, Sequence[Recording]], folder: Path) -> Result:
    del folder
    return evaluate(
        "ims_excerpt",
        "IMS excerpt: one-second snapshots, smoke only",
        recordings["ims_excerpt"],
        (
            "Smoke test: the snapshots overlap in time with ims_raw and with one another's tests, "
            "one second holds 33 turns, and which bearing stands behind a file is not stated. No "
            "claim is made.",
        ),
        aim="smoke: no claim, standstill set apart",
    )


PROTOCOLS = (
    Protocol("cwru", ("cwru",), _cwru),
    Protocol("hit_sm_bearing", ("hit_sm_bearing",), _hit),
    Protocol("uestc_bearing", ("uestc_bearing",), _uestc),
    Protocol("ims_excerpt", ("ims_excerpt",), _ims),
)
