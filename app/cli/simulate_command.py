"""`motorwatch simulate` and `motorwatch inject`: signals with faults that are known."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import Progress

from app.cli.console import err, note, out, print_json
from app.cli.loading import load
from app.cli.options import (
    BearingOption,
    JsonOption,
    ManifestOption,
    MotorOption,
    RateOption,
    RpmOption,
    SenseOption,
    SourceFile,
)
from sensors.conditions import Condition
from sensors.errors import BadConfig
from sensors.simulator.fault import SEVERITY_ONE, Fault


def simulate(
    output: Annotated[
        Path | None, typer.Argument(help="File to write, ending in .npz.", show_default=False)
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="A scenario's path, or the name of a ready one.")
    ] = "healthy",
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="CONDITION=SEVERITY (1 is severe) or CONDITION=LEVELdB, e.g. "
            "bearing_inner_race=0.4 or unbalance=-6dB; add @SECONDS for its onset. Repeatable."
        ),
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="Length of the run.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed is another machine.")] = None,
    list_ready: Annotated[
        bool, typer.Option("--list", help="List ready scenarios and faults, write nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate an induction motor, sound or with any fault, and write it as a recording.

    A manifest.toml is written beside it, so `motorwatch replay` of the folder or file works at
    once. Everything simulated says so.

    Example: motorwatch simulate run/inner.npz --fault bearing_inner_race=0.5@20 --seconds 60
    """
    from sensors.simulator.reader import SimulatorReader
    from sensors.simulator.recorder import write_recording
    from sensors.simulator.scenario_file import load_scenario

    if list_ready:
        _list_ready(as_json)
        return
    if output is None:
        raise BadConfig("name a file to write, e.g. run/motor.npz; --list shows what is ready")
    run = load_scenario(scenario)
    changes: dict[str, object] = {}
    if seconds is not None:
        changes |= {"duration_s": seconds, "load": _until(run.load, seconds)}
        changes["ambient_degc"] = _until(run.ambient_degc, seconds)
    if seed is not None:
        changes["seed"] = seed
    if fault:
        changes["faults"] = tuple(parse_fault(text) for text in fault)
    run = msgspec.structs.replace(run, **changes)
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task("simulating", total=1.0)
        manifest = write_recording(
            SimulatorReader(run, window_s=1.0),
            output,
            progress=lambda done: progress.update(task, completed=done),
        )
    result = {"recording": str(output), "manifest": str(manifest), "simulated": True}
    if as_json:
        print_json(result)
    else:
        note(f"simulated run written to {output}; try: motorwatch replay {output.parent}")


def _until(
    points: tuple[tuple[float, float], ...], seconds: float
) -> tuple[tuple[float, float], ...]:
    """Cut or extend a profile to a length; the last value holds."""
    kept = [point for point in points if point[0] < seconds] or [points[0]]
    return (*kept, (seconds, kept[-1][1]))


def _list_ready(as_json: bool) -> None:
    from sensors.simulator.scenario_file import ready_scenarios

    if as_json:
        faults = {condition.value: meaning for condition, meaning in SEVERITY_ONE.items()}
        print_json({"scenarios": ready_scenarios(), "severity_one": faults})
        return
    out.print("ready scenarios: " + ", ".join(ready_scenarios()))
    for condition, meaning in SEVERITY_ONE.items():
        out.print(f"  {condition.value}: severity 1 is {meaning}")


def parse_fault(text: str) -> Fault:
    """Return the fault that ``CONDITION=SEVERITY[@ONSET]`` describes."""
    name, _, rest = text.partition("=")
    size, _, onset = rest.partition("@")
    try:
        condition = Condition(name)
        onset_s = float(onset) if onset else 0.0
        if size.lower().endswith("db"):
            return Fault(condition=condition, level_db=float(size[:-2]), onset_s=onset_s)
        return Fault(condition=condition, severity=float(size), onset_s=onset_s)
    except BadConfig:
        raise
    except ValueError as error:
        raise BadConfig(
            f"--fault {text!r}: write CONDITION=SEVERITY or CONDITION=LEVELdB, then @SECONDS if it "
            "begins later; `motorwatch simulate --list` lists the conditions"
        ) from error


def inject(
    source: SourceFile,
    output: Annotated[Path, typer.Argument(help="File to write, ending in .npz.")],
    fault: Annotated[str, typer.Option(help="Condition to add, e.g. bearing_outer_race.")],
    level_db: Annotated[
        float, typer.Option("--db", help="Power of the fault over the recording's, full band.")
    ],
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    sense: SenseOption = None,
    seed: Annotated[int, typer.Option(help="Phases, jitter and scatter.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Add a fault at a stated level to a healthy recording.

    The result is written with a manifest beside it and is marked as injected.

    Example: motorwatch inject healthy.csv out/faulty.npz --fault bearing_outer_race --db -12
    --rpm 1480 --bearing 6205
    """
    from app.injection import write_injected

    recordings = load([source], manifest, motor, rate, rpm, bearing, sense)
    if len(recordings) != 1:
        raise BadConfig(f"{source}: holds {len(recordings)} recordings; name one file")
    try:
        condition = Condition(fault)
    except ValueError as error:
        known = ", ".join(condition.value for condition in Condition)
        raise BadConfig(f"--fault {fault!r} is not a condition; use one of: {known}") from error
    beside = write_injected(recordings[0], output, condition, level_db, seed)
    if as_json:
        print_json({"recording": str(output), "manifest": str(beside), "injected": True})
    else:
        note(f"{condition.value} at {level_db:g} dB written to {output}")
