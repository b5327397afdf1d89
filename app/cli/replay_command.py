"""`motorwatch replay`: recordings through the whole system, as fast as wanted."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from app.cli.console import note, print_json
from app.cli.live import LiveTable
from app.cli.loading import load
from app.cli.options import (
    AcceleratorOption,
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
    Stage2Option,
    ThermalOption,
)
from app.cli.second_opinion import stage2_of
from app.config import ReplayConfig, load_config
from app.health_files import known_health
from app.replay import ReplayPlan, replay_recording
from app.session import Window
from app.template import template_release
from dsp.features import FeatureSpec
from models.plant import load_plant
from models.release import load_release
from sensors.errors import BadConfig, MotorwatchError, RecordingError
from sensors.output import check_writable
from sensors.recordings.recording import Recording


def replay(
    sources: Sources,
    manifest: ManifestOption = None,
    motor: MotorOption = None,
    rate: RateOption = None,
    rpm: RpmOption = None,
    bearing: BearingOption = None,
    sense: SenseOption = None,
    config: Annotated[
        Path | None,
        typer.Option(help="A replay.toml; what is given here as an option overrules it."),
    ] = None,
    speed: Annotated[
        str | None, typer.Option(help="max (the default), or a multiple of real time: 1, 10 ...")
    ] = None,
    from_s: Annotated[
        float, typer.Option("--from", help="Seconds into each recording to start at.")
    ] = 0.0,
    to_s: Annotated[
        float | None, typer.Option("--to", help="Seconds into each recording to stop at.")
    ] = None,
    release: Annotated[
        Path | None,
        typer.Option(help="A release made by `motorwatch train`; otherwise the built-in template."),
    ] = None,
    store: Annotated[
        str | None, typer.Option(help="Keep everything in a database, e.g. sqlite:///plant.db")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write an HTML report with plots to this file.")
    ] = None,
    limits: LimitsOption = None,
    baseline: BaselineOption = None,
    thermal: ThermalOption = None,
    stage2: Stage2Option = "auto",
    accelerator: AcceleratorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge recordings window by window, as the system would have live.

    Features and stage 1 judge every window; the physics rules diagnose the last ten seconds, on
    schedule and when stage 1 asks. A motor's own baseline is learnt first: until then its state
    is `learning` and physics alone speaks. Stage 2 gives a second opinion with each diagnosis,
    where its runtime is installed. With --json, one line a window.

    Example: motorwatch replay data/cwru --manifest cwru --report cwru.html
    """
    if report is not None:
        check_writable(report)
    settings = ReplayConfig() if config is None else load_config(config)
    judge = release or (None if settings.release is None else Path(settings.release))
    sound = () if baseline is None else load([baseline], manifest, motor, rate, rpm, bearing, sense)
    plan = ReplayPlan(
        spec=FeatureSpec(),
        release=template_release() if judge is None else load_release(judge),
        from_s=from_s,
        to_s=to_s,
        speed=parse_speed(str(settings.speed) if speed is None else speed),
        site=settings.site,
        batch=settings.batch,
        plant=load_plant(limits),
        known=known_health(sound, thermal),
    )
    url = settings.store if store is None else store
    recordings = load(sources, manifest, motor, rate, rpm, bearing, sense)
    with ExitStack() as stack:
        kept = None
        if url is not None:
            from app.store import open_store

            kept = stack.enter_context(open_store(url))
        live = None if as_json else stack.enter_context(LiveTable(len(recordings)))
        reporter = None
        if report is not None:
            from app.report.book import StoryBook
            from app.report.reporter import ReplayReporter

            book = stack.enter_context(StoryBook(report, " ".join(sys.argv[1:])))
            reporter = ReplayReporter(book, plan)
        second = stage2_of(stage2, accelerator, stack)
        windows = 0
        for recording in recordings:
            if live is not None:
                live.begin(recording)
            listener = None if reporter is None else reporter.begin(recording)
            for window in replay_recording(
                recording, plan, store=kept, stage2=second, listener=listener
            ):
                windows += 1
                if live is not None:
                    live.window(window)
                else:
                    print_json(window_line(recording, window))
                if reporter is not None:
                    reporter.window(window)
        if windows == 0:
            raise nothing_replayed(recordings, from_s, to_s)
    if report is not None:
        note(f"report written to {report}")


def nothing_replayed(
    recordings: Sequence[Recording], from_s: float, to_s: float | None
) -> MotorwatchError:
    """Return why not one window came out of any of the recordings."""
    named = str(recordings[0].path)
    if len(recordings) > 1:
        named += f" and {len(recordings) - 1} more"
    if from_s == 0.0 and to_s is None:
        return RecordingError(f"{named}: holds no samples; check the file")
    end = "the end" if to_s is None else f"{to_s:g} s"
    return BadConfig(
        f"{named}: nothing lies --from {from_s:g} s to {end}; `motorwatch inspect` says how "
        "long it is"
    )


def parse_speed(speed: str) -> float | None:
    """Return a multiple of real time, or None for as fast as can be."""
    if speed == "max":
        return None
    try:
        value = float(speed)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e6:
        raise BadConfig(f"--speed {speed!r} must be max or a number above 0 and below 1e6")
    return value


def window_line(recording: Recording, window: Window) -> dict[str, object]:
    """Return the line that `--json` prints for a window: the stable interface."""
    report = window.report
    return {
        "source": str(recording.path),
        "motor_id": report.motor_id,
        "seq": report.seq,
        "t0": report.t0_ns / 1e9,
        "t1": report.t1_ns / 1e9,
        "clock": report.clock,
        "probability": report.probability,
        "probability_low": report.probability_low,
        "probability_high": report.probability_high,
        "distance": report.distance,
        "state": window.state,
        "sensor_status": report.sensor_status,
        "findings": window.findings,
        "abstained": None if window.diagnosis is None else window.diagnosis.abstained,
        "stage2": window.stage2,
        "diagnosed": window.fresh,
        "alarm": window.alarm,
        "release_id": report.release_id,
    }
