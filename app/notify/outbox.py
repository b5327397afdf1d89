"""Notices on their way, in the store: posted once, sent at least once, given up visibly.

Each channel sends one message at a time, and no more than one in its `every_s`: the first notice
goes at once, and what comes until the next turn goes together. A failed message waits twice as
long each time.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, select, update

from app.notify.config import Channel, NotifyConfig
from app.notify.notice import Notice
from app.notify.sender import Sender
from app.store import Store
from app.store.connection import reading, writing
from app.store.office_schema import deliveries, notices
from app.store.read import page_rows
from app.store.rows import revive
from app.store.write import insert_new
from sensors.errors import NoticeFailed

DeliveryState = Literal["waiting", "sent", "expired"]
TOGETHER = 500
FIRST_RETRY_S, LONGEST_RETRY_S = 10.0, 3600.0
KEPT_NS = 30 * 86_400 * 10**9
"""Ended deliveries are shown for so long."""


class ChannelState(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel fares.

    Attributes
    ----------
    channel
        Its name.
    waiting, sent, expired
        Notices in each state.
    oldest_ns
        When the oldest waiting one was posted; None where none waits.
    error
        Why the latest attempt of a waiting or expired one failed.
    """

    channel: str
    waiting: int
    sent: int
    expired: int
    oldest_ns: int | None
    error: str | None


def post(store: Store, notice: Notice, config: NotifyConfig, now_ns: int) -> tuple[str, ...]:
    """Put a notice on its way and return its channels; one that is known already stays as it is.

    Raises
    ------
    StoreError
        The database refuses: to be posted again.
    """
    channels = config.channels_for(notice)
    if not channels:
        return ()
    known = {"state": "waiting", "put_ns": now_ns, "due_ns": now_ns, "attempts": 0}
    row = {"notice_id": notice.notice_id, **msgspec.structs.asdict(notice)}
    with writing(store.engine) as connection:
        insert_new(connection, notices, [row])
        insert_new(
            connection,
            deliveries,
            [{"notice_id": notice.notice_id, "channel": name, **known} for name in channels],
        )
    return channels


def pump(
    store: Store, config: NotifyConfig, senders: Mapping[str, Sender], now_ns: int
) -> dict[str, str]:
    """Send what is due, a message a channel at most; return why channels failed, by name.

    Call it every second or so, from one place. It may block for as long as the channels' own
    `timeout_s` together; a channel that fails holds up no other.

    Raises
    ------
    StoreError
        The database refuses: what was sent meanwhile may be sent again.
    """
    _give_up(store, now_ns, round(config.max_age_hours * 3600e9))
    failures: dict[str, str] = {}
    for channel in config.channels:
        waiting = _due(store, channel, now_ns)
        if not waiting:
            continue
        try:
            senders[channel.name].send(list(waiting.values()))
        except NoticeFailed as error:
            failures[channel.name] = str(error)
            _retry_later(store, channel, list(waiting), now_ns, str(error))
        else:
            _mark_sent(store, channel, list(waiting), now_ns)
    return failures


def channel_states(store: Store) -> list[ChannelState]:
    """Return how every channel fares that ever had a notice."""
    states = []
    with reading(store.engine) as connection:
        names = select(deliveries.c.channel).distinct().order_by(deliveries.c.channel)
        for name in connection.execute(names).scalars().all():
            states.append(_state(connection, name))
    return states


def _state(connection: Connection, name: str) -> ChannelState:
    mine = deliveries.c.channel == name
    tally = select(deliveries.c.state, func.count(), func.min(deliveries.c.put_ns))
    found = {
        row[0]: (row[1], row[2])
        for row in connection.execute(tally.where(mine).group_by(deliveries.c.state))
    }
    latest = (
        select(deliveries.c.error)
        .where(mine, deliveries.c.state != "sent", deliveries.c.error.is_not(None))
        .order_by(deliveries.c.due_ns.desc())
        .limit(1)
    )
    none = (0, None)
    return ChannelState(
        channel=name,
        waiting=found.get("waiting", none)[0],
        sent=found.get("sent", none)[0],
        expired=found.get("expired", none)[0],
        oldest_ns=found.get("waiting", none)[1],
        error=connection.execute(latest).scalar(),
    )


def _due(store: Store, channel: Channel, now_ns: int) -> dict[str, Notice]:
    """Return the notices of a channel's next message, by notice_id; none before its turn."""
    mine = deliveries.c.channel == channel.name
    ended = select(func.max(deliveries.c.ended_ns)).where(mine, deliveries.c.state == "sent")
    query = (
        select(notices)
        .join_from(deliveries, notices)
        .where(mine, deliveries.c.state == "waiting")
        .order_by(deliveries.c.put_ns, notices.c.at_ns, notices.c.notice_id)
        .limit(TOGETHER)
    )
    # One that failed holds back the channel, not only itself: its server is what is ill.
    backing_off = exists().where(
        mine, deliveries.c.state == "waiting", deliveries.c.due_ns > now_ns
    )
    with reading(store.engine) as connection:
        last_ns = connection.execute(ended).scalar()
        # A clock that was set back must not silence a channel.
        if last_ns is not None and 0 <= now_ns - last_ns < channel.every_s * 1e9:
            return {}
        if connection.execute(select(backing_off)).scalar():
            return {}
        rows = list(page_rows(connection, query))
    return {row.pop("notice_id"): revive(row, Notice) for row in rows}


def _give_up(store: Store, now_ns: int, max_age_ns: int) -> None:
    old = and_(deliveries.c.state == "waiting", deliveries.c.put_ns < now_ns - max_age_ns)
    ended = deliveries.c.ended_ns < now_ns - KEPT_NS
    with writing(store.engine) as connection:
        connection.execute(update(deliveries).where(old).values(state="expired", ended_ns=now_ns))
        if connection.execute(delete(deliveries).where(ended)).rowcount:
            orphaned = ~exists().where(deliveries.c.notice_id == notices.c.notice_id)
            connection.execute(delete(notices).where(orphaned))


def _retry_later(
    store: Store, channel: Channel, notice_ids: list[str], now_ns: int, error: str
) -> None:
    with writing(store.engine) as connection:
        attempts = connection.execute(
            select(func.max(deliveries.c.attempts)).where(_these(channel, notice_ids))
        ).scalar_one()
        wait_s = min(FIRST_RETRY_S * 2.0 ** min(attempts, 20), LONGEST_RETRY_S)
        due_ns = now_ns + round(wait_s * 1e9)
        connection.execute(
            update(deliveries)
            .where(_these(channel, notice_ids))
            .values(attempts=attempts + 1, due_ns=due_ns, error=error[:1000])
        )


def _mark_sent(store: Store, channel: Channel, notice_ids: list[str], now_ns: int) -> None:
    with writing(store.engine) as connection:
        connection.execute(
            update(deliveries)
            .where(_these(channel, notice_ids))
            .values(state="sent", ended_ns=now_ns, error=None)
        )


def _these(channel: Channel, notice_ids: list[str]) -> ColumnElement[bool]:
    return and_(deliveries.c.channel == channel.name, deliveries.c.notice_id.in_(notice_ids))
