"""The soak: windows that can be made again, counts that add up, and bounds that are right."""

import json
import math
from collections import Counter

import numpy as np
import pytest

from app.soak import __main__ as command
from app.soak.count import Heard, count, hear, heard
from app.soak.journal import Journal, code_digest
from app.soak.machine import CHOICES, COMPARED, LOADS, STRIDE, window
from app.soak.page import page, summary
from app.workers import shared
from models.finding import Diagnosis, Evidence, Finding, SenseReport
from sensors.capture import Sense
from sensors.conditions import Condition
from sensors.simulator.scenario_check import check_scenario

FALSE = Finding(
    condition=Condition.UNBALANCE,
    confidence="low",
    evidence=(Evidence(text="1x at 3 mm/s < 4", sense=Sense.VIBRATION),),
)
SAID = Diagnosis(
    motor_id="m",
    findings=(FALSE,),
    senses=(
        SenseReport(sense=Sense.VIBRATION, state="finding"),
        SenseReport(sense=Sense.POWER, state="doubt", doubts=("odd",), inhibited=("slip",)),
    ),
)


def test_a_window_is_known_by_its_number():
    assert window(17) == window(17)
    assert window(17).scenario.seed != window(18).scenario.seed


def test_all_conditions_come_by_in_equal_shares():
    assert math.gcd(STRIDE, math.prod(CHOICES)) == 1
    some = [window(number) for number in range(300)]
    for one in some:
        check_scenario(one.scenario)
    plates = [one.plate.nameplate for one in some]
    assert Counter(one.load for one in some) == dict.fromkeys(LOADS, 100)
    assert set(Counter(plate.poles for plate in plates)) == {2, 4, 6}
    assert set(Counter(plate.line_hz for plate in plates)) == {50.0, 60.0}
    assert {one.speed_error for one in some} >= {None, 0.0, -0.05, 0.05}
    assert 0.4 < np.mean([one.scenario.voltages for one in some]) < 0.6
    assert 0.1 < np.mean([plate.variable_frequency_drive for plate in plates]) < 0.23
    assert COMPARED / 2 < np.mean([one.compared for one in some]) < COMPARED * 2
    assert len({b.name for one in some for b in one.plate.bearings}) > 40


def test_a_healthy_window_is_heard_by_all_senses():
    one = hear(next(n for n in range(100) if window(n).compared))
    assert set(one.states) == {"power", "vibration", "sound", "temperature"}
    assert "absent" not in one.states.values()
    assert "beside a capture in health" in one.machine


def test_what_is_named_is_counted_as_false():
    found = count([heard(0, "a", SAID), Heard(number=1, machine="b"), heard(2, "c", SAID)])
    assert (found.windows, found.findings, found.windows_with_findings) == (3, 2, 2)
    assert found.by_sense == {"vibration": 2}
    assert found.by_condition == {"unbalance": 2}
    assert found.doubts == found.partly == {"power": 2}
    assert [one.number for one in found.shown] == [0, 2]
    assert not found.on_target


def test_the_bound_is_that_of_a_poisson_count():
    clean = count(Heard(number=n, machine="") for n in range(10_000))
    assert clean.bound == pytest.approx(-math.log(0.05))  # the rule of three
    assert clean.on_target
    assert count([heard(0, "a", SAID)] * 5000).bound > 10_000


def test_the_page_shows_every_false_finding_with_its_evidence():
    text = page(count([heard(7, "a motor", SAID)]), 7)
    assert "SYNTHETIC" in text
    assert "Window 7 (a motor): `unbalance`, low, by vibration: 1x at 3 mm/s &lt; 4" in text
    assert "Window 7 (a motor): odd" in text
    assert "1 false findings in 1 healthy" in next(summary(count([heard(7, "a motor", SAID)])))


def test_the_command_writes_figures_and_page(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "hear", lambda number: heard(number, "a motor", SAID))
    figures, text = tmp_path / "build" / "soak.json", tmp_path / "SOAK.md"
    command.main(
        f"--windows 3 --first 5 --jobs 1 --json {figures} --markdown {text} "
        f"--journal {tmp_path / 'soak.jsonl'}".split(" "),
    )
    assert json.loads(figures.read_text())["findings"] == 3
    assert "Windows 5 to 7" in text.read_text()
    assert "window 6: unbalance (low)" in capsys.readouterr().out


def test_an_interrupt_keeps_what_was_judged(tmp_path, monkeypatch, capsys):
    def interrupted(number):
        if number == 2:
            raise KeyboardInterrupt
        return Heard(number=number, machine="")

    monkeypatch.setattr(command, "hear", interrupted)
    figures, journal = tmp_path / "soak.json", tmp_path / "soak.jsonl"
    call = f"--windows 10 --jobs 1 --json {figures} --journal {journal}".split(" ")
    command.main(call)
    assert json.loads(figures.read_text())["windows"] == 2
    assert "the same command goes on" in capsys.readouterr().out
    # A kill may cut the last line off.
    journal.write_bytes(journal.read_bytes()[:-5])
    judged = []
    monkeypatch.setattr(command, "hear", lambda n: judged.append(n) or Heard(number=n, machine=""))
    command.main(call)
    assert judged == list(range(1, 10))
    assert json.loads(figures.read_text())["windows"] == 10
    assert "1 windows are judged already" in capsys.readouterr().out
    command.main(call)
    assert judged == list(range(1, 10)), "nothing is judged twice"


def test_windows_of_other_code_are_judged_anew(tmp_path):
    path = tmp_path / "soak.jsonl"
    Journal(path, "before").add(Heard(number=3, machine="m"))
    assert set(Journal(path, "before").heard) == {3}
    after = Journal(path, "after")
    assert (after.heard, after.begun_anew) == ({}, True)
    assert code_digest() == code_digest() != ""


def test_time_ends_it(monkeypatch):
    monkeypatch.setattr(command, "hear", lambda number: Heard(number=number, machine=""))
    assert len(list(command.listen(range(10), 1, -1.0))) == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_order(jobs):
    assert list(shared(math.sqrt, [9.0, 4.0, 1.0, 16.0, 25.0, 0.0], jobs)) == [3, 2, 1, 4, 5, 0]
