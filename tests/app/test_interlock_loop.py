"""The closed loop on simulated signals: measured, audited, decided, driven, kept."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from alarm_inputs import SECOND, order
from interlock_inputs import CONFIG, NEW, READY, capture
from simulated_senses import MOTOR

from app.commands import CommissionActuator, ResetTrip
from app.interlock.actuator import LogActuator, NoPermissive
from app.interlock.interlock import Interlock
from app.interlock.measure import channel_values, wants_audit
from app.interlock.record import InterlockRecord
from app.interlock.state import InterlockState, load_state, save_state
from sensors.capture import Capture
from sensors.errors import BadSamples, OutputError, StoreError

SHAKE, HEAVY = 40.0, 1.5


class Broken(LogActuator):
    """Its relay does not answer until it is mended."""

    mended = False

    def trip(self) -> None:
        if not self.mended:
            raise OutputError("line 17: cannot be driven")
        super().trip()


class Closed(LogActuator):
    """Remembers how it was closed."""

    may_trip: bool | None = None

    def close(self, *, may_trip: bool) -> None:
        self.may_trip = may_trip


def loop(state: InterlockState = READY, actuator: LogActuator | None = None, **options: object):  # type: ignore[no-untyped-def]
    output = actuator or LogActuator(MOTOR.motor_id, state.tripped)
    return Interlock(MOTOR, CONFIG, state, output, NoPermissive(), **options), output  # type: ignore[arg-type]


def feed(interlock: Interlock, *captures: Capture) -> list[InterlockRecord]:
    return [record for each in captures for record in interlock.take(each, each.t1_ns)]


def test_values_are_those_of_the_samples() -> None:
    one = capture(0, winding_degc=80.0)
    values = {each.channel: each.value for each in channel_values(one, MOTOR, CONFIG)}
    assert set(values) == {"vib_de_x", "i_a", "i_b", "i_c", "temp_winding"}
    phase = next(block for block in one.blocks if block.channel.name == "i_a")
    rms = np.sqrt(np.mean(phase.values.astype(float) ** 2))
    assert values["i_a"] == pytest.approx(rms / 14.7)
    assert values["temp_winding"] == pytest.approx(80.0, abs=0.2)
    twice = {
        each.channel: each.value for each in channel_values(capture(0, shake=2.0), MOTOR, CONFIG)
    }
    assert twice["vib_de_x"] == pytest.approx(2 * values["vib_de_x"], rel=1e-5)


def test_a_healthy_window_asks_for_no_audit_and_writes_nothing() -> None:
    assert not wants_audit(channel_values(capture(0), MOTOR, CONFIG), CONFIG)
    interlock, output = loop()
    assert feed(interlock, *map(capture, range(3))) == []
    assert not output.tripped


def test_two_senses_trip_within_the_window_that_makes_it_enough() -> None:
    interlock, output = loop()
    bad = [capture(number, shake=SHAKE, load=HEAVY) for number in range(3)]
    assert [record.decision for record in feed(interlock, *bad[:2])] == ["counting"]
    assert not output.tripped
    (record,) = feed(interlock, bad[2])
    assert (record.decision, record.over, record.agreeing) == ("tripped", "vibration", "current")
    assert output.tripped


def test_one_sense_never_trips() -> None:
    interlock, output = loop()
    said = feed(interlock, *(capture(number, shake=SHAKE) for number in range(6)))
    assert [record.decision for record in said] == ["one_sense"]
    assert not output.tripped


@pytest.mark.parametrize(
    ("dead", "trips"), [(("i_a",), True), (("i_a", "i_b", "i_c"), False), (("vib_de_x",), False)]
)
def test_a_dead_channel_neither_trips_nor_silences_its_sound_neighbours(
    dead: tuple[str, ...], trips: bool
) -> None:
    interlock, output = loop()
    feed(interlock, *(capture(n, shake=SHAKE, load=HEAVY, dead=dead) for n in range(4)))
    assert output.tripped == trips


def test_samples_that_are_no_numbers_never_trip() -> None:
    bad = []
    for number in range(6):
        one = capture(number, shake=SHAKE, load=HEAVY)
        for block in one.blocks:
            block.values[::7] = np.nan
        bad.append(one)
    interlock, output = loop()
    assert feed(interlock, *bad) == []
    assert not output.tripped


def test_a_clipped_sensor_is_not_believed() -> None:
    interlock, output = loop()
    for number in range(6):
        one = capture(number, shake=SHAKE, load=HEAVY)
        for block in one.blocks:
            if block.channel.name == "vib_de_x":
                np.clip(block.values, -20.0, 20.0, out=block.values)
        feed(interlock, one)
    vibration = interlock.state.readings[0]
    assert vibration.unfit is not None
    assert not output.tripped


def test_what_is_of_another_motor_changes_nothing() -> None:
    interlock, _ = loop()
    foreign = replace(capture(0, shake=SHAKE, load=HEAVY), motor_id="fan-9")
    with pytest.raises(BadSamples, match="fan-9"):
        interlock.take(foreign, SECOND)
    act = CommissionActuator(on=False, reason="x")
    assert interlock.obey(order(act, SECOND, "c1", "fan-9"), SECOND) == ()
    assert interlock.state == READY


def test_closing_what_is_not_commissioned_stops_no_motor() -> None:
    for state in (NEW, READY):
        output = Closed(MOTOR.motor_id)
        loop(state, output)[0].close()
        assert output.may_trip is state.commissioned


def test_it_is_off_until_commissioned_and_says_what_it_would_have_done() -> None:
    interlock, output = loop(NEW)
    said = feed(interlock, *(capture(n, shake=SHAKE, load=HEAVY) for n in range(5)))
    assert [record.decision for record in said] == ["counting", "not_commissioned"]
    assert not output.tripped


def test_the_whole_story_commissioned_tripped_reset(tmp_path: Path) -> None:
    path = tmp_path / "interlock.json"
    interlock, output = loop(NEW, save=lambda state: save_state(path, state))
    feed(interlock, capture(0))
    act = CommissionActuator(on=True, reason="approved")
    interlock.obey(order(act, SECOND, "c1", MOTOR.motor_id), SECOND)
    feed(interlock, *(capture(n, shake=SHAKE, load=HEAVY) for n in range(1, 4)))
    assert output.tripped
    # The power fails: what starts again is tripped before its first window.
    kept = load_state(path, MOTOR.motor_id, "4")
    assert (kept.tripped, kept.commissioned, kept.initiator) == (True, True, "vibration")
    interlock, output = loop(kept)
    assert output.tripped
    reset = ResetTrip(reason="coupling mended")
    (record,) = interlock.obey(order(reset, 9 * SECOND, "c2", MOTOR.motor_id), 9 * SECOND)
    assert record.decision == "refused"
    # It stands still now, as the audit sees; that is good enough for a reset.
    feed(interlock, capture(9, shake=0.001, load=0.001))
    assert interlock.state.readings[1].still
    (record,) = interlock.obey(order(reset, 10 * SECOND, "c3", MOTOR.motor_id), 10 * SECOND)
    assert record.decision == "reset"
    assert not output.tripped


def test_an_actuator_that_fails_is_said_once_and_tried_again() -> None:
    interlock, output = loop(actuator=Broken(MOTOR.motor_id))
    bad = [capture(n, shake=SHAKE, load=HEAVY) for n in range(6)]
    said = feed(interlock, *bad)
    assert [record.decision for record in said] == ["counting", "tripped", "actuator_failed"]
    output.mended = True
    feed(interlock, capture(6))
    assert output.tripped


def test_a_full_disk_stops_no_trip() -> None:
    def full(_: InterlockState) -> None:
        raise OutputError("no space left")

    interlock, output = loop(save=full)
    feed(interlock, *(capture(n, shake=SHAKE, load=HEAVY) for n in range(3)))
    assert output.tripped


def test_a_memory_that_is_damaged_or_anothers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "interlock.json"
    assert load_state(path, "m", "1") == InterlockState(motor_id="m", boot_id="1")
    save_state(path, READY)
    with pytest.raises(StoreError, match="not of 'm'"):
        load_state(path, "m", "1")
    whole = path.read_bytes()
    for damaged in (b"", whole[:-5], whole.replace(b"true", b"1"), b"\xff"):
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match="nobody knows if it had tripped"):
            load_state(path, MOTOR.motor_id, "1")


def test_a_record_says_all_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    interlock, _ = loop()
    records = feed(interlock, *(capture(n, shake=SHAKE, load=HEAVY) for n in range(3)))
    lines = [
        each.getMessage() for each in caplog.records if each.name.endswith("interlock.interlock")
    ]
    assert len(lines) == 2
    sent = msgspec.json.decode(lines[-1].removeprefix("interlock "), type=InterlockRecord)
    assert sent == records[-1]
