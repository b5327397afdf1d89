"""`motorwatch demo`: the whole story on a simulated motor, in about a minute."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from app.cli.console import err, note, out, print_json
from app.cli.doctor_command import data_folder
from app.cli.live import LiveTable
from app.cli.options import JsonOption
from app.cli.second_opinion import stage2_of
from app.replay import ReplayPlan, replay_recording
from app.session import Window
from app.training import train_template
from dsp.features import FeatureSpec
from models.release import Learning, save_release
from sensors.recordings.library import load_recordings
from sensors.recordings.manifest import ready_names

DEMO_LIFE_S = 9000.0
"""Shorter lives than the built-in template's: the demo should not keep anyone waiting."""
DEMO_LEARNING = Learning(minimum=12, span_s=250.0)
"""Long enough to see the load changes of the demo's motor, over before its fault begins."""


def demo(
    folder: Annotated[
        Path, typer.Option(help="Where recording, release, store and report go.")
    ] = Path("build/demo"),
    as_json: JsonOption = False,
) -> None:
    """Simulate a motor that wears out, train stage 1, replay it and write a report.

    A 7.5 kW pump motor runs in health, under changing load, and then grows an outer-race fault.
    Stage 1 is trained on other simulated motors, so this one is new to it.
    """
    from app.report.html import check_installed

    check_installed()
    spec = FeatureSpec()
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(console=err, transient=True))
        recording_file = _simulate(folder, progress)
        task = progress.add_task("training stage 1 on simulated motors", total=1.0)
        release = train_template(
            spec,
            life_s=DEMO_LIFE_S,
            learning=DEMO_LEARNING,
            progress=lambda done: progress.update(task, completed=done),
        )
    save_release(release, folder / "release.json")
    note(f"simulated motor: {recording_file}; release {release.release_id[:12]} trained")
    windows = _replay(folder, recording_file, ReplayPlan(spec=spec, release=release), as_json)
    _tell(folder, windows, as_json)


def _simulate(folder: Path, progress: Progress) -> Path:
    from sensors.simulator.reader import SimulatorReader
    from sensors.simulator.recorder import write_recording
    from sensors.simulator.scenario_file import load_scenario

    path = folder / "demo.npz"
    task = progress.add_task("simulating ten minutes of a motor's life", total=1.0)
    write_recording(
        SimulatorReader(load_scenario("demo"), window_s=1.0),
        path,
        progress=lambda done: progress.update(task, completed=done),
    )
    return path


def _replay(folder: Path, path: Path, plan: ReplayPlan, as_json: bool) -> list[Window]:
    from app.report.book import StoryBook
    from app.report.reporter import ReplayReporter
    from app.store import open_store

    recording = load_recordings([path])[0]
    for suffix in ("", "-wal", "-shm"):
        # A log left by a demo that was killed would be read into the new database.
        (folder / f"demo.db{suffix}").unlink(missing_ok=True)
    windows = []
    with ExitStack() as stack:
        store = stack.enter_context(open_store(f"sqlite:///{folder / 'demo.db'}"))
        book = stack.enter_context(StoryBook(folder / "report.html", "motorwatch demo"))
        reporter = ReplayReporter(book, plan)
        live = None if as_json else stack.enter_context(LiveTable(1))
        if live is not None:
            live.begin(recording)
        listener = reporter.begin(recording)
        played = replay_recording(
            recording, plan, store=store, stage2=stage2_of("auto", None, stack), listener=listener
        )
        for window in played:
            windows.append(window)
            reporter.window(window)
            if live is not None:
                live.window(window)
    return windows


def _opinion(window: Window | None) -> str:
    said = None if window is None else window.stage2
    return "" if said is None or said.named is None else f"[red]{said.named.value}[/]"


def _tell(folder: Path, windows: list[Window], as_json: bool) -> None:
    first_alarm = next((w.report.t0_ns / 1e9 for w in windows if w.alarm is not None), None)
    first_named = next((w for w in windows if w.findings), None)
    named_s = None if first_named is None else first_named.report.t0_ns / 1e9
    condition = None if first_named is None else first_named.findings[0].condition.value
    second = next((w for w in windows if w.stage2 is not None and w.stage2.named), None)
    second_s = None if second is None else second.report.t0_ns / 1e9
    report = folder / "report.html"
    if as_json:
        print_json(
            {
                "windows": len(windows),
                "fault_onset_s": 300.0,
                "first_alarm_s": first_alarm,
                "first_named_s": named_s,
                "named": condition,
                "first_second_opinion_s": second_s,
                "report": str(report),
                "simulated": True,
            }
        )
        return
    out.print("\n[bold]What happened[/] (simulated)")
    out.print("  0 s    learning this motor's own baseline while its load changes")
    out.print("  300 s  an outer-race fault begins to grow")
    later = [
        (named_s, f"the physics rules name it: [red]{condition}[/]"),
        (first_alarm, "stage 1 raises the alarm"),
        (second_s, f"stage 2 says for the first time: {_opinion(second)}"),
    ]
    for when, what in sorted((at, text) for at, text in later if at is not None):
        out.print(f"  {when:.0f} s  {what}")
    out.print(f"\nReport with plots: {report}")
    sets = [name for name in ready_names() if (data_folder() / name).is_dir()]
    if sets:
        shown = "cwru" if "cwru" in sets else sets[0]
        out.print(
            f"Real recordings are here ({len(sets)} data sets in {data_folder()}). Try:\n"
            f"  .venv/bin/motorwatch replay {data_folder() / shown} --manifest {shown}\n"
            "  make results"
        )
    else:
        out.print(
            "No real recordings here: `motorwatch manifest list` says where to get them; "
            "then set MOTORWATCH_DATA."
        )
