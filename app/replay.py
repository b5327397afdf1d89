"""Replaying recordings: each through a session of its own, window by window, at a chosen pace."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from app.known_health import NOTHING_KNOWN, KnownHealth
from app.session import Listener, Session, Source, Window
from app.stage2 import Stage2
from app.store import Store
from dsp.features import FeatureSpec
from models.plant import PlantRules
from models.release import Release
from sensors.errors import BadConfig, SpecMismatch
from sensors.recordings.recording import Recording
from sensors.replay import ReplayReader


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """How recordings are replayed.

    Attributes
    ----------
    spec, release
        Features, and the model that judges them.
    from_s, to_s : float, float or None
        Part of each recording, in seconds from its start.
    speed : float or None
        Multiple of real time; None is as fast as can be.
    site : str
        First level of every topic.
    batch : int
        Messages to a commit.
    plant : PlantRules or None
        Other limits than the shipped ones.
    known : KnownHealth
        Of the motor in health.
    """

    spec: FeatureSpec
    release: Release
    from_s: float = 0.0
    to_s: float | None = None
    speed: float | None = None
    site: str = "local"
    batch: int = 500
    plant: PlantRules | None = None
    known: KnownHealth = NOTHING_KNOWN

    def __post_init__(self) -> None:
        end = sys.float_info.max if self.to_s is None else self.to_s
        if not 0.0 <= self.from_s < end <= sys.float_info.max:
            raise BadConfig(
                f"--from {self.from_s:g} and --to {self.to_s} leave nothing: give seconds from the "
                "recording's start, the first before the second"
            )
        if self.release.spec_id != self.spec.spec_id:
            raise SpecMismatch(
                f"release {self.release.release_id[:12]} reads features of spec "
                f"{self.release.spec_id}, this version makes spec {self.spec.spec_id}; "
                "train the release anew with `motorwatch train`"
            )


def replay_recording(
    recording: Recording,
    plan: ReplayPlan,
    *,
    store: Store | None = None,
    stage2: Stage2 | None = None,
    listener: Listener | None = None,
) -> Iterator[Window]:
    """Yield the windows of one recording once every tier has seen them.

    Parameters
    ----------
    recording : Recording
        What to replay.
    plan : ReplayPlan
        How.
    store : Store, optional
        Where everything is kept; replaying the same again adds nothing.
    stage2 : Stage2, optional
        Gives a second opinion on every capture.
    listener : callable, optional
        Called with every raw capture that went up, and its diagnosis.
    """
    session = Session(
        recording.motor,
        Source(recording.title, recording.recording_id, (plan.from_s, plan.to_s)),
        spec=plan.spec,
        release=plan.release,
        store=store,
        site=plan.site,
        batch=plan.batch,
        plant=plan.plant,
        stage2=stage2,
        known=plan.known,
    )
    if listener is not None:
        session.listen(listener)
    reader = ReplayReader(
        recording,
        window_s=plan.spec.window_s,
        hop_s=plan.spec.hop_s,
        from_s=plan.from_s,
        to_s=plan.to_s,
    )
    try:
        yield from paced(session.run(reader), plan.speed)
    finally:
        reader.close()


def paced(windows: Iterator[Window], speed: float | None) -> Iterator[Window]:
    """Yield windows no faster than `speed` times their own time."""
    if speed is None:
        yield from windows
        return
    started, first_ns = time.monotonic(), None
    for window in windows:
        first_ns = window.report.t0_ns if first_ns is None else first_ns
        due_s = (window.report.t1_ns - first_ns) / 1e9 / speed
        time.sleep(max(0.0, started + due_s - time.monotonic()))
        yield window
