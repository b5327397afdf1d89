"""A whole system in one process: device, gateway and platform on an in-process bus.

`motorwatch replay` and the demo run this; with a broker the same roles run apart.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.bus.in_process import InProcessBus
from app.capture_message import decode_capture
from app.health import asset_state
from app.identity import replay_boot_id
from app.known_health import NOTHING_KNOWN, KnownHealth
from app.messages import Alarm, DiagnosisMessage, Report, State, decode
from app.roles.device import Device, Identity
from app.roles.gateway import Gateway
from app.roles.platform import Platform
from app.stage2 import Stage2
from app.store import Run, RunState, Store
from app.topics import pattern
from dsp.features import FeatureSpec
from models.finding import Diagnosis, Finding
from models.plant import PlantRules
from models.release import Release
from models.stage2.verdict import Stage2Verdict
from sensors.capture import Capture
from sensors.motor import Motor
from sensors.reader import Reader, captures

Listener = Callable[[Capture, Diagnosis], None]


@dataclass(frozen=True, slots=True)
class Window:
    """One window as an operator sees it.

    Attributes
    ----------
    report : Report
        What stage 1 said.
    state : str
        Health of the asset: stage 1's, or the diagnosis' where that is worse.
    diagnosis : Diagnosis or None
        The latest diagnosis.
    fresh : bool
        Whether it was made with this window.
    alarm : Alarm or None
        An alarm that this window opened or closed.
    latency_ms : float
        How long the latest diagnosis took.
    stage2 : Stage2Verdict or None
        The second opinion that came with it.
    """

    report: Report
    state: State
    diagnosis: Diagnosis | None
    fresh: bool
    alarm: Alarm | None
    latency_ms: float = 0.0
    stage2: Stage2Verdict | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Findings of the latest diagnosis."""
        return () if self.diagnosis is None else self.diagnosis.findings


@dataclass(frozen=True, slots=True)
class Source:
    """What is replayed: a name for people, a digest for identity, and where it begins."""

    title: str
    digest: str
    facts: tuple[str | float | None, ...] = ()


class Session:
    """Runs one motor's reader through all tiers.

    Parameters
    ----------
    motor : Motor
        Whose captures will come.
    source : Source
        What is replayed.
    spec, release
        Features, and the model that judges them.
    store : Store or None
        Where reports are kept; None keeps nothing.
    site : str
        First level of every topic.
    batch : int
        Messages to a commit.
    plant : PlantRules or None
        Other limits than the shipped ones.
    stage2 : Stage2 or None
        Gives a second opinion; whoever opened it closes it.
    known : KnownHealth
        Of the motor in health.
    """

    def __init__(
        self,
        motor: Motor,
        source: Source,
        *,
        spec: FeatureSpec,
        release: Release,
        store: Store | None = None,
        site: str = "local",
        batch: int = 500,
        plant: PlantRules | None = None,
        stage2: Stage2 | None = None,
        known: KnownHealth = NOTHING_KNOWN,
    ) -> None:
        self._bus = InProcessBus()
        self._store = store
        # Another second opinion, or other knowledge, is another run: what is stored of one never
        # hides the other.
        second = () if stage2 is None else (stage2.release.release_id,)
        held = (known.digest,) if known.digest else ()
        facts = (
            *(spec.spec_id, motor.motor_hash, spec.window_s, spec.hop_s),
            *(*source.facts, *second, *held),
        )
        boot_id = replay_boot_id(source.digest, release.release_id, *facts)
        self._gateway = Gateway(
            self._bus, {motor.motor_id: motor}, plant, stage2, {motor.motor_id: known}
        )
        self._platform = None if store is None else Platform(self._bus, store, batch=batch)
        self._device = Device(self._bus, Identity(site, boot_id), motor, spec, release)
        self._run = Run(
            run_id=f"{boot_id}-{time.time_ns()}",
            motor_id=motor.motor_id,
            boot_id=boot_id,
            source=source.title,
            source_hash=source.digest,
            spec_id=spec.spec_id,
            release_id=release.release_id,
            started_ns=time.time_ns(),
        )
        self._motor = motor
        self._latest: DiagnosisMessage | None = None
        self._alarm: Alarm | None = None
        self._bus.subscribe(pattern("diagnosis"), self._on_diagnosis)
        self._bus.subscribe(pattern("alarm"), self._on_alarm)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each raw capture that went up and what was said of it."""
        held: list[Capture] = []

        def on_capture(_: str, payload: bytes) -> None:
            held[:] = [decode_capture(payload)[0]]

        def on_diagnosis(where: str, payload: bytes) -> None:
            message = decode(where, payload)
            assert isinstance(message, DiagnosisMessage)
            listener(held.pop(), message.diagnosis)

        self._bus.subscribe(pattern("capture"), on_capture)
        self._bus.subscribe(pattern("diagnosis"), on_diagnosis)

    def run(self, reader: Reader) -> Iterator[Window]:
        """Yield each window of a reader once all tiers have seen it.

        However the iteration ends, what was held is committed first and the run's end is kept.
        """
        if self._store is not None:
            self._store.add_motor(self._motor)
            self._store.begin_run(self._run)
        ended: RunState = "failed"
        try:
            for capture, last in with_last(captures(reader)):
                yield self._window(self._device.take(capture, last=last))
            ended = "finished"
        except (KeyboardInterrupt, GeneratorExit):
            ended = "interrupted"
            raise
        finally:
            self._close(ended)

    def _window(self, report: Report) -> Window:
        message, alarm = self._latest, self._alarm
        self._alarm = None
        fresh = message is not None and message.seq == report.seq
        said = None if message is None else message.diagnosis
        took_ms = 0.0 if message is None else message.latency_ms
        second = None if message is None else message.stage2
        return Window(report, asset_state(report.state, said), said, fresh, alarm, took_ms, second)

    def _close(self, ended: RunState) -> None:
        if self._platform is None or self._store is None:
            return
        self._platform.flush()
        self._store.end_run(self._run.run_id, ended, time.time_ns())

    def _on_diagnosis(self, where: str, payload: bytes) -> None:
        message = decode(where, payload)
        assert isinstance(message, DiagnosisMessage)
        self._latest = message

    def _on_alarm(self, where: str, payload: bytes) -> None:
        message = decode(where, payload)
        assert isinstance(message, Alarm)
        self._alarm = message


def with_last(items: Iterator[Capture]) -> Iterator[tuple[Capture, bool]]:
    """Yield each capture with whether it is the last, one behind the source."""
    held = next(items, None)
    while held is not None:
        following = next(items, None)
        yield held, following is None
        held = following
