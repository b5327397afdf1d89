"""The gateway: raw captures in, diagnoses out. It keeps no data at rest."""

import logging
import time
from collections.abc import Callable, Mapping

from app.bus.bus import Bus
from app.capture_message import decode_capture
from app.known_health import NOTHING_KNOWN, KnownHealth
from app.messages import DiagnosisMessage, encode
from app.stage2 import Stage2
from app.topics import parse_topic, pattern, topic
from models.diagnosis import diagnose
from models.plant import PlantRules, load_plant
from models.stage2.verdict import beside_rules
from sensors.capture import Capture
from sensors.errors import BadMessage
from sensors.motor import Motor

log = logging.getLogger(__name__)


class Diagnoser:
    """Judges captures of the motors it knows: physics rules, and stage 2 beside them.

    Parameters
    ----------
    motors : mapping of str to Motor
        By motor_id.
    plant : PlantRules or None
        Other limits than the shipped ones.
    stage2 : Stage2 or None
        Gives a second opinion where it is there.
    context : callable
        Adds to a capture what the plant knew beside it.
    healthy : mapping of str to KnownHealth, optional
        What is known of motors in health, by motor_id.
    """

    def __init__(
        self,
        motors: Mapping[str, Motor],
        plant: PlantRules | None = None,
        stage2: Stage2 | None = None,
        context: Callable[[Capture], Capture] | None = None,
        healthy: Mapping[str, KnownHealth] | None = None,
    ) -> None:
        self._motors = motors
        self._plant = plant or load_plant()
        self._stage2 = stage2
        self._context = context
        self._healthy = healthy or {}

    def knows(self, motor_id: str) -> bool:
        """Whether a motor is configured here."""
        return motor_id in self._motors

    def judge(self, motor_id: str, payload: bytes) -> DiagnosisMessage:
        """Return what is to be said of a raw capture's message.

        Raises
        ------
        BadMessage
            It is no capture, or not one of that motor, or the motor is not configured here.
        """
        motor = self._motors.get(motor_id)
        if motor is None:
            raise BadMessage(f"motor {motor_id!r} is not configured at this gateway")
        capture, boot_id = decode_capture(payload)
        if capture.motor_id != motor_id:
            raise BadMessage(f"a capture of {capture.motor_id!r} on a topic of {motor_id!r}")
        capture = capture if self._context is None else self._context(capture)
        started = time.perf_counter()
        known = self._healthy.get(motor_id, NOTHING_KNOWN)
        said = diagnose(capture, motor, known.reference, self._plant, known.thermal)
        second = None if self._stage2 is None else self._stage2.judge(capture, motor)
        if second is not None:
            second = beside_rules(second, {finding.condition for finding in said.findings})
        return DiagnosisMessage(
            motor_id=capture.motor_id,
            boot_id=boot_id,
            seq=capture.seq,
            t0_ns=capture.t0_ns,
            t1_ns=capture.t1_ns,
            diagnosis=said,
            backend="cpu" if second is None or second.backend == "cpu" else "edgetpu",
            latency_ms=(time.perf_counter() - started) * 1000,
            stage2=second,
            release_id=None if second is None else second.release_id,
        )


class Gateway:
    """Diagnoses every capture as it comes, within the process of a replay.

    Parameters
    ----------
    bus : Bus
        Where captures come from and diagnoses go.
    motors, plant, stage2, healthy
        As of `Diagnoser`.
    """

    def __init__(
        self,
        bus: Bus,
        motors: Mapping[str, Motor],
        plant: PlantRules | None = None,
        stage2: Stage2 | None = None,
        healthy: Mapping[str, KnownHealth] | None = None,
    ) -> None:
        self._bus = bus
        self._diagnoser = Diagnoser(motors, plant, stage2, healthy=healthy)
        self.refused = 0
        bus.subscribe(pattern("capture"), self._take)

    def _take(self, where: str, payload: bytes) -> None:
        address = parse_topic(where)
        try:
            message = self._diagnoser.judge(address.motor_id, payload)
        except BadMessage as error:
            self.refused += 1
            log.warning("capture refused (%d so far): %s", self.refused, error)
            return
        self._bus.publish(topic(address.site, message.motor_id, "diagnosis"), encode(message))
