import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.process.log_limit import MOTORS_TIMES, WINDOW_S, LogLimit
from app.process.log_line import MAX_FIELD, MAX_TEXT, fields_of, json_line, text_line
from app.process.logs import LineHandler, LogConfig, set_up_logs
from app.process.redaction import is_secret_name, redact

KEY = "-----BEGIN PRIVATE KEY-----\nMIIabc\n-----END PRIVATE KEY-----"


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def record(message: object = "said", *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("app.roles.device", logging.WARNING, "f.py", 7, message, args, None)
    made.__dict__.update(extra)
    return made


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)
    logging.captureWarnings(False)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_of_json_says_when_who_what_and_about_which_motor(root: logging.Logger) -> None:
    stream = io.StringIO()
    set_up_logs(LogConfig(), facts={"role": "device", "boot_id": "a-1"}, stream=stream)
    logging.getLogger("app.x").warning("refused %d", 3, extra={"motor_id": "p", "why": [1]})
    logging.getLogger("app.x").debug("not asked for")
    (said,) = lines(stream)
    assert said.pop("time").endswith("Z")
    assert said == {
        "level": "WARNING",
        "logger": "app.x",
        "message": "refused 3",
        "role": "device",
        "boot_id": "a-1",
        "motor_id": "p",
        "why": "[1]",
    }


def test_a_traceback_stands_in_its_line(root: logging.Logger) -> None:
    stream = io.StringIO()
    set_up_logs(LogConfig(), facts={}, stream=stream)
    try:
        raise ValueError("password=hunter2")
    except ValueError:
        logging.getLogger("app.x").exception("failed")
    (said,) = lines(stream)
    assert "ValueError: password=***" in str(said["error"])
    assert "hunter2" not in stream.getvalue()


def test_the_level_and_the_form_are_those_of_the_configuration(root: logging.Logger) -> None:
    stream = io.StringIO()
    set_up_logs(LogConfig(format="text", level="error"), facts={}, stream=stream)
    logging.getLogger("app.x").warning("less")
    logging.getLogger("app.x").error("more", extra={"motor_id": "p"})
    assert stream.getvalue().endswith("ERROR   app.x: more motor_id=p\n")
    assert "less" not in stream.getvalue()


def test_text_cannot_fake_a_line_nor_command_a_terminal() -> None:
    hostile = 'x\n2026 ERROR app: fake\x1b[2J\u2028"'
    assert "\n" not in text_line(fields_of(record(hostile, motor_id=hostile), {}))
    assert "\x1b" not in text_line(fields_of(record(hostile), {}))
    assert json_line(fields_of(record(hostile), {})).isascii()
    assert json.loads(json_line(fields_of(record(hostile), {})))["message"] == hostile


@settings(deadline=None, max_examples=200)
@given(
    st.text(max_size=50),
    st.dictionaries(
        st.text(min_size=1, max_size=12), st.text() | st.floats() | st.integers() | st.binary()
    ),
)
def test_whatever_is_logged_is_one_line_of_json(message: str, extra: dict[str, object]) -> None:
    made = record("%s", message)
    made.__dict__.update({k: v for k, v in extra.items() if k not in made.__dict__})
    line = json_line(fields_of(made, {}))
    assert "\n" not in line
    assert isinstance(json.loads(line, parse_constant=pytest.fail), dict)


def test_what_is_long_is_cut() -> None:
    said = fields_of(record("m" * 10**6, blob="b" * 10**6), {})
    assert len(str(said["message"])) < MAX_TEXT + 50
    assert len(str(said["blob"])) < MAX_FIELD + 50
    many = {f"k{i}": "v" * 10**4 for i in range(10**4)}
    assert len(json_line(fields_of(record("m", **many), {}))) < 60_000


@pytest.mark.parametrize("place", range(MAX_TEXT - 60, MAX_TEXT + 20, 7))
def test_no_cut_lays_a_secret_bare(place: int) -> None:
    said = fields_of(record("x" * place + " postgresql://u:hunter2@db/x"), {})
    assert "hunter" not in str(said["message"])


@pytest.mark.parametrize("part", ["://a:", "password=", "-----BEGIN PRIVATE KEY-----", "key: '"])
def test_hostile_text_is_searched_in_a_moment(part: str) -> None:
    """Twenty lines of a megabyte each; patterns that go back and forth would take minutes."""
    for _ in range(20):
        fields_of(record(part * (10**6 // len(part)), blob=part * 10**5), {})


def test_a_wrong_format_loses_no_line() -> None:
    assert "three of two (1, 2)" in str(fields_of(record("three of two", 1, 2), {})["message"])


@pytest.mark.parametrize(
    "secret",
    [
        "postgresql://plant:hunter2@db/x",
        "postgresql://plant:hun/ter2hunter2@db/x",
        "password=hunter2",
        "PASSWORD: 'hunter2'",
        '{"token": "hunter2"}',
        "Authorization: Bearer hunter2",
        "api_key=hunter2&x=1",
        KEY.replace("abc", "hunter2"),
        KEY.replace("abc", "hunter2").removesuffix("-----END PRIVATE KEY-----"),
    ],
)
def test_secrets_are_hidden_by_their_shape(secret: str) -> None:
    assert "hunter2" not in redact(f"cannot connect: {secret}")


@pytest.mark.parametrize("name", ["password", "db_password", "api_key", "key", "token", "secret"])
def test_secrets_are_hidden_by_the_name_of_their_field(name: str) -> None:
    assert is_secret_name(name)
    assert fields_of(record(**{name: "hunter2"}), {})[name] == "***"


def test_what_is_no_secret_stays() -> None:
    plain = "motor pump-1 at host:1883 of sqlite:///plant.db, keyed by turnkey, tokens spent 3"
    assert redact(plain) == plain
    assert not is_secret_name("motor_id")


def test_one_place_says_so_much_about_one_motor_and_then_how_much_more() -> None:
    clock, stream = Clock(), io.StringIO()
    handler = LineHandler(stream, LogLimit(3, clock), json_line, {})
    for _ in range(1000):
        handler.handle(record(motor_id="loud"))
    handler.handle(record(motor_id="quiet"))
    assert [line["motor_id"] for line in lines(stream)] == ["loud"] * 3 + ["quiet"]
    assert handler.take_left_out() == 997
    assert handler.take_left_out() == 0
    clock.now_s = WINDOW_S
    handler.report_left_out()
    assert lines(stream)[-1]["left_out"] == 997
    handler.handle(record(motor_id="loud"))
    assert lines(stream)[-1]["motor_id"] == "loud"


def test_what_was_left_out_is_said_at_the_end() -> None:
    stream = io.StringIO()
    handler = LineHandler(stream, LogLimit(1, Clock()), json_line, {})
    for _ in range(5):
        handler.handle(record())
    handler.close()
    assert lines(stream)[-1]["left_out"] == 4


def test_invented_motors_neither_fill_the_disk_nor_the_memory() -> None:
    limit = LogLimit(10, Clock())
    passed = sum(limit.passes(record(motor_id=f"m{i}" * 50)) for i in range(20_000))
    assert passed == 10 * MOTORS_TIMES
    assert len(limit._passed) <= 10 * MOTORS_TIMES + 1


def test_audits_always_pass() -> None:
    limit = LogLimit(1, Clock())
    assert all(limit.passes(record(audit=True)) for _ in range(100))


def test_a_log_that_nobody_reads_stops_no_work() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    LineHandler(Gone(), LogLimit(1, Clock()), json_line, {}).handle(record())
