"""An operator's acts, each written down before it is ordered, and what became of it afterwards."""

import logging
from pathlib import Path

from app.audit import AuditLog, Fact
from app.operate.answer import Answer
from app.operate.line import OperatorLine
from app.operate.order import Order
from sensors.errors import MotorwatchError, OutputError

log = logging.getLogger(__name__)

FILE = "acts.jsonl"


def carry_out(line: OperatorLine, order: Order, *, state: Path, wait_s: float) -> Answer | None:
    """Give an order and return what became of it; None where nobody said within `wait_s`.

    Parameters
    ----------
    line : OperatorLine
        To the plant.
    order : Order
        What is ordered.
    state : Path
        Folder of the record, made if it is missing.
    wait_s : float
        The longest wait.

    Raises
    ------
    OutputError
        The act cannot be written down, and so was not ordered.
    BusError
        It could not be sent.
    """
    acts = AuditLog(_file_in(state))
    acts.write(type(order.command.act).__name__, _facts(order))
    try:
        answer = line.give(order, wait_s)
    except MotorwatchError as error:
        _note(acts, order, "failed", (str(error),))
        raise
    if answer is None:
        _note(acts, order, "unanswered", ())
    else:
        kept = () if answer.capture is None else (f"capture {answer.capture}",)
        _note(acts, order, answer.outcome, (answer.what, *answer.reasons, *kept))
    return answer


def _facts(order: Order) -> dict[str, Fact]:
    command = order.command
    act = {name: _plain(getattr(command.act, name)) for name in command.act.__struct_fields__}
    return {
        "command_id": command.id,
        "operator": command.operator,
        "topic": order.topic,
        "expires_ns": command.expires_ns,
        **act,
    }


def _plain(value: object) -> Fact:
    return value if isinstance(value, str | int | bool) or value is None else str(value)


def _note(acts: AuditLog, order: Order, outcome: str, said: tuple[str, ...]) -> None:
    try:
        acts.write(
            "Answer", {"command_id": order.command.id, "outcome": outcome, "said": list(said)}
        )
    except OutputError as error:
        # The act is done by now: that its end is not on record does not undo it.
        log.warning("the act was ordered (%s); its answer is not recorded: %s", outcome, error)


def _file_in(state: Path) -> Path:
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{state}: the record of acts cannot be kept there ({error.strerror}); nothing was "
            "ordered; name another folder (key state)"
        ) from error
    return state / FILE
