"""What the plant says is a number of that quantity, or it is counted and refused."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.context.config import ContextConfig, Tag, load_context, parse_context
from app.context.polling import MOST_PAUSE_S, pause_s
from app.context.tags import KEPT, Tags
from app.context.value import follow, instant_ns, number, parse_json
from app.secret_file import read_secret
from sensors.errors import BadConfig

SECOND = 1_000_000_000
WHOLE = """
[modbus.plc1]
host = "127.0.0.1"

[mqtt.plant]
host = "127.0.0.1"

[opcua.scada]
url = "opc.tcp://127.0.0.1:4840"

[[tags]]
motor = "pump-1"
quantity = "load"
scale = 0.01
at = { kind = "modbus", source = "plc1", address = 100, type = "float32", word_order = "little" }

[[tags]]
motor = "pump-1"
quantity = "speed_rpm"
max_age_s = 2
at = { kind = "mqtt", source = "plant", topic = "drives/1", path = "out.rpm" }

[[tags]]
motor = "pump-1"
quantity = "process"
name = "flow"
unit = "m3/h"
at = { kind = "opcua", source = "scada", node = "ns=2;s=Pump1.Flow" }
"""


def load_tag(**changes: object) -> Tag:
    tag = parse_context(WHOLE).tags[0]
    fields = {name: getattr(tag, name) for name in tag.__struct_fields__}
    return Tag(**(fields | changes))


@pytest.mark.parametrize(
    ("raw", "becomes"),
    [
        (50, 0.5),
        (50.0, 0.5),
        (True, "not_a_number"),
        ("50", "not_a_number"),
        (None, "not_a_number"),
        ([50], "not_a_number"),
        (math.nan, "not_a_number"),
        (math.inf, "out_of_range"),
        (10**400, "out_of_range"),
        (401, "out_of_range"),
        (-201, "out_of_range"),
    ],
)
def test_a_value_is_a_number_within_what_can_be(raw: object, becomes: object) -> None:
    assert number(raw, load_tag()) == becomes


def test_a_plant_may_narrow_what_can_be() -> None:
    assert number(90, load_tag(high=0.8)) == "out_of_range"


@settings(deadline=None, max_examples=300)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=10,
    ),
    st.text("ab.01", max_size=8),
)
def test_no_value_and_no_path_breaks_anything(decoded: object, path: str) -> None:
    said = number(follow(decoded, path), load_tag())
    assert isinstance(said, str) or -2.0 <= said <= 4.0


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=100))
def test_no_message_breaks_anything(payload: bytes) -> None:
    follow(parse_json(payload), "a.0")


@pytest.mark.parametrize("payload", [b"[" * 60_000, b"1" * 70_000, b"nan", b"5 %", b"\xff"])
def test_what_is_no_json_is_nothing(payload: bytes) -> None:
    assert parse_json(payload) is None


def test_a_path_leads_through_objects_and_lists() -> None:
    decoded = parse_json(b'{"a": {"b": [1, {"c": 7.5}]}}')
    assert follow(decoded, "a.b.1.c") == 7.5
    assert follow(decoded, "a.b.2") is None
    assert follow(decoded, "a.b.-1") is None
    assert follow(decoded, "a.b.0.c") is None
    assert follow(parse_json(b" 12.5\n"), "") == 12.5


@pytest.mark.parametrize(
    ("said", "t_ns"),
    [
        (1.5, 1_500_000_000),
        ("1970-01-01T01:00:02+01:00", 2 * SECOND),
        ("1970-01-01T00:00:02", None),
        ("yesterday", None),
        (1_700_000_000_000, None),
        (-1, None),
        (math.nan, None),
        (True, None),
        ("9999-12-31T23:59:59+00:00", None),
    ],
)
def test_times_say_their_zone_or_are_seconds(said: object, t_ns: int | None) -> None:
    assert instant_ns(said) == t_ns


# --- readings by time -----------------------------------------------------------------------------


def tags_at(now_s: list[float]) -> tuple[Tags, Tag]:
    tag = load_tag(scale=1.0)
    return Tags((tag,), lambda: round(now_s[0] * SECOND)), tag


def test_a_value_too_old_is_never_given() -> None:
    now = [100.0]
    tags, tag = tags_at(now)
    tags.put(tag, 0.5)
    assert tags.at(tag, 110 * SECOND).value == 0.5  # type: ignore[union-attr]
    assert tags.at(tag, 110 * SECOND + 1) is None
    assert tags.at(tag, 100 * SECOND - 1) is None  # nor one from after the window


def test_a_late_window_gets_what_was_true_then() -> None:
    now = [0.0]
    tags, tag = tags_at(now)
    for second in range(20):
        now[0] = float(second)
        tags.put(tag, second / 10)
    assert tags.at(tag, round(7.5 * SECOND)).value == 0.7  # type: ignore[union-attr]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 60), max_size=40), st.integers(0, 70))
def test_readings_in_any_order_are_looked_up_by_time(order: list[int], at: int) -> None:
    tags, tag = tags_at([100.0])
    believed: list[int] = []
    for second in order:
        tags.put(tag, second / 100, second * SECOND)
        if believed and second < max(believed) - tag.max_age_s:
            believed = []
        believed.append(second)
    wanted = [second for second in believed if at - tag.max_age_s <= second <= at]
    found = tags.at(tag, at * SECOND)
    assert (found and found.t_ns // SECOND) == (max(wanted) if wanted else None)


def test_readings_from_the_future_are_refused() -> None:
    tags, tag = tags_at([100.0])
    tags.put(tag, 0.5, 106 * SECOND)
    assert tags.status()[0].refused == {"wrong_time": 1}
    assert tags.status()[0].state == "missing"


def test_a_clock_set_back_does_not_silence_a_tag() -> None:
    now = [7200.0]
    tags, tag = tags_at(now)
    tags.put(tag, 0.9)
    now[0] = 3600.0
    tags.put(tag, 0.4)
    assert tags.at(tag, 3601 * SECOND).value == 0.4  # type: ignore[union-attr]
    assert tags.status()[0].state == "fresh"


def test_memory_of_a_tag_is_bounded_and_refusals_are_counted() -> None:
    now = [0.0]
    tags, tag = tags_at(now)
    for second in range(3 * KEPT):
        now[0] = float(second)
        tags.put(tag, 0.5)
        tags.put(tag, "huge")
    assert tags.at(tag, 10 * SECOND) is None
    assert tags.status()[0].refused == {"not_a_number": 3 * KEPT}


def test_pauses_double_up_to_a_minute() -> None:
    assert [pause_s(n) for n in (1, 2, 3, 6, 7, 10_000)] == [1, 2, 4, 32, 60, MOST_PAUSE_S]


# --- configuration --------------------------------------------------------------------------------


def test_a_configuration_is_read() -> None:
    config = parse_context(WHOLE)
    assert [tag.quantity for tag in config.tags] == ["load", "speed_rpm", "process"]
    assert parse_context("") == ContextConfig()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('source = "plc1"', 'source = "plc2"', "plc2"),
        ('source = "plc1"', 'source = "plant"', "no source of its kind"),
        ("scale = 0.01", "scale = 0", "scale is 0"),
        ("scale = 0.01", "scale = nan", "no finite number"),
        ('quantity = "speed_rpm"', 'quantity = "load"', "two tags"),
        ('unit = "m3/h"', "", "name and unit"),
        ('kind = "opcua"', 'kind = "ftp"', "ftp"),
        ("address = 100", "address = 70000", "65535"),
        ('host = "127.0.0.1"', 'host = "127.0.0.1"\npassword = "x"', "password"),
        ('"opc.tcp://127.0.0.1:4840"', '"http://127.0.0.1"', "url"),
        ('topic = "drives/1"', 'topic = "drives/#"', "topic"),
        ('4840"', '4840"\npolicy = "Basic256Sha256"', "server_certificate_file"),
        ('4840"', '4840"\npassword_file = "p"', "openly"),
        ("max_age_s = 2", "max_age_s = inf", "max_age_s"),
    ],
)
def test_what_cannot_be_is_refused_by_name(old: str, new: str, said: str, tmp_path) -> None:
    path = tmp_path / "context.toml"
    path.write_text(WHOLE.replace(old, new, 1))
    with pytest.raises(BadConfig, match=r"context\.toml") as caught:
        load_context(path)
    assert said in str(caught.value)


def test_passwords_stand_in_private_files(tmp_path) -> None:
    path = tmp_path / "password"
    path.write_text("secret\n")
    path.chmod(0o644)
    with pytest.raises(BadConfig, match="chmod 600"):
        read_secret(path)
    path.chmod(0o600)
    assert read_secret(path) == "secret"
    path.write_text("\n")
    with pytest.raises(BadConfig, match="empty"):
        read_secret(path)
    with pytest.raises(BadConfig, match="cannot be read"):
        read_secret(tmp_path / "none")
