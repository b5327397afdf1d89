"""From a data set to a trained release: which windows are healthy, which are not, against what.

Two kinds of data set teach stage 1. Lives that run to failure are judged against their own
beginning. Labelled recordings are judged against the healthy recordings of the same rig.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np

from app.recipe import stage1_recipe
from app.vectors import vectors_of, with_progress
from dsp.demodulation import DemodulationBands, refresh_bands
from dsp.features import FeatureSpec, extract
from dsp.vector import FeatureVector
from models.baseline import Baseline, learn_baseline, population_scale
from models.life import Life
from models.release import Learning, Provenance, Release
from models.run_to_failure import training_set
from models.training import TrainingSet, train_release
from sensors.conditions import Condition
from sensors.errors import BadConfig, OneClass
from sensors.reader import captures
from sensors.recordings.recording import Recording
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Scenario
from sensors.simulator.scenario_file import load_scenario

FEWEST_HEALTHY = 8
"""Healthy windows of a rig below which neither baseline nor negatives can be had."""


def train(recordings: Sequence[Recording], spec: FeatureSpec) -> Release:
    """Train stage 1 on a data set.

    Raises
    ------
    BadConfig
        Neither labels nor lives: nothing to learn from.
    OneClass
        Only healthy or only faulty windows.
    TooFewWindows
        Too few units or windows for a baseline or thresholds.
    """
    recipe = stage1_recipe(spec)
    lives = lives_of([r for r in recordings if r.run_to_failure], spec)
    if lives:
        samples = training_set(lives, spec.names, recipe)
        split = "lives to failure: first 30 % healthy, last 5 % failing, middle left out"
    else:
        samples = labelled_set(recordings, spec)
        split = "labelled recordings against the healthy ones of their own rig"
    return train_release(samples, recipe, provenance_of(recordings, samples, split))


def provenance_of(recordings: Iterable[Recording], samples: TrainingSet, split: str) -> Provenance:
    """Say where a release comes from."""
    listed = list(recordings)
    return Provenance(
        data={recording.title: recording.recording_id for recording in listed},
        units=tuple(sorted(set(samples.units.tolist()))),
        split=split,
        metrics={},
        synthetic=any(recording.group == "simulated" for recording in listed),
    )


def lives_of(recordings: Iterable[Recording], spec: FeatureSpec) -> list[Life]:
    """Extract every life; what was recorded without vibration is no life of a bearing."""
    lives = []
    for recording in with_progress(recordings, "extracting"):
        vectors = tuple(v for v in vectors_of(recording, spec) if not v.mask.all())
        if not vectors or not any(c.sense == "vibration" for c in recording.channels):
            continue
        unit = recording.unit_id or recording.motor.motor_id
        lives.append(Life(unit, vectors, vectors[0].t0_ns, vectors[-1].t1_ns))
    return lives


def labelled_set(recordings: Sequence[Recording], spec: FeatureSpec) -> TrainingSet:
    """Express labelled windows as deviations from their rig's healthy recordings.

    The first half of a rig's healthy windows teaches its baseline, the rest are negatives.
    """
    labelled = [r for r in recordings if r.labels is not None]
    if not labelled:
        raise BadConfig(
            "no recording is labelled and none runs to failure: nothing to learn from; give "
            "`labels` or `run_to_failure` in the manifest"
        )
    by_rig: dict[str, list[tuple[Recording, list[FeatureVector]]]] = defaultdict(list)
    for recording in with_progress(labelled, "extracting"):
        rig = recording.group or recording.motor.motor_id
        # One baseline serves the whole rig, so its windows speak under one name.
        vectors = [
            dataclasses.replace(v, motor_id=rig, motor_hash="rig")
            for v in vectors_of(recording, spec)
        ]
        by_rig[rig].append((recording, vectors))
    baselines = {rig: _rig_baseline(pairs) for rig, pairs in by_rig.items()}
    known = {rig: baseline for rig, baseline in baselines.items() if baseline is not None}
    if not known:
        raise OneClass(
            f"no rig has {FEWEST_HEALTHY} healthy windows to compare with; add healthy recordings "
            "of the same rig and label them `healthy`"
        )
    return _deviations(by_rig, known, spec)


def _healthy(pairs: Sequence[tuple[Recording, list[FeatureVector]]]) -> list[FeatureVector]:
    return [v for recording, vectors in pairs if not recording.labels for v in vectors]


def _rig_baseline(pairs: Sequence[tuple[Recording, list[FeatureVector]]]) -> Baseline | None:
    healthy = _healthy(pairs)
    if len(healthy) < FEWEST_HEALTHY:
        return None
    return learn_baseline(healthy[: len(healthy) // 2], minimum=FEWEST_HEALTHY // 2)


def _deviations(
    by_rig: dict[str, list[tuple[Recording, list[FeatureVector]]]],
    baselines: dict[str, Baseline],
    spec: FeatureSpec,
) -> TrainingSet:
    rows = []
    healthy_rises = []
    for rig, baseline in baselines.items():
        taught = {id(v) for v in _healthy(by_rig[rig])[: baseline.windows]}
        rises = [baseline.deviation(v) for v in _healthy(by_rig[rig]) if id(v) not in taught]
        healthy_rises.append((np.array([d.rise for d in rises]), np.array([d.mask for d in rises])))
        for recording, vectors in by_rig[rig]:
            unit = recording.unit_id or recording.recording_id
            rows += [
                (*baseline.scale(v), bool(recording.labels), unit, v.t0_ns)
                for v in vectors
                if id(v) not in taught
            ]
    z, mask, positive, units, t0_ns = zip(*rows, strict=True)
    return TrainingSet(
        spec_id=spec.spec_id,
        feature_names=spec.names,
        z=np.array(z),
        mask=np.array(mask),
        positive=np.array(positive),
        units=np.array(units, dtype=object),
        t0_ns=np.array(t0_ns),
        population=population_scale(healthy_rises),
    )


TEMPLATE_CONDITIONS = (
    Condition.BEARING_OUTER_RACE,
    Condition.BEARING_INNER_RACE,
    Condition.BEARING_ROLLING_ELEMENT,
    Condition.UNBALANCE,
    Condition.MISALIGNMENT,
    Condition.LOOSENESS,
    Condition.LUBRICATION,
    Condition.BROKEN_ROTOR_BAR,
    Condition.STATOR_INTER_TURN,
)
"""Each template motor dies of one of these."""
TEMPLATE_SEED = 100
TEMPLATE_LIFE_S = 36_000.0
TEMPLATE_HOP_S = 60.0


def train_template(
    spec: FeatureSpec,
    *,
    life_s: float = TEMPLATE_LIFE_S,
    learning: Learning | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> Release:
    """Train the template release on simulated motors, each growing one fault until its end.

    Each life is sampled one window a minute. The demo's motor is not among them.

    Parameters
    ----------
    spec : FeatureSpec
        Which features.
    life_s : float
        Length of each life.
    learning : Learning, optional
        How long the release learns a motor's baseline; None is the recipe's.
    progress : callable
        Told the fraction done after each life.
    """
    lives = []
    for number, condition in enumerate(TEMPLATE_CONDITIONS):
        lives.append(_simulated_life(spec, condition, TEMPLATE_SEED + number, life_s))
        progress((number + 1) / len(TEMPLATE_CONDITIONS))
    recipe = stage1_recipe(spec)
    if learning is not None:
        recipe = msgspec.structs.replace(recipe, learning=learning)
    samples = training_set(lives, spec.names, recipe)
    data = {life.unit_id: life.vectors[0].motor_hash for life in lives}
    split = "simulated lives: first 30 % healthy, last 5 % failing, middle left out"
    units = tuple(life.unit_id for life in lives)
    return train_release(
        samples,
        recipe,
        Provenance(data=data, units=units, split=split, metrics={}, synthetic=True),
    )


def _simulated_life(spec: FeatureSpec, condition: Condition, seed: int, life_s: float) -> Life:
    scenario = template_scenario(condition, seed, life_s)
    reader = SimulatorReader(scenario, spec.window_s, TEMPLATE_HOP_S)
    bands = DemodulationBands({})
    vectors = []
    for capture in captures(reader):
        bands = refresh_bands(bands, capture)
        vectors.append(extract(capture, reader.motor, spec, bands=bands.bands))
    name = f"simulated-{condition.value}-{seed}"
    return Life(name, tuple(vectors), vectors[0].t0_ns, vectors[-1].t1_ns)


def template_scenario(condition: Condition, seed: int, life_s: float) -> Scenario:
    """Return one template motor's life: load that wanders through the day, one growing fault."""
    base = load_scenario("healthy")
    rng = np.random.default_rng(seed)
    times = np.linspace(0.0, life_s, 61)
    loads = np.clip(0.75 + 0.15 * rng.standard_normal(times.size), 0.3, 1.1)
    air = 22.0 + 4.0 * np.sin(2 * np.pi * times / 86_400.0)
    return msgspec.structs.replace(
        base,
        name=f"template {condition.value}",
        seed=seed,
        duration_s=life_s,
        load=tuple(zip(times.tolist(), loads.tolist(), strict=True)),
        ambient_degc=tuple(zip(times.tolist(), air.tolist(), strict=True)),
        faults=(
            Fault(
                condition=condition,
                severity=0.6,
                onset_s=0.5 * life_s,
                growth="exponential",
                full_at_s=life_s,
            ),
        ),
    )
