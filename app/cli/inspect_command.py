"""`motorwatch inspect`: what a recording holds, and whether it is fit for a diagnosis."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import escape, out, print_json, table
from app.cli.loading import load
from app.cli.options import (
    BearingOption,
    JsonOption,
    ManifestOption,
    MotorOption,
    RateOption,
    RpmOption,
    SenseOption,
)
from sensors.recordings.recording import Recording

LEVEL_STYLES = {"ok": "dim", "note": "cyan", "warning": "yellow", "refuse": "bold red"}
AUDITED_S = 10.0


def inspect(
    file: Annotated[Path, typer.Argument(help="A recording or a folder.", show_default=False)],
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    sense: SenseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show channels, units, rate and length, and what the acquisition audit finds.

    The audit looks at the first ten seconds. It notes what it sees, warns of what weakens a
    diagnosis, and refuses what the data cannot support, with the reason.
    """
    from dsp.audit import audit
    from sensors.replay import whole_capture

    for recording in load([file], manifest, motor, rate, rpm, bearing, sense):
        notes = audit(whole_capture(recording, AUDITED_S), recording.motor)
        facts = _facts(recording)
        if as_json:
            print_json({**facts, "audit": notes})
            continue
        _show(facts)
        found = table("acquisition audit", ["check", "level", "channel", "what was seen"])
        for note in notes:
            style = LEVEL_STYLES[note.level]
            found.add_row(
                note.check, f"[{style}]{note.level}[/]", note.channel or "", escape(note.text)
            )
        out.print(found)


def _facts(recording: Recording) -> dict[str, object]:
    with recording.open() as opened:
        duration_s = opened.duration_s
    return {
        "source": str(recording.path),
        "title": recording.title,
        "motor_id": recording.motor.motor_id,
        "recording_id": recording.recording_id,
        "duration_s": duration_s,
        "segments": len(recording.segments),
        "clock": recording.clock,
        "speed_rpm": recording.speed_rpm or recording.motor.nominal_rpm,
        "load": recording.load,
        "labels": None if recording.labels is None else sorted(recording.labels),
        "unit_id": recording.unit_id,
        "group": recording.group,
        "bearings": [bearing.name for bearing in recording.motor.bearings],
        "note": recording.note,
        "channels": [
            {
                "name": track.channel.name,
                "column": track.column,
                "sense": track.channel.sense,
                "unit": track.channel.unit,
                "axis": track.channel.axis,
                "position": track.channel.position,
                "phase": track.channel.phase,
                "rate_hz": track.rate_hz,
            }
            for track in recording.tracks
        ],
    }


def _show(facts: dict[str, object]) -> None:
    out.print(f"[bold]{escape(str(facts['title']))}[/]  motor {escape(str(facts['motor_id']))}")
    duration = facts["duration_s"]
    length = "unknown until read" if duration is None else f"{duration:.2f} s"
    out.print(
        f"length {length} in {facts['segments']} segment(s), clock {facts['clock']}, "
        f"speed {facts['speed_rpm'] or 'unknown'} rpm, "
        f"bearings {', '.join(map(str, facts['bearings'])) or 'unknown'}"  # type: ignore[call-overload]
    )
    if facts["note"]:
        out.print(f"[yellow]{escape(str(facts['note']))}[/]")
    columns = ["name", "column", "sense", "unit", "axis", "position", "phase", "rate_hz"]
    rows = table("channels", columns)
    for channel in facts["channels"]:  # type: ignore[attr-defined]
        rows.add_row(*(escape(_cell(channel[c])) for c in columns))
    out.print(rows)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.9g}"
    return "" if value is None else str(value)
