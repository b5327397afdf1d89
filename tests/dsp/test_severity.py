"""Zones at their boundaries, and every way in which no standard applies."""

import math

import pytest

from dsp.severity import ISO_LIMITS, judge_velocity, load_limits, velocity_band_hz
from sensors.errors import BadConfig
from sensors.motor import Nameplate

GROUP_1_RIGID = Nameplate(rated_kw=400.0, mounting="rigid")
GROUP_1_FLEXIBLE = Nameplate(rated_kw=400.0, mounting="flexible")
GROUP_2_RIGID = Nameplate(rated_kw=75.0, mounting="rigid")
GROUP_2_FLEXIBLE = Nameplate(rated_kw=75.0, mounting="flexible")
CLASS_I = Nameplate(rated_kw=1.5)


def judge(velocity: float, nameplate: Nameplate, **changed):
    fit = {
        "speed_rpm": 1480.0,
        "duration_s": 1.0,
        "bandwidth_hz": 1000.0,
        "unit_is_calibrated": True,
    }
    return judge_velocity(velocity, nameplate, **(fit | changed))


@pytest.mark.parametrize(
    ("nameplate", "limits"),
    [
        (GROUP_1_RIGID, (2.3, 4.5, 7.1)),
        (GROUP_1_FLEXIBLE, (3.5, 7.1, 11.0)),
        (GROUP_2_RIGID, (1.4, 2.8, 4.5)),
        (GROUP_2_FLEXIBLE, (2.3, 4.5, 7.1)),
        (CLASS_I, (0.71, 1.8, 4.5)),
    ],
)
def test_zones_change_at_their_boundaries(nameplate, limits):
    zones = "ABCD"
    for i, limit in enumerate(limits):
        below, at, above = (judge(v, nameplate) for v in (limit - 1e-6, limit, limit + 1e-6))
        assert (below.zone, at.zone, above.zone) == (zones[i], zones[i], zones[i + 1])
        assert at.limits == limits
    assert judge(0.0, nameplate).zone == "A"
    assert judge(1e6, nameplate).zone == "D"


@pytest.mark.parametrize(
    ("height_mm", "kw", "standard"),
    [
        (315.0, 200.0, "group 1"),
        (314.9, 400.0, "group 2"),
        (160.0, 18.5, "group 2"),
        (160.0, 11.0, "class I"),
        (None, 300.0, "group 2"),
        (None, 300.1, "group 1"),
        (None, 15.0, "class I"),
        (None, 15.1, "group 2"),
    ],
)
def test_machines_are_grouped_by_shaft_height_and_else_by_power(height_mm, kw, standard):
    nameplate = Nameplate(rated_kw=kw, shaft_height_mm=height_mm, mounting="rigid")
    assert standard in (judge(1.0, nameplate).standard or "")


@pytest.mark.parametrize(
    ("nameplate", "changed", "says"),
    [
        (GROUP_2_RIGID, {"unit_is_calibrated": False}, "calibrated"),
        (GROUP_2_RIGID, {"duration_s": 0.99}, "under 1 s"),
        (GROUP_2_RIGID, {"bandwidth_hz": 999.0}, "under 1000 Hz"),
        (GROUP_2_RIGID, {"speed_rpm": None}, "speed unknown"),
        (GROUP_2_RIGID, {"speed_rpm": 119.0}, "119 rpm is outside"),
        (GROUP_2_RIGID, {"speed_rpm": 15_001.0}, "outside"),
        (CLASS_I, {"speed_rpm": 599.0}, "outside"),
        (Nameplate(mounting="rigid"), {}, "rated_kw"),
        (Nameplate(rated_kw=18.5, shaft_height_mm=132.0, mounting="rigid"), {}, "132 mm"),
        (Nameplate(rated_kw=60_000.0, mounting="rigid"), {}, "60000 kW"),
    ],
)
def test_outside_its_scope_no_zone_is_given(nameplate, changed, says):
    for velocity in (0.1, 100.0):
        verdict = judge(velocity, nameplate, **changed)
        assert verdict.zone == "not applicable"
        assert verdict.limits is verdict.standard is None
        assert says in verdict.reason


@pytest.mark.parametrize("velocity", [math.nan, math.inf, -1.0])
def test_a_velocity_that_is_none_gets_no_zone(velocity):
    assert judge(velocity, GROUP_2_RIGID).zone == "not applicable"


def test_unknown_mounting_gives_a_zone_only_where_it_does_not_matter():
    unknown = Nameplate(rated_kw=75.0)
    assert judge(1.0, unknown).zone == "A"
    assert judge(20.0, unknown).zone == "D"
    between = judge(2.0, unknown)
    assert between.zone == "not applicable"
    assert "B on rigid" in between.reason
    assert "A on flexible" in between.reason


def test_a_two_horsepower_rig_is_outside_the_large_machines_standard():
    assert judge(1.0, CLASS_I).standard == "ISO 10816-1 class I"


@pytest.mark.parametrize(("rpm", "low_hz"), [(599.9, 2.0), (600.0, 10.0), (1480.0, 10.0)])
def test_slow_machines_are_measured_from_two_hertz(rpm, low_hz):
    assert velocity_band_hz(rpm) == (low_hz, 1000.0)


def test_limits_can_be_overridden(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(ISO_LIMITS.read_text("utf-8").replace("[1.4, 2.8, 4.5]", "[1.0, 2.0, 3.0]"))
    assert judge(1.2, GROUP_2_RIGID).zone == "A"
    assert judge(1.2, GROUP_2_RIGID, limits=load_limits(own)).zone == "B"


def test_every_limit_names_its_source_and_confidence():
    for limit_set in load_limits().sets:
        assert "ISO" in limit_set.source
        assert limit_set.confidence in ("primary", "secondary")


@pytest.mark.parametrize(
    "text",
    ["", "sets = 3", "not toml at all [", ISO_LIMITS.read_text("utf-8").replace("1.8", "0.1")],
)
def test_a_wrong_limits_file_is_named(tmp_path, text):
    own = tmp_path / "own.toml"
    own.write_text(text)
    with pytest.raises(BadConfig, match=r"own\.toml|rise"):
        load_limits(own)
    with pytest.raises(BadConfig, match=r"missing\.toml"):
        load_limits(tmp_path / "missing.toml")
