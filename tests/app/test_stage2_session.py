"""The second opinion on its way: gateway, message, store, replay, command line."""

import importlib.util
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from impacts import BEARING, RATE_HZ, impacts
from sample_messages import SECOND_OPINION, diagnosis
from stage2_head import Peaks, made_release, width_of
from typer.testing import CliRunner, Result

from app import stage2 as stage2_module
from app.bus.in_process import InProcessBus
from app.capture_message import encode_capture
from app.cli import main as command_line
from app.cli.live import stage2_text
from app.messages import decode, encode
from app.roles import gateway
from app.session import Session, Source
from app.stage2 import SHIPPED_STAGE2, Stage2, card_facts, open_stage2, runtime_is_here
from app.store import open_store
from app.template import template_release
from app.topics import pattern, topic
from dsp.features import FeatureSpec
from models.accelerator.config import AcceleratorConfig, Cpu
from models.finding import Diagnosis, Finding
from models.stage2.judge import judge_stage2
from models.stage2.release import Stage2Release, load_stage2, save_stage2
from models.stage2.verdict import Stage2Verdict
from sensors.capture import Capture
from sensors.conditions import Condition
from sensors.errors import BackendLost, BadModel, BadRelease, MissingDependency
from sensors.motor import Motor
from sensors.simulator.fault import Fault
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario import Scenario
from sensors.simulator.scenario_file import load_scenario

runner = CliRunner()
needs_runtime = pytest.mark.skipif(
    not runtime_is_here(AcceleratorConfig()), reason="needs the extra stage2 (a TFLite runtime)"
)


class Opinion:
    """In place of `Stage2`, without a runtime."""

    def __init__(self, backend: str = "cpu") -> None:
        self.release, self.backend = made_release(), backend

    def judge(self, capture: Capture, motor: Motor) -> Stage2Verdict:
        return judge_stage2(
            capture, motor, self.release, Peaks(width_of(self.release), self.backend)
        )


def scenario(seconds: float) -> Scenario:
    """Return a motor whose outer race is broken from the start."""
    return msgspec.structs.replace(
        load_scenario("healthy"),
        duration_s=seconds,
        load=((0.0, 0.7),),
        ambient_degc=((0.0, 20.0),),
        faults=(Fault(condition=Condition.BEARING_OUTER_RACE, severity=0.6, onset_s=0.0),),
    )


def simulated(seconds: float) -> SimulatorReader:
    return SimulatorReader(scenario(seconds), 1.0)


@pytest.fixture(scope="module")
def failing_capture() -> tuple[Capture, Motor]:
    capture = SimulatorReader(scenario(4.0), 4.0).read()
    assert capture is not None
    return capture, scenario(4.0).motor


def session(reader: SimulatorReader, store=None, stage2=None) -> Session:
    return Session(
        reader.motor,
        Source("simulated", "0" * 16),
        spec=FeatureSpec(),
        release=template_release(),
        store=store,
        stage2=stage2,
    )


# --- gateway and store ----------------------------------------------------------------------------


@pytest.mark.parametrize(("backend", "told"), [("cpu", "cpu"), ("edgetpu-delegate", "edgetpu")])
def test_the_second_opinion_goes_with_the_diagnosis_and_is_kept(
    backend: str, told: str, tmp_path: Path
) -> None:
    opinion, reader = Opinion(backend), simulated(12.0)
    with open_store(f"sqlite:///{tmp_path / 'plant.db'}") as store:
        windows = list(session(reader, store, opinion).run(reader))
        kept = list(store.diagnoses(reader.motor.motor_id))
    fresh = [window for window in windows if window.fresh]
    assert fresh and all(window.stage2 is not None for window in fresh)
    said = fresh[0].stage2
    assert said.named is Condition.BEARING_OUTER_RACE and said.backend == backend
    assert kept[0].stage2 == said
    assert kept[0].backend == told and kept[0].release_id == opinion.release.release_id
    # The rules still speak, and the opinion does not touch what they say.
    assert fresh[0].findings[0].condition is Condition.BEARING_OUTER_RACE


def test_the_rules_say_the_same_with_and_without_it() -> None:
    both = []
    for opinion in (None, Opinion()):
        reader = simulated(11.0)
        both.append(list(session(reader, stage2=opinion).run(reader)))
    for without, beside in zip(*both, strict=True):
        assert without.diagnosis == beside.diagnosis and without.state == beside.state
        assert without.stage2 is None


class Shorted:
    """Sees shorted turns whatever is shown."""

    release = made_release()

    def judge(self, capture: Capture, motor: Motor) -> Stage2Verdict:
        return Stage2Verdict(
            probabilities={"healthy": 0.1, "stator_inter_turn": 0.9}, release_id="0" * 64
        )


@pytest.mark.parametrize(
    ("named", "silent"),
    [
        ((Condition.SUPPLY_UNBALANCE,), True),
        ((Condition.UNBALANCE,), False),
        ((Condition.SUPPLY_UNBALANCE, Condition.STATOR_INTER_TURN), False),
        ((), False),
    ],
)
def test_what_the_rules_lay_to_an_uneven_supply_is_no_short(
    named: tuple[Condition, ...],
    silent: bool,
    failing_capture: tuple[Capture, Motor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture, motor = failing_capture
    findings = tuple(Finding(condition=one, confidence="high") for one in named)
    said = Diagnosis(motor_id=motor.motor_id, findings=findings)
    monkeypatch.setattr(gateway, "diagnose", lambda *scene: said)
    bus, heard = InProcessBus(), []
    bus.subscribe(pattern("diagnosis"), lambda where, raw: heard.append(decode(where, raw)))
    gateway.Gateway(bus, {motor.motor_id: motor}, stage2=Shorted())
    bus.publish(topic("plant", motor.motor_id, "capture"), encode_capture(capture, "1"))
    (message,) = heard
    second = message.stage2
    assert (second.named is None) is silent
    assert second.probabilities["stator_inter_turn"] == 0.9
    assert ("which supply_unbalance explains" in stage2_text(second)) is silent
    assert second.explained == ({"stator_inter_turn": "supply_unbalance"} if silent else {})


def test_without_stage_2_nothing_of_it_is_kept(tmp_path: Path) -> None:
    reader = simulated(11.0)
    with open_store(f"sqlite:///{tmp_path / 'plant.db'}") as store:
        list(session(reader, store).run(reader))
        kept = list(store.diagnoses(reader.motor.motor_id))
    assert kept and all(one.stage2 is None and one.release_id is None for one in kept)


def test_a_message_with_and_without_an_opinion_comes_back_as_it_went() -> None:
    sent = diagnosis(1)
    assert sent.stage2 == SECOND_OPINION
    for one in (sent, msgspec.structs.replace(sent, stage2=None)):
        assert decode(topic("plant", one.motor_id, "diagnosis"), encode(one)) == one


# --- Stage2 ---------------------------------------------------------------------------------------


class Dead:
    def embed(self, spectra: np.ndarray) -> None:
        raise BackendLost("cpu: its process ended with -9")


def test_a_backbone_that_runs_nowhere_is_a_reason_and_no_end(
    failing_capture: tuple[Capture, Motor],
) -> None:
    broken = object.__new__(Stage2)
    broken.release, broken.accelerator = made_release(), Dead()
    said = broken.judge(*failing_capture)
    assert said.abstained == "cpu: its process ended with -9"
    assert said.release_id == broken.release.release_id


@needs_runtime
def test_the_shipped_release_runs_here_and_closes(failing_capture: tuple[Capture, Motor]) -> None:
    capture, motor = failing_capture
    with open_stage2() as stage2:
        one, two = (stage2.judge(capture, motor) for _ in range(2))
    assert one.probabilities == two.probabilities and one.backend == "cpu"
    assert sum(one.probabilities.values()) == pytest.approx(1.0)
    assert one.release_id == load_stage2(SHIPPED_STAGE2).release_id
    assert one.latency_ms > 0


@needs_runtime
def test_a_bad_release_never_takes_the_place_of_a_good_one(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(SHIPPED_STAGE2.read_bytes()[:-100])
    with pytest.raises(BadRelease):
        open_stage2(bad)
    with pytest.raises(BadRelease, match="none"):
        open_stage2(tmp_path / "none.json")


def test_a_compiled_backbone_beside_the_release_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    monkeypatch.setattr(stage2_module, "runtime_is_here", lambda config: True)
    monkeypatch.setattr(
        stage2_module, "Accelerator", lambda *a, compiled, tell: given.append(compiled)
    )
    release, beside = made_release(), tmp_path / "own_edgetpu.tflite"
    path = tmp_path / "own.json"
    save_stage2(release, path)
    open_stage2(path)
    beside.write_bytes(release.backbone)
    open_stage2(path)
    assert given[0] is None and given[1].content == release.backbone
    beside.write_bytes(release.backbone[:100])
    with pytest.raises(BadModel, match=r"own_edgetpu\.tflite"):
        open_stage2(path)


def test_without_a_runtime_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage2_module, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r"motorwatch\[stage2\]"):
        open_stage2()
    assert runtime_is_here(AcceleratorConfig(preferred=Cpu(python="/usr/bin/python3")))


# --- command line ---------------------------------------------------------------------------------


def run(*words: object) -> Result:
    return runner.invoke(command_line.app, [str(word) for word in words])


def lines(result: Result) -> list[dict]:
    assert result.exit_code == 0, (result.stdout, result.stderr, result.exception)
    return [json.loads(line) for line in result.stdout.splitlines()]


def failed(result: Result, kind: str) -> str:
    """Return the message of a command that ended with one of the named errors."""
    error = result.exception
    assert type(error).__name__ == kind, repr(error)
    assert not result.stdout
    return str(error)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """A failing bearing as WAV, with the options that describe it."""
    path = tmp_path_factory.mktemp("stage2") / "pump.wav"
    x = impacts(BEARING.bpfo, seed=1, seconds=4.0)
    soundfile.write(path, x / np.abs(x).max() * 0.9, int(RATE_HZ), subtype="PCM_24")
    described = ["--sense", "vibration", "--rpm", 1740, "--bearing", "6205-2RS"]
    return [path, *described, "--json"]


@pytest.fixture(scope="module")
def own_release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Stage2Release]:
    path, release = tmp_path_factory.mktemp("own") / "own.json", made_release()
    save_stage2(release, path)
    return path, release


@needs_runtime
def test_replay_gives_a_second_opinion_by_itself(recording: list[object]) -> None:
    said = lines(run("replay", *recording))
    assert all("stage2" in line for line in said)
    second = said[-1]["stage2"]
    assert second["release_id"] == load_stage2(SHIPPED_STAGE2).release_id
    assert second["backend"] == "cpu" and second["bearing"]
    assert sum(second["probabilities"].values()) == pytest.approx(1.0)


@needs_runtime
def test_replay_takes_a_release_by_its_path(
    recording: list[object], own_release: tuple[Path, Stage2Release]
) -> None:
    path, release = own_release
    said = lines(run("replay", *recording, "--stage2", path))
    assert said[-1]["stage2"]["release_id"] == release.release_id
    assert set(said[-1]["stage2"]["probabilities"]) == set(release.head.classes)


def test_replay_without_stage_2_is_silent(recording: list[object]) -> None:
    said = lines(run("replay", *recording, "--stage2", "off"))
    assert all(line["stage2"] is None for line in said)
    assert said[-1]["findings"][0]["condition"] == "bearing_outer_race"


def test_auto_without_a_runtime_says_so_and_goes_on(
    recording: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage2_module, "find_spec", lambda name: None)
    result = run("replay", *recording)
    assert lines(result)[-1]["stage2"] is None
    assert "motorwatch[stage2]" in result.stderr
    failed(run("replay", *recording, "--stage2", SHIPPED_STAGE2), "MissingDependency")


@needs_runtime
@pytest.mark.parametrize("content", [b"", b"garbage", b"{}", b"[1, 2"])
def test_a_release_that_is_none_ends_the_command(
    content: bytes, recording: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "garbage.json"
    path.write_bytes(content)
    result = run("replay", *recording, "--stage2", path)
    assert "garbage.json" in failed(result, "BadRelease")


@needs_runtime
def test_a_stage_1_release_is_no_stage_2_release(recording: list[object], tmp_path: Path) -> None:
    from models.release import save_release

    path = tmp_path / "stage1.json"
    save_release(template_release(), path)
    assert "stage-2" in failed(run("replay", *recording, "--stage2", path), "BadRelease")


def test_a_word_that_is_no_release_says_what_else_could_stand_there(
    recording: list[object],
) -> None:
    for word in ("on", ""):
        said = failed(run("replay", *recording, "--stage2", word), "BadConfig")
        assert "auto" in said and "off" in said


def test_an_accelerator_without_stage_2_is_an_error(
    recording: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "accelerator.toml"
    path.write_text('[preferred]\nbackend = "cpu"\n')
    words = ("replay", *recording, "--stage2", "off", "--accelerator", path)
    assert "--accelerator" in failed(run(*words), "BadConfig")


@needs_runtime
def test_an_accelerator_of_the_cpu_is_used(recording: list[object], tmp_path: Path) -> None:
    path = tmp_path / "accelerator.toml"
    path.write_text('[preferred]\nbackend = "cpu"\n')
    assert lines(run("replay", *recording, "--accelerator", path))[-1]["stage2"]["backend"] == "cpu"


@pytest.mark.parametrize(
    "text", [None, "not toml [", 'preferred = "tpu"', "speed = 9", "deadline_s = 0"]
)
def test_accelerator_settings_that_are_none_are_named(
    text: str | None, recording: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "accelerator.toml"
    if text is not None:
        path.write_text(text)
    assert "accelerator" in failed(run("replay", *recording, "--accelerator", path), "BadConfig")


def test_what_people_read_of_it() -> None:
    likely = Stage2Verdict(
        probabilities={"healthy": 0.1, "bearing_cage": 0.9},
        latency_ms=0.25,
        release_id="abcdefghij",
    )
    assert stage2_text(likely) == (
        "stage 2, learnt from simulation (cpu, 0.25 ms, release abcdefgh): bearing_cage 0.90"
    )
    assert stage2_text(msgspec.structs.replace(likely, unknown=True)) == (
        "stage 2 (cpu, 0.25 ms, release abcdefgh): unlike everything it has learnt"
    )
    silent = Stage2Verdict(abstained="the motor stands", release_id="r")
    assert stage2_text(silent) == "stage 2 says nothing: the motor stands"


# --- backbone -------------------------------------------------------------------------------------


def test_the_card_is_that_of_the_release(own_release: tuple[Path, Stage2Release]) -> None:
    path, release = own_release
    (said,) = lines(run("backbone", "card", path, "--json"))
    assert said == json.loads(json.dumps(card_facts(release)))
    assert said["release_id"] == release.release_id
    assert said["limits"] and said["metrics"] and said["split"] and said["envelope"]
    shown = run("backbone", "card").stdout
    assert load_stage2(SHIPPED_STAGE2).release_id[:12] in shown and "(simulated)" in shown


def test_a_card_of_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    assert "bad.json" in failed(run("backbone", "card", tmp_path / "bad.json"), "BadRelease")
    assert "none.json" in failed(
        run("backbone", "card", tmp_path / "none.json", "--json"), "BadRelease"
    )


needs_torch = pytest.mark.skipif(
    any(importlib.util.find_spec(n) is None for n in ("torch", "ai_edge_quantizer")),
    reason="needs the extra backbone",
)


@needs_torch
def test_training_refuses_what_it_cannot_do_before_it_begins(tmp_path: Path) -> None:
    output = tmp_path / "stage2.json"
    examples = tmp_path / "examples.npz"
    examples.write_text("no archive")
    words = ("backbone", "train", "-o", output)
    assert "examples.npz" in failed(run(*words, "--examples", examples), "BadConfig")
    assert run(*words, "--cases", 5).exit_code == 2
    failed(run("backbone", "train", "-o", tmp_path / "no" / "folder" / "x.json"), "OutputError")
    assert not output.exists()


@needs_torch
def test_training_says_at_once_what_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.backbone import make

    monkeypatch.setattr(make, "find_spec", lambda name: None)
    assert "motorwatch[backbone]" in failed(
        run("backbone", "train", "-o", tmp_path / "x.json"), "MissingDependency"
    )
