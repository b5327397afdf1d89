"""From what an operator asks to a command: an identity of its own, a name, and a time to live."""

import re
import uuid
from dataclasses import dataclass

from app.commands import Act, Command
from app.messages import encode
from app.topics import topic
from sensors.errors import BadConfig, BadMessage

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DURATION = re.compile(r"(?:\d{1,6}[smhd])+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Order:
    """A command that is ready to be sent.

    Attributes
    ----------
    command : Command
        What is asked.
    topic : str
        Where it goes.
    payload : bytes
        Its bytes.
    """

    command: Command
    topic: str
    payload: bytes

    @property
    def lives_s(self) -> int:
        """For how long it is meant, in seconds."""
        return -(-(self.command.expires_ns - self.command.issued_ns) // 10**9)


def new_order(
    site: str, motor_id: str, act: Act, *, operator: str, now_ns: int, lives_s: float
) -> Order:
    """Return an order that nobody gave before.

    Raises
    ------
    BadConfig
        A name, a reason or a time that no command may have.
    """
    try:
        command = Command(
            id=str(uuid.uuid4()),
            motor_id=motor_id,
            operator=operator,
            issued_ns=now_ns,
            expires_ns=now_ns + round(lives_s * 1e9),
            act=act,
        )
        return Order(command, topic(site, motor_id, "cmd"), encode(command))
    except BadMessage as error:
        said = "names and reasons are one line of text" if "regex" in str(error) else str(error)
        raise BadConfig(f"this cannot be ordered: {said}") from error


def seconds(text: str) -> int:
    """Return how long a text such as ``90s``, ``2h`` or ``1h30m`` means.

    Raises
    ------
    BadConfig
        It means none.
    """
    if not DURATION.fullmatch(text):
        raise BadConfig(f"{text!r} is no duration; write 90s, 30m, 2h, 1h30m or 1d")
    found = sum(int(n) * UNITS_S[unit] for n, unit in re.findall(r"(\d+)([smhd])", text))
    if found == 0:
        raise BadConfig(f"{text!r} is no time at all")
    return found
