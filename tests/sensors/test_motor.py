"""Bearing kinematics against published figures, and refusals of what no motor can be."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sensors.errors import BadConfig
from sensors.motor import Bearing, Motor, Nameplate

SKF_6205 = Bearing(
    name="6205", rolling_elements=9, element_diameter_mm=7.94004, pitch_diameter_mm=39.0398
)
properties = settings(max_examples=60, deadline=None)


@st.composite
def geometries(draw: st.DrawFn) -> Bearing:
    elements = draw(st.integers(5, 40))
    pitch = draw(st.floats(5.0, 500.0))
    fill = draw(st.floats(0.1, 0.99))
    return Bearing(
        name="any",
        rolling_elements=elements,
        element_diameter_mm=fill * pitch * math.sin(math.pi / elements),
        pitch_diameter_mm=pitch,
        contact_angle_deg=draw(st.floats(0.0, 60.0)),
    )


def orders(bearing: Bearing) -> tuple[float, float, float, float]:
    values = (bearing.bpfo, bearing.bpfi, bearing.bsf, bearing.ftf)
    assert None not in values
    return tuple(value for value in values if value is not None)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("elements", "d", "pitch", "angle", "expected"),
    [
        # Case Western, drive end and fan end: printed tables, rolling element halved
        (9, 0.3126, 1.537, 0.0, (3.5848, 5.4152, 4.7135 / 2, 0.39828)),
        (8, 0.2656, 1.122, 0.0, (3.0530, 4.9469, 3.9874 / 2, 0.3817)),
        # MAFAULDA's page, orders rounded there; IMS at 2000 rpm, as widely printed in Hz
        (8, 7.145, 28.519, 0.0, (2.9980, 5.0020, 1.8710, 0.3750)),
        (16, 0.331, 2.815, 15.17, tuple(hz * 60 / 2000 for hz in (236.4, 296.9, 139.9, 14.78))),
    ],
)
def test_orders_match_published_tables(
    elements: int, d: float, pitch: float, angle: float, expected: tuple[float, ...]
) -> None:
    bearing = Bearing(
        name="published",
        rolling_elements=elements,
        element_diameter_mm=d,
        pitch_diameter_mm=pitch,
        contact_angle_deg=angle,
    )
    assert orders(bearing) == pytest.approx(expected, rel=1e-3)


def test_mfpt_lines_at_its_shaft_speed() -> None:
    bearing = Bearing(
        name="NICE", rolling_elements=8, element_diameter_mm=5.969, pitch_diameter_mm=31.623
    )
    assert bearing.bpfo is not None and bearing.bpfi is not None
    assert bearing.bpfo * 25 == pytest.approx(81.125, abs=0.01)
    assert bearing.bpfi * 25 == pytest.approx(118.875, abs=0.01)


@properties
@given(geometries())
def test_kinematic_identities(bearing: Bearing) -> None:
    bpfo, bpfi, bsf, ftf = orders(bearing)
    n = bearing.rolling_elements
    assert n is not None
    assert bpfo + bpfi == pytest.approx(n, rel=1e-12)
    assert ftf * n == pytest.approx(bpfo, rel=1e-12)
    assert bpfo < bpfi
    assert 0.0 < ftf < 0.5
    assert bsf > 0.0


@properties
@given(geometries(), st.floats(0.1, 10.0))
def test_only_the_ratio_of_diameters_matters(bearing: Bearing, scale: float) -> None:
    assert bearing.element_diameter_mm is not None and bearing.pitch_diameter_mm is not None
    scaled = Bearing(
        name="scaled",
        rolling_elements=bearing.rolling_elements,
        element_diameter_mm=bearing.element_diameter_mm * scale,
        pitch_diameter_mm=bearing.pitch_diameter_mm * scale,
        contact_angle_deg=bearing.contact_angle_deg,
    )
    assert orders(scaled) == pytest.approx(orders(bearing), rel=1e-9)


@properties
@given(geometries())
def test_orders_alone_say_the_same_as_geometry(bearing: Bearing) -> None:
    bpfo, bpfi, bsf, ftf = orders(bearing)
    given_orders = Bearing(name="orders", bpfo_order=bpfo, bpfi_order=bpfi, bsf_order=bsf)
    assert orders(given_orders) == pytest.approx((bpfo, bpfi, bsf, ftf), rel=1e-9)


def test_unknown_orders_stay_unknown() -> None:
    bearing = Bearing(name="races only", bpfo_order=3.585, bpfi_order=5.415)
    assert bearing.ftf == pytest.approx(0.3983, rel=1e-3)  # BPFO / (BPFO + BPFI)
    assert bearing.bsf is None  # needs the contact angle
    lone = Bearing(name="cage only", ftf_order=0.4)
    assert (lone.bpfo, lone.bpfi, lone.bsf) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "give rolling_elements"),
        ({"rolling_elements": 9}, "give rolling_elements"),
        ({"element_diameter_mm": 8.0, "bpfo_order": 3.5}, "give rolling_elements"),
        ({"rolling_elements": 9, "element_diameter_mm": 40.0, "pitch_diameter_mm": 8.0}, "below"),
        ({"rolling_elements": 9, "element_diameter_mm": -8.0, "pitch_diameter_mm": 40.0}, "below"),
        ({"rolling_elements": 2, "element_diameter_mm": 8.0, "pitch_diameter_mm": 40.0}, "cannot"),
        ({"rolling_elements": 25, "element_diameter_mm": 8.0, "pitch_diameter_mm": 40.0}, "fit"),
        # on the arc these just fit, on their common circle they overlap
        ({"rolling_elements": 4, "element_diameter_mm": 7.5, "pitch_diameter_mm": 10.0}, "fit"),
        (
            {"rolling_elements": 9, "element_diameter_mm": math.nan, "pitch_diameter_mm": 40.0},
            "cannot",
        ),
        (
            {"rolling_elements": 9, "element_diameter_mm": 8.0, "pitch_diameter_mm": math.inf},
            "cannot",
        ),
        ({"bpfo_order": 107.4, "bpfi_order": 162.2, "bsf_order": 350.0}, "not frequencies in Hz"),
        ({"bpfo_order": math.nan}, "impossible"),
        ({"bpfo_order": 5.4, "bpfi_order": 3.6}, "swapped"),
        ({"bpfo_order": 3.585, "bpfi_order": 5.415, "bsf_order": 4.7135}, "2 x BSF"),
        ({"bpfo_order": 3.585, "bpfi_order": 5.415, "ftf_order": 0.6}, "ftf_order = 0.6"),
        ({"bpfo_order": 3.585, "bpfi_order": 5.415, "rolling_elements": 8}, "bpfo_order = 3.585"),
    ],
)
def test_impossible_bearings_are_refused(fields: dict[str, float], says: str) -> None:
    with pytest.raises(BadConfig, match=says) as caught:
        Bearing(name="odd one", **fields)  # type: ignore[arg-type]
    assert "odd one" in str(caught.value)


def test_contact_angle_is_refused_outside_its_range() -> None:
    for angle in (-1.0, 90.0, math.nan):
        with pytest.raises(BadConfig, match="contact angle"):
            Bearing(
                name="x",
                rolling_elements=9,
                element_diameter_mm=8.0,
                pitch_diameter_mm=40.0,
                contact_angle_deg=angle,
            )


def test_orders_that_contradict_geometry_are_refused() -> None:
    geometry = {"rolling_elements": 9, "element_diameter_mm": 7.94, "pitch_diameter_mm": 39.04}
    Bearing(name="measured", bpfo_order=3.53, **geometry)  # type: ignore[arg-type]
    with pytest.raises(BadConfig, match=r"bpfo_order = 4\.1 .* 3\.585"):
        Bearing(name="typo", bpfo_order=4.1, **geometry)  # type: ignore[arg-type]
    with pytest.raises(BadConfig, match="2 x BSF"):
        Bearing(name="doubled", bsf_order=4.7135, **geometry)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"poles": 3}, "poles = 3"),
        ({"poles": 0}, "poles = 0"),
        ({"poles": 102}, "poles = 102"),
        ({"rotor_bars": -3}, "rotor_bars = -3 must be from 8 to 200"),
        ({"rotor_bars": 0}, "rotor_bars = 0"),
        ({"rotor_bars": 1}, "rotor_bars = 1"),
        ({"rotor_bars": 10000}, "rotor_bars = 10000"),
        ({"line_hz": 0.0}, "line_hz"),
        ({"line_hz": math.nan}, "line_hz"),
        ({"rated_kw": -5.5}, "rated_kw"),
        ({"rated_rpm": math.inf}, "rated_rpm"),
        ({"rated_current_a": 1e9}, "rated_current_a"),
        ({"poles": 4, "line_hz": 50.0, "rated_rpm": 1600.0}, "above the synchronous speed 1500"),
        ({"poles": 2, "line_hz": 50.0, "rated_rpm": 1460.0}, "not pole pairs"),
        ({"rated_kw": 11.0, "rated_voltage_v": 230.0, "rated_current_a": 21.5}, "star or delta"),
    ],
)
def test_absurd_nameplates_are_refused(fields: dict[str, float], says: str) -> None:
    with pytest.raises(BadConfig, match=says):
        Nameplate(**fields)  # type: ignore[arg-type]


def test_ordinary_nameplates_are_accepted() -> None:
    plate = Nameplate(
        poles=4,
        line_hz=50.0,
        rated_kw=11.0,
        rated_rpm=1460.0,
        rated_voltage_v=400.0,
        rated_current_a=21.5,
    )
    assert plate.synchronous_rpm == 1500.0
    high_slip = Nameplate(poles=4, line_hz=60.0, rated_rpm=1566.0)  # NEMA D, 13 %
    assert high_slip.synchronous_rpm == 1800.0
    Nameplate(poles=4, line_hz=50.0, rated_rpm=3000.0, variable_frequency_drive=True)


def test_slip_and_when_it_is_unknown() -> None:
    plate = Nameplate(poles=4, line_hz=60.0)
    assert Motor(motor_id="m", nameplate=plate).slip(1750.0) == pytest.approx(50 / 1800)
    assert Motor(motor_id="m").slip(1750.0) is None
    drive = Nameplate(poles=4, line_hz=60.0, variable_frequency_drive=True)
    assert Motor(motor_id="m", nameplate=drive).slip(1750.0) is None


@pytest.mark.parametrize("bad", ["", "a/b", "a+b", "#", "two\nlines", "x" * 121])
def test_motor_id_must_fit_a_topic(bad: str) -> None:
    with pytest.raises(BadConfig, match="motor_id"):
        Motor(motor_id=bad)


def test_nominal_speed_must_be_possible() -> None:
    for speed in (0.0, -1500.0, math.nan, 1e9):
        with pytest.raises(BadConfig, match="nominal_rpm"):
            Motor(motor_id="m", nominal_rpm=speed)


def test_hash_is_pinned() -> None:
    """A change here orphans every stored vector that names its motor by this digest."""
    plate = Nameplate(poles=4, line_hz=50.0)
    motor = Motor(motor_id="m", nameplate=plate, bearings=(SKF_6205,))
    renamed = Motor(motor_id="other", nameplate=plate, bearings=(SKF_6205,))
    assert motor.motor_hash == renamed.motor_hash == "acd90d950eca7105"


@properties
@given(st.integers(1, 3000), st.sampled_from([None, 2, 4, 6]))
def test_equal_motors_have_equal_hashes(rpm: int, poles: int | None) -> None:
    plate = Nameplate(poles=poles)
    whole = Motor(motor_id="m", nominal_rpm=rpm, nameplate=plate)
    real = Motor(motor_id="m", nominal_rpm=float(rpm), nameplate=plate)
    assert whole == real
    assert whole.motor_hash == real.motor_hash


@properties
@given(geometries(), geometries())
def test_other_facts_give_another_hash(one: Bearing, other: Bearing) -> None:
    assume(one != other)
    assert (
        Motor(motor_id="m", bearings=(one,)).motor_hash
        != Motor(motor_id="m", bearings=(other,)).motor_hash
    )


def test_hash_follows_facts_and_not_citations() -> None:
    def hashed(**changes: object) -> str:
        bearing = Bearing(**{**SKF_FIELDS, **changes})
        return Motor(motor_id="m", bearings=(bearing,)).motor_hash

    assert hashed() == hashed(source="a better citation")
    assert hashed() != hashed(position="DE")
    assert hashed() != hashed(element_diameter_mm=7.938)


SKF_FIELDS = {name: getattr(SKF_6205, name) for name in SKF_6205.__struct_fields__}
