"""What every `motorwatch operate` command shares: its options, its connection, its answers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from app.audit import login
from app.cli.console import escape, out, print_json
from app.cli.live_command import broker_at
from app.cli.operate_tables import when
from app.commands import Act, CommissionActuator, RequestCapture, ResetTrip
from app.live_config.load import load_role
from app.live_config.operator import OperatorConfig
from app.operate.answer import Answer
from app.operate.line import OperatorLine, open_line
from app.operate.order import new_order, seconds
from app.operate.record import carry_out
from sensors.errors import BadConfig, BusError, CommandRefused

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Broker and site; `motorwatch config example operator` prints one to begin with.",
        show_default=False,
        envvar="MOTORWATCH_OPERATOR",
    ),
]
MqttOption = Annotated[
    str | None,
    typer.Option(
        "--mqtt",
        metavar="HOST:PORT",
        help="A broker on this machine, instead of a configuration.",
        show_default=False,
    ),
]
SiteOption = Annotated[
    str | None,
    typer.Option("--site", help="The plant, as topics name it.", show_default=False),
]
ByOption = Annotated[
    str | None,
    typer.Option("--by", help="Who orders it; your login name if left out.", show_default=False),
]
ValidOption = Annotated[
    str, typer.Option("--valid-for", help="Whoever hears of it later refuses, e.g. 90s or 1h.")
]
WaitOption = Annotated[
    float, typer.Option("--wait", help="Seconds to wait for the answer.", min=0.0, max=3600.0)
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
AlarmArgument = Annotated[
    str, typer.Argument(metavar="ALARM_ID", help="As `motorwatch operate alarms` shows it.")
]
MotorArgument = Annotated[str, typer.Argument(metavar="MOTOR", help="Its motor_id.")]
WAIT_S = 10.0
CAPTURE_WAIT_S = 60.0
VALID = "10m"
DIGITS = 12
"""Of a capture's digest, as `motorwatch captures list` shows it."""


@dataclass(frozen=True, slots=True)
class Call:
    """How a command was called: where to, by whom, for how long, and how to answer."""

    config: OperatorConfig
    by: str | None = None
    valid_for: str = VALID
    wait_s: float = WAIT_S
    as_json: bool = False

    @contextmanager
    def line(self) -> Iterator[OperatorLine]:
        """Connect, and hear how the motors are."""
        with open_line(self.config) as line:
            line.read_states()
            yield line

    def on_alarm(self, alarm_id: str, act: Act) -> None:
        """Order an act on an open alarm; raises as `order`, and BadConfig where it is not open."""
        with self.line() as line:
            motor_id, _ = line.alarm(alarm_id)
            self.order(line, motor_id, act)

    def on_motor(self, motor_id: str, act: Act) -> None:
        """Order an act on a motor; raises as `order`, and BadConfig where nobody knows it."""
        with self.line() as line:
            line.check_motor(motor_id)
            if isinstance(act, RequestCapture):
                line.watch_captures()
            self.order(line, motor_id, act)

    def order(self, line: OperatorLine, motor_id: str, act: Act) -> None:
        """Order an act and say what became of it.

        Raises
        ------
        CommandRefused
            It was refused.
        BusError
            Nobody answered.
        """
        order = new_order(
            self.config.site,
            motor_id,
            act,
            operator=self.by or login(),
            now_ns=time.time_ns(),
            lives_s=seconds(self.valid_for),
        )
        answer = carry_out(line, order, state=Path(self.config.state), wait_s=self.wait_s)
        if answer is None:
            raise BusError(_no_answer(line, act, self.wait_s, order.command.expires_ns))
        if answer.outcome == "refused":
            raise CommandRefused(f"{motor_id}: refused: {'; '.join(answer.reasons) or 'no reason'}")
        if self.as_json:
            print_json(answer)
        else:
            out.print(escape(_said(answer)), soft_wrap=True)


def reach(config: Path | None, mqtt: str | None, site: str | None) -> OperatorConfig:
    """Return where the plant is, by a configuration or by two options.

    Raises
    ------
    BadConfig
        Neither is given, or one is wrong. An address overrules a configuration, which the
        environment may name.
    """
    if mqtt is not None:
        return OperatorConfig(broker=broker_at(mqtt), site=site or "local")
    if config is None:
        raise BadConfig("where is the plant? give --config FILE, or --mqtt HOST:PORT and --site")
    found = load_role(config, OperatorConfig)
    if site is not None and site != found.site:
        raise BadConfig(f"{config}: its site is {found.site!r}, not --site {site!r}")
    return found


def from_now(duration: str) -> int:
    """Return when a duration that begins now is over (UTC ns); raises as `seconds`."""
    return time.time_ns() + seconds(duration) * 10**9


def _no_answer(line: OperatorLine, act: Act, wait_s: float, expires_ns: int) -> str:
    to_device = isinstance(act, RequestCapture | ResetTrip | CommissionActuator)
    roles = ("device", "up") if to_device else ("gateway", "up")
    there = "" if line.online(*roles) else f"; no {roles[0]} says that it is there"
    interlock = isinstance(act, ResetTrip | CommissionActuator)
    has_one = "; has this motor an interlock?" if interlock else ""
    return (
        f"ordered, and nobody answered within {wait_s:g} s{there}{has_one}; it may still be obeyed "
        f"until {when(expires_ns)} UTC: `motorwatch operate states` shows whether it was"
    )


def _said(answer: Answer) -> str:
    about = " ".join(filter(None, (answer.motor_id, answer.alarm)))
    now = "" if answer.state is None else f", now {answer.state.replace('_', ' ')}"
    why = f": {'; '.join(answer.reasons)}" if answer.reasons else ""
    what = answer.what.replace("_", " ")
    kept = "" if answer.capture is None else f", capture {answer.capture[:DIGITS]}"
    said = f"{when(answer.at_ns)} {about} {what}{now}{why}{kept}"
    return f"{said} (command {answer.command_id})"
