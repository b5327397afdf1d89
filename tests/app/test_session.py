"""One process, all tiers: a simulated fault from samples to store."""

from pathlib import Path

import msgspec
import pytest

from app.health import asset_state
from app.session import Session, Source, Window
from app.store import open_store
from app.template import template_release
from dsp.features import FeatureSpec
from models.finding import Diagnosis, Finding
from sensors.conditions import Condition
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario

SPEC = FeatureSpec()


def simulated(seconds: float = 24.0) -> SimulatorReader:
    run = load_scenario("healthy")
    fault = Fault(condition=Condition.BEARING_OUTER_RACE, severity=0.4, onset_s=0.0)
    run = msgspec.structs.replace(
        run,
        duration_s=seconds,
        load=((0.0, 0.7), (seconds, 0.7)),
        ambient_degc=((0.0, 20.0), (seconds, 20.0)),
        faults=(fault,),
    )
    return SimulatorReader(run, 1.0)


def session(reader: SimulatorReader, store=None) -> Session:
    return Session(
        reader.motor,
        Source("simulated", "0" * 16),
        spec=SPEC,
        release=template_release(),
        store=store,
    )


def test_a_fault_is_named_and_kept(tmp_path: Path) -> None:
    reader = simulated()
    with open_store(f"sqlite:///{tmp_path / 'plant.db'}") as store:
        windows = list(session(reader, store).run(reader))
        assert len(windows) == 24
        assert [w.report.seq for w in windows] == list(range(24))
        named = [w for w in windows if w.findings]
        assert named[0].findings[0].condition is Condition.BEARING_OUTER_RACE
        # The first raw capture goes up when ten seconds are there, not before.
        assert named[0].report.seq == 9
        assert named[0].state == "alert"
        motor = reader.motor.motor_id
        assert len(list(store.reports(motor))) == 24
        assert next(f.condition for _, f in store.findings(motor)) is Condition.BEARING_OUTER_RACE
        assert store.integrity_check() == ()
        run = next(store.runs())
        assert run.state == "finished"


def test_replaying_again_adds_nothing(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'plant.db'}") as store:
        for _ in range(2):
            reader = simulated(12.0)
            list(session(reader, store).run(reader))
        motor = reader.motor.motor_id
        assert len(list(store.reports(motor))) == 12
        assert len(list(store.runs())) == 2


def test_an_interrupted_run_keeps_what_was_done(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'plant.db'}") as store:
        reader = simulated()
        running = session(reader, store).run(reader)
        for _ in range(5):
            next(running)
        running.close()
        assert len(list(store.reports(reader.motor.motor_id))) == 5
        assert next(store.runs()).state == "interrupted"


def test_a_run_shorter_than_a_capture_is_still_diagnosed() -> None:
    reader = simulated(4.0)
    windows = list(session(reader).run(reader))
    assert len(windows) == 4
    assert windows[-1].fresh and windows[-1].diagnosis is not None
    assert not any(w.fresh for w in windows[:-1])


def test_listeners_hear_captures_with_their_diagnosis() -> None:
    heard = []
    reader = simulated(12.0)
    running = session(reader)
    running.listen(lambda capture, said: heard.append((capture.duration_s, said.motor_id)))
    windows: list[Window] = list(running.run(reader))
    assert len(heard) == sum(w.fresh for w in windows) > 0
    assert heard[0] == (10.0, reader.motor.motor_id)


@pytest.mark.parametrize(
    ("state", "confidence", "expected"),
    [
        ("learning", "high", "alert"),
        ("learning", "low", "learning"),
        ("normal", "medium", "alert"),
        ("danger", "high", "danger"),
        ("stopped", "high", "stopped"),
    ],
)
def test_a_fault_named_with_confidence_is_at_least_an_alert(state, confidence, expected) -> None:
    finding = Finding(condition=Condition.BEARING_CAGE, confidence=confidence)
    assert asset_state(state, Diagnosis(motor_id="m", findings=(finding,))) == expected
    assert asset_state(state, None) == state
