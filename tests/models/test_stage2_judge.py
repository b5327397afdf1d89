"""Stage 2 on one capture: which bearing speaks, when it says nothing, what is unknown."""

import json

import msgspec
import numpy as np
import pytest
from hostile_captures import (
    VIB_HZ,
    amperes,
    capture,
    degrees,
    felt,
    heard,
    hiss,
    motor,
    running,
    three_phases,
    warm,
)
from impacts import BEARING, RATE_HZ, impacts
from stage2_head import CLASSES, Peaks, made_release, width_of

from models.stage2.judge import judge_stage2
from models.stage2.needs import told_classes
from models.stage2.release import Stage2Release
from models.stage2.spectra import LANES
from models.stage2.verdict import Stage2Verdict
from sensors.capture import Capture
from sensors.conditions import Condition
from sensors.motor import Bearing, Motor

OTHER = Bearing(name="other", rolling_elements=7, element_diameter_mm=9.0, pitch_diameter_mm=39.04)
OWN = msgspec.structs.replace(BEARING, name="6205")


@pytest.fixture(scope="module")
def release() -> Stage2Release:
    return made_release()


@pytest.fixture(scope="module")
def failing() -> Capture:
    return capture(felt(impacts(BEARING.bpfo, seed=1, shaft_hz=24.25, seconds=5.0), RATE_HZ))


def judged(
    given: Capture, release: Stage2Release, about: Motor | None = None
) -> tuple[Stage2Verdict, Peaks]:
    runner = Peaks(width_of(release))
    said = judge_stage2(given, about or motor(), release, runner)
    assert msgspec.json.decode(msgspec.json.encode(said), type=Stage2Verdict) == said
    for value in json.loads(msgspec.json.encode(said))["probabilities"].values():
        assert value is not None and 0 <= value <= 1
    if said.abstained is None:
        assert sum(said.probabilities.values()) == pytest.approx(1.0)
    else:
        assert not said.probabilities and said.distance is None and not said.unknown
        assert said.named is None
    return said, runner


def with_bearings(*bearings: Bearing) -> Motor:
    return msgspec.structs.replace(motor(), bearings=bearings)


def test_an_outer_race_is_named_with_backend_and_release(
    failing: Capture, release: Stage2Release
) -> None:
    runner = Peaks(width_of(release), backend="edgetpu-delegate")
    said = judge_stage2(failing, motor(), release, runner)
    assert said.named is Condition.BEARING_OUTER_RACE
    assert said.bearing == "6205" and said.abstained is None
    assert (said.backend, said.release_id) == ("edgetpu-delegate", release.release_id)
    assert said.latency_ms == pytest.approx(2.0)
    assert tuple(said.probabilities) == CLASSES


def test_a_healthy_motor_is_healthy(release: Stage2Release) -> None:
    said, _ = judged(capture(felt(running(4.0))), release)
    assert said.named is None and said.probabilities["healthy"] > 0.9


@pytest.mark.parametrize("order", [(OWN, OTHER), (OTHER, OWN)])
def test_of_two_bearings_the_failing_one_speaks(
    order: tuple[Bearing, ...], failing: Capture, release: Stage2Release
) -> None:
    said, runner = judged(failing, release, with_bearings(*order))
    assert said.bearing == "6205" and said.named is Condition.BEARING_OUTER_RACE
    assert len(runner.given) == 2
    assert said.latency_ms == pytest.approx(4.0), "both looks count"


def test_a_view_that_is_unlike_everything_is_unknown_and_not_the_nearest_class(
    failing: Capture,
) -> None:
    said, _ = judged(failing, made_release(limit=0.05))
    assert said.unknown and said.named is Condition.UNKNOWN
    assert said.distance is not None and said.distance > 1.0


def test_a_known_view_speaks_before_an_unknown_one(failing: Capture) -> None:
    near = made_release(limit=3.0)
    said, _ = judged(failing, near, with_bearings(OTHER, OWN))
    far, _ = judged(failing, made_release(limit=0.05), with_bearings(OTHER, OWN))
    assert not said.unknown and said.distance is not None and said.distance <= 1.0
    assert far.unknown


def test_what_no_lane_can_show_has_no_chance(failing: Capture, release: Stage2Release) -> None:
    said, _ = judged(failing, release)
    assert said.probabilities["broken_rotor_bar"] == 0.0
    bare, _ = judged(failing, release, with_bearings())
    assert bare.bearing is None
    assert bare.probabilities["bearing_outer_race"] == 0.0
    with_current = capture(felt(running(10.0)), amperes(three_phases()[0]))
    whole, _ = judged(with_current, release)
    assert all(chance > 0 for chance in whole.probabilities.values())


def test_masked_lanes_reach_the_network_as_zeros(failing: Capture, release: Stage2Release) -> None:
    _, runner = judged(failing, release)
    (given,) = runner.given
    assert given.shape == (len(LANES), release.spectra.bins) and given.dtype == np.float32
    assert not given[LANES.index("sound") :].any()


# --- abstention -----------------------------------------------------------------------------------


def nothing() -> np.ndarray:
    return np.full(round(VIB_HZ * 4), np.nan)


SILENT: dict[str, tuple[Capture, str]] = {
    "no channel": (capture(), "no spectrum"),
    "temperature alone": (capture(degrees(warm(60.0))), "no spectrum"),
    "all NaN": (capture(felt(nothing()), heard(nothing()), amperes(nothing())), ""),
    "speed unknown": (capture(felt(hiss(80_000)), rpm=None), "speed unknown"),
    "too short": (capture(felt(running(0.2))), "no spectrum"),
    "zeros": (capture(felt(np.zeros(80_000)), amperes(np.zeros(40_000))), ""),
}


@pytest.mark.parametrize("name", SILENT)
def test_it_says_why_it_says_nothing(name: str, release: Stage2Release) -> None:
    given, reason = SILENT[name]
    about = with_bearings(OWN)
    if name == "speed unknown":
        about = Motor(motor_id="m1", nameplate=type(about.nameplate)(), bearings=(OWN,))
    said, runner = judged(given, release, about)
    assert said.abstained and reason in said.abstained
    assert said.release_id == release.release_id
    assert not runner.given, "the network is not asked"


def test_at_standstill_it_says_so(release: Stage2Release) -> None:
    still = capture(felt(1e-3 * hiss(80_000)), amperes(1e-3 * hiss(50_000)), rpm=0.0, load=0.0)
    said, runner = judged(still, release)
    assert said.abstained is not None and not runner.given
    assert "stand" in said.abstained or "stopped" in said.abstained


@pytest.mark.parametrize(
    "given",
    [
        capture(felt(np.where(np.arange(80_000) % 9000 < 50, np.nan, running(5.0)))),
        capture(felt(np.clip(running(5.0), -0.3, 0.3))),
        capture(felt(running(5.0) * 1e20), heard(running(5.0) * 1e-20)),
        capture(felt(running(5.0)), felt(np.full(80_000, np.inf), name="vib_y", axis="y")),
        capture(*(amperes(wave, p) for wave, p in zip(three_phases(hz=47.0), "abc", strict=True))),
    ],
    ids=["gaps", "clipped", "extreme", "one channel infinite", "odd grid"],
)
def test_whatever_is_fed_it_answers_in_numbers(given: Capture, release: Stage2Release) -> None:
    judged(given, release)


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (Stage2Verdict(probabilities={"healthy": 0.6, "unbalance": 0.4}, release_id="r"), None),
        (
            Stage2Verdict(probabilities={"healthy": 0.4, "unbalance": 0.6}, release_id="r"),
            Condition.UNBALANCE,
        ),
        (
            Stage2Verdict(probabilities={"healthy": 0.9}, unknown=True, release_id="r"),
            Condition.UNKNOWN,
        ),
        (Stage2Verdict(abstained="standstill", release_id="r"), None),
    ],
)
def test_what_a_verdict_names(said: Stage2Verdict, named: Condition | None) -> None:
    assert said.named is named


def test_every_class_of_the_made_head_is_told_by_all_lanes() -> None:
    assert told_classes(CLASSES, np.zeros((1, len(LANES)), dtype=bool)).all()
