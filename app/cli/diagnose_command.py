"""`motorwatch diagnose`: one verdict a recording, with its evidence or the reason for none."""

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
    Sources,
)
from models.diagnosis import LONGEST_S
from models.diagnosis import diagnose as judge
from models.finding import Diagnosis
from sensors.replay import latest_capture


def diagnose(
    sources: Sources,
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    sense: SenseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Name the fault in each recording, show the evidence, or say why not.

    Looks at the last ten seconds of each recording (of a run-to-failure series: its last
    snapshot) by physics alone: no model is involved. Bearing faults need vibration, shaft speed
    and the bearing; without them the answer says what is missing.

    Example: motorwatch diagnose pump.wav --sense vibration --rpm 1480 --bearing 6205
    """
    rows = table(None, ["recording", "verdict", "evidence, or why none"])
    for recording in load(sources, manifest, motor, rate, rpm, bearing, sense):
        capture = latest_capture(recording, LONGEST_S)
        said = judge(capture, recording.motor)
        if as_json:
            print_json(
                {
                    "source": str(recording.path),
                    "motor_id": recording.motor.motor_id,
                    "title": recording.title,
                    "findings": said.findings,
                    "abstained": said.abstained,
                    "audit": said.audit,
                    "provisional": said.provisional,
                }
            )
            continue
        rows.add_row(escape(recording.title), *verdict_cells(said))
    if not as_json:
        out.print(rows)


def verdict_cells(said: Diagnosis) -> tuple[str, str]:
    """Return verdict and evidence of a diagnosis as two cells of a table."""
    if not said.findings:
        verdict = "[yellow]abstains[/]" if said.abstained else "[green]no bearing fault found[/]"
        return verdict, escape(said.abstained or "")
    verdict = "\n".join(f"[red]{f.condition.value}[/] ({f.confidence})" for f in said.findings)
    return verdict, escape("\n".join(f.evidence[0].text for f in said.findings))
