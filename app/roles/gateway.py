"""The gateway: raw captures in, diagnoses out. It keeps no data at rest."""

import logging
import time
from collections.abc import Mapping

from app.bus.bus import Bus
from app.capture_message import decode_capture
from app.messages import DiagnosisMessage, encode
from app.stage2 import Stage2
from app.topics import parse_topic, pattern, topic
from models.diagnosis import diagnose
from models.plant import PlantRules, load_plant
from models.stage2.verdict import beside_rules
from sensors.errors import BadMessage
from sensors.motor import Motor

log = logging.getLogger(__name__)


class Gateway:
    """Diagnoses the captures of the motors it knows.

    Parameters
    ----------
    bus : Bus
        Where captures come from and diagnoses go.
    motors : mapping of str to Motor
        By motor_id.
    plant : PlantRules or None
        Other limits than the shipped ones.
    stage2 : Stage2 or None
        Gives a second opinion where it is there.
    """

    def __init__(
        self,
        bus: Bus,
        motors: Mapping[str, Motor],
        plant: PlantRules | None = None,
        stage2: Stage2 | None = None,
    ) -> None:
        self._bus = bus
        self._motors = motors
        self._plant = plant or load_plant()
        self._stage2 = stage2
        self.refused = 0
        bus.subscribe(pattern("capture"), self._take)

    def _take(self, where: str, payload: bytes) -> None:
        address = parse_topic(where)
        motor = self._motors.get(address.motor_id)
        try:
            if motor is None:
                raise BadMessage(f"motor {address.motor_id!r} is not configured at this gateway")
            capture, boot_id = decode_capture(payload)
        except BadMessage as error:
            self.refused += 1
            log.warning("capture refused (%d so far): %s", self.refused, error)
            return
        started = time.perf_counter()
        said = diagnose(capture, motor, plant=self._plant)
        second = None if self._stage2 is None else self._stage2.judge(capture, motor)
        if second is not None:
            second = beside_rules(second, {finding.condition for finding in said.findings})
        message = DiagnosisMessage(
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
        self._bus.publish(topic(address.site, capture.motor_id, "diagnosis"), encode(message))
