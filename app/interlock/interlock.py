"""The closed loop of one motor: a window in, at most one trip out, with no network and no model."""

import logging
from collections.abc import Callable

import msgspec

from app.commands import Command, Memory
from app.interlock.actuator import Actuator, Permissive
from app.interlock.config import InterlockConfig, check_motor
from app.interlock.damper import Damped, Damper, damp, last_word, release
from app.interlock.decide import Decided, Window, decide, record
from app.interlock.measure import channel_values, readings, wants_audit
from app.interlock.orders import obey
from app.interlock.record import InterlockRecord
from app.interlock.state import InterlockState
from dsp.audit import audit
from sensors.capture import Capture
from sensors.errors import BadSamples, OutputError
from sensors.motor import Motor

log = logging.getLogger(__name__)

Save = Callable[[InterlockState], None]
URGENT = ("tripped", "actuator_failed", "not_commissioned", "no_permissive")


class Interlock:
    """Measures, decides, actuates, logs.

    Parameters
    ----------
    motor, config
        Whose limits they are.
    state : InterlockState
        From `load_state`, or a new one.
    actuator, permissive
        Opened with the latch as `state` has it.
    save : callable
        Keeps latch and commissioning over a power cut; called when either changes, and with every
        window while it is refused.
    kept : bool
        Whether `state` is kept already.

    Raises
    ------
    BadConfig
        The nameplate lacks what a limit is a multiple of.
    """

    def __init__(
        self,
        motor: Motor,
        config: InterlockConfig,
        state: InterlockState,
        actuator: Actuator,
        permissive: Permissive,
        save: Save = lambda _: None,
        *,
        kept: bool = True,
    ) -> None:
        check_motor(config, motor)
        self._motor = motor
        self._config = config
        self._state = state
        self._actuator = actuator
        self._permissive = permissive
        self._save = save
        self._failed = False
        self._closed = False
        self._kept = kept
        self._damper = Damper(tripped=state.tripped)

    @property
    def state(self) -> InterlockState:
        """What it remembers."""
        return self._state

    def take(self, capture: Capture, now_ns: int) -> tuple[InterlockRecord, ...]:
        """Judge one window, trip if it must be, and return what is to be told of it.

        Decisions that follow each other too fast are told in part: see `app.interlock.damper`.

        The audit is asked only where a value matters: in health it would cost more than the rest.

        Raises
        ------
        BadSamples
            It is another motor's.
        """
        if capture.motor_id != self._motor.motor_id:
            raise BadSamples(
                f"a capture of motor {capture.motor_id!r} for the interlock of "
                f"{self._motor.motor_id!r}; give each its own"
            )
        values = channel_values(capture, self._motor, self._config)
        wanted = self._state.tripped or wants_audit(values, self._config)
        notes = audit(capture, self._motor) if wanted else ()
        window = Window(capture.t0_ns, capture.t1_ns, now_ns)
        seen = readings(values, notes, self._config)
        permitted = self._permissive.permitted()
        decided = decide(self._state, seen, window, permitted, self._config)
        return self._settle(decided, now_ns)

    def obey(
        self, command: Command, now_ns: int, *, clock_is_set: bool = True
    ) -> tuple[InterlockRecord, ...]:
        """Do what a command says, or say why not; those for others change nothing.

        Once closed it refuses all: its output is given back, and may be another's by now.
        """
        if command.motor_id != self._motor.motor_id:
            return ()
        decided = obey(
            self._state,
            command,
            now_ns,
            self._config,
            clock_is_set=clock_is_set,
            at_work=not self._closed,
        )
        return self._settle(decided, now_ns)

    def last_words(self) -> tuple[InterlockRecord, ...]:
        """Return what was decided and not told yet: nothing is decided after it."""
        return self._told(last_word(self._damper))

    def close(self) -> None:
        """Give actuator and permissive back; what is not commissioned stops no motor now either."""
        self._closed = True
        try:
            self._actuator.close(may_trip=self._state.commissioned)
        finally:
            self._permissive.close()

    def _settle(self, decided: Decided, now_ns: int) -> tuple[InterlockRecord, ...]:
        before, (self._state, written) = self._state, decided
        failure = None if self._closed else self._drive(before.tripped)
        if not self._kept or lasting(before) != lasting(self._state):
            self._keep()
        # Not before: no log that stands still may delay a trip.
        told = self._told(release(self._damper, now_ns))
        for each in (written, failure):
            if each is not None:
                told += self._told(damp(self._damper, each, now_ns))
        return told

    def _told(self, damped: Damped) -> tuple[InterlockRecord, ...]:
        self._damper, record = damped
        if record is None:
            return ()
        level = logging.CRITICAL if record.decision in URGENT else logging.WARNING
        log.log(level, "interlock %s", msgspec.json.encode(record).decode())
        return (record,)

    def _drive(self, was_tripped: bool) -> InterlockRecord | None:
        """Drive the actuator as the latch says; a trip is driven anew with every window."""
        try:
            if self._state.tripped:
                self._actuator.trip()
            elif was_tripped or self._failed:
                self._actuator.release()
        except OutputError as error:
            if self._failed:
                return None
            self._failed = True
            self._state, failure = record(self._state, "actuator_failed", str(error)[:2000])
            return failure
        self._failed = False
        return None

    def _keep(self) -> None:
        try:
            self._save(self._state)
        except OutputError as error:
            # The motor is stopped already; what is lost is the latch over a power cut.
            if self._kept:
                log.critical("interlock of %s is not kept: %s", self._motor.motor_id, error)
            self._kept = False
        else:
            if not self._kept:
                log.warning("interlock of %s is kept again", self._motor.motor_id)
            self._kept = True


def lasting(state: InterlockState) -> tuple[bool, bool, Memory]:
    """Return what must survive a power cut: latch, commissioning, commands received."""
    return state.tripped, state.commissioned, state.commands
