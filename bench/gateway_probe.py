"""The gateway in a process of its own, measured from within: ``python -m bench.gateway_probe DIR``.

Imports what a gateway needs and no more. Prints one JSON object.
"""

import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec

from app.bus.in_process import InProcessBus
from app.messages import DiagnosisMessage, decode
from app.roles.gateway import Gateway
from app.stage2 import open_stage2
from app.topics import pattern, topic
from sensors.motor import Motor

MOTOR = "motor.json"
CAPTURES = "*.capture"


class Taken(NamedTuple):
    """What a gateway took.

    Attributes
    ----------
    judged : int
        Captures with a diagnosis and a second opinion.
    gateway_mb, worker_mb : float
        Most resident memory of its process, and of the one that runs stage 2's network.
    """

    judged: int
    gateway_mb: float
    worker_mb: float


def judge(folder: Path) -> Taken:
    """Judge every capture of a folder, read when it is its turn, as if it had just arrived."""
    motor = msgspec.json.decode((folder / MOTOR).read_bytes(), type=Motor)
    bus, judged = InProcessBus(), 0

    def count(where: str, payload: bytes) -> None:
        nonlocal judged
        message = decode(where, payload)
        assert isinstance(message, DiagnosisMessage)
        judged += message.stage2 is not None and message.stage2.abstained is None

    bus.subscribe(pattern("diagnosis"), count)
    with open_stage2() as stage2:
        # The bus holds its subscriber.
        Gateway(bus, {motor.motor_id: motor}, stage2=stage2)
        for file in sorted(folder.glob(CAPTURES)):
            bus.publish(topic("bench", motor.motor_id, "capture"), file.read_bytes())
        (worker,) = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        return Taken(judged, most_mb("self"), most_mb(worker))


def most_mb(process: str) -> float:
    """Return the most memory that a process ever had resident, from Linux itself."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(judge(Path(sys.argv[1]))._asdict()))
