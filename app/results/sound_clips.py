"""Sound clips without a truth to score against: what the audit sees, and what is in them."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from app.results.result import Protocol, Result, ResultTable
from app.vectors import with_progress
from dsp.audit import audit
from dsp.audit_note import AuditNote
from sensors.capture import Capture, Sense
from sensors.recordings.recording import Recording
from sensors.replay import whole_capture

COMPRESSOR = "compressor_audio"
UNSCORED = {
    "motor_sounds_5class": (
        "Motor sounds of undocumented classes",
        "labels.csv numbers the classes 0, 1, 1*, 2 and 7 and nothing says what they mean",
    ),
    "mimii_fan_clip": (
        "MIMII fan, one clip of eight microphones",
        "whether the clip is normal or abnormal is not stated",
    ),
}
CLIPPED_SHARE = 0.01
"""Clips with more of their samples at full scale count as clipped."""
FULL_SCALE = 32767 / 32768
AUDITED_S = 60.0


def evaluate_compressor(recordings: Mapping[str, Sequence[Recording]], folder: Path) -> Result:
    """Count what the audit catches of the clips whose samples stand at full scale."""
    del folder
    files = recordings[COMPRESSOR]
    clips = [(file, *_audited(file)) for file in with_progress(files, COMPRESSOR)]
    rows = [
        (
            file.title.split("/")[0],
            file.path.stem,
            round(_level_db(capture), 1),
            round(full_scale_share(capture), 4),
            _level_of(notes, "clipping"),
            _others(notes),
        )
        for file, capture, notes in clips
    ]
    clipped = [row for row in rows if row[3] > CLIPPED_SHARE]
    caught = sum(row[4] == "refuse" for row in clipped)
    false = sum(row[4] != "ok" for row in rows if row[3] == 0.0)
    return Result(
        name=COMPRESSOR,
        title="Air compressor: the audit alone",
        protocol=(
            "Unit: the clip of 2 s. The folders Off, Rest and Run follow a threshold on loudness, "
            "so they are no truth and nothing is classified. Truth of clipping, independent of the "
            f"audit: share of samples at full scale of 16 bit; clipped above {CLIPPED_SHARE:.0%}. "
            "Caught: the audit refuses the clip. False: it speaks of clipping where no sample is "
            "at full scale."
        ),
        tables=(
            ResultTable(
                title="Every clip",
                columns=(
                    "folder",
                    "clip",
                    "level, dBFS",
                    "samples at full scale, share",
                    "audit: clipping",
                    "other warnings of the audit",
                ),
                rows=tuple(rows),
            ),
        ),
        figures={
            "clips": len(rows),
            "clipped": len(clipped),
            "clipped_caught": caught,
            "unclipped": sum(row[3] == 0.0 for row in rows),
            "false_clipping": false,
        },
        remarks=(
            "Levels are dBFS: no calibrated microphone, so no dBA.",
            *(f"{row[1]}: {row[5]}." for row in rows if row[5]),
        ),
        aim="every clipped clip refused, no other",
        outcome=f"{caught} of {len(clipped)} clipped clips refused, {false} false",
    )


def evaluate_unscored(
    recordings: Mapping[str, Sequence[Recording]], folder: Path, *, name: str
) -> Result:
    """List what is there; nothing is scored."""
    del folder
    title, why = UNSCORED[name]
    rows = []
    for file in with_progress(recordings[name], name):
        capture, notes = _audited(file)
        rows.append(
            (
                file.title,
                len(capture.blocks),
                capture.blocks[0].rate_hz,
                round(capture.duration_s, 2),
                round(_level_db(capture), 1),
                _others(notes) or "nothing",
            )
        )
    return Result(
        name=name,
        title=title,
        protocol=f"Unscored: {why}. Read, audited and listed.",
        tables=(
            ResultTable(
                title="Every recording",
                columns=(
                    "recording",
                    "channels",
                    "rate, Hz",
                    "length, s",
                    "level, dBFS",
                    "warnings of the audit",
                ),
                rows=tuple(rows),
            ),
        ),
        figures={"recordings": len(rows), "scored": 0},
        aim="read and audit; no score without a documented label",
        outcome=f"{len(rows)} read and audited, none scored",
    )


def full_scale_share(capture: Capture) -> float:
    """Return the share of samples at full scale of 16 bit, the most of the channels."""
    return max(
        float(np.mean(np.abs(block.values) >= FULL_SCALE - 1e-7))
        for block in capture.of(Sense.SOUND)
    )


def _audited(file: Recording) -> tuple[Capture, tuple[AuditNote, ...]]:
    capture = whole_capture(file, AUDITED_S)
    return capture, audit(capture, file.motor)


def _level_db(capture: Capture) -> float:
    power = max(
        float(np.mean(np.square(block.values, dtype=np.float64)))
        for block in capture.of(Sense.SOUND)
    )
    return 10 * math.log10(max(power, 1e-20))


def _level_of(notes: Sequence[AuditNote], check: str) -> str:
    return next(note.level for note in notes if note.check == check)


def _others(notes: Sequence[AuditNote]) -> str:
    """Return the warnings and refusals other than clipping, as the audit says them."""
    found = (n for n in notes if n.level in ("warning", "refuse") and n.check != "clipping")
    return "; ".join(f"{note.check}: {note.text}" for note in found)


PROTOCOLS = (
    Protocol(COMPRESSOR, (COMPRESSOR,), evaluate_compressor),
    *(Protocol(name, (name,), partial(evaluate_unscored, name=name)) for name in UNSCORED),
)
