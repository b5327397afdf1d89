"""What a platform does besides recording: tells people, forgets what is old, keeps who did what."""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from app.alarms.event import AlarmEvent
from app.bus.bus import Bus
from app.commands import Command
from app.live.background import Background
from app.messages import decode
from app.notify.config import NotifyConfig, load_notify
from app.notify.notice import Notice
from app.notify.outbox import post, pump
from app.notify.sender import make_sender
from app.process.job import Job
from app.seldom import is_worth_saying
from app.store import Store
from app.store.arrival import Arrival
from app.store.audit_log import record_act
from app.store.retention import prune
from app.store.retention_policy import load_retention
from app.topics import pattern
from sensors.errors import BadMessage, StoreError

log = logging.getLogger(__name__)

SEND_EVERY_S = 2.0
PRUNE_EVERY_S = 3600.0
MOST_OWED = 1000
"""Notices and acts that wait while the store refuses."""
NowNs = Callable[[], int]


class Office:
    """Notices, retention and the record of operators' acts.

    Parameters
    ----------
    store : Store
        Of the platform.
    bus : Bus
        Carries orders, and notices that go to topics.
    site : str
        Whose orders.
    notify, retention : str or None
        Files that say who is told what, and how long what is kept.
    now_ns : callable
        UTC.

    Raises
    ------
    BadConfig
        A file cannot be used.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        site: str,
        *,
        notify: str | None,
        retention: str | None,
        now_ns: NowNs = time.time_ns,
    ) -> None:
        self._store, self._bus, self._now_ns = store, bus, now_ns
        self._notify = None if notify is None else load_notify(Path(notify))
        self._retention = None if retention is None else load_retention(Path(retention))
        self.refused = 0
        self._owed: deque[Callable[[], object]] = deque(maxlen=MOST_OWED)
        bus.subscribe(pattern("cmd", site), self._on_command)

    def jobs(self) -> list[Job]:
        """Return the jobs that are configured."""
        made = []
        if self._notify is not None:
            made.append(
                _job("notices", _sending(self._store, self._bus, self._notify), SEND_EVERY_S)
            )
        if self._retention is not None:
            policy, store = self._retention, self._store

            def forget() -> None:
                gone = prune(store, policy, time.time_ns())
                if any(msgspec.structs.astuple(gone)):
                    log.info("deleted what was older than its time: %s", gone)

            made.append(_job("retention", forget, PRUNE_EVERY_S))
        return made

    def catch_up(self) -> None:
        """Write what the store refused before, oldest first, until it refuses again.

        Raises
        ------
        StoreError
            It refuses: the rest is still owed.
        """
        while self._owed:
            self._owed[0]()
            self._owed.popleft()

    def tell(self, committed: Sequence[Arrival]) -> None:
        """Put notices of alarms on their way."""
        if self._notify is None:
            return
        for each in committed:
            if isinstance(each.message, AlarmEvent) and each.message.priority is not None:
                notice = notice_of(each.message)
                self._owe(partial(post, self._store, notice, self._notify, self._now_ns()))

    def _on_command(self, where: str, payload: bytes) -> None:
        try:
            command = decode(where, payload)
        except BadMessage as error:
            self.refused += 1
            if is_worth_saying(self.refused):
                log.warning("order refused (%d so far): %s", self.refused, error)
            return
        assert isinstance(command, Command), "the topic decides the kind"
        act = msgspec.to_builtins(command.act)
        detail = msgspec.json.encode({**act, "id": command.id}).decode()
        facts = (command.operator, act["type"], command.motor_id, detail, self._now_ns())
        self._owe(partial(record_act, self._store, *facts))

    def _owe(self, write: Callable[[], object]) -> None:
        self._owed.append(write)
        try:
            self.catch_up()
        except StoreError as error:
            log.error("%d notices and acts wait for the store: %s", len(self._owed), error)


def notice_of(event: AlarmEvent) -> Notice:
    """Return what people are told of an alarm's event."""
    assert event.priority is not None, "what has no priority is no alarm's"
    what = event.condition or event.key or event.category or "alarm"
    who = "" if event.operator is None else f"\nby {event.operator}"
    named = "" if event.alarm_id is None else f"\nalarm {event.alarm_id}"
    return Notice(
        event=event.event,
        motor_id=event.motor_id,
        priority=event.priority,
        title=f"{what} {event.event}"[:200],
        text=("\n".join(event.reasons) + named + who)[:2000],
        at_ns=event.at_ns,
    )


def _sending(store: Store, bus: Bus, config: NotifyConfig) -> Callable[[], None]:
    senders = {each.name: make_sender(each, bus, time.time_ns) for each in config.channels}

    def send() -> None:
        for name, why in pump(store, config, senders, time.time_ns()).items():
            log.error("channel %s: %s", name, why)

    return send


def _job(name: str, call: Callable[[], None], every_s: float) -> Job:
    return Job(name, lambda: Background(name, call, every_s))
