"""Limits as data: every figure has a source, a plant's own file is validated at the door."""

import msgspec
import pytest

from models.supply.limits import ELECTRICAL_LIMITS, load_electrical_limits
from sensors.errors import BadConfig


def test_every_table_states_its_source():
    for table in msgspec.to_builtins(load_electrical_limits()).values():
        assert len(table["source"]) > 20
        assert table["confidence"] in ("standard", "practice", "assumed")


def test_derating_follows_the_curve():
    curve = load_electrical_limits().voltage_unbalance
    assert curve.derating(0.5) == pytest.approx(1.0)
    assert curve.derating(2.0) == pytest.approx(0.95)
    assert curve.derating(2.5) == pytest.approx((0.95 + 0.88) / 2)
    assert curve.derating(9.0) == pytest.approx(0.75)


def test_a_plant_may_state_its_own(tmp_path):
    own = tmp_path / "plant.toml"
    own.write_text(ELECTRICAL_LIMITS.read_text("utf-8").replace("most = 10.0", "most = 6.5"))
    assert load_electrical_limits(own).negative_sequence.most == 6.5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("most = 10.0", "most = 1.0"),
        ("watch = 0.05 ", "watch = 0.5 "),
        ("least_current = 0.25", "least_current = 0.0"),
        ("dead = 0.05", "deaf = 0.05"),
        ("[[1.0, 1.0], ", "[[9.0, 1.0], "),
        ("starting = 3.0", "starting = 1.1"),
    ],
)
def test_mistakes_are_refused_with_the_file(tmp_path, old, new):
    own = tmp_path / "plant.toml"
    text = ELECTRICAL_LIMITS.read_text("utf-8")
    assert old in text
    own.write_text(text.replace(old, new))
    with pytest.raises(BadConfig, match=r"plant\.toml|must be above 0"):
        load_electrical_limits(own)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadConfig, match="nowhere"):
        load_electrical_limits(tmp_path / "nowhere.toml")
