"""`motorwatch diagnose`: one verdict a recording, with its evidence or the reason for none."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from app.cli.card_panel import card_panel
from app.cli.console import escape, note, out, print_json, table
from app.cli.loading import load
from app.cli.options import (
    BaselineOption,
    BearingOption,
    JsonOption,
    LimitsOption,
    ManifestOption,
    MotorOption,
    RateOption,
    RpmOption,
    SenseOption,
    Sources,
    ThermalOption,
)
from app.health_files import known_health
from app.judged_capture import JudgedCapture, judged_capture
from models.card import Card, cards
from models.diagnosis import diagnose as judge
from models.finding import Diagnosis
from models.plant import load_plant
from sensors.output import check_writable
from sensors.recordings.recording import Recording

CARDED = 3
"""Of so many recordings the cards are shown unasked; of more, a table is easier to read."""


def diagnose(
    sources: Sources,
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    sense: SenseOption = None,
    baseline: BaselineOption = None,
    report: Annotated[
        Path | None, typer.Option(help="Write an HTML report with cards and plots to this file.")
    ] = None,
    limits: LimitsOption = None,
    thermal: ThermalOption = None,
    show_cards: Annotated[
        bool | None,
        typer.Option(
            "--cards/--no-cards",
            help="Show every finding's evidence card (the default for up to three recordings).",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Name the fault in each recording, show the evidence, or say why not.

    Looks at the last ten seconds of each recording (of a run-to-failure series: the last
    snapshot in which the motor ran) by physics alone: no model is involved. Bearing and shaft
    faults are judged by vibration and sound, electrical faults by current and voltage, heat by
    temperature. What is missing for a verdict (shaft speed, the bearing's number, a longer
    recording) is said.

    Examples: motorwatch diagnose pump.wav --sense vibration --rpm 1480 --bearing 6205;
    motorwatch diagnose today.csv --baseline commissioning.csv --motor motor.toml --report out.html
    """
    if report is not None:
        check_writable(report)
    plant = load_plant(limits)
    recordings = load(sources, manifest, motor, rate, rpm, bearing, sense)
    sound = () if baseline is None else load([baseline], manifest, motor, rate, rpm, bearing, sense)
    known = known_health(sound, thermal)
    carded = len(recordings) <= CARDED if show_cards is None else show_cards
    rows = table(None, ["recording", "verdict", "evidence, or why none"])
    with ExitStack() as stack:
        book = None
        if report is not None:
            from app.report.book import StoryBook
            from app.report.reporter import tell_diagnosis

            book = stack.enter_context(StoryBook(report, " ".join(sys.argv[1:])))
        panels = []
        for recording in recordings:
            taken = judged_capture(recording)
            capture, about = taken.capture, recording.motor
            said = taken.marked(judge(capture, about, known.reference, plant, known.thermal))
            made = cards(said, plant.texts, plant.sights)
            if book is not None:
                tell_diagnosis(book, recording, capture, said, plant)
            if as_json:
                print_json(_line(recording, taken, said, made))
                continue
            verdict, evidence = verdict_cells(said)
            since = "" if taken.standstill is None else f"\n[dim]{taken.standstill}[/]"
            rows.add_row(escape(recording.title), verdict, evidence + since)
            panels += [card_panel(card, recording.title) for card in made] if carded else []
    if not as_json:
        out.print(rows, *panels)
    if report is not None:
        note(f"report written to {report}")


def _line(
    recording: Recording, taken: JudgedCapture, said: Diagnosis, made: Sequence[Card]
) -> dict[str, object]:
    """Return what `--json` prints of a recording: the stable interface."""
    return {
        "source": str(recording.path),
        "motor_id": recording.motor.motor_id,
        "title": recording.title,
        "before_end_s": taken.before_end_s,
        "findings": said.findings,
        "abstained": said.abstained,
        "audit": said.audit,
        "provisional": said.provisional,
        "senses": said.senses,
        "measured": said.measured,
        "cards": made,
    }


def verdict_cells(said: Diagnosis) -> tuple[str, str]:
    """Return verdict and evidence of a diagnosis as two cells of a table."""
    if not said.findings:
        verdict = "[yellow]abstains[/]" if said.abstained else "[green]no fault found[/]"
        return verdict, escape(said.abstained or _looked(said))
    verdict = "\n".join(f"[red]{f.condition.value}[/] ({f.confidence})" for f in said.findings)
    return verdict, escape("\n".join(f.evidence[0].text for f in said.findings if f.evidence))


def _looked(said: Diagnosis) -> str:
    clear = [report.sense.value for report in said.senses if report.state == "clear"]
    unable = [f"{r.sense.value} could not judge" for r in said.senses if r.state == "unable"]
    return "; ".join(([f"clear: {', '.join(clear)}"] if clear else []) + unable)
