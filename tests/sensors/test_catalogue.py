"""Every catalogue entry is sourced and obeys kinematics; names are found as people write them."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sensors.catalogue
from sensors.catalogue import catalogue, find_bearing, resolve_bearings
from sensors.errors import BadConfig, UnknownBearing
from sensors.motor import Bearing

# Self-aligning, spherical and tapered bearings whose contact angle is not published.
AT_AN_ANGLE = {"2303-TVH FAG", "22205-E1-K-C3 FAG", "32305 BJTU", "352213 BJTU"}
each = pytest.mark.parametrize("bearing", catalogue(), ids=lambda b: b.name)


@each
def test_entry_says_where_its_figures_come_from(bearing: Bearing) -> None:
    assert len(bearing.source) > 30
    assert bearing.position is None


@each
def test_entry_obeys_kinematics(bearing: Bearing) -> None:
    bpfo, bpfi, ftf = bearing.bpfo, bearing.bpfi, bearing.ftf
    assert bpfo is not None and bpfi is not None and ftf is not None
    assert bpfo < bpfi
    assert bpfo + bpfi == pytest.approx(bearing.rolling_elements, rel=0.01)
    assert ftf == pytest.approx(bpfo / (bpfo + bpfi), rel=0.01)


@each
def test_entry_spins_its_elements_once_and_not_twice(bearing: Bearing) -> None:
    bpfo, bpfi, bsf = bearing.bpfo, bearing.bpfi, bearing.bsf
    if bsf is None:
        assert bearing.name in {"6201 NTN", "NU205 PLA"}  # published without it
        return
    assert bpfo is not None and bpfi is not None
    ratio = (bpfi - bpfo) / (bpfi + bpfo)
    radial = (1 - ratio**2) / (2 * ratio)
    if bearing.bsf_order is None:
        assert bsf == pytest.approx(radial * math.cos(math.radians(bearing.contact_angle_deg)))
    elif bearing.name in AT_AN_ANGLE:
        assert 0.9 * radial < bsf < radial
    else:
        assert bsf == pytest.approx(radial, rel=0.01)


def test_names_are_unique_and_find_themselves() -> None:
    names = [bearing.name for bearing in catalogue()]
    assert len(set(names)) == len(names) >= 60
    for bearing in catalogue():
        assert find_bearing(bearing.name) == bearing


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("6205-2RS JEM SKF", "6205-2RS JEM SKF"),
        ("6205", "6205-2RS JEM SKF"),
        ("6205 2rs c3", "6205-2RS JEM SKF"),
        ("62052RS", "6205-2RS JEM SKF"),
        ("SKF 6205-2RS1/C3", "6205-2RS JEM SKF"),
        ("6205ZZ", "6205-2RS JEM SKF"),
        ("NSK 6205 DDU", "6205 DDU NSK"),
        ("Koyo 6203 ZZ", "6203-2RS JEM SKF"),
        ("IBU 6203", "6203 IBU"),
        ("er16k", "ER-16K MB"),
        ("ER 10 K", "ER-10K MB"),
        ("NU 2205 E", "NU2205-E-XL-TVP2 FAG"),
        ("za2115", "ZA-2115 REXNORD"),
        ("uer 204", "UER204 LDK"),
        ("608-ZZ", "608 NMB"),
    ],
)
def test_designations_as_people_write_them(written: str, found: str) -> None:
    assert find_bearing(written).name == found


def test_published_orders_of_the_common_rigs() -> None:
    skf = find_bearing("6205")
    assert skf.bpfo == pytest.approx(3.5848, abs=1e-4)
    assert skf.bpfi == pytest.approx(5.4152, abs=1e-4)
    assert skf.ftf == pytest.approx(0.3983, abs=1e-4)
    assert skf.bsf == pytest.approx(2.3567, abs=1e-4)
    fan_end = find_bearing("6203")
    assert fan_end.bpfo == pytest.approx(3.0531, abs=1e-4)
    assert fan_end.bpfi == pytest.approx(4.9469, abs=1e-4)
    assert fan_end.bsf == pytest.approx(3.9877 / 2, abs=1e-4)
    mfpt = find_bearing("NICE")
    assert mfpt.bpfo is not None and mfpt.bpfi is not None
    assert (mfpt.bpfo * 25, mfpt.bpfi * 25) == pytest.approx((81.1, 118.9), abs=0.05)


def test_position_is_carried() -> None:
    assert find_bearing("6203", position="NDE").position == "NDE"


@pytest.mark.parametrize("written", ["6202-RS", "7205 B", "nonsense", "", "SKF", "\0", "٣"])
def test_unknown_bearing_advises(written: str) -> None:
    with pytest.raises(UnknownBearing, match="pitch_diameter_mm") as caught:
        find_bearing(written)
    assert repr(written) in str(caught.value)


def test_unknown_bearing_names_the_nearest() -> None:
    with pytest.raises(UnknownBearing, match=r"nearest: .*308K FAFNIR"):
        find_bearing("6308")


def test_differing_bearings_of_one_name_are_not_chosen_between(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "two.toml").write_text(
        '[[bearing]]\nname = "6310 A"\nbpfo_order = 3.05\nbpfi_order = 4.95\n'
        '[[bearing]]\nname = "6310 B"\nbpfo_order = 3.45\nbpfi_order = 5.55\n'
    )
    _use(monkeypatch, tmp_path)
    try:
        with pytest.raises(UnknownBearing, match=r"6310 A, 6310 B.* full name"):
            find_bearing("6310")
        assert find_bearing("6310 B").bpfo == 3.45
    finally:
        _forget()


@pytest.mark.parametrize(
    "text",
    ["bearing = [", "title = 1", '[[bearing]]\nname = "x"', '[[bearing]]\nname = "x"\nballs = 9'],
)
def test_broken_catalogue_file_is_named(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken.toml").write_text(text)
    _use(monkeypatch, tmp_path)
    try:
        with pytest.raises(BadConfig, match=r"broken\.toml"):
            catalogue()
    finally:
        _forget()


def _use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(sensors.catalogue, "FOLDER", folder)
    _forget()


def _forget() -> None:
    catalogue.cache_clear()
    sensors.catalogue._makers.cache_clear()


def test_tables_of_a_name_alone_are_completed() -> None:
    named, own = resolve_bearings(
        [{"name": "6205", "position": "DE"}, {"name": "6205", "bpfo_order": 3.6}]
    )
    assert named["rolling_elements"] == 9
    assert (named["name"], named["position"]) == ("6205", "DE")
    assert own == {"name": "6205", "bpfo_order": 3.6}


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_found_or_refused_by_name(text: str) -> None:
    try:
        assert find_bearing(text) in catalogue()
    except UnknownBearing as error:
        assert repr(text) in str(error)
