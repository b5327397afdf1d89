"""Who may say and hear what: a Mosquitto access list, one user per certificate.

The table below is the whole policy. Whoever is not in the list, and whatever is not in the
table, is refused; Mosquitto answers a forbidden publication with "not authorized", and a
forbidden subscription by never delivering anything on it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.pki.ledger import Issued
from app.pki.names import Role, check_level, check_name, identity
from app.topics import NOTICES, PREFIX

EVERY_MOTOR = "+"


@dataclass(frozen=True, slots=True)
class Rights:
    """What one role may publish and read about each of its motors; ``#`` means all."""

    publishes: tuple[str, ...]
    reads: tuple[str, ...]


RIGHTS: Mapping[Role, Rights] = {
    "device": Rights(
        publishes=(
            "report",
            "capture",
            "capture/chunk",
            "alarm",
            "interlock",
            "dropped",
            "model/state",
        ),
        reads=("ack", "capture/ack", "cmd", "model/desired"),
    ),
    "gateway": Rights(
        publishes=(
            "diagnosis",
            "alarm/event",
            "state",
            "capture/ack",
            "archive/chunk",
            "dropped",
            "model/state",
        ),
        reads=(
            "report",
            "capture",
            "capture/chunk",
            "archive/ack",
            "alarm",
            "interlock",
            "state",
            "ack",
            "cmd",
            "model/desired",
            "model/state",
        ),
    ),
    "platform": Rights(publishes=("ack", "archive/ack", "cmd", "model/desired"), reads=("#",)),
    "operator": Rights(publishes=("cmd",), reads=("#",)),
    "broker": Rights(publishes=(), reads=()),
}
"""Only the platform acknowledges and deploys models; a gateway or device commands nobody. A
motor's state is its gateway's memory of alarms, so no device may write it."""

NOTICE_RIGHTS: Mapping[Role, str] = {"platform": "readwrite", "operator": "read"}
"""The platform alone tells people, and those who hear all of a site hear that too."""

OWN_STATE = "process"
"""Each process says, or its last will says for it, whether it lives, under its own name."""


def access_list(site: str, issued: Iterable[Issued]) -> str:
    """Return the text of an access list for these certificates.

    Raises
    ------
    BadConfig
        A site, name or motor that would read as another rule.
    """
    check_level("site", site)
    users = [_user(site, one) for one in issued if one.role != "broker"]
    head = "# Written by `motorwatch broker config`; changed there, not here.\n"
    return head + "".join("\n" + user for user in users)


def _user(site: str, one: Issued) -> str:
    name = check_name(one.name)
    motors = [check_level("motor", motor) for motor in one.motors] or [EVERY_MOTOR]
    rights = RIGHTS[one.role]
    lines = [f"user {identity(one.role, name)}"]
    for access, kinds in (("write", rights.publishes), ("read", rights.reads)):
        lines += [f"topic {access} {PREFIX}/{site}/{m}/{kind}" for m in motors for kind in kinds]
    lines.append(f"topic write {PREFIX}/{site}/{name}/{OWN_STATE}")
    if one.role in NOTICE_RIGHTS:
        lines.append(f"topic {NOTICE_RIGHTS[one.role]} {NOTICES}/#")
    return "\n".join(lines) + "\n"
