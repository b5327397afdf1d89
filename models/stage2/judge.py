"""Stage 2 on one capture: spectra, backbone, head, with every bearing of the motor in turn."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dsp.audit import audit
from dsp.vector import BoolArray, Float32Array
from models.accelerator.status import Embedding
from models.shaft_speed import ShaftSpeed, shaft_speed
from models.stage2.needs import told_classes
from models.stage2.physics import physics_features
from models.stage2.release import HEALTHY, Stage2Release
from models.stage2.spectra import order_spectra
from models.stage2.verdict import Stage2Verdict
from sensors.capture import Capture
from sensors.motor import Bearing, Motor

NOTHING_SEEN = (
    "no spectrum of vibration, sound or current can be made: the audit refuses every channel, or "
    "the capture is too short, or the shaft's speed is unknown"
)


class Runner(Protocol):
    """What runs the backbone: `models.accelerator.runner.Accelerator`."""

    def embed(self, spectra: Float32Array) -> Embedding:
        """Run the network on one set of spectra."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """One bearing's view of a capture, and what the head makes of it."""

    bearing: Bearing | None
    embedding: Embedding
    probabilities: dict[str, float]
    distance: float


def judge_stage2(
    capture: Capture, motor: Motor, release: Stage2Release, runner: Runner
) -> Stage2Verdict:
    """Judge one capture.

    Each bearing of the motor is looked at with its own geometry; the view that is least healthy
    speaks, unless it is unlike everything that was learnt and another is not.

    Parameters
    ----------
    capture : Capture
        Its last ten seconds are read.
    motor : Motor
        Nameplate and bearings, as far as they are known.
    release : Stage2Release
        Head and specification.
    runner : Runner
        Runs the backbone of the same release.

    Raises
    ------
    BackendLost
        The backbone cannot be run anywhere.
    """
    notes = audit(capture, motor)
    stopped = next((n.text for n in notes if n.check == "stopped" and n.level == "refuse"), None)
    if stopped is not None:
        return Stage2Verdict(abstained=stopped, release_id=release.release_id)
    speed = shaft_speed(capture, motor, notes)
    plate = motor.nameplate
    nominal_hz = None if plate.variable_frequency_drive else plate.line_hz
    views = []
    for bearing in motor.bearings or (None,):
        seen = order_spectra(
            capture, bearing, notes, speed, nominal_hz=nominal_hz, spec=release.spectra
        )
        if not seen.mask.all():
            physics = physics_features(capture, motor, bearing, notes, speed).values
            views.append(_view(bearing, runner.embed(seen.values), physics, seen.mask, release))
    if not views:
        return Stage2Verdict(abstained=_why(speed), release_id=release.release_id)
    limit = release.head.familiar.limit
    worst = min(views, key=lambda v: (v.distance > limit, v.probabilities.get(HEALTHY, 0.0)))
    return Stage2Verdict(
        probabilities=worst.probabilities,
        unknown=worst.distance > limit,
        distance=worst.distance / limit,
        bearing=None if worst.bearing is None else worst.bearing.name,
        backend=worst.embedding.backend,
        latency_ms=sum(view.embedding.latency_s for view in views) * 1000,
        release_id=release.release_id,
    )


def _view(
    bearing: Bearing | None,
    embedding: Embedding,
    physics: Float32Array,
    lanes_masked: BoolArray,
    release: Stage2Release,
) -> _Seen:
    head = release.head
    inputs = np.concatenate([embedding.values, physics])
    told = told_classes(head.classes, np.atleast_2d(lanes_masked))
    chances = head.probabilities(inputs, told)[0]
    distance = float(head.familiar.distance(np.atleast_2d(embedding.values).astype(np.float64))[0])
    named = dict(zip(head.classes, (float(chance) for chance in chances), strict=True))
    return _Seen(bearing, embedding, named, distance)


def _why(speed: ShaftSpeed | None) -> str:
    return NOTHING_SEEN if speed is not None else f"shaft speed unknown; {NOTHING_SEEN}"
